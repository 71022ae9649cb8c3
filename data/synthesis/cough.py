"""The cough: an explosive opening of the glottis, turbulent outflow, sometimes a voiced close.

The three phases and their ranges follow Korpas, Sadlonova and Vrabec (1996), Thorpe, Toop and Dawson (1992),
Chung and Pavord (2008) and Morice et al. (ERS guidelines 2007): a burst of 30-50 ms, an intermediate phase of
0.1-0.4 s with decaying noise, an optional voiced second sound; 0.2-0.9 s in all. docs/synthesis.md has the model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .envelope import attack_decay, faded
from .glottis import Phonation, voice_source
from .noise import RATE_HZ, Waveform, gain, shaped, uniform_log, wander
from .sound import Pulse, Sound, joined, levelled
from .subject import Subject
from .vocal_tract import cascade_response, filtered, frame_times_s, parallel_response

__all__ = ["CoughShape", "cough", "cough_bout", "draw_cough_shape"]

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
    """A whistling narrowed airway: a gliding tone of ``pitch_hz`` (start, middle, end) inside the outflow."""

    pitch_hz: tuple[float, float, float]
    level_db: float
    span: tuple[float, float]
    flutter: float


@dataclass(frozen=True)
class CoughShape:
    """One cough, described; `draw_cough_shape` draws it and `cough` sounds it.

    Times in seconds, levels in dB against the burst. `later_bursts` holds ``(time_s, level_db, length_s, voiced)``.
    """

    duration_s: float
    attack_s: float
    burst_s: float
    tail_db: float
    tail_drop_db: float
    tilt_db_per_octave: float
    formants_hz: NDArray[np.float64]
    bandwidths_hz: NDArray[np.float64]
    formant_levels_db: NDArray[np.float64]
    voiced_formants_hz: NDArray[np.float64]
    voiced_bandwidths_hz: NDArray[np.float64]
    glide: float
    voice_db: float
    voice_span: tuple[float, float]
    pitch_hz: float
    pitch_end: float
    phonation: Phonation
    crackle: float
    crackle_hz: float
    prelude_s: float
    prelude_db: float
    click_db: float
    strength: float
    later_bursts: tuple[tuple[float, float, float, bool], ...] = ()
    wheezes: tuple[Wheeze, ...] = ()


def draw_cough_shape(rng: np.random.Generator, subject: Subject, duration_factor: float = 1.0) -> CoughShape:
    """Draw one cough of this person: their habits, varied from cough to cough as people's coughs do."""
    duration = float(
        np.clip(subject.cough_duration_s * duration_factor * np.exp(rng.normal(0, 0.28)), 0.18, 0.9)
    )
    scale = subject.formant_scale * rng.uniform(0.94, 1.08)
    mouth = _MOUTHS[rng.integers(len(_MOUTHS))] * (1.0 + 0.06 * rng.standard_normal(5)) * scale
    voiced_mouth = mouth.copy()
    voiced_mouth[0] *= rng.uniform(0.6, 1.15)
    mouth[0] *= rng.uniform(0.95, 1.5)  # the open glottis raises and damps F1
    bandwidths = np.array([140.0, 130.0, 170.0, 230.0, 300.0]) * np.exp(rng.normal(0.25, 0.45, 5))
    levels = rng.normal([-11.0, 0.0, -1.0, -4.0, -8.0], [8.0, 5.0, 6.0, 6.0, 7.0])
    return CoughShape(
        duration_s=duration,
        attack_s=float(np.clip(subject.cough_attack_s * np.exp(rng.normal(0, 0.5)), 0.002, 0.09)),
        burst_s=uniform_log(rng, 0.015, 0.09),
        tail_db=float(-rng.gamma(1.2, 5.5)),
        tail_drop_db=float(rng.uniform(2, 26)),
        tilt_db_per_octave=float(rng.normal(-2.5, 2.5)),
        formants_hz=np.sort(mouth),
        bandwidths_hz=bandwidths,
        formant_levels_db=levels,
        voiced_formants_hz=np.sort(voiced_mouth),
        voiced_bandwidths_hz=np.array([70.0, 80.0, 130.0, 220.0, 300.0]) * np.exp(rng.normal(0.25, 0.45, 5)),
        glide=float(rng.normal(-0.03, 0.09)),
        **_draw_voicing(rng, subject),
        crackle=float(rng.uniform(0.3, 1.0)) if rng.random() < 0.15 + 0.7 * subject.wetness else 0.0,
        crackle_hz=uniform_log(rng, 15, 90),
        prelude_s=float(rng.uniform(0.02, 0.12)) if rng.random() < 0.25 else 0.0,
        prelude_db=float(rng.uniform(-30, -10)),
        click_db=float(rng.normal(-10, 8)),
        strength=uniform_log(rng, 0.4, 1.8),
        later_bursts=_draw_later_bursts(rng, subject, duration),
        wheezes=_draw_wheezes(rng),
    )


