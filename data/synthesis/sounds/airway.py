"""Sounds of the airway that are not coughs: throat clearing, sneeze, nose blowing, snore, hiccup, burp."""

from __future__ import annotations

import numpy as np

from ..people.random_draw import uniform_log
from ..people.subject import Subject
from .envelope import attack_decay, faded, polyline
from .glottis import Phonation, voice_source
from .noise import RATE_HZ, Waveform, gain, shaped, wander
from .sound import Pulse, Sound, joined, levelled
from .vocal_tract import cascade_response, filtered, parallel_response

__all__ = [
    "burp",
    "hiccup",
    "lip_smack",
    "nose_blow",
    "rasp",
    "sneeze",
    "snore",
    "throat_clearing",
    "tube",
]


def tube(
    rng: np.random.Generator, subject: Subject, formants_hz: tuple[float, ...], spread: float = 0.1
) -> tuple[np.ndarray, np.ndarray]:
    """Formants (1, 5) and broad bandwidths of a fixed mouth shape of this person."""
    formants = np.array(formants_hz) * subject.formant_scale * np.exp(rng.normal(0, spread, len(formants_hz)))
    return np.clip(np.sort(formants), 150, 7400)[None, :], rng.uniform(120, 400, len(formants_hz))[None, :]


def rasp(
    rng: np.random.Generator, subject: Subject, amplitude: Waveform, pitch_hz: float, roughness: float
) -> Waveform:
    """Voice with false-fold roughness at an amplitude contour."""
    n = len(amplitude)
    phonation = Phonation(
        open_quotient=float(rng.uniform(0.3, 0.7)),
        tilt_hz=uniform_log(rng, 500, 3000),
        jitter=0.01 + 0.08 * roughness,
        shimmer=0.05 + 0.3 * roughness,
        subharmonic=roughness * float(rng.random()),
    )
    pitch = pitch_hz * np.exp(
        np.linspace(rng.normal(0.05, 0.1), rng.normal(-0.1, 0.1), n) + 0.03 * wander(rng, n, 20)
    )
    formants, widths = tube(rng, subject, (480.0, 1300.0, 2400.0, 3400.0, 4400.0))
    return filtered(
        voice_source(rng, np.clip(pitch, 25, 900), phonation) * amplitude,
        cascade_response(formants, widths * 0.6),
    )


def throat_clearing(rng: np.random.Generator, subject: Subject) -> Sound:
    """One or more slow-rising rasps of friction and low rough voice, mouth mostly closed."""
    parts: list[tuple[float, Waveform]] = []
    start = 0.0
    for _ in range(int(rng.choice([1, 2, 3], p=[0.5, 0.35, 0.15]))):
        length = uniform_log(rng, 0.15, 0.7)
        n = round(length * RATE_HZ)
        attack = uniform_log(rng, 0.02, 0.12)
        hump = attack_decay(n / RATE_HZ, attack, length * uniform_log(rng, 0.4, 2.0), 1.0, length * 0.3)
        flutter_hz = uniform_log(rng, 18, 70)
        flutter = 1.0 + rng.uniform(0, 0.9) * np.sin(
            2 * np.pi * flutter_hz * np.arange(n) / RATE_HZ + 3 * wander(rng, n, 10)
        )
        formants, widths = tube(rng, subject, (400.0, 1250.0, 2300.0, 3300.0, 4300.0), 0.15)
        levels = rng.normal([-2, 0, -8, -14, -18], 5.0, (1, 5))
        noise = shaped(rng, n, [150, 6000], [0, rng.uniform(-30, -5)])
        friction = levelled(filtered(noise * hump * flutter, parallel_response(formants, widths, levels)))
        voice = levelled(
            rasp(rng, subject, hump, subject.pitch_hz * uniform_log(rng, 0.5, 1.2), rng.random())
        )
        mix = friction * gain(rng.normal(-4, 5)) + voice * (rng.random() < 0.85)
        parts.append((start, faded(mix * gain(rng.normal(0, 2)))))
        start += length + uniform_log(rng, 0.02, 0.25)
    pulses = tuple(Pulse(time_s, float(rng.uniform(0.2, 0.8))) for time_s, _ in parts)
    return Sound("throat_clearing", levelled(joined(parts)), float(rng.normal(0, 4)), "weak_jerk", pulses)


