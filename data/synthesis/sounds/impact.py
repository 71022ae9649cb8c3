"""Sounds of things: knocks, steps, claps, doors, keys, dishes, rustle and scrapes.

A struck body is a sum of damped modes, ``sum a_k exp(-t/tau_k) sin(2 pi f_k t)``, plus a contact noise of
a few milliseconds; rustle is a shower of such contacts (Gaver 1993; Cook 2002).
"""

from __future__ import annotations

import numpy as np

from ..people.random_draw import uniform_log
from .envelope import attack_decay, faded
from .noise import RATE_HZ, Waveform, gain, shaped, wander
from .sound import Sound, joined, levelled

__all__ = ["clap", "dishes", "door", "drop", "keyboard", "knock", "rustle", "scrape", "step", "struck"]


def struck(
    rng: np.random.Generator,
    low_hz: float,
    high_hz: float,
    decay_s: float,
    modes: int = 8,
    contact_s: float = 0.003,
    contact_db: float = -6.0,
) -> Waveform:
    """One blow on a body with `modes` resonances between `low_hz` and `high_hz`; higher ones die sooner."""
    n = round(min(decay_s * 6 + 0.01, 3.0) * RATE_HZ)
    time = np.arange(n) / RATE_HZ
    frequencies = np.exp(rng.uniform(np.log(low_hz), np.log(min(high_hz, 7600.0)), modes))
    taus = (
        decay_s
        * (frequencies.min() / frequencies) ** rng.uniform(0.2, 0.8)
        * np.exp(rng.normal(0, 0.3, modes))
    )
    heights = rng.exponential(1.0, modes) * (frequencies.min() / frequencies) ** rng.uniform(0.0, 1.0)
    phases = rng.uniform(0, 2 * np.pi, modes)
    ring = np.zeros(n)
    for frequency, tau, height, phase in zip(frequencies, taus, heights, phases, strict=True):
        ring += height * np.exp(-time / tau) * np.sin(2 * np.pi * frequency * time + phase)
    m = max(round(contact_s * 5 * RATE_HZ), 8)
    contact = shaped(rng, m, [low_hz, min(high_hz * 2, 7900.0)], [0.0, rng.uniform(-12, 6)])
    contact *= np.exp(-np.arange(m) / (contact_s * RATE_HZ))
    return joined([(0.0, levelled(ring)), (0.0, levelled(contact) * gain(contact_db))])


def _series(
    rng: np.random.Generator, blows: list[Waveform], low_s: float, high_s: float, spread_db: float
) -> Waveform:
    """Repeat blows at a nearly regular pace."""
    pace = uniform_log(rng, low_s, high_s)
    start = 0.0
    parts: list[tuple[float, Waveform]] = []
    for blow in blows:
        parts.append((start, blow * gain(rng.normal(0, spread_db))))
        start += pace * float(np.exp(rng.normal(0, 0.1)))
    return levelled(joined(parts))


def knock(rng: np.random.Generator) -> Sound:
    """Knuckles on wood, one to six blows."""
    low, decay = uniform_log(rng, 90, 500), uniform_log(rng, 0.008, 0.06)
    state = rng.integers(2**31)
    blows = []
    for _ in range(int(rng.integers(1, 7))):
        same = np.random.default_rng(int(state))
        blows.append(
            struck(same, low, low * uniform_log(same, 4, 15), decay, contact_db=float(rng.normal(-6, 4)))
        )
    return Sound("knock", _series(rng, blows, 0.12, 0.5, 2.0), float(rng.normal(-2, 7)))


def step(rng: np.random.Generator) -> Sound:
    """Footsteps: a thud of the heel, a scuff of the sole."""
    low, decay = uniform_log(rng, 60, 250), uniform_log(rng, 0.01, 0.05)
    blows = []
    for _ in range(int(rng.integers(2, 8))):
        heel = struck(rng, low, low * 8, decay, 6, 0.004, float(rng.normal(-3, 5)))
        m = round(uniform_log(rng, 0.03, 0.12) * RATE_HZ)
        scuff = levelled(shaped(rng, m, [400, 2000, 7000], [-10, 0, -8]) * np.sin(np.pi * np.arange(m) / m))
        blows.append(
            joined([(0.0, heel), (float(rng.uniform(0.02, 0.12)), scuff * gain(rng.normal(-14, 6)))])
        )
    return Sound("step", _series(rng, blows, 0.45, 0.75, 2.5), float(rng.normal(-12, 7)))


def clap(rng: np.random.Generator) -> Sound:
    """Hands: a few milliseconds of noise with a cavity resonance; applause of one or of many."""
    centre, length = uniform_log(rng, 600, 3000), uniform_log(rng, 0.004, 0.02)
    blows = []
    for _ in range(int(rng.choice([1, 2, 3, 5, 9], p=[0.35, 0.25, 0.2, 0.1, 0.1]))):
        n = round(length * 7 * RATE_HZ)
        varied = centre * float(np.exp(rng.normal(0, 0.08)))
        burst = shaped(rng, n, [varied / 4, varied, min(varied * 3, 7900)], [-18, 0, -12])
        blows.append(levelled(burst * np.exp(-np.arange(n) / (length * RATE_HZ))))
    return Sound(
        "clap",
        _series(rng, blows, 0.15, 0.6, 2.0),
        float(rng.normal(2, 7)),
        "gesture" if rng.random() < 0.5 else "none",
    )


