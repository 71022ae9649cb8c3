"""One cough, described: phases, resonances, voice, mucus, wheeze; and how a person's coughs are drawn.

The phases and their ranges follow Korpas, Sadlonova and Vrabec (1996), Thorpe, Toop and Dawson (1992), Chung
and Pavord (2008) and the ERS guidelines (Morice et al. 2007): a burst of 30-50 ms, an intermediate phase of
0.1-0.4 s of decaying noise, an optional voiced second sound; 0.2-0.9 s in all. See docs/synthesis.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..people.random_draw import uniform_log
from ..people.subject import Subject
from .glottis import Phonation

__all__ = ["CoughShape", "LaterBurst", "Voicing", "Wheeze", "draw_alike", "draw_cough_shape"]

# Adult male formants (Hz) of the mouth shapes people cough with: open to half-open, central to back.
_MOUTHS = np.array(
    [
        [730, 1090, 2440, 3350, 4500],
        [640, 1190, 2390, 3400, 4400],
        [570, 840, 2410, 3300, 4300],
        [500, 1500, 2500, 3500, 4500],
        [660, 1720, 2410, 3500, 4600],
        [450, 1100, 2300, 3200, 4200],
        [360, 950, 2250, 3200, 4200],
        [520, 1800, 2500, 3600, 4600],
    ],
    dtype=np.float64,
)


@dataclass(frozen=True)
class Wheeze:
    """A whistling narrow airway: a gliding tone (Hz at start, middle, end), level in dB against the burst."""

    pitch_hz: tuple[float, float, float]
    level_db: float
    span: tuple[float, float]
    flutter: float


@dataclass(frozen=True)
class LaterBurst:
    """A second or third sound inside the cough: when, how loud against the first, how long, voiced or not."""

    time_s: float
    level_db: float
    length_s: float
    voiced: bool


@dataclass(frozen=True)
class Voicing:
    """Vibration of the folds during a cough.

    `span` is the voiced part of the cough (0 to 1), `decay` its fall in units of that part, `pitch_end` the
    ratio of last to first pitch; formants and bandwidths in Hz, shape (5,), are those of the closing glottis.
    """

    level_db: float
    span: tuple[float, float]
    decay: float
    pitch_hz: float
    pitch_end: float
    phonation: Phonation
    formants_hz: NDArray[np.float64]
    bandwidths_hz: NDArray[np.float64]


@dataclass(frozen=True)
class CoughShape:
    """One cough; `draw_cough_shape` draws it and `cough.cough` sounds it.

    Attributes
    ----------
    duration_s, attack_s, burst_s
        Length without prelude; rise of the burst; its decay to 1/e.
    tail_db, tail_drop_db
        Level at which the turbulent outflow starts, against the burst, and how far it falls until the end.
    tilt_db_per_octave, tail_tilt_db_per_octave
        Colour of the noise above `low_cut_hz` in the burst and in the outflow.
    low_cut_hz
        Below it the radiated noise falls by 9 dB per octave.
    formants_hz, bandwidths_hz, formant_levels_db
        Resonances the noise excites, rising, shape (6,) each; F1 is weak while the glottis is open.
    glide
        Relative change of all formants from first to last moment.
    voicing
        Voice of the main sound, None if it has none; later bursts use `voice`.
    voice
        The voice this cough has or would have.
    crackle, crackle_hz
        Mucus, 0 to 1, and bursts of its films per second.
    flutter, flutter_hz
        Depth and rate at which vibrating folds chop the outflow.
    prelude_s, prelude_db
        Soft breath that leaks before the burst.
    click_db
        Pressure step at the opening.
    strength
        Effort against the subject's usual: level and chest push grow with it.
    """

    duration_s: float
    attack_s: float
    burst_s: float
    tail_db: float
    tail_drop_db: float
    tilt_db_per_octave: float
    tail_tilt_db_per_octave: float
    low_cut_hz: float
    formants_hz: NDArray[np.float64]
    bandwidths_hz: NDArray[np.float64]
    formant_levels_db: NDArray[np.float64]
    glide: float
    voice: Voicing
    voiced: bool
    crackle: float
    crackle_hz: float
    flutter: float
    flutter_hz: float
    prelude_s: float
    prelude_db: float
    click_db: float
    strength: float
    later_bursts: tuple[LaterBurst, ...] = ()
    wheezes: tuple[Wheeze, ...] = ()


def draw_cough_shape(rng: np.random.Generator, subject: Subject, duration_factor: float = 1.0) -> CoughShape:
    """Draw one cough of this person: their habits, varied from cough to cough as people's coughs do."""
    duration = subject.cough_duration_s * duration_factor * np.exp(rng.normal(0, 0.28))
    duration = float(np.clip(duration, 0.18, 0.9))
    scale = subject.formant_scale * rng.uniform(0.94, 1.08)
    mouth = _MOUTHS[rng.integers(len(_MOUTHS))] * (1.0 + 0.06 * rng.standard_normal(5)) * scale
    voice = _draw_voice(rng, subject, mouth)
    resonances, bandwidths, levels = _draw_open_tract(rng, subject, mouth)
    tilt = float(np.clip(rng.normal(-2.5, 2.5), -9.0, 1.0))
    attack = float(np.clip(subject.cough_attack_s * np.exp(rng.normal(0, 0.5)), 0.002, 0.13))
    shape = CoughShape(
        duration_s=duration,
        attack_s=attack,
        burst_s=uniform_log(rng, 0.015, 0.14),
        tail_db=float(-rng.gamma(1.0, 4.5)),
        tail_drop_db=float(rng.uniform(0, 24)),
        low_cut_hz=uniform_log(rng, 80, 900),
        tilt_db_per_octave=tilt,
        tail_tilt_db_per_octave=tilt + float(rng.normal(-0.5, 2.2)),
        formants_hz=resonances,
        bandwidths_hz=bandwidths,
        formant_levels_db=levels,
        glide=float(rng.normal(-0.03, 0.12)),
        voice=voice,
        voiced=bool(rng.random() < 0.25 + 0.6 * subject.cough_voicing),
        crackle=float(rng.uniform(0.3, 1.0)) if rng.random() < 0.1 + 0.55 * subject.wetness else 0.0,
        crackle_hz=uniform_log(rng, 15, 120),
        flutter=float(rng.uniform(0.2, 0.95)) if rng.random() < 0.4 else 0.0,
        flutter_hz=uniform_log(rng, 30, 250),
        prelude_s=float(rng.uniform(0.02, 0.15)) if rng.random() < 0.33 else 0.0,
        prelude_db=float(rng.uniform(-30, -10)),
        click_db=float(rng.normal(-14, 7)) - 200.0 * attack,
        strength=uniform_log(rng, 0.4, 1.8),
        later_bursts=_draw_later_bursts(rng, subject, duration),
        wheezes=_draw_wheezes(rng) if rng.random() < 0.35 else (),
    )
    return _styled(rng, shape, subject.cough_style) if rng.random() < 0.6 else shape