def sneeze(rng: np.random.Generator, subject: Subject) -> Sound:
    """Voiced breath in, then a fricative explosion, sometimes voiced (ah-choo)."""
    parts: list[tuple[float, Waveform]] = []
    start = 0.0
    if rng.random() < 0.7:
        length = float(rng.uniform(0.2, 0.7))
        hump = polyline(length, [(0, 0), (length * 0.7, 1), (length, 0.1)])
        inhale = levelled(rasp(rng, subject, hump, subject.pitch_hz * rng.uniform(1.0, 1.8), 0.2))
        hiss = levelled(shaped(rng, len(hump), [300, 1000, 4000], [-6, 0, -9]) * hump)
        parts.append((0.0, (inhale * (rng.random() < 0.6) + hiss * 0.6) * gain(rng.uniform(-22, -8))))
        start = length + float(rng.uniform(0.02, 0.25))
    length = uniform_log(rng, 0.12, 0.5)
    n = round(length * RATE_HZ)
    hump = attack_decay(
        length, uniform_log(rng, 0.005, 0.05), length * uniform_log(rng, 0.25, 1.2), 1.0, 0.05
    )
    centre = uniform_log(rng, 1800, 6000)
    hiss = levelled(shaped(rng, n, [centre / 4, centre, min(centre * 2, 7900)], [-24, 0, -10]) * hump)
    voice = levelled(rasp(rng, subject, hump, subject.pitch_hz * rng.uniform(1.0, 2.5), 0.5 * rng.random()))
    parts.append((start, faded(hiss + voice * gain(rng.normal(-3, 6)) * (rng.random() < 0.7), 0.001)))
    return Sound(
        "sneeze",
        levelled(joined(parts)),
        float(rng.normal(9, 5)),
        "jerk",
        (Pulse(start, float(rng.uniform(0.6, 2.2))),),
    )


def nose_blow(rng: np.random.Generator, subject: Subject) -> Sound:
    """Blow through a half-closed nose: loud noise with a fluttering buzz."""
    length = uniform_log(rng, 0.3, 1.4)
    n = round(length * RATE_HZ)
    hump = polyline(length, [(0, 0), (rng.uniform(0.03, 0.15), 1), (length * 0.8, 0.6), (length, 0)])
    buzz = voice_source(
        rng,
        np.full(n, uniform_log(rng, 30, 160)) * np.exp(0.1 * wander(rng, n, 12)),
        Phonation(jitter=0.1, shimmer=0.4),
    )
    noise = shaped(rng, n, [200, 800, 2500, 7000], rng.normal([-5, 0, -6, -15], 4))
    wave = levelled(noise * hump * (1 + rng.uniform(0, 2) * np.abs(buzz))) + levelled(buzz * hump) * gain(
        rng.normal(-6, 6)
    )
    return Sound("nose_blow", levelled(wave), float(rng.normal(3, 5)), "weak_jerk", (Pulse(0.05, 0.4),))


def snore(rng: np.random.Generator, subject: Subject) -> Sound:
    """Inspiratory train of palatal claps, 25 to 90 a second."""
    length = uniform_log(rng, 0.4, 1.6)
    n = round(length * RATE_HZ)
    hump = np.sin(np.pi * np.arange(n) / n) ** 0.7
    pitch = np.full(n, uniform_log(rng, 25, 90)) * np.exp(0.1 * wander(rng, n, 8))
    pulses = voice_source(rng, pitch, Phonation(0.3, uniform_log(rng, 400, 3000), 0.05, 0.3))
    formants, widths = tube(rng, subject, (450.0, 1300.0, 2300.0, 3300.0, 4300.0), 0.2)
    wave = filtered((pulses + 0.05 * rng.standard_normal(n)) * hump, cascade_response(formants, widths))
    return Sound("snore", levelled(wave), float(rng.normal(-4, 5)), "breath")


def hiccup(rng: np.random.Generator, subject: Subject) -> Sound:
    """Sound a short voiced gasp cut by the closing glottis; the diaphragm jerks."""
    length = uniform_log(rng, 0.06, 0.22)
    hump = attack_decay(length, uniform_log(rng, 0.005, 0.04), length * 2, 1.0, 0.008)
    wave = levelled(rasp(rng, subject, hump, subject.pitch_hz * rng.uniform(1.2, 2.5), 0.3))
    wave = wave + levelled(shaped(rng, len(hump), [300, 1200, 5000], [-4, 0, -12]) * hump) * gain(
        rng.normal(-9, 4)
    )
    return Sound(
        "hiccup",
        levelled(wave),
        float(rng.normal(-1, 4)),
        "jerk",
        (Pulse(0.0, float(rng.uniform(0.2, 0.9))),),
    )


def burp(rng: np.random.Generator, subject: Subject) -> Sound:
    """Slow irregular pulses through an open throat."""
    length = uniform_log(rng, 0.15, 1.0)
    hump = attack_decay(length, uniform_log(rng, 0.01, 0.06), length, 1.0, length * 0.3)
    wave = rasp(rng, subject, hump, uniform_log(rng, 35, 130), 1.0)
    return Sound("burp", levelled(wave), float(rng.normal(0, 5)), "weak_jerk", (Pulse(0.0, 0.2),))


def lip_smack(rng: np.random.Generator, subject: Subject) -> Sound:
    """Clicks of lips and tongue, and swallowing."""
    parts: list[tuple[float, Waveform]] = []
    for _ in range(int(rng.integers(1, 6))):
        n = round(uniform_log(rng, 0.004, 0.03) * RATE_HZ)
        centre = uniform_log(rng, 600, 5000)
        click = shaped(rng, n, [centre / 2, centre, min(centre * 2, 7900)], [-15, 0, -12]) * np.exp(
            -np.arange(n) / (n / 4)
        )
        parts.append((float(rng.uniform(0, 0.8)), click * gain(rng.normal(0, 5))))
    return Sound("lip_smack", levelled(joined(parts)), float(rng.normal(-14, 6)), "none")
