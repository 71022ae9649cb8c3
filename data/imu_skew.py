"""A motion sensor with a clock and a rate of its own, from a recording of one that had the audio's clock."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["TICK_HZ", "SensorClock", "SkewedImu", "between_rows", "skewed"]

TICK_HZ = 16000
"""Audio ticks per second, the unit of stamps."""

_REACH = 12
"""Samples on each side that an interpolated value looks at."""


class SensorClock(NamedTuple):
    """How a sensor's clock differs from the audio's, and how its FIFO is read.

    Attributes
    ----------
    ppm
        Millionths by which it is fast; negative: slow.
    drift_ppm_per_hour
        How that changes.
    rate_hz
        Rate by its own clock.
    batch_s
        Length of a block that is read at once; 0: one sample.
    late_s
        Blocks are read up to this much after their last sample, evenly spread.
    seed
        Of the lateness.
    """

    ppm: float = 0.0
    drift_ppm_per_hour: float = 0.0
    rate_hz: float = 100.0
    batch_s: float = 0.0
    late_s: float = 0.0
    seed: int = 0


class SkewedImu(NamedTuple):
    """What such a sensor gives.

    Attributes
    ----------
    samples : float32, shape (n, 6)
        As in `tussis.data.recording.Recording.imu`, at the sensor's times.
    ends : int64, shape (blocks,)
        Number of samples up to the end of each block.
    ticks : int64, shape (blocks,)
        Audio tick at which each block was read.
    """

    samples: NDArray[np.float32]
    ends: NDArray[np.int64]
    ticks: NDArray[np.int64]


def skewed(imu: NDArray[np.float32], imu_rate_hz: float, clock: SensorClock) -> SkewedImu:
    """Sample the motion of a recording again, by another clock.

    Parameters
    ----------
    imu
        float32, shape ``(m, 6)``: motion, its first row at the first audio sample.
    imu_rate_hz
        Rows per second by the audio's clock.
    clock
        The sensor's.

    Returns
    -------
    SkewedImu
        Values between rows come from a windowed sinc function; a clock that is right gives the rows
        themselves. The last block may be shorter.
    """
    times = _sample_times(len(imu) / imu_rate_hz, clock)
    block = max(round(clock.batch_s * clock.rate_hz), 1)
    ends = np.minimum(np.arange(block, len(times) + block, block), len(times)).astype(np.int64)
    late = np.random.default_rng(clock.seed).uniform(0.0, clock.late_s, len(ends)) if clock.late_s else 0.0
    ticks = np.ceil((times[ends - 1] + late) * TICK_HZ - 1e-6).astype(np.int64)
    samples = between_rows(imu, times * imu_rate_hz, min(clock.rate_hz / imu_rate_hz, 1.0))
    return SkewedImu(samples, ends, np.maximum.accumulate(ticks))


def _sample_times(duration_s: float, clock: SensorClock) -> NDArray[np.float64]:
    """Return the times of the samples within a duration, by the audio's clock."""
    numbers = np.arange(math.ceil(duration_s * clock.rate_hz * 1.2) + 1, dtype=np.float64)
    own = numbers / clock.rate_hz
    fast = 1e-6 * clock.ppm + 1e-6 * clock.drift_ppm_per_hour * own / 3600 / 2  # the mean up to then
    times = own / (1.0 + fast)
    return np.asarray(times[times < duration_s - 1e-9])


def between_rows(rows: NDArray[np.float32], at: NDArray[np.float64], cutoff: float) -> NDArray[np.float32]:
    """Return values between rows, by a windowed sinc function.

    Parameters
    ----------
    rows
        float32, shape ``(m, axes)``: evenly spaced in time.
    at
        float64, shape ``(n,)``: places in rows, 0 the first one. Beyond the ends the last row is held.
    cutoff
        Bandwidth that passes, in parts of half the rows' rate, above 0 to 1.

    Returns
    -------
    NDArray[np.float32]
        Shape ``(n, axes)``. With a cutoff of 1 a place on a row is that row.
    """
    nearest = np.rint(at)
    if cutoff == 1.0 and bool(np.all(np.abs(at - nearest) < 1e-6)):
        return rows[nearest.astype(np.int64)]
    first = np.floor(at).astype(np.int64)
    reach = math.ceil(_REACH / cutoff)
    total, weight = np.zeros((len(at), rows.shape[1])), np.zeros(len(at))
    for step in range(1 - reach, reach + 1):
        distance = at - (first + step)
        taper = np.cos(np.pi * np.clip(distance / reach, -1, 1) / 2) ** 2
        w = np.sinc(cutoff * distance) * taper
        total += w[:, None] * rows[np.clip(first + step, 0, len(rows) - 1)]
        weight += w
    return (total / weight[:, None]).astype(np.float32)