def _draw_open_tract(
    rng: np.random.Generator, subject: Subject, mouth_hz: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Draw the resonances of the open tract, rising: the mouth's, F1 raised and damped, and the trachea's.

    The second subglottal resonance lies near 1400 Hz in men and 1600 Hz in women (Chi and Sonderegger 2007).
    """
    trachea_hz = 1400.0 * subject.formant_scale**0.7 * np.exp(rng.normal(0, 0.09))
    resonances = np.append(mouth_hz, trachea_hz)
    resonances[0] *= rng.uniform(0.95, 1.5)
    widths = np.array([140.0, 130.0, 170.0, 230.0, 300.0, 160.0]) * np.exp(rng.normal(0.25, 0.45, 6))
    levels = rng.normal([-11.0, 2.0, -2.0, -5.0, -10.0, -1.0], [8.0, 5.0, 6.0, 6.0, 5.0, 6.0])
    levels -= 10.0 * np.maximum(np.log2(resonances / 5000.0), 0.0)
    order = np.argsort(resonances)
    return resonances[order], widths[order], levels[order]


def _draw_voice(rng: np.random.Generator, subject: Subject, mouth_hz: NDArray[np.float64]) -> Voicing:
    start = 0.0 if rng.random() < 0.5 else float(rng.uniform(0.2, 0.7))
    end = 1.0 if rng.random() < 0.5 else float(rng.uniform(start + 0.15, 1.0))
    formants = mouth_hz.copy()
    formants[0] *= rng.uniform(0.6, 1.15)
    rough = rng.random()
    return Voicing(
        level_db=float(rng.normal(1, 8)),
        span=(start, min(end, 1.0)),
        decay=uniform_log(rng, 0.3, 3.0),
        pitch_hz=float(np.clip(subject.pitch_hz * np.exp(rng.normal(0.5, 0.4)), 70, 900)),
        pitch_end=float(np.exp(rng.normal(-0.25, 0.3))),
        phonation=Phonation(
            open_quotient=float(rng.uniform(0.35, 0.85)),
            tilt_hz=uniform_log(rng, 300, 5000),
            jitter=uniform_log(rng, 0.01, 0.05 + 0.1 * rough),
            shimmer=float(rng.uniform(0.05, 0.35)),
            subharmonic=float(rng.uniform(0.2, 1.0)) if rng.random() < 0.35 else 0.0,
        ),
        formants_hz=np.sort(formants),
        bandwidths_hz=np.array([70.0, 80.0, 130.0, 220.0, 300.0]) * np.exp(rng.normal(0.25, 0.45, 5)),
    )


def _draw_later_bursts(
    rng: np.random.Generator, subject: Subject, duration_s: float
) -> tuple[LaterBurst, ...]:
    count = int(rng.choice(3, p=[0.55, 0.36, 0.09]))
    if count == 0 or duration_s < 0.22:
        return ()
    return tuple(
        LaterBurst(
            time_s=float(time),
            level_db=float(rng.normal(-5, 7)),
            length_s=float(min(uniform_log(rng, 0.03, 0.14), duration_s - time)),
            voiced=bool(rng.random() < 0.35 + 0.5 * subject.cough_voicing),
        )
        for time in np.sort(rng.uniform(0.4, 0.88, count)) * duration_s
    )


def _draw_wheezes(rng: np.random.Generator) -> tuple[Wheeze, ...]:
    """One to four tones of 150-3000 Hz, each gliding by up to an octave."""
    wheezes = []
    for _ in range(int(rng.integers(1, 5))):
        base = uniform_log(rng, 150, 3000)
        first, middle, last = np.exp(rng.normal(0, 0.25, 3)) * base
        start = 0.0 if rng.random() < 0.5 else float(rng.uniform(0.0, 0.6))
        wheezes.append(
            Wheeze(
                pitch_hz=(float(first), float(middle), float(last)),
                level_db=float(rng.normal(-14, 7)),
                span=(start, float(rng.uniform(start + 0.2, 1.0)) if rng.random() < 0.5 else 1.0),
                flutter=uniform_log(rng, 0.002, 0.05),
            )
        )
    return tuple(wheezes)


def _styled(rng: np.random.Generator, shape: CoughShape, style: str) -> CoughShape:
    """Move a cough towards a kind that clinicians name (Chung and Pavord 2008; Smith et al. 2006)."""
    if style == "barking":
        rough = replace(shape.voice.phonation, subharmonic=float(rng.uniform(0.3, 1.0)), jitter=0.06)
        voice = replace(shape.voice, level_db=float(rng.normal(6, 5)), span=(0.0, 1.0), phonation=rough)
        duration = max(0.75 * shape.duration_s, 0.18)
        bursts = tuple(burst for burst in shape.later_bursts if burst.time_s + burst.length_s < duration)
        return replace(shape, voice=voice, voiced=True, duration_s=duration, later_bursts=bursts)
    if style == "weak":
        attack = float(min(2.0 * shape.attack_s, 0.1))
        return replace(
            shape, attack_s=attack, strength=0.6 * shape.strength, tail_db=0.4 * shape.tail_db, click_db=-30
        )
    if style == "wet":
        return replace(shape, crackle=float(rng.uniform(0.5, 1.0)), tail_db=0.6 * shape.tail_db)
    if style == "wheezy":
        return replace(shape, wheezes=_draw_wheezes(rng))
    if style == "dry":
        return replace(shape, crackle=0.0, wheezes=(), attack_s=max(0.5 * shape.attack_s, 0.002))
    return shape


def draw_alike(rng: np.random.Generator, base: CoughShape, fresh: CoughShape) -> CoughShape:
    """Give a freshly drawn cough the mouth, voice and colour of another, as coughs of one bout have."""
    shift = rng.uniform(0.97, 1.03)
    voice = replace(
        base.voice,
        level_db=base.voice.level_db + float(rng.normal(0, 2)),
        pitch_hz=base.voice.pitch_hz * float(np.exp(rng.normal(0, 0.08))),
        formants_hz=base.voice.formants_hz * shift,
    )
    return replace(
        fresh,
        formants_hz=base.formants_hz * shift,
        bandwidths_hz=base.bandwidths_hz,
        formant_levels_db=base.formant_levels_db + rng.normal(0, 1.0, base.formant_levels_db.shape),
        voice=voice,
        voiced=base.voiced,
        tilt_db_per_octave=base.tilt_db_per_octave,
        tail_tilt_db_per_octave=base.tail_tilt_db_per_octave,
        wheezes=base.wheezes if rng.random() < 0.7 else fresh.wheezes,
    )
