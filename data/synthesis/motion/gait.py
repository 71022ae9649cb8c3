"""Walking, stairs and jogging as the trunk feels them: steps with harmonics, heel strikes, sway."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..people.random_draw import uniform_log
from ..people.subject import Subject
from .chest import direction
from .sensor import IMU_HZ

__all__ = ["GAITS", "Gait", "gait"]


@dataclass(frozen=True)
class Gait:
    """One way of going.

    Attributes
    ----------
    step_rate
        Factor on the person's rate of steps in walking.
    size
        Range of the factor on the person's rms acceleration in walking.
    richness
        Range of the ratio of each harmonic of the step to the one before it.
    strike
        Range of the height of the heel strike against the sway.
    strike_hz
        Range of the oscillation after a heel strike.
    """

    step_rate: float
    size: tuple[float, float]
    richness: tuple[float, float]
    strike: tuple[float, float]
    strike_hz: tuple[float, float]


GAITS = {
    "walk": Gait(1.0, (0.9, 1.1), (0.5, 0.85), (0.4, 2.0), (6.0, 18.0)),
    "upstairs": Gait(0.92, (0.8, 1.2), (0.35, 0.7), (0.1, 1.2), (5.0, 15.0)),
    "downstairs": Gait(1.03, (1.1, 1.8), (0.4, 0.75), (0.3, 1.8), (5.0, 16.0)),
    "jog": Gait(1.5, (2.0, 4.0), (0.2, 0.5), (0.3, 1.5), (6.0, 18.0)),
}
_SPEED_KNOT_S = 1.5


def gait(
    rng: np.random.Generator, subject: Subject, kind: str, times_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Motion of the trunk while someone walks, climbs or runs.

    Vertical and forward acceleration hold the step rate and its harmonics, lateral acceleration half of it
    [19 in docs/synthesis.md]; every step ends in a damped oscillation.

    Parameters
    ----------
    rng, subject
        Chance and who goes.
    kind
        A key of `GAITS`.
    times_s
        Shape ``(n,)``, 100 Hz.

    Returns
    -------
    NDArray[np.float64]
        Acceleration (m/s2, without gravity) and angular rate (deg/s) in body axes, shape ``(n, 6)``.
    """
    manner = GAITS[kind]
    n = len(times_s)
    knots = np.arange(times_s[0], times_s[-1] + 2 * _SPEED_KNOT_S, _SPEED_KNOT_S)
    rate = subject.step_hz * manner.step_rate * np.exp(rng.normal(0, 0.05))
    rate_hz = rate * np.exp(0.04 * np.interp(times_s, knots, rng.standard_normal(len(knots))))
    steps = np.cumsum(rate_hz) / IMU_HZ + rng.random()
    count = int(steps[-1]) + 2
    heights = np.exp(0.12 * rng.standard_normal(count))
    heights[::2] *= np.exp(rng.normal(0, 0.08))  # the two legs differ
    acc = np.zeros((n, 3))
    richness = rng.uniform(*manner.richness)
    for axis, share, base in ((0, 0.6, 1.0), (1, 0.5, 0.5), (2, 1.0, 1.0)):
        for k in range(1, 8):
            multiple = base * (2 * k - 1 if axis == 1 else k)
            height = share * richness ** (k - 1) * rng.uniform(0.3, 1.4)
            acc[:, axis] += height * np.sin(2 * np.pi * multiple * steps + rng.uniform(0, 6.28))
    acc *= np.interp(steps, np.arange(count), heights)[:, None]
    acc += _strikes(rng, manner, np.mod(steps, 1.0) / rate_hz) * heights[steps.astype(int)][:, None] ** 2
    acc -= acc.mean(axis=0)
    size = subject.step_ms2 * uniform_log(rng, *manner.size)
    acc *= size / max(float(np.sqrt(np.mean(np.sum(acc**2, axis=1)))), 1e-9)
    gyro = np.zeros((n, 3))
    for axis in range(3):
        swing = uniform_log(rng, 3.0, 14.0) * size
        for multiple in (0.5, 1.0, 2.0, 3.0):
            wave = np.sin(2 * np.pi * multiple * steps + rng.uniform(0, 6.28))
            gyro[:, axis] += swing * rng.uniform(0, 1) / (multiple + 0.5) * wave
    return np.concatenate([acc, np.clip(gyro, -400, 400)], axis=1)


def _strikes(rng: np.random.Generator, manner: Gait, since_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Draw the ringing after heel strikes `since_s` seconds ago, (n, 3): ``e^(-t/tau) cos(2 pi f t)``."""
    tau, ring_hz = uniform_log(rng, 0.025, 0.09), uniform_log(rng, *manner.strike_hz)
    ring = np.exp(-since_s / tau) * np.cos(2 * np.pi * ring_hz * since_s)
    return np.asarray(rng.uniform(*manner.strike) * ring[:, None] * direction(rng, (0.4, 0.0, 1.0), 0.3))
