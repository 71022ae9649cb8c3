"""Music-like and electronic sounds: notes with overtones, chords, drums, beeps, rings, sirens, bird calls."""

from __future__ import annotations

import numpy as np

from ..people.random_draw import uniform_log
from .envelope import attack_decay, faded
from .impact import struck
from .noise import RATE_HZ, Waveform, gain, shaped, wander
from .sound import Sound, joined, levelled

__all__ = ["beeps", "birds", "drum", "music", "note", "phrase", "siren"]


def note(
    rng: np.random.Generator, pitch_hz: float, length_s: float, plucked: bool, brightness: float
) -> Waveform:
    """One note: overtones at whole multiples with amplitude ``k^-brightness``, plucked or held."""
    n = round(length_s * RATE_HZ)
    time = np.arange(n) / RATE_HZ
    vibrato = 0.0 if plucked else rng.uniform(0, 0.008)
    phase = 2 * np.pi * pitch_hz * (time + vibrato / (2 * np.pi * 5.5) * np.sin(2 * np.pi * 5.5 * time))
    count = int(np.clip(7500 / pitch_hz, 1, 12))
    wave = np.zeros(n)
    for k in range(1, count + 1):
        partial = np.sin(k * phase + rng.uniform(0, 2 * np.pi)) * k**-brightness * np.exp(rng.normal(0, 0.4))
        wave += partial * np.exp(-time * k**0.7 / (length_s * 0.5)) if plucked else partial
    attack = uniform_log(rng, 0.002, 0.008) if plucked else uniform_log(rng, 0.01, 0.08)
    return np.asarray(wave * attack_decay(length_s, attack, length_s * 4, 1.0, 0.03))


def drum(rng: np.random.Generator) -> Waveform:
    """Kick, snare, hi-hat or tom."""
    kind = rng.integers(4)
    if kind == 0:
        n = round(uniform_log(rng, 0.08, 0.3) * RATE_HZ)
        sweep = 45 + uniform_log(rng, 60, 300) * np.exp(-np.arange(n) / (0.015 * RATE_HZ))
        return np.asarray(np.sin(2 * np.pi * np.cumsum(sweep) / RATE_HZ) * np.exp(-np.arange(n) / (n / 4)))
    if kind == 3:
        return struck(rng, uniform_log(rng, 80, 250), 900, uniform_log(rng, 0.05, 0.2), 5)
    n = round(uniform_log(rng, 0.03, 0.25) * RATE_HZ)
    low = 300.0 if kind == 1 else 4000.0
    return shaped(rng, n, [low / 2, low, 7500], [-20, 0, 0]) * np.exp(-np.arange(n) / (n / 5))


def phrase(rng: np.random.Generator, length_s: float) -> Waveform:
    """Play a stretch of music: melody, chords and drums on one beat grid."""
    beat = 60.0 / uniform_log(rng, 60, 180)
    tonic = uniform_log(rng, 60, 260)
    scale = (
        np.array([0, 2, 4, 5, 7, 9, 11, 12]) if rng.random() < 0.5 else np.array([0, 2, 3, 5, 7, 8, 10, 12])
    )
    plucked, brightness = bool(rng.random() < 0.5), float(rng.uniform(0.4, 2.5))
    parts: list[tuple[float, Waveform]] = []
    drums = [levelled(drum(rng)) * gain(rng.normal(-2, 4)) for _ in range(int(rng.integers(0, 4)))]
    start = 0.0
    while start < length_s:
        steps = rng.choice(scale, int(rng.integers(1, 4)))
        octave = 2.0 ** rng.integers(0, 4)
        length = beat * float(rng.choice([0.5, 1.0, 2.0]))
        parts += [
            (start, note(rng, min(tonic * octave * 2.0 ** (s / 12), 3500), length, plucked, brightness))
            for s in steps
        ]
        if drums:
            parts.append((start, drums[rng.integers(len(drums))]))
        start += beat * float(rng.choice([0.5, 1.0, 1.0]))
    return levelled(joined(parts))


def music(rng: np.random.Generator) -> Sound:
    """Play a few seconds of music from a loudspeaker, or a single note."""
    length = uniform_log(rng, 0.2, 4.0)
    return Sound("music", faded(phrase(rng, length), 0.02), float(rng.normal(-8, 6)))


def beeps(rng: np.random.Generator) -> Sound:
    """Beeps of a machine or a telephone."""
    pitch, length, gap = uniform_log(rng, 350, 3600), uniform_log(rng, 0.04, 0.6), uniform_log(rng, 0.05, 0.5)
    square = rng.uniform(0, 1)
    parts: list[tuple[float, Waveform]] = []
    for index in range(int(rng.integers(1, 7))):
        time = np.arange(round(length * RATE_HZ)) / RATE_HZ
        tone = np.sin(2 * np.pi * pitch * time)
        tone = (1 - square) * tone + square * np.tanh(4 * tone)
        parts.append((index * (length + gap), faded(tone, 0.004)))
    return Sound("beep", levelled(joined(parts)), float(rng.normal(-6, 7)))


def siren(rng: np.random.Generator) -> Sound:
    """Siren, horn or alarm: gliding tone with overtones."""
    length = uniform_log(rng, 0.3, 3.0)
    n = round(length * RATE_HZ)
    pitch = uniform_log(rng, 250, 1500) * np.exp(
        0.3 * np.sin(2 * np.pi * uniform_log(rng, 0.2, 8) * np.arange(n) / RATE_HZ) * rng.random()
    )
    tone = np.tanh(uniform_log(rng, 0.5, 6) * np.sin(2 * np.pi * np.cumsum(pitch) / RATE_HZ))
    return Sound("siren", levelled(faded(tone, 0.03)), float(rng.normal(-8, 7)))


def birds(rng: np.random.Generator) -> Sound:
    """Chirps: fast glides between 1.5 and 6 kHz."""
    parts: list[tuple[float, Waveform]] = []
    start = 0.0
    for _ in range(int(rng.integers(1, 9))):
        n = round(uniform_log(rng, 0.03, 0.25) * RATE_HZ)
        pitch = np.clip(uniform_log(rng, 1500, 5500) * np.exp(0.3 * wander(rng, n, 25)), 900, 7000)
        parts.append(
            (start, np.sin(2 * np.pi * np.cumsum(pitch) / RATE_HZ) * np.sin(np.pi * np.arange(n) / n))
        )
        start += n / RATE_HZ + uniform_log(rng, 0.02, 0.3)
    return Sound("birds", levelled(joined(parts)), float(rng.normal(-14, 7)))
