"""Riding in a car, bus or train: road vibration through suspension and seat, bumps, braking, turning."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..people.random_draw import uniform_log
from .sensor import IMU_HZ

__all__ = ["ride"]


def _resonance(frequency_hz: NDArray[np.float64], natural_hz: float, damping: float) -> NDArray[np.float64]:
    """Magnitude of a mass on a spring: ``1 / |1 - (f/fn)^2 + 2j z f/fn|``."""
    ratio = frequency_hz / natural_hz
    return np.asarray(1.0 / np.sqrt((1.0 - ratio**2) ** 2 + (2.0 * damping * ratio) ** 2))


def _vibration(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Vertical acceleration of a seated trunk on a rough road, shape (n,), rms 1.

    The slope of a road is about white, so the wheel's velocity is; a car passes it on like a quarter-car
    model, with the body at 1-2 Hz and the wheels at 9-15 Hz [23 in docs/synthesis.md]; seat and trunk
    resonate near 4-6 Hz [24].
    """
    frequency = np.asarray(np.fft.rfftfreq(n, 1.0 / IMU_HZ), dtype=np.float64)
    body = _resonance(frequency, float(rng.uniform(1.0, 2.0)), float(rng.uniform(0.2, 0.45)))
    seat = _resonance(frequency, float(rng.uniform(3.5, 6.5)), float(rng.uniform(0.25, 0.6)))
    wheel = _resonance(frequency, float(rng.uniform(9.0, 15.0)), float(rng.uniform(0.08, 0.3)))
    shape = frequency * (body * uniform_log(rng, 0.5, 2) + 0.15 * uniform_log(rng, 0.3, 3) * wheel) * seat
    shape = shape + 0.05 * uniform_log(rng, 0.1, 3) * (frequency > 1)
    noise = np.fft.rfft(rng.standard_normal(n))
    wave = np.fft.irfft(noise * shape, n)
    if rng.random() < 0.4:  # an engine that idles or a rail that hums
        hum_hz = uniform_log(rng, 12, 45)
        wave += (
            float(wave.std())
            * uniform_log(rng, 0.05, 0.7)
            * np.sin(2 * np.pi * hum_hz * np.arange(n) / IMU_HZ)
        )
    return np.asarray(wave / max(float(wave.std()), 1e-9))


def ride(rng: np.random.Generator, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Motion of the trunk in a vehicle, shape (n, 6): m/s2 without gravity and deg/s, body axes.

    Vibration has 0.12 to 1 m/s2 rms in the vertical; bumps reach 0.7 to 6 m/s2 and ring in the suspension
    [25]. These sizes are assumptions.
    """
    n = len(times_s)
    size = uniform_log(rng, 0.12, 1.0)
    knots = np.arange(times_s[0], times_s[-1] + 8, 4.0)
    speed = np.clip(np.cumsum(rng.normal(0, 0.25, len(knots))) + rng.uniform(0.3, 1.2), 0.08, 1.3)
    fast = np.interp(times_s, knots, speed)
    out = np.zeros((n, 6))
    out[:, 2] = size * fast * _vibration(rng, n)
    for axis in (0, 1):
        out[:, axis] = size * fast * uniform_log(rng, 0.15, 0.7) * _vibration(rng, n)
        pushes = np.interp(times_s, knots, rng.normal(0, 0.6, len(knots)))
        out[:, axis] += np.convolve(pushes, np.ones(100) / 100, mode="same")  # braking and turning
    for axis in (3, 4, 5):
        out[:, axis] = size * fast * uniform_log(rng, 0.5, 5) * _vibration(rng, n)
    for _ in range(int(rng.poisson((times_s[-1] - times_s[0]) * uniform_log(rng, 0.02, 0.3)))):
        _hit(rng, out, int(rng.integers(0, n)))
    return out


def _hit(rng: np.random.Generator, out: NDArray[np.float64], first: int) -> None:
    """Add a bump or a pothole from row `first` on: wheels and body ring, once per axle."""
    time = np.arange(round(1.5 * IMU_HZ)) / IMU_HZ
    body_hz, wheel_hz = rng.uniform(1.2, 2.2), rng.uniform(6, 14)
    one = np.exp(-time / uniform_log(rng, 0.1, 0.4)) * np.sin(2 * np.pi * body_hz * time)
    one += (
        uniform_log(rng, 0.3, 3)
        * np.exp(-time / uniform_log(rng, 0.03, 0.15))
        * np.sin(2 * np.pi * wheel_hz * time)
    )
    wave = one.copy()
    axle = int(rng.integers(15, 60))
    wave[axle:] += rng.uniform(0.4, 1.2) * one[:-axle]
    wave *= uniform_log(rng, 0.7, 6.0) / float(np.abs(wave).max())
    axes = np.array([rng.normal(0, 0.25), rng.normal(0, 0.3), 1.0, *rng.normal(0, 4, 3)])
    last = min(first + len(wave), len(out))
    out[first:last] += wave[: last - first, None] * axes
