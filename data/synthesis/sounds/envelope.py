"""Amplitude over time: polylines, attack and decay, and where a sound is audible."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .noise import RATE_HZ, Waveform

__all__ = ["attack_decay", "audible_span", "faded", "polyline", "short_time_level_db"]


def polyline(duration_s: float, points: Sequence[tuple[float, float]]) -> Waveform:
    """Straight lines through ``(time_s, value)`` points, sampled at `RATE_HZ` for `duration_s`."""
    times = [time for time, _ in points]
    values = [value for _, value in points]
    return np.interp(np.arange(round(duration_s * RATE_HZ)) / RATE_HZ, times, values)


def attack_decay(
    duration_s: float, attack_s: float, decay_s: float, power: float = 1.0, release_s: float = 0.01
) -> Waveform:
    """Rise as ``(t/attack)^power``, fall as ``exp(-(t-attack)/decay)``, end in a short linear release.

    Parameters
    ----------
    duration_s, attack_s, decay_s, release_s
        Seconds; `decay_s` is the time to 1/e.
    power
        Shape of the rise: 1 straight, above 1 slow at first.

    Returns
    -------
    NDArray[np.float64]
        Shape ``(duration * RATE_HZ,)``, peak 1.
    """
    time = np.arange(max(round(duration_s * RATE_HZ), 1)) / RATE_HZ
    rise = np.minimum(time / max(attack_s, 1e-4), 1.0) ** power
    fall = np.exp(-np.maximum(time - attack_s, 0.0) / max(decay_s, 1e-4))
    release = np.clip((duration_s - time) / max(release_s, 1e-4), 0.0, 1.0)
    return np.asarray(rise * fall * release)


def faded(wave: Waveform, fade_s: float = 0.004) -> Waveform:
    """Copy of `wave` with a straight fade at both ends, so that a cut does not click."""
    out = wave.copy()
    n = min(max(round(fade_s * RATE_HZ), 1), len(wave) // 2)
    if n:
        ramp = np.arange(n) / n
        out[:n] *= ramp
        out[-n:] *= ramp[::-1]
    return out


def short_time_level_db(wave: Waveform, step: int = 80) -> NDArray[np.float64]:
    """RMS level in dB of consecutive stretches of `step` samples (5 ms by default)."""
    count = max(-(-len(wave) // step), 1)
    padded = np.zeros(count * step)
    padded[: len(wave)] = wave
    power = np.mean(padded.reshape(count, step) ** 2, axis=1)
    return np.asarray(10.0 * np.log10(power + 1e-18))


def audible_span(wave: Waveform, below_peak_db: float = 32.0, floor_db: float = -200.0) -> tuple[int, int]:
    """First and last sample that a listener would mark when trimming a clip.

    Parameters
    ----------
    wave
        The sound alone, shape ``(n,)``.
    below_peak_db
        Softer than the loudest 5 ms by more than this is not heard.
    floor_db
        Nor is what lies below this level, that of the bed around it.

    Returns
    -------
    tuple[int, int]
        Sample indices, ``start < end``; the loudest stretch is always inside.
    """
    step = 80
    level = short_time_level_db(wave, step)
    threshold = min(max(float(level.max()) - below_peak_db, floor_db), float(level.max()))
    loud = np.flatnonzero(level >= threshold)
    return int(loud[0]) * step, min(int(loud[-1] + 1) * step, len(wave))
