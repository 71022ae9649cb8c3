"""Where the trunk leans: breathing, sway, changes of posture; and the small movements of a body at rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..people.random_draw import uniform_log
from ..people.subject import Subject
from .activity import Motion
from .chest import direction
from .sensor import IMU_HZ

__all__ = ["effort", "leaning", "stirring", "trunk_tilt"]

_GRAVITY_MS2 = 9.80665
_LYING_SWAY = 0.3
_RETURNS = {"rise": 0.55, "settle": 0.5, "bend": 1.1}
"""Largest forward pitch, radians, of the changes after which the trunk is upright again."""


def trunk_tilt(
    rng: np.random.Generator,
    subject: Subject,
    times_s: NDArray[np.float64],
    changes: Sequence[Motion],
    lying: bool,
) -> NDArray[np.float64]:
    """Pitch (forward) and roll (to the right) of the trunk in radians, shape (n, 2).

    Breathing at the person's rate, a slow random sway, and the changes of posture: a shift stays, rising,
    settling and bending swing forward and back, turning in bed rolls by 40-150 degrees.
    """
    n = len(times_s)
    knots = np.arange(0, times_s[-1] + 4, 2.0)
    base = rng.normal(0, 0.12, 2)
    if lying:
        side = rng.random()
        base += [-1.45, 0.0] if side < 0.6 else [-0.2, float(rng.choice([-1.4, 1.4]))]
    tilt = np.stack(
        [
            base[axis] + np.interp(times_s, knots, np.cumsum(rng.normal(0, 0.006, len(knots))))
            for axis in (0, 1)
        ],
        axis=1,
    )
    pace = subject.breaths_hz * np.exp(0.1 * np.interp(times_s, knots, rng.standard_normal(len(knots))))
    tilt[:, 0] += uniform_log(rng, 0.002, 0.02) * np.sin(2 * np.pi * np.cumsum(pace) / IMU_HZ)
    for change in changes:
        gone = np.clip((times_s - change.time_s) / max(change.length_s, 0.3), 0.0, 1.0)
        if change.kind in _RETURNS:
            bell = np.sin(np.pi * gone) ** 2
            tilt[:, 0] += bell * _RETURNS[change.kind] * min(change.strength, 1.3) * rng.uniform(0.3, 1.0)
            tilt += (gone**2 * (3 - 2 * gone))[:, None] * rng.normal(0, 0.06, 2)
            continue
        ease = gone**2 * (3 - 2 * gone)
        if change.kind == "turn":
            tilt[:, 1] += ease * float(rng.choice([-1.0, 1.0])) * rng.uniform(0.7, 2.6)
        else:
            tilt += ease[:, None] * rng.normal(0, 0.25 * change.strength, 2)
    return np.asarray(tilt[:n])


def leaning(subject: Subject, tilt: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn tilt into what a sensor feels, shape (n, 6): gravity, turning, and the swing above the hips.

    ``a = g (-sin p, cos p sin r, cos p cos r) + h (p'', -r'', 0)``, `h` the sensor's height above the hips.
    """
    pitch, roll = tilt[:, 0], tilt[:, 1]
    rate = np.gradient(tilt, axis=0) * IMU_HZ
    swing = subject.sensor_height_m * np.gradient(rate, axis=0) * IMU_HZ
    swing = np.clip(swing, -8.0, 8.0)
    return np.stack(
        [
            -_GRAVITY_MS2 * np.sin(pitch) + swing[:, 0],
            _GRAVITY_MS2 * np.cos(pitch) * np.sin(roll) - swing[:, 1],
            _GRAVITY_MS2 * np.cos(pitch) * np.cos(roll),
            np.degrees(rate[:, 1]),
            np.degrees(rate[:, 0]),
            np.zeros(len(tilt)),
        ],
        axis=1,
    )


def _band_noise(
    rng: np.random.Generator, n: int, low_hz: float, high_hz: float, axes: int
) -> NDArray[np.float64]:
    """Noise whose power falls above `high_hz` and below `low_hz`, rms 1 per axis, shape (n, axes)."""
    m = max(n, 64)
    frequency = np.fft.rfftfreq(m, 1.0 / IMU_HZ)
    shape = (frequency / low_hz) ** 2 / (1 + (frequency / low_hz) ** 2) / (1 + (frequency / high_hz) ** 2)
    waves = np.fft.irfft(np.fft.rfft(rng.standard_normal((m, axes)), axis=0) * shape[:, None], m, axis=0)
    return np.asarray(waves[:n] / np.maximum(waves.std(axis=0), 1e-9))


def stirring(rng: np.random.Generator, subject: Subject, n: int, lying: bool = False) -> NDArray[np.float64]:
    """Small movements that never stop: swaying, tremor, muscle tone, heartbeat; shape (n, 6)."""
    wave = _band_noise(rng, n, 1.0, uniform_log(rng, 4, 15), 6)
    swell = np.exp(0.5 * _band_noise(rng, n, 0.05, 0.3, 1))
    acc = subject.stirring_ms2 * uniform_log(rng, 0.7, 1.4) / 3**0.5
    out = wave * swell * np.repeat([acc, acc * uniform_log(rng, 2, 8)], 3)
    sway = _band_noise(rng, n, uniform_log(rng, 0.5, 1.2), uniform_log(rng, 1.2, 2.5), 6)
    sway *= np.exp(0.8 * _band_noise(rng, n, 0.03, 0.12, 1) - 0.5)
    pace = subject.sway_ms2 * uniform_log(rng, 0.7, 1.4) / 3**0.5 * (_LYING_SWAY if lying else 1.0)
    out += sway * np.repeat([pace, pace * uniform_log(rng, 2, 12)], 3)
    beat = np.cumsum(rng.uniform(0.9, 1.7) * np.exp(0.05 * _band_noise(rng, n, 0.05, 0.5, 1)[:, 0])) / IMU_HZ
    since = np.mod(beat, 1.0)
    heart = np.exp(-since / 0.07) * np.sin(2 * np.pi * rng.uniform(5, 14) * since)
    out[:, :3] += uniform_log(rng, 0.005, 0.15) * heart[:, None] * direction(rng, (0.4, 0, 0.7), 0.4)
    return np.asarray(out)


def effort(rng: np.random.Generator, change: Motion) -> NDArray[np.float64]:
    """Muscles and contact while posture changes, and the bump at the end of sitting or lying down, (k, 6)."""
    n = max(round(change.length_s * IMU_HZ), 40)
    bell = np.sin(np.pi * (np.arange(n) + 0.5) / n) ** uniform_log(rng, 0.4, 1.2)
    size = uniform_log(rng, 0.35, 1.1) * change.strength
    out = np.zeros((n + 60, 6))
    out[:n] = _band_noise(rng, n, 1.0, uniform_log(rng, 2.5, 7), 6) * bell[:, None]
    out[:, :3] *= size
    out[:, 3:] *= uniform_log(rng, 6, 25) * change.strength
    if change.kind in ("settle", "turn") or rng.random() < 0.3:
        time = np.arange(60) / IMU_HZ
        thump = np.exp(-time / uniform_log(rng, 0.03, 0.15)) * np.sin(
            2 * np.pi * uniform_log(rng, 4, 14) * time
        )
        first = round(n * rng.uniform(0.7, 1.0))
        height = uniform_log(rng, 0.8, 5.0) * change.strength
        out[first : first + 60, :3] += height * thump[:, None] * direction(rng, (0.2, 0, 1), 0.4)
    return out
