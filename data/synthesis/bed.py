"""The sound that is always there: rooms, machines, traffic, wind, water, babble, or digital silence."""

from __future__ import annotations

import numpy as np
import scipy

from .people.random_draw import uniform_log
from .people.subject import draw_subject
from .sounds.envelope import faded
from .sounds.music import phrase
from .sounds.noise import RATE_HZ, Waveform, coloured, gain, shaped, wander
from .sounds.speech import draw_speaker, running_speech

__all__ = ["BEDS", "babble", "bed"]

# Share of sessions per bed and its level (mean, standard deviation in dB) against the wearer's speech.
BEDS: dict[str, tuple[float, float, float]] = {
    "silence": (0.14, 0.0, 0.0),
    "quiet": (0.28, -60.0, 12.0),
    "hiss": (0.13, -44.0, 12.0),
    "pink": (0.11, -37.0, 11.0),
    "hum": (0.04, -34.0, 8.0),
    "traffic": (0.09, -24.0, 7.0),
    "fan": (0.05, -28.0, 8.0),
    "babble": (0.11, -24.0, 6.0),
    "music": (0.06, -22.0, 7.0),
    "wind": (0.03, -20.0, 8.0),
    "water": (0.02, -26.0, 7.0),
}


def _hum(rng: np.random.Generator, n: int) -> Waveform:
    """Mains and motors: overtones of one steady pitch."""
    pitch = float(rng.choice([50.0, 60.0, 100.0, 120.0, uniform_log(rng, 40, 400)])) * rng.uniform(0.99, 1.01)
    time = np.arange(n) / RATE_HZ
    wave = coloured(rng, n, -4.0) * 0.2
    for k in range(1, int(rng.integers(2, 14))):
        if k * pitch < 7500:
            wave = wave + np.sin(2 * np.pi * k * pitch * time + rng.uniform(0, 6.28)) * k ** -rng.uniform(
                0.3, 1.5
            )
    return np.asarray(wave)


def _traffic(rng: np.random.Generator, n: int) -> Waveform:
    """Road noise with vehicles passing: low-pass noise whose level and colour swell for seconds."""
    corner = uniform_log(rng, 200, 1200)
    wave = shaped(rng, n, [30, corner, 7500], [6, 0, -rng.uniform(20, 40)]) * 0.4
    passing = shaped(rng, n, [40, corner * 2, 7500], [3, 0, -rng.uniform(12, 30)])
    return np.asarray(wave + passing * np.exp(1.2 * wander(rng, n, uniform_log(rng, 0.1, 0.5))) * 0.5)


def _wind(rng: np.random.Generator, n: int) -> Waveform:
    """Turbulence on the membrane: brown noise in gusts."""
    gusts = np.exp(0.9 * wander(rng, n, uniform_log(rng, 0.3, 3)) + 0.4 * wander(rng, n, 12))
    return coloured(rng, n, -rng.uniform(5, 9)) * gusts


def _water(rng: np.random.Generator, n: int) -> Waveform:
    """Bright noise with bubbles."""
    hits = (rng.random(n) < uniform_log(rng, 20, 300) / RATE_HZ) * rng.standard_normal(n)
    radius, pitch = 0.985, uniform_log(rng, 500, 2500)
    bubbles = scipy.signal.lfilter(
        [1.0], [1.0, -2 * radius * np.cos(2 * np.pi * pitch / RATE_HZ), radius**2], hits
    )
    bright = shaped(rng, n, [200, 1500, 7500], rng.normal([-8, 0, -4], 3))
    return np.asarray(bright + bubbles * 0.7)


def babble(rng: np.random.Generator, n: int, talkers: int) -> Waveform:
    """Several people talking: a few seconds of each, repeated at random places and levels."""
    wave = np.zeros(n)
    for _ in range(talkers):
        subject = draw_subject(int(rng.integers(2**31)), 0)
        speech = running_speech(rng, draw_speaker(rng, subject), float(rng.uniform(3, 6)))
        at = int(-rng.integers(0, len(speech)))
        level = gain(rng.normal(0, 3))
        while at < n:
            first, last = max(at, 0), min(at + len(speech), n)
            if last > first:
                wave[first:last] += speech[first - at : last - at] * level
            at += len(speech) + int(rng.integers(0, RATE_HZ))
    return wave


def _music(rng: np.random.Generator, n: int) -> Waveform:
    """Ten seconds of music, repeated as music does."""
    piece = faded(phrase(rng, min(n / RATE_HZ, float(rng.uniform(5, 12)))), 0.02)
    return np.tile(piece, n // len(piece) + 1)[:n]


def bed(rng: np.random.Generator, kind: str, n: int) -> Waveform:
    """Background of one kind.

    Parameters
    ----------
    rng
        Generator to draw from.
    kind
        A key of `BEDS`.
    n
        Number of samples.

    Returns
    -------
    NDArray[np.float64]
        Shape ``(n,)``, RMS about 1 (``silence``: zeros).
    """
    if kind == "silence":
        return np.zeros(n)
    if kind == "hum":
        wave = _hum(rng, n)
    elif kind == "traffic":
        wave = _traffic(rng, n)
    elif kind == "wind":
        wave = _wind(rng, n)
    elif kind == "water":
        wave = _water(rng, n)
    elif kind == "babble":
        wave = babble(rng, n, int(rng.integers(1, 6)))
    elif kind == "music":
        wave = _music(rng, n)
    elif kind == "fan":
        wave = shaped(rng, n, [40, 200, 1000, 7500], rng.normal([0, 0, -8, -22], 5)) + 0.3 * _hum(rng, n)
    elif kind == "hiss":
        wave = shaped(rng, n, [60, 500, 2000, 7500], rng.normal([0, 0, 0, 0], 5))
    else:
        wave = coloured(rng, n, rng.uniform(-7, -1) if kind == "quiet" else rng.uniform(-4, -2))
    return np.asarray(wave / max(float(np.sqrt(np.mean(wave**2))), 1e-9))
