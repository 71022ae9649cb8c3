"""What a sound may have gone through before it is heard here: cut, narrowed, gated, carrying its own noise.

Recordings are often composed of clips that were stored at a low rate, trimmed to the sound, or bring the hiss
of their own room along. Every class of sound gets the same treatment: it does not separate coughs from the
rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from .people.random_draw import uniform_log
from .room import draw_room, in_room
from .sounds.envelope import audible_span, faded
from .sounds.noise import RATE_HZ, Waveform, gain, shaped
from .sounds.sound import levelled

__all__ = ["ClipHistory", "band_limited", "draw_clip_history", "through"]


@dataclass(frozen=True)
class ClipHistory:
    """Share of a session's sounds, 0 to 1 each, that went through one treatment on their own.

    Narrowed to telephone bandwidth, compressed or limited, trimmed, given noise, a colour, a room.
    """

    narrow: float
    compressed: float
    trimmed: float
    noisy: float
    coloured: float
    reverberant: float


def draw_clip_history(rng: np.random.Generator) -> ClipHistory:
    """Draw a session's history: half the sessions are recorded in one go and have none of it."""
    if rng.random() < 0.45:
        return ClipHistory(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    return ClipHistory(
        narrow=float(rng.uniform(0.1, 0.9)) if rng.random() < 0.6 else 0.0,
        compressed=float(rng.uniform(0.1, 0.9)) if rng.random() < 0.5 else 0.0,
        trimmed=float(rng.uniform(0.2, 1.0)) if rng.random() < 0.6 else 0.0,
        noisy=float(rng.uniform(0.2, 1.0)) if rng.random() < 0.35 else 0.0,
        coloured=float(rng.uniform(0.3, 1.0)) if rng.random() < 0.6 else 0.0,
        reverberant=float(rng.uniform(0.2, 0.9)) if rng.random() < 0.35 else 0.0,
    )


def band_limited(wave: Waveform, corner_hz: float) -> Waveform:
    """Keep what is left of a sound once stored at a lower rate or as MP3: a steep low-pass at `corner_hz`."""
    sections = scipy.signal.ellip(8, 0.2, 60, corner_hz, fs=RATE_HZ, output="sos")
    return np.asarray(scipy.signal.sosfilt(sections, wave))


def _coloured(rng: np.random.Generator, wave: Waveform) -> Waveform:
    """Another microphone: a smooth random equaliser of a few dB, linear phase, 8 ms long."""
    levels = np.cumsum(rng.normal(0, 2.5, 6))
    grid = np.linspace(0, RATE_HZ / 2, 65)
    corners = np.log2([100, 300, 800, 1700, 3200, 6500])
    curve = np.interp(np.log2(np.maximum(grid, 50)), corners, levels - levels.mean())
    kernel = np.roll(np.fft.irfft(10.0 ** (curve / 20.0)), 64) * np.hanning(128)
    return np.asarray(scipy.signal.fftconvolve(wave, kernel)[64 : 64 + len(wave)])


def _compressed(rng: np.random.Generator, wave: Waveform) -> Waveform:
    """Automatic gain and limiter: divide by a power of the smoothed envelope, then saturate."""
    pole = np.exp(-1.0 / (uniform_log(rng, 0.01, 0.15) * RATE_HZ))
    envelope = np.sqrt(scipy.signal.lfilter([1.0 - pole], [1.0, -pole], wave**2) + 1e-4)
    wave = wave / envelope ** rng.uniform(0.0, 0.7)
    limit = float(np.max(np.abs(wave))) / uniform_log(rng, 1.0, 6.0) + 1e-9
    return np.asarray(np.clip(wave, -limit, limit) if rng.random() < 0.5 else limit * np.tanh(wave / limit))


def through(rng: np.random.Generator, wave: Waveform, history: ClipHistory) -> Waveform:
    """Pass one sound (loudest 20 ms at RMS 1) through its history; the length may shrink at the end only.

    Parameters
    ----------
    rng, wave, history
        Generator, shape ``(n,)``, shares.

    Returns
    -------
    NDArray[np.float64]
        Shape ``(m,)``, ``m <= n``; what is trimmed at the start is silenced, so that times stay.
    """
    if rng.random() < history.coloured:
        wave = _coloured(rng, wave)
    if rng.random() < history.reverberant:
        wave = in_room(wave, draw_room(rng, near=bool(rng.random() < 0.5)))
    if rng.random() < history.compressed:
        wave = levelled(_compressed(rng, wave))
    if rng.random() < history.noisy:
        hiss = shaped(rng, len(wave), [60, 600, 2500, 7500], rng.normal([3, 0, -3, -6], 4))
        wave = wave + hiss * gain(-uniform_log(rng, 14, 55))
    if rng.random() < history.narrow:
        wave = band_limited(wave, float(rng.uniform(3200, 3980)))
    if rng.random() < history.trimmed:
        first, last = audible_span(wave, float(rng.uniform(12, 40)))
        wave = wave[:last].copy()
        wave[:first] = 0.0
        wave[first:] = faded(wave[first:], uniform_log(rng, 0.0003, 0.02))
    return wave
