"""Rooms: early reflections and a short exponential tail."""

from __future__ import annotations

import numpy as np
import scipy

from .people.random_draw import uniform_log
from .sounds.noise import RATE_HZ, Waveform, gain, shaped

__all__ = ["draw_room", "in_room"]


def draw_room(rng: np.random.Generator, near: bool) -> Waveform:
    """Impulse response: the direct sound, a few early reflections and an exponential tail.

    The reverberation time lies between 0.1 and 0.9 s; the tail of a source at the wearer (`near`) is
    10 to 30 dB below the direct sound, that of a distant one -3 to 12 dB.
    """
    decay_s = uniform_log(rng, 0.08, 0.9)
    n = round(min(decay_s, 0.45) * RATE_HZ)
    time = np.arange(n) / RATE_HZ
    tail = shaped(rng, n, [100, 1500, 7500], [0, 0, rng.uniform(-18, -3)]) * np.exp(-6.9 * time / decay_s)
    tail[: round(uniform_log(rng, 0.002, 0.015) * RATE_HZ)] = 0.0
    tail *= gain(-rng.uniform(10, 30) if near else -rng.uniform(-3, 12)) / max(
        float(np.sqrt(np.sum(tail**2))), 1e-9
    )
    response = tail
    response[0] = 1.0
    for _ in range(int(rng.integers(0, 5))):
        response[min(round(uniform_log(rng, 0.0008, 0.02) * RATE_HZ), n - 1)] += rng.normal(
            0, 0.15 if near else 0.4
        )
    return response


def in_room(wave: Waveform, room: Waveform) -> Waveform:
    """Convolve with a room, same length out."""
    return np.asarray(scipy.signal.fftconvolve(wave, room)[: len(wave)])