def door(rng: np.random.Generator) -> Sound:
    """Slam a door: low boom, latch clicks, rattle."""
    boom = struck(
        rng,
        uniform_log(rng, 40, 120),
        uniform_log(rng, 500, 2500),
        uniform_log(rng, 0.03, 0.15),
        10,
        0.008,
        float(rng.normal(-2, 5)),
    )
    parts = [(0.0, boom)]
    for _ in range(int(rng.integers(0, 5))):
        click = struck(rng, uniform_log(rng, 600, 2500), 6000, uniform_log(rng, 0.003, 0.02), 5)
        parts.append((float(rng.uniform(0, 0.35)), click * gain(rng.normal(-14, 5))))
    return Sound("door", levelled(joined(parts)), float(rng.normal(-1, 8)))


def drop(rng: np.random.Generator) -> Sound:
    """Something falls and bounces, each bounce sooner and softer."""
    low, high, decay = uniform_log(rng, 150, 2000), uniform_log(rng, 2500, 7500), uniform_log(rng, 0.006, 0.1)
    parts: list[tuple[float, Waveform]] = []
    start, pace, level = 0.0, uniform_log(rng, 0.1, 0.4), 0.0
    for _ in range(int(rng.integers(1, 8))):
        parts.append((start, struck(rng, low, high, decay) * gain(level)))
        start, pace, level = start + pace, pace * rng.uniform(0.55, 0.85), level - rng.uniform(2, 6)
    return Sound("drop", levelled(joined(parts)), float(rng.normal(-3, 8)))


def dishes(rng: np.random.Generator) -> Sound:
    """Cups, cutlery, keys, glass: high modes that ring."""
    low, decay = uniform_log(rng, 700, 3500), uniform_log(rng, 0.02, 0.4)
    parts = [
        (
            float(rng.uniform(0, 1.2)),
            struck(rng, low, 7500, decay * uniform_log(rng, 0.5, 2), 7, 0.001, -10) * gain(rng.normal(0, 5)),
        )
        for _ in range(int(rng.integers(1, 8)))
    ]
    return Sound("dishes", levelled(joined(parts)), float(rng.normal(-8, 7)))


def keyboard(rng: np.random.Generator) -> Sound:
    """Typing or clicking: pairs of tiny knocks."""
    parts: list[tuple[float, Waveform]] = []
    start = 0.0
    for _ in range(int(rng.integers(2, 20))):
        key = struck(rng, uniform_log(rng, 300, 1500), 7000, uniform_log(rng, 0.002, 0.01), 5, 0.001, 0)
        parts.append((start, key * gain(rng.normal(0, 3))))
        parts.append((start + rng.uniform(0.04, 0.1), key * gain(rng.normal(-9, 3))))
        start += uniform_log(rng, 0.07, 0.4)
    return Sound("keyboard", levelled(joined(parts)), float(rng.normal(-16, 6)))


def rustle(rng: np.random.Generator, worn: bool = False) -> Sound:
    """Rustle cloth, paper or a bag: a shower of contacts that swells and ebbs; `worn` rubs the microphone."""
    length = uniform_log(rng, 0.15, 2.0)
    n = round(length * RATE_HZ)
    density = uniform_log(rng, 30, 3000) / RATE_HZ
    swell = np.clip(1.0 + 0.8 * wander(rng, n, uniform_log(rng, 2, 12)), 0.02, None) * attack_decay(
        length, 0.05, 9.0, 1.0, 0.05
    )
    hits = (rng.random(n) < density) * rng.exponential(1.0, n) * rng.choice([-1.0, 1.0], n)
    low = uniform_log(rng, 60, 600) if worn else uniform_log(rng, 300, 3000)
    tail = shaped(rng, 480, [low / 2, low, min(low * 8, 7900)], [-12, 0, rng.uniform(-20, 0)]) * np.exp(
        -np.arange(480) / uniform_log(rng, 8, 120)
    )
    wave = np.convolve(hits + 0.02 * rng.standard_normal(n), tail)[:n] * swell
    level = rng.normal(-2, 7) if worn else rng.normal(-12, 7)
    return Sound(
        "rustle",
        levelled(faded(wave, 0.01)),
        float(level),
        "gesture" if worn or rng.random() < 0.3 else "none",
    )


def scrape(rng: np.random.Generator) -> Sound:
    """Scrape a chair or a drawer: stick and slip, a squeaking buzz through resonances."""
    length = uniform_log(rng, 0.15, 1.2)
    n = round(length * RATE_HZ)
    rate = np.clip(uniform_log(rng, 40, 900) * np.exp(0.25 * wander(rng, n, 6)), 20, 3000)
    phase = np.cumsum(rate) / RATE_HZ
    slip = (np.diff(np.floor(phase), prepend=0.0) > 0) * np.exp(0.4 * rng.standard_normal(n))
    ring = struck(rng, uniform_log(rng, 150, 900), 5000, uniform_log(rng, 0.003, 0.02), 8)[:1600]
    wave = np.convolve(slip + 0.02 * rng.standard_normal(n), ring)[:n]
    wave *= np.clip(1 + 0.5 * wander(rng, n, 8), 0.05, None)
    return Sound("scrape", levelled(faded(wave, 0.02)), float(rng.normal(-8, 7)))
