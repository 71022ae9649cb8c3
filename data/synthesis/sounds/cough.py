"""The sound of a cough: noise and voice of a `CoughShape`, through the open and the closing vocal tract."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..people.random_draw import uniform_log
from ..people.subject import Subject
from .cough_shape import CoughShape, LaterBurst, Wheeze, draw_alike, draw_cough_shape
from .envelope import attack_decay, faded
from .glottis import voice_source
from .noise import RATE_HZ, Waveform, gain, shaped, wander
from .sound import Pulse, Sound, joined, levelled
from .vocal_tract import cascade_response, filtered, frame_times_s, parallel_response

__all__ = ["cough", "cough_bout"]

_HIGHEST_HZ = 7500.0


def cough(rng: np.random.Generator, subject: Subject, shape: CoughShape) -> Sound:
    """Sound one cough.

    Parameters
    ----------
    rng
        Generator for the noise.
    subject
        The person who coughs.
    shape
        Description of the cough, from `draw_cough_shape`.

    Returns
    -------
    Sound
        Named ``"cough"``, with a chest pulse at the first burst and weaker ones at later bursts.
    """
    n = round(shape.duration_s * RATE_HZ)
    turbulent = _open_tract(shape, n)
    wave = levelled(filtered(_turbulence(rng, shape, n), turbulent))
    amplitude = _voice_amplitude(shape, n)
    if amplitude.max() > 0:
        wave = wave + levelled(_voiced(rng, shape, amplitude)) * float(amplitude.max())
    for wheeze in shape.wheezes:
        wave = wave + _wheezed(rng, wheeze, n)
    parts = [(shape.prelude_s, faded(wave, 0.001))]
    if shape.prelude_s > 0:
        m = round(shape.prelude_s * RATE_HZ)
        prelude = filtered(rng.standard_normal(m) * np.linspace(0.2, 1.0, m), turbulent[:1])
        parts.append((0.0, faded(levelled(prelude)) * gain(shape.prelude_db)))
    pushes = [Pulse(shape.prelude_s, shape.strength)]
    pushes += [
        Pulse(shape.prelude_s + burst.time_s, shape.strength * min(gain(burst.level_db), 1.0) * 0.7)
        for burst in shape.later_bursts
    ]
    level = subject.cough_strength_db + 8.0 * np.log2(shape.strength) + rng.normal(0, 2.5)
    return Sound("cough", levelled(joined(parts)), float(level), "jerk", tuple(pushes))


def cough_bout(rng: np.random.Generator, subject: Subject, count: int) -> list[tuple[float, Sound]]:
    """Several coughs after one breath in: ``(start_s, sound)``, shorter towards the end."""
    bout: list[tuple[float, Sound]] = []
    start = 0.0
    base = draw_cough_shape(rng, subject)
    similar = rng.random() < 0.6
    for index in range(count):
        shape = draw_cough_shape(rng, subject, 0.95**index)
        sound = cough(rng, subject, draw_alike(rng, base, shape) if similar else shape)
        bout.append((start, sound))
        start += sound.duration_s + uniform_log(rng, 0.03, 0.45)
    return bout


def _turbulence(rng: np.random.Generator, shape: CoughShape, n: int) -> Waveform:
    """Sound noise at the glottis: burst and outflow, each of its own colour, and the step of the opening."""
    burst = attack_decay(n / RATE_HZ, shape.attack_s, shape.burst_s, uniform_log(rng, 0.4, 3.0))
    tail = _crackled(rng, _outflow(rng, shape, n), shape)
    for later in shape.later_bursts:
        _raise(tail, later, gain(-8.0 if later.voiced else 0.0))
    tail *= _fluttered(rng, shape, n)
    octaves = np.log2(_HIGHEST_HZ / shape.low_cut_hz)
    corners = [shape.low_cut_hz / 8.0, shape.low_cut_hz, _HIGHEST_HZ]
    noise = shaped(rng, n, corners, [-27.0, 0.0, shape.tilt_db_per_octave * octaves]) * burst
    noise += shaped(rng, n, corners, [-27.0, 0.0, shape.tail_tilt_db_per_octave * octaves]) * tail
    noise[: round(0.0015 * RATE_HZ)] += gain(shape.click_db) * 4.0
    return noise


def _outflow(rng: np.random.Generator, shape: CoughShape, n: int) -> Waveform:
    """Amplitude after the burst: linear fall in dB with slow ripple, cut by the closing glottis."""
    position = np.arange(n) / max(n - 1, 1)
    level = shape.tail_db - shape.tail_drop_db * position + rng.uniform(0.3, 1.5) * wander(rng, n, 12.0)
    rise = np.minimum(np.arange(n) / (shape.attack_s * RATE_HZ), 1.0)
    release = np.clip((n - np.arange(n)) / (rng.uniform(0.005, 0.06) * RATE_HZ), 0.0, 1.0)
    return np.asarray(rise * release * 10.0 ** (level / 20.0))


def _crackled(rng: np.random.Generator, amplitude: Waveform, shape: CoughShape) -> Waveform:
    """Mucus: the flow is interrupted by films that burst at random, `crackle_hz` times a second."""
    if shape.crackle <= 0:
        return amplitude
    n = len(amplitude)
    hits = (rng.random(n) < shape.crackle_hz / RATE_HZ).astype(np.float64) * rng.exponential(1.0, n)
    kernel = np.exp(-np.arange(400) / (uniform_log(rng, 0.0008, 0.008) * RATE_HZ))
    pops = np.minimum(np.convolve(hits, kernel)[:n], 4.0)
    return np.asarray(amplitude * (1.0 - 0.85 * shape.crackle + 1.8 * shape.crackle * pops))


def _fluttered(rng: np.random.Generator, shape: CoughShape, n: int) -> Waveform:
    """Factor by which half-closed folds chop the flow, about `flutter_hz` times a second."""
    if shape.flutter <= 0:
        return np.ones(n)
    rate = shape.flutter_hz * np.exp(0.15 * wander(rng, n, 20.0))
    opening = 0.5 + 0.5 * np.sin(2.0 * np.pi * np.cumsum(rate) / RATE_HZ + rng.uniform(0, 6.28))
    return np.asarray(1.0 - shape.flutter + 2.0 * shape.flutter * opening ** uniform_log(rng, 1.0, 4.0))


def _raise(amplitude: Waveform, burst: LaterBurst, factor: float) -> None:
    """Lift an amplitude contour to that of a later burst where the burst is louder."""
    start = round(burst.time_s * RATE_HZ)
    attack_s = min(0.012, burst.length_s / 3)
    hump = attack_decay(burst.length_s, attack_s, burst.length_s * 0.8, release_s=burst.length_s / 3)
    stop = min(start + len(hump), len(amplitude))
    np.maximum(
        amplitude[start:stop], hump[: stop - start] * gain(burst.level_db) * factor, out=amplitude[start:stop]
    )


def _voice_amplitude(shape: CoughShape, n: int) -> Waveform:
    amplitude = np.zeros(n)
    if shape.voiced:
        first, last = (round(edge * n) for edge in shape.voice.span)
        length_s = (last - first) / RATE_HZ
        attack_s = min(max(shape.attack_s, 0.006), 0.04)
        hump = attack_decay(length_s, attack_s, length_s * shape.voice.decay, release_s=length_s / 4)
        amplitude[first : first + len(hump)] = hump[: n - first] * gain(shape.voice.level_db)
    for burst in shape.later_bursts:
        if burst.voiced:
            _raise(amplitude, burst, 1.0)
    return amplitude


def _glide(shape: CoughShape, n: int) -> NDArray[np.float64]:
    """Factor on the formants per frame, shape (frames, 1)."""
    position = np.minimum(frame_times_s(n) * RATE_HZ / max(n, 1), 1.0)
    return np.asarray(1.0 + shape.glide * position)[:, None]


def _open_tract(shape: CoughShape, n: int) -> NDArray[np.complex128]:
    """Response to turbulence: each resonance with a level of its own."""
    formants = np.clip(shape.formants_hz * _glide(shape, n), 150.0, 7600.0)
    widths = np.broadcast_to(shape.bandwidths_hz, formants.shape)
    return parallel_response(formants, widths, np.broadcast_to(shape.formant_levels_db, formants.shape))


def _voiced(rng: np.random.Generator, shape: CoughShape, amplitude: Waveform) -> Waveform:
    n = len(amplitude)
    voice = shape.voice
    bend = np.linspace(0.0, 1.0, n) ** rng.uniform(0.5, 2.0)
    pitch = voice.pitch_hz * voice.pitch_end**bend * (1.0 + 0.02 * wander(rng, n, 15.0))
    formants = np.maximum(voice.formants_hz * _glide(shape, n), 150.0)
    response = cascade_response(formants, np.broadcast_to(voice.bandwidths_hz, formants.shape))
    return filtered(voice_source(rng, pitch, voice.phonation) * amplitude, response)


def _wheezed(rng: np.random.Generator, wheeze: Wheeze, n: int) -> Waveform:
    """One wheeze over `n` samples, at its level while it lasts."""
    first, last = (round(edge * n) for edge in wheeze.span)
    m = max(last - first, 16)
    pitch = np.interp(np.linspace(0, 2, m), [0, 1, 2], wheeze.pitch_hz) * (
        1.0 + wheeze.flutter * wander(rng, m, 30.0)
    )
    phase = 2.0 * np.pi * np.cumsum(pitch) / RATE_HZ
    swell = np.sin(np.pi * (np.arange(m) + 0.5) / m) ** rng.uniform(0.2, 1.0) * np.exp(
        0.25 * wander(rng, m, 15.0)
    )
    tone = (np.sin(phase) + rng.uniform(0, 0.3) * np.sin(2.0 * phase)) * swell
    out = np.zeros(n)
    out[first : first + m] = tone[: n - first] * 1.4 * gain(wheeze.level_db)
    return out
