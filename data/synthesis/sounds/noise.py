"""Random signals that every source is made of: white, coloured and slowly wandering noise.

Everything is float64 at `RATE_HZ` and drawn from the generator it is given, in a fixed order.
"""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

__all__ = ["RATE_HZ", "Waveform", "coloured", "decibels", "gain", "shaped", "wander"]

RATE_HZ = 16000
Waveform = NDArray[np.float64]


def gain(level_db: float) -> float:
    """Amplitude factor of a level in dB, ``10^(level/20)``."""
    return float(10.0 ** (level_db / 20.0))


def decibels(amplitude: float) -> float:
    """Level in dB of an amplitude factor, not below -300 dB."""
    return float(20.0 * np.log10(max(amplitude, 1e-15)))


def shaped(rng: np.random.Generator, n: int, frequencies_hz: ArrayLike, levels_db: ArrayLike) -> Waveform:
    """Gaussian noise whose spectrum follows a polyline.

    Parameters
    ----------
    rng
        Generator to draw from.
    n
        Number of samples.
    frequencies_hz, levels_db
        Corners of the amplitude spectrum, frequencies rising, > 0; interpolated linearly in dB over
        log-frequency and held outside.

    Returns
    -------
    NDArray[np.float64]
        Shape ``(n,)``, RMS 1.
    """
    if n <= 0:
        return np.zeros(0)
    size = scipy.fft.next_fast_len(max(n, 64), real=True)
    grid_hz = scipy.fft.rfftfreq(size, 1.0 / RATE_HZ)
    axis = np.log(np.maximum(grid_hz, 1.0))
    level = np.interp(axis, np.log(np.asarray(frequencies_hz, dtype=np.float64)), np.asarray(levels_db))
    spectrum = rng.standard_normal(grid_hz.size) + 1j * rng.standard_normal(grid_hz.size)
    spectrum *= 10.0 ** (level / 20.0)
    spectrum[0] = 0.0
    noise = scipy.fft.irfft(spectrum, size)[:n]
    return np.asarray(noise / max(float(np.sqrt(np.mean(noise**2))), 1e-12))


def coloured(rng: np.random.Generator, n: int, slope_db_per_octave: float) -> Waveform:
    """Gaussian noise with a constant slope above 20 Hz (pink: -3, brown: -6), RMS 1."""
    octaves = np.log2(RATE_HZ / 2 / 20.0)
    return shaped(rng, n, [20.0, RATE_HZ / 2], [0.0, slope_db_per_octave * octaves])


def wander(rng: np.random.Generator, n: int, rate_hz: float) -> Waveform:
    """Smooth random curve, standard deviation about 1, changing about `rate_hz` times a second.

    Parameters
    ----------
    rng
        Generator to draw from.
    n
        Samples at `RATE_HZ`.
    rate_hz
        Knots per second, joined by straight lines.

    Returns
    -------
    NDArray[np.float64]
        Shape ``(n,)``.
    """
    knots = max(int(np.ceil(n * rate_hz / RATE_HZ)) + 2, 3)
    values = rng.standard_normal(knots) * 1.2
    start = rng.uniform(0.0, 1.0)
    return np.asarray(np.interp(start + np.arange(n) * (rate_hz / RATE_HZ), np.arange(knots), values))
