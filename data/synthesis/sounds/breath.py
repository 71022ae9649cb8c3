"""Sounds of moving air: breathing, sniffs, sighs, gasps, wordless replies, breath on the microphone."""

from __future__ import annotations

import numpy as np

from ..people.random_draw import uniform_log
from ..people.subject import Subject
from .airway import rasp, tube
from .envelope import attack_decay, faded, polyline
from .noise import RATE_HZ, Waveform, gain, shaped, wander
from .sound import Sound, joined, levelled
from .vocal_tract import filtered, parallel_response

__all__ = ["blow", "breath", "gasp", "hush", "interjection", "sniff"]


def breath(rng: np.random.Generator, subject: Subject, loud: bool = False) -> Sound:
    """One or more breaths: noise that swells and fades, in and out of different colour."""
    parts: list[tuple[float, Waveform]] = []
    start = 0.0
    for _ in range(int(rng.integers(1, 5))):
        length = uniform_log(rng, 0.25, 2.0)
        n = round(length * RATE_HZ)
        swell = np.sin(np.pi * (np.arange(n) / n) ** uniform_log(rng, 0.5, 1.6)) ** uniform_log(rng, 0.7, 2.0)
        formants, widths = tube(rng, subject, (600.0, 1500.0, 2500.0, 3500.0, 4600.0), 0.2)
        levels = rng.normal([-8, 0, -3, -6, -10], 6.0, (1, 5))
        noise = rng.standard_normal(n) * swell * np.exp(0.15 * wander(rng, n, 8))
        part = levelled(filtered(noise, parallel_response(formants, widths, levels)))
        parts.append((start, part * gain(rng.normal(0, 3))))
        start += length + uniform_log(rng, 0.05, 0.8)
    level = rng.normal(-4, 4) if loud else rng.normal(-17, 5)
    return Sound("breath", levelled(joined(parts)), float(level), "breath")


def sniff(rng: np.random.Generator, subject: Subject) -> Sound:
    """Short inward breaths through the nose."""
    del subject
    parts: list[tuple[float, Waveform]] = []
    start = 0.0
    for _ in range(int(rng.integers(1, 4))):
        length = uniform_log(rng, 0.08, 0.4)
        hump = polyline(length, [(0, 0), (length * rng.uniform(0.2, 0.8), 1), (length, 0)])
        centre = uniform_log(rng, 700, 4000)
        noise = shaped(rng, len(hump), [centre / 3, centre, min(centre * 2.5, 7900)], [-20, 0, -15])
        parts.append((start, noise * hump))
        start += length + uniform_log(rng, 0.05, 0.5)
    return Sound("sniff", levelled(joined(parts)), float(rng.normal(-9, 5)), "breath")


def gasp(rng: np.random.Generator, subject: Subject) -> Sound:
    """Draw breath sharply or sigh, sometimes with voice (the whoop after a bout, a yawn, a groan)."""
    length = uniform_log(rng, 0.15, 1.2)
    hump = polyline(length, [(0, 0), (length * rng.uniform(0.15, 0.9), 1), (length, 0)]) ** uniform_log(
        rng, 0.6, 2
    )
    formants, widths = tube(rng, subject, (600.0, 1400.0, 2500.0, 3500.0, 4600.0), 0.2)
    levels = rng.normal([-8, 0, -3, -6, -10], 6.0, (1, 5))
    wave = levelled(
        filtered(rng.standard_normal(len(hump)) * hump, parallel_response(formants, widths, levels))
    )
    if rng.random() < 0.4:
        voice = rasp(rng, subject, hump, subject.pitch_hz * uniform_log(rng, 0.8, 3.5), 0.4 * rng.random())
        wave = wave + levelled(voice) * gain(rng.normal(-2, 6))
    return Sound("breath", levelled(wave), float(rng.normal(-7, 5)), "breath")


def hush(rng: np.random.Generator, subject: Subject) -> Sound:
    """Lone fricatives: sh, ss, ff, phew, a kiss of air; steady noise, soft or hard at its edges."""
    length = uniform_log(rng, 0.08, 0.9)
    n = round(length * RATE_HZ)
    centre = uniform_log(rng, 700, 6500) * subject.formant_scale**0.5
    low, high = rng.uniform(-35, -12, 2)
    noise = shaped(rng, n, [centre / 3, centre, min(centre * 2.2, 7900)], [low, 0, high])
    attack = uniform_log(rng, 0.01, 0.15)
    hump = attack_decay(length, attack, length * uniform_log(rng, 0.5, 4), 1.0, uniform_log(rng, 0.02, 0.3))
    return Sound("hush", levelled(faded(noise * hump)), float(rng.normal(-5, 5)), "speech")


def interjection(rng: np.random.Generator, subject: Subject) -> Sound:
    """Grunt or reply without words (uh, hm, ah, ugh): short voiced sounds with hard or soft onset."""
    parts: list[tuple[float, Waveform]] = []
    start = 0.0
    for _ in range(int(rng.choice([1, 2, 3], p=[0.6, 0.32, 0.08]))):
        length = uniform_log(rng, 0.08, 0.5)
        hump = attack_decay(
            length, uniform_log(rng, 0.004, 0.06), length * uniform_log(rng, 0.6, 4), 1.0, length * 0.4
        )
        voice = levelled(
            rasp(rng, subject, hump, subject.pitch_hz * uniform_log(rng, 0.7, 1.8), rng.random() ** 2)
        )
        hiss = levelled(shaped(rng, len(hump), [300, 1500, 6000], rng.normal([-6, 0, -10], 4)) * hump)
        parts.append((start, faded(voice + hiss * gain(rng.normal(-18, 7)), 0.002) * gain(rng.normal(0, 2))))
        start += length + uniform_log(rng, 0.02, 0.2)
    return Sound("interjection", levelled(joined(parts)), float(rng.normal(-2, 5)), "speech")


def blow(rng: np.random.Generator, subject: Subject) -> Sound:
    """Breath or a popped p on the membrane, and thumps of handling: low noise, sudden or swelling."""
    del subject
    length = uniform_log(rng, 0.04, 0.7)
    n = round(length * RATE_HZ)
    corner = uniform_log(rng, 60, 700)
    noise = shaped(rng, n, [30, corner, corner * 4, 7900], [0, 0, -rng.uniform(15, 35), -rng.uniform(35, 60)])
    hump = attack_decay(
        length, uniform_log(rng, 0.002, 0.1), length * uniform_log(rng, 0.2, 2), 1.0, length * 0.3
    )
    wave = noise * hump * np.exp(0.4 * wander(rng, n, 20))
    return Sound(
        "blow",
        levelled(faded(wave, 0.002)),
        float(rng.normal(2, 7)),
        "speech" if rng.random() < 0.5 else "gesture",
    )
