"""Laughter, crying and other voiced calls: trains of vowel-like bursts.

Laughter repeats notes of 60-130 ms every 0.16-0.25 s with a pitch up to twice that of speech (Bachorowski,
Smoski and Owren 2001); a part of it is unvoiced, grunted or snorted.
"""

from __future__ import annotations

import numpy as np

from ..people.random_draw import uniform_log
from ..people.subject import Subject
from .envelope import attack_decay, faded, polyline
from .glottis import Phonation, voice_source
from .noise import RATE_HZ, Waveform, gain, shaped, wander
from .phoneme import VOWELS
from .sound import Pulse, Sound, joined, levelled
from .vocal_tract import cascade_response, filtered, parallel_response

__all__ = ["cry", "dog_bark", "humming", "laugh", "whistle"]


def _mouth(rng: np.random.Generator, subject: Subject) -> tuple[np.ndarray, np.ndarray]:
    names = ("a", "V", "ae", "E", "I", "o", "er")
    low = np.array(VOWELS[names[rng.integers(len(names))]].formants_hz)
    formants = np.append(low * np.exp(rng.normal(0, 0.06, 3)), [3400.0, 4400.0]) * subject.formant_scale
    return np.maximum(formants, 150)[None, :], rng.uniform(
        [60, 70, 100, 150, 200], [180, 200, 280, 350, 450]
    )[None, :]


def _note(
    rng: np.random.Generator,
    length_s: float,
    pitch_hz: float,
    voiced: float,
    mouth: tuple[np.ndarray, np.ndarray],
    phonation: Phonation,
) -> Waveform:
    """One note: a puff of breath and, by `voiced`, a tone inside it."""
    n = round(length_s * RATE_HZ)
    puff = attack_decay(length_s, uniform_log(rng, 0.008, 0.04), length_s * 0.7, 1.0, length_s * 0.4)
    tone = attack_decay(length_s, uniform_log(rng, 0.01, 0.04), length_s, 1.0, length_s * 0.35)
    pitch = np.clip(
        pitch_hz * np.exp(np.linspace(rng.normal(0.05, 0.1), rng.normal(-0.1, 0.12), n)), 50, 1400
    )
    levels = rng.normal([-6, 0, -3, -7, -11], 4.0, (1, 5))
    noise = filtered(rng.standard_normal(n) * puff, parallel_response(mouth[0], mouth[1] * 1.8, levels))
    wave = levelled(noise) * gain(-4 - 14 * voiced + rng.normal(0, 3))
    if voiced > 0.05:
        wave = (
            wave
            + levelled(filtered(voice_source(rng, pitch, phonation) * tone, cascade_response(*mouth)))
            * voiced
        )
    return faded(wave, 0.003)


def laugh(rng: np.random.Generator, subject: Subject) -> Sound:
    """One bout of laughter, 1 to 14 notes, falling in pitch and level, sometimes closed by a breath in."""
    count = int(np.clip(rng.geometric(0.18), 1, 14))
    period = uniform_log(rng, 0.14, 0.32)
    voiced = float(rng.choice([0.0, 0.5, 1.0], p=[0.2, 0.2, 0.6]))
    pitch = subject.pitch_hz * uniform_log(rng, 1.0, 2.6)
    mouth = _mouth(rng, subject)
    phonation = Phonation(
        float(rng.uniform(0.45, 0.85)), uniform_log(rng, 900, 5000), uniform_log(rng, 0.005, 0.05), 0.1
    )
    drop = rng.uniform(0, 14) / max(count, 4)
    parts: list[tuple[float, Waveform]] = []
    start = 0.0
    for index in range(count):
        length = float(np.clip(period * rng.uniform(0.4, 0.75), 0.05, 0.25))
        note = _note(
            rng, length, pitch * float(np.exp(rng.normal(-0.03 * index, 0.06))), voiced, mouth, phonation
        )
        parts.append((start, note * gain(-drop * index + rng.normal(0, 2))))
        start += period * float(np.exp(rng.normal(0, 0.08)))
    pulses = tuple(Pulse(time_s, float(rng.uniform(0.3, 1.0))) for time_s, _ in parts)
    if rng.random() < 0.35:
        n = round(rng.uniform(0.2, 0.5) * RATE_HZ)
        swell = np.sin(np.pi * np.arange(n) / n)
        inhale = levelled(filtered(rng.standard_normal(n) * swell, cascade_response(mouth[0], mouth[1] * 2)))
        parts.append((start + 0.05, inhale * gain(rng.uniform(-20, -6))))
    return Sound("laugh", levelled(joined(parts)), float(rng.normal(3, 5)), "laugh", pulses)