def _draw_voicing(rng: np.random.Generator, subject: Subject) -> dict[str, object]:
    voiced = rng.random() < 0.25 + 0.6 * subject.cough_voicing
    start = 0.0 if rng.random() < 0.5 else float(rng.uniform(0.2, 0.7))
    end = 1.0 if rng.random() < 0.5 else float(rng.uniform(start + 0.15, 1.0))
    rough = rng.random()
    return {
        "voice_db": float(rng.normal(1, 8)) if voiced else -90.0,
        "voice_span": (start, min(end, 1.0)),
        "pitch_hz": float(np.clip(subject.pitch_hz * np.exp(rng.normal(0.5, 0.4)), 70, 900)),
        "pitch_end": float(np.exp(rng.normal(-0.25, 0.3))),
        "phonation": Phonation(
            open_quotient=float(rng.uniform(0.35, 0.85)),
            tilt_hz=uniform_log(rng, 300, 5000),
            jitter=uniform_log(rng, 0.01, 0.05 + 0.1 * rough),
            shimmer=float(rng.uniform(0.05, 0.35)),
            subharmonic=float(rng.uniform(0.2, 1.0)) if rng.random() < 0.35 else 0.0,
        ),
    }


def _draw_later_bursts(
    rng: np.random.Generator, subject: Subject, duration_s: float
) -> tuple[tuple[float, float, float, bool], ...]:
    count = int(rng.choice(3, p=[0.55, 0.36, 0.09]))
    if count == 0 or duration_s < 0.22:
        return ()
    times = np.sort(rng.uniform(0.4, 0.88, count)) * duration_s
    return tuple(
        (
            float(time),
            float(rng.normal(-5, 7)),
            float(min(uniform_log(rng, 0.03, 0.14), duration_s - time)),
            bool(rng.random() < 0.35 + 0.5 * subject.cough_voicing),
        )
        for time in times
    )


def _draw_wheezes(rng: np.random.Generator) -> tuple[Wheeze, ...]:
    """None in two of three coughs, else one to four tones of 150-3000 Hz that glide by up to an octave."""
    if rng.random() < 0.65:
        return ()
    wheezes = []
    for _ in range(int(rng.integers(1, 5))):
        base = uniform_log(rng, 150, 3000)
        bends = np.exp(rng.normal(0, 0.25, 3))
        start = 0.0 if rng.random() < 0.5 else float(rng.uniform(0.0, 0.6))
        wheezes.append(
            Wheeze(
                pitch_hz=(base * bends[0], base * bends[1], base * bends[2]),
                level_db=float(rng.normal(-14, 7)),
                span=(start, float(rng.uniform(start + 0.2, 1.0)) if rng.random() < 0.5 else 1.0),
                flutter=uniform_log(rng, 0.002, 0.05),
            )
        )
    return tuple(wheezes)


def _wheezed(rng: np.random.Generator, wheeze: Wheeze, n: int) -> Waveform:
    """The tone of one wheeze over `n` samples, RMS about its level while it lasts."""
    first, last = (round(edge * n) for edge in wheeze.span)
    m = max(last - first, 16)
    pitch = np.interp(np.linspace(0, 2, m), [0, 1, 2], wheeze.pitch_hz) * (
        1.0 + wheeze.flutter * wander(rng, m, 30.0)
    )
    phase = 2.0 * np.pi * np.cumsum(pitch) / RATE_HZ
    swell = np.sin(np.pi * (np.arange(m) + 0.5) / m) ** rng.uniform(0.2, 1.0) * np.exp(
        0.25 * wander(rng, m, 15.0)
    )
    tone = (np.sin(phase) + rng.uniform(0, 0.5) * np.sin(2.0 * phase)) * swell
    out = np.zeros(n)
    out[first : first + m] = tone[: n - first] * 1.4 * gain(wheeze.level_db)
    return out


