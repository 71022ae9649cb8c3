"""The voice source: trains of glottal pulses with jitter, shimmer, roughness and breath."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from .noise import RATE_HZ, Waveform

__all__ = ["Phonation", "voice_source"]


@dataclass(frozen=True)
class Phonation:
    """How the folds vibrate.

    Attributes
    ----------
    open_quotient
        Open part of the cycle, 0.3 (pressed) to 0.9 (breathy).
    tilt_hz
        Corner of the one-pole low-pass that softens closure; low for soft voices, high for loud ones.
    jitter, shimmer
        Relative standard deviation of period and of cycle amplitude.
    subharmonic
        0 to 1: how much every other cycle is weakened (rough voice, fry, barking cough).
    """

    open_quotient: float = 0.6
    tilt_hz: float = 2500.0
    jitter: float = 0.01
    shimmer: float = 0.05
    subharmonic: float = 0.0


def voice_source(rng: np.random.Generator, pitch_hz: Waveform, phonation: Phonation) -> Waveform:
    """Sound the derivative of glottal flow for a pitch contour.

    Each cycle of phase p in [0, 1) follows KLGLOTT88 (Klatt and Klatt 1990): flow ``a p^2 - b p^3`` while
    ``p < open_quotient``, closed after; its derivative is ``2 a p - 3 b p^2``, scaled so that the negative
    peak at closure is 1. A one-pole low-pass sets the spectral tilt.

    Parameters
    ----------
    rng
        Generator for jitter and shimmer.
    pitch_hz
        Fundamental frequency per sample, shape ``(n,)``.
    phonation
        Mode of vibration.

    Returns
    -------
    NDArray[np.float64]
        Shape ``(n,)``, peak about 1.
    """
    n = len(pitch_hz)
    if n == 0:
        return np.zeros(0)
    phase = np.cumsum(pitch_hz) / RATE_HZ + rng.random()
    cycles = int(phase[-1]) + 3
    wobble = np.cumsum(rng.standard_normal(cycles)) * phonation.jitter * 0.3
    wobble -= np.linspace(0.0, wobble[-1], cycles)
    wobble += rng.standard_normal(cycles) * phonation.jitter * 0.7
    phase = np.maximum(phase + np.interp(phase, np.arange(cycles), wobble), 0.0)
    cycle = np.minimum(phase.astype(np.int64), cycles - 1)
    position = (phase - np.floor(phase)) / phonation.open_quotient
    pulse = np.where(position < 1.0, 2.0 * position - 3.0 * position**2, 0.0)
    amplitude = np.maximum(1.0 + phonation.shimmer * rng.standard_normal(cycles), 0.05)
    amplitude[1::2] *= 1.0 - 0.9 * phonation.subharmonic
    pole = np.exp(-2.0 * np.pi * phonation.tilt_hz / RATE_HZ)
    return np.asarray(scipy.signal.lfilter([1.0 - pole], [1.0, -pole], pulse * amplitude[cycle]))