def cry(rng: np.random.Generator, subject: Subject) -> Sound:
    """Wails, moans and baby cries: 0.3-1.5 s of tone with a rising and falling pitch."""
    baby = rng.random() < 0.4
    length = uniform_log(rng, 0.25, 1.5)
    n = round(length * RATE_HZ)
    pitch_hz = uniform_log(rng, 350, 650) if baby else subject.pitch_hz * uniform_log(rng, 1.0, 2.2)
    arc = polyline(length, [(0, -0.2), (length * rng.uniform(0.1, 0.5), 0.1), (length, -0.25)])
    tone = attack_decay(length, uniform_log(rng, 0.03, 0.2), length * 3, 1.0, length * 0.3)
    phonation = Phonation(
        0.5, uniform_log(rng, 1500, 6000), uniform_log(rng, 0.005, 0.06), 0.15, float(rng.random() ** 3)
    )
    mouth = _mouth(rng, subject)
    wave = filtered(
        voice_source(rng, pitch_hz * np.exp(arc + 0.02 * wander(rng, n, 12)), phonation) * tone,
        cascade_response(*mouth),
    )
    return Sound("cry", levelled(wave), float(rng.normal(4, 5)), "none" if baby else "speech")


def dog_bark(rng: np.random.Generator) -> Sound:
    """Barks of 80-250 ms: rough, explosive, pitch 250-900 Hz, long-mouth resonances."""
    parts: list[tuple[float, Waveform]] = []
    start = 0.0
    size = uniform_log(rng, 0.7, 1.7)
    formants = np.array([[650.0, 1350.0, 2300.0, 3300.0, 4500.0]]) * size
    widths = rng.uniform(120, 400, (1, 5))
    pitch_hz = uniform_log(rng, 250, 600) * size
    for _ in range(int(rng.integers(1, 6))):
        length = uniform_log(rng, 0.07, 0.28)
        n = round(length * RATE_HZ)
        hump = attack_decay(length, uniform_log(rng, 0.004, 0.03), length * 0.6, 1.0, length * 0.3)
        arc = polyline(length, [(0, -0.3), (length * 0.3, 0.15), (length, -0.3)])
        phonation = Phonation(
            0.5, uniform_log(rng, 1500, 6000), uniform_log(rng, 0.02, 0.12), 0.3, float(rng.random())
        )
        tone = voice_source(rng, pitch_hz * np.exp(arc), phonation) * hump
        wave = levelled(filtered(tone, cascade_response(formants, widths)))
        hiss = levelled(filtered(rng.standard_normal(n) * hump, cascade_response(formants, widths * 2)))
        parts.append((start, faded(wave + hiss * gain(rng.normal(-8, 5)), 0.001) * gain(rng.normal(0, 2))))
        start += length + uniform_log(rng, 0.1, 0.6)
    return Sound("dog_bark", levelled(joined(parts)), float(rng.normal(-3, 8)))


def humming(rng: np.random.Generator, subject: Subject) -> Sound:
    """Hummed or sung notes, closed or open mouth."""
    parts: list[tuple[float, Waveform]] = []
    start = 0.0
    closed = rng.random() < 0.5
    mouth = _mouth(rng, subject)
    if closed:
        mouth = (np.array([[280.0, 1100.0, 2200.0, 3300.0, 4300.0]]) * subject.formant_scale, mouth[1] * 1.5)
    for _ in range(int(rng.integers(1, 7))):
        length = uniform_log(rng, 0.2, 1.2)
        n = round(length * RATE_HZ)
        pitch = subject.pitch_hz * 2.0 ** (rng.integers(-3, 13) / 12.0)
        vibrato = rng.uniform(0, 0.03) * np.sin(2 * np.pi * rng.uniform(4.5, 6.5) * np.arange(n) / RATE_HZ)
        tone = attack_decay(length, uniform_log(rng, 0.03, 0.12), length * 3, 1.0, 0.06)
        source = voice_source(
            rng, pitch * np.exp(vibrato), Phonation(0.65, uniform_log(rng, 500, 3000), 0.004, 0.03)
        )
        parts.append((start, levelled(filtered(source * tone, cascade_response(*mouth)))))
        start += length + uniform_log(rng, 0.01, 0.2)
    return Sound("humming", levelled(joined(parts)), float(rng.normal(-3, 5)), "speech")


def whistle(rng: np.random.Generator) -> Sound:
    """Whistled notes, 700-2800 Hz, with a little breath noise."""
    length = uniform_log(rng, 0.3, 2.5)
    n = round(length * RATE_HZ)
    pitch = np.clip(
        uniform_log(rng, 700, 2800) * np.exp(0.12 * wander(rng, n, uniform_log(rng, 1, 5))), 400, 5000
    )
    tone = np.sin(2 * np.pi * np.cumsum(pitch) / RATE_HZ) * np.clip(0.8 + 0.4 * wander(rng, n, 6), 0, 2)
    hiss = shaped(rng, n, [500, 1800, 6000], [-12, 0, -6]) * gain(rng.uniform(-35, -18))
    return Sound("whistle", levelled(faded(tone + hiss, 0.03)), float(rng.normal(-2, 6)), "none")