def _tail(rng: np.random.Generator, shape: CoughShape, n: int) -> Waveform:
    """Amplitude of the turbulent outflow: linear fall in dB with slow ripple, cut by the closing glottis."""
    position = np.arange(n) / max(n - 1, 1)
    level = shape.tail_db - shape.tail_drop_db * position + 1.5 * wander(rng, n, 12.0)
    rise = np.minimum(np.arange(n) / (shape.attack_s * RATE_HZ), 1.0)
    release = np.clip((n - np.arange(n)) / (rng.uniform(0.005, 0.06) * RATE_HZ), 0.0, 1.0)
    return np.asarray(rise * release * 10.0 ** (level / 20.0))


def _crackled(rng: np.random.Generator, amplitude: Waveform, shape: CoughShape) -> Waveform:
    """Mucus: the flow is interrupted by films that burst at random, `crackle_hz` times a second."""
    if shape.crackle <= 0:
        return amplitude
    n = len(amplitude)
    hits = (rng.random(n) < shape.crackle_hz / RATE_HZ).astype(np.float64) * rng.exponential(1.0, n)
    kernel = np.exp(-np.arange(400) / (uniform_log(rng, 0.002, 0.008) * RATE_HZ))
    pops = np.minimum(np.convolve(hits, kernel)[:n], 4.0)
    return np.asarray(amplitude * (1.0 - 0.75 * shape.crackle + 1.5 * shape.crackle * pops))


def _noise_amplitude(rng: np.random.Generator, shape: CoughShape, n: int) -> Waveform:
    amplitude = _crackled(rng, _tail(rng, shape, n), shape)
    burst = attack_decay(n / RATE_HZ, shape.attack_s, shape.burst_s, rng.uniform(0.7, 2.0))
    amplitude = np.maximum(amplitude, burst)
    for time_s, level_db, length_s, voiced in shape.later_bursts:
        start = round(time_s * RATE_HZ)
        hump = attack_decay(length_s, min(0.012, length_s / 3), length_s * 0.8, release_s=length_s / 3)
        hump *= gain(level_db - (8.0 if voiced else 0.0))
        stop = min(start + len(hump), n)
        amplitude[start:stop] = np.maximum(amplitude[start:stop], hump[: stop - start])
    return amplitude


def _voice_amplitude(rng: np.random.Generator, shape: CoughShape, n: int) -> Waveform:
    amplitude = np.zeros(n)
    if shape.voice_db > -60:
        first, last = (round(edge * n) for edge in shape.voice_span)
        length_s = (last - first) / RATE_HZ
        decay_s = length_s * uniform_log(rng, 0.3, 3.0)
        hump = attack_decay(length_s, min(max(shape.attack_s, 0.006), 0.04), decay_s, release_s=length_s / 4)
        amplitude[first : first + len(hump)] = hump[: n - first] * gain(shape.voice_db)
    for time_s, level_db, length_s, voiced in shape.later_bursts:
        if voiced:
            start = round(time_s * RATE_HZ)
            hump = attack_decay(length_s, min(0.01, length_s / 3), length_s, release_s=length_s / 3) * gain(
                level_db
            )
            stop = min(start + len(hump), n)
            amplitude[start:stop] = np.maximum(amplitude[start:stop], hump[: stop - start])
    return amplitude


def _tract(shape: CoughShape, n: int) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """Responses for turbulence (parallel, broad) and for voice (cascade, narrower), gliding over the cough."""
    position = np.minimum(frame_times_s(n) * RATE_HZ / max(n, 1), 1.0)[:, None]
    glide = 1.0 + shape.glide * position
    formants = np.clip(shape.formants_hz[None, :] * glide, 150.0, 7600.0)
    bandwidths = np.broadcast_to(shape.bandwidths_hz, formants.shape)
    levels = np.broadcast_to(shape.formant_levels_db, formants.shape)
    voiced = np.clip(shape.voiced_formants_hz[None, :] * glide, 150.0, 7600.0)
    voiced_widths = np.broadcast_to(shape.voiced_bandwidths_hz, voiced.shape)
    return parallel_response(formants, bandwidths, levels), cascade_response(voiced, voiced_widths)


def cough(rng: np.random.Generator, subject: Subject, shape: CoughShape) -> Sound:
    """Sound one cough.

    Parameters
    ----------
    rng
        Generator for the noise.
    subject
        Who coughs.
    shape
        From `draw_cough_shape`.

    Returns
    -------
    Sound
        Named ``"cough"``, with a chest pulse at the first burst and weaker ones at later bursts.
    """
    n = round(shape.duration_s * RATE_HZ)
    turbulent, voiced = _tract(shape, n)
    noise = shaped(rng, n, [200.0, 7500.0], [0.0, shape.tilt_db_per_octave * 5.2])
    noise *= _noise_amplitude(rng, shape, n)
    noise[: 1 + round(0.0015 * RATE_HZ)] += gain(shape.click_db) * 4.0
    wave = levelled(filtered(noise, turbulent)) * float(np.max(np.abs(noise)) > 0)
    amplitude = _voice_amplitude(rng, shape, n)
    if amplitude.max() > 0:
        bend = np.linspace(0.0, 1.0, n) ** rng.uniform(0.5, 2.0)
        pitch = shape.pitch_hz * shape.pitch_end**bend * (1.0 + 0.02 * wander(rng, n, 15.0))
        pulses = filtered(voice_source(rng, pitch, shape.phonation) * amplitude, voiced)
        wave = wave + levelled(pulses) * float(amplitude.max())
    for wheeze in shape.wheezes:
        wave = wave + _wheezed(rng, wheeze, n)
    parts = [(shape.prelude_s, faded(wave, 0.001))]
    if shape.prelude_s > 0:
        m = round(shape.prelude_s * RATE_HZ)
        prelude = filtered(rng.standard_normal(m) * np.linspace(0.2, 1.0, m), turbulent[:1])
        parts.append((0.0, faded(levelled(prelude)) * gain(shape.prelude_db)))
    pulses_at = [Pulse(shape.prelude_s, shape.strength)]
    pulses_at += [
        Pulse(shape.prelude_s + time_s, shape.strength * min(gain(level_db), 1.0) * 0.7)
        for time_s, level_db, _, _ in shape.later_bursts
    ]
    level = subject.cough_strength_db + 8.0 * np.log2(shape.strength) + rng.normal(0, 2.5)
    return Sound("cough", levelled(joined(parts)), float(level), "jerk", tuple(pulses_at))


def cough_bout(rng: np.random.Generator, subject: Subject, count: int) -> list[tuple[float, Sound]]:
    """Several coughs after one breath in: ``(start_s, sound)``, weaker and shorter towards the end."""
    bout: list[tuple[float, Sound]] = []
    start = 0.0
    base = draw_cough_shape(rng, subject)
    similar = rng.random() < 0.6
    for index in range(count):
        shape = draw_cough_shape(rng, subject, 0.95**index)
        if similar:
            shape = _alike(rng, base, shape)
        sound = cough(rng, subject, shape)
        bout.append((start, sound))
        start += sound.duration_s + uniform_log(rng, 0.03, 0.45)
    return bout


def _alike(rng: np.random.Generator, base: CoughShape, fresh: CoughShape) -> CoughShape:
    """Give the fresh cough the mouth and voice of the bout's first one."""
    return replace(
        fresh,
        formants_hz=base.formants_hz * rng.uniform(0.97, 1.03),
        bandwidths_hz=base.bandwidths_hz,
        voiced_formants_hz=base.voiced_formants_hz * rng.uniform(0.97, 1.03),
        voiced_bandwidths_hz=base.voiced_bandwidths_hz,
        formant_levels_db=base.formant_levels_db + rng.normal(0, 1.0, 5),
        voice_db=base.voice_db + float(rng.normal(0, 2)),
        pitch_hz=base.pitch_hz * float(np.exp(rng.normal(0, 0.08))),
        tilt_db_per_octave=base.tilt_db_per_octave,
        wheezes=base.wheezes if rng.random() < 0.7 else fresh.wheezes,
    )
