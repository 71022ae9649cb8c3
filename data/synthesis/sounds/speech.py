"""Speech: phonemes in, formant tracks and sources out, sounded by the vocal tract.

A score holds breakpoints of every control (voice, aspiration and frication amplitude, formants, noise band);
controls glide linearly between them, which gives the formant transitions by which stops and nasals are heard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..people.random_draw import uniform_log
from ..people.subject import Subject
from .envelope import faded
from .glottis import Phonation, voice_source
from .noise import RATE_HZ, Waveform, gain, wander
from .phoneme import CONSONANTS, DIGITS, VOWELS, Phoneme
from .sound import Sound, levelled
from .vocal_tract import band_response, cascade_response, filtered, frame_times_s

__all__ = ["Speaker", "draw_speaker", "running_speech", "shout", "utterance", "word"]

_VOWEL_NAMES = tuple(VOWELS)
_ONSETS = (
    "p",
    "t",
    "k",
    "b",
    "d",
    "g",
    "s",
    "S",
    "f",
    "m",
    "n",
    "l",
    "r",
    "w",
    "j",
    "h",
    "v",
    "z",
    "tS",
    "dZ",
    "D",
    "x",
    "T",
)
_CODAS = ("n", "m", "N", "s", "t", "k", "p", "l", "r", "d", "z", "f", "S", "v", "x", "tS")


@dataclass(frozen=True)
class Speaker:
    """A voice in one mood: tract, pitch and effort.

    `effort` is 0 (soft) to 1 (shouting); `rate` divides durations (2 is twice as fast); `sibilance_db` raises
    frication; `tilt_octaves` moves the corner of the source; `openness` is the open quotient; `creak` is the
    final drop of pitch in octaves; `attack` scales the rise of vowels (0.1 hard, 2 soft).
    """

    scale: float
    pitch_hz: float
    breathiness: float
    jitter: float
    effort: float
    rate: float
    sibilance_db: float = 0.0
    tilt_octaves: float = 0.0
    openness: float = 0.6
    creak: float = 0.0
    attack: float = 1.0
    whisper: bool = False


def draw_speaker(rng: np.random.Generator, subject: Subject, effort: float | None = None) -> Speaker:
    """Voice of `subject` as it sounds in one utterance."""
    effort = float(rng.beta(2.5, 2.5)) if effort is None else effort
    return Speaker(
        scale=subject.formant_scale * rng.uniform(0.96, 1.05),
        pitch_hz=subject.pitch_hz * float(np.exp(rng.normal(0.0, 0.12) + 0.9 * (effort - 0.45))),
        breathiness=float(np.clip(subject.breathiness + rng.normal(0, 0.15) - 0.3 * (effort - 0.5), 0, 1)),
        jitter=subject.jitter,
        effort=effort,
        rate=uniform_log(rng, 0.75, 1.7),
        sibilance_db=float(rng.normal(0, 4)),
        tilt_octaves=float(rng.normal(0.5, 0.9)),
        openness=float(rng.uniform(0.4, 0.85)),
        creak=float(rng.uniform(0.5, 1.8)) if rng.random() < 0.2 else 0.0,
        attack=uniform_log(rng, 0.12, 1.6),
        whisper=bool(rng.random() < 0.03),
    )


@dataclass
class _Score:
    """Breakpoints in time order; each row is one control's ``(time_s, value)`` list."""

    end_s: float = 0.0
    voice: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 0.0)])
    breath: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 0.0)])
    frication: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 0.0)])
    noise_hz: list[tuple[float, float]] = field(default_factory=list)
    noise_octaves: list[tuple[float, float]] = field(default_factory=list)
    nasal: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 0.0)])
    formants: list[tuple[float, tuple[float, float, float]]] = field(default_factory=list)

    def hold(
        self, control: list[tuple[float, float]], start_s: float, stop_s: float, value: float, ramp_s: float
    ) -> None:
        """Reach `value` within `ramp_s` of `start_s`, keep it until `ramp_s` before `stop_s`."""
        ramp_s = min(ramp_s, (stop_s - start_s) / 2)
        control.append((start_s + ramp_s, value))
        control.append((stop_s - ramp_s, value))


def _add_sonorant(
    score: _Score, rng: np.random.Generator, phoneme: Phoneme, length_s: float, loud: float, speaker: Speaker
) -> None:
    start, stop = score.end_s, score.end_s + length_s
    level = {"vowel": loud, "nasal": 0.35 * loud, "liquid": 0.6 * loud}[phoneme.kind]
    ramp = min(0.035 * speaker.attack, length_s * 0.3)
    speaker_breath = 0.006 + 0.09 * speaker.breathiness**2
    score.hold(score.voice, start, stop, level * gain(rng.normal(0, 1.5)), ramp)
    score.hold(score.breath, start, stop, level * speaker_breath, ramp)
    score.hold(score.nasal, start, stop, 1.0 if phoneme.kind == "nasal" else 0.0, 0.01)
    varied = tuple(value * (1.0 + 0.05 * rng.standard_normal()) for value in phoneme.formants_hz)
    edge = min(0.045, length_s * 0.35)
    score.formants.append((start + edge, varied))  # type: ignore[arg-type]
    drift = tuple(value * (1.0 + 0.02 * rng.standard_normal()) for value in varied)
    score.formants.append((stop - edge, drift))  # type: ignore[arg-type]
    score.end_s = stop


def _add_noise(
    score: _Score, phoneme: Phoneme, start_s: float, stop_s: float, level: float, ramp_s: float
) -> None:
    score.hold(score.frication, start_s, stop_s, level, ramp_s)
    score.noise_hz += [(start_s, phoneme.noise_hz), (stop_s, phoneme.noise_hz)]
    score.noise_octaves += [(start_s, phoneme.noise_octaves), (stop_s, phoneme.noise_octaves)]


def _silent(score: _Score, time_s: float) -> None:
    for control in (score.voice, score.breath, score.frication):
        control.append((time_s, 0.0))


def _add_fricative(
    score: _Score, rng: np.random.Generator, phoneme: Phoneme, length_s: float, loud: float
) -> None:
    start, stop = score.end_s, score.end_s + length_s
    level = loud * gain(phoneme.noise_db + rng.normal(0, 5))
    voicing = 0.25 * loud if phoneme.voiced else 0.0
    score.hold(score.voice, start, stop, voicing, 0.012)
    if phoneme.kind == "aspirate":
        score.hold(score.breath, start, stop, 0.4 * level, 0.02)
        score.frication += [(start, 0.0), (stop, 0.0)]
    else:
        score.hold(score.breath, start, stop, 0.0, 0.01)
        _add_noise(score, phoneme, start, stop, level, min(0.03, length_s * 0.3))
        score.frication.append((stop, 0.0))
        score.formants.append(((start + stop) / 2, phoneme.formants_hz))
    score.end_s = stop


def _add_stop(
    score: _Score, rng: np.random.Generator, phoneme: Phoneme, length_s: float, loud: float
) -> None:
    """Closure, burst and, when unvoiced, aspiration; an affricate's burst is a short fricative."""
    start, stop = score.end_s, score.end_s + length_s
    burst_s = 0.5 * length_s if phoneme.kind == "affricate" else uniform_log(rng, 0.004, 0.015)
    breath_s = 0.0 if phoneme.voiced else float(rng.uniform(0.0, 0.1)) * (phoneme.kind == "stop")
    opening = max(stop - burst_s - breath_s, start + 0.02)
    _silent(score, start + 0.008)
    bar = 0.12 * loud if phoneme.voiced else 0.0
    score.voice += [(start + 0.012, bar), (opening, bar)]
    score.breath.append((opening, 0.0))
    score.frication.append((opening, 0.0))
    level = loud * gain(phoneme.noise_db + rng.normal(0, 6))
    _add_noise(score, phoneme, opening, opening + burst_s, level, 0.0005)
    after = opening + burst_s
    score.frication.append((after + 0.006, 0.0))
    if breath_s > 0.01:
        puff = loud * gain(rng.normal(-19, 5))
        score.breath += [(after, puff), (after + breath_s * 0.8, 0.6 * puff)]
        score.voice.append((after + breath_s * 0.9, 0.0))
    score.formants += [(start + 0.02, phoneme.formants_hz), (opening, phoneme.formants_hz)]
    score.end_s = max(stop, after + breath_s)


def _score_of(rng: np.random.Generator, phonemes: Sequence[str], speaker: Speaker) -> _Score:
    score = _Score(end_s=0.004)
    stress = rng.uniform(0.5, 1.0)
    last = len(phonemes) - 1
    for index, name in enumerate(phonemes):
        phoneme = VOWELS.get(name) or CONSONANTS[name]
        low, high = phoneme.duration_s
        length_s = rng.uniform(low, high) / speaker.rate * (1.35 if index >= last - 1 else 1.0)
        if phoneme.kind == "vowel":
            stress = rng.uniform(0.45, 1.0)
        if phoneme.kind in ("stop", "affricate"):
            _add_stop(score, rng, phoneme, float(length_s), float(stress))
        elif phoneme.kind in ("fricative", "aspirate"):
            _add_fricative(score, rng, phoneme, float(length_s), float(stress))
        else:
            _add_sonorant(score, rng, phoneme, float(length_s), float(stress), speaker)
    _silent(score, score.end_s + rng.uniform(0.01, 0.06))
    score.end_s += 0.07
    return score


def _track(
    points: Sequence[tuple[float, float]], times_s: NDArray[np.float64], default: float
) -> NDArray[np.float64]:
    if not points:
        return np.full(len(times_s), default)
    times = np.maximum.accumulate(np.array([time for time, _ in points]))
    return np.interp(times_s, times, [value for _, value in points])


def _formant_tracks(
    rng: np.random.Generator, score: _Score, speaker: Speaker, frames_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    points = score.formants or [(0.0, (500.0, 1500.0, 2500.0))]
    low = [_track([(time, f[k]) for time, f in points], frames_s, 500.0) for k in range(3)]
    high = [
        np.full(len(frames_s), hz * (1.0 + 0.05 * rng.standard_normal()))
        for hz in (3400.0, 4400.0, 5500.0, 6500.0, 7500.0)
    ]
    tracks = np.stack(low + high, axis=1) * speaker.scale
    tracks[:, 0] *= 1.0 + 0.25 * max(speaker.effort - 0.5, 0.0)
    return np.maximum(tracks, 150.0)


def _pitch(rng: np.random.Generator, speaker: Speaker, n: int, falling: float) -> Waveform:
    position = np.arange(n) / max(n - 1, 1)
    melody = (
        falling * (0.5 - position)
        - 0.69 * speaker.creak * np.clip(4.0 * position - 3.0, 0.0, 1.0)
        + 0.07 * wander(rng, n, 4.0)
        + 0.01 * wander(rng, n, 25.0)
    )
    return np.clip(speaker.pitch_hz * np.exp(melody), 25.0, 1200.0)


def _sounded(rng: np.random.Generator, score: _Score, speaker: Speaker) -> Waveform:
    n = round(score.end_s * RATE_HZ)
    times, frames = np.arange(n) / RATE_HZ, frame_times_s(n)
    formants = _formant_tracks(rng, score, speaker, frames)
    nasal = _track(score.nasal, frames, 0.0)[:, None]
    widths = np.array([70.0, 90.0, 130.0, 200.0, 260.0, 300.0, 400.0, 500.0]) * (
        1.0 + 0.5 * speaker.breathiness + 1.2 * nasal
    )
    widths = widths * np.exp(rng.normal(0.1, 0.25, 8))
    openness = _track(score.breath, frames, 0.0)
    openness /= openness + 0.1 * _track(score.voice, frames, 0.0) + 0.02
    widths[:, 0] *= 1.0 + 4.0 * openness
    phonation = Phonation(
        open_quotient=float(
            np.clip(speaker.openness + 0.25 * speaker.breathiness - 0.2 * (speaker.effort - 0.5), 0.3, 0.95)
        ),
        tilt_hz=700.0 * 2.0 ** (3.5 * speaker.effort + speaker.tilt_octaves),
        jitter=speaker.jitter,
        shimmer=float(rng.uniform(0.02, 0.12)),
    )
    voice = _track(score.voice, times, 0.0)
    breath = _track(score.breath, times, 0.0)
    source = rng.standard_normal(n) * (breath + (voice * 0.3 if speaker.whisper else 0.0))
    if not speaker.whisper:
        source = (
            source
            + voice_source(rng, _pitch(rng, speaker, n, float(rng.normal(0.15, 0.25))), phonation) * voice
        )
    out = filtered(source, cascade_response(formants, widths))
    frication = _track(score.frication, times, 0.0)
    if frication.max() > 0:
        centre = np.clip(_track(score.noise_hz, frames, 3000.0) * speaker.scale**0.7, 200.0, 7500.0)
        width = _track(score.noise_octaves, frames, 1.0)
        loudness = float(np.sqrt(np.mean(out[voice > 0.4 * voice.max()] ** 2))) if voice.max() > 0 else 1.0
        hiss = filtered(rng.standard_normal(n) * frication, band_response(centre, width))
        out = out + hiss * loudness * gain(7.0 + speaker.sibilance_db)
    return out


def _random_word(rng: np.random.Generator) -> list[str]:
    phonemes: list[str] = []
    for _ in range(int(rng.choice([1, 2, 3, 4], p=[0.4, 0.35, 0.18, 0.07]))):
        if rng.random() < 0.85:
            phonemes.append(str(rng.choice(_ONSETS)))
            if rng.random() < 0.15:
                phonemes.append(str(rng.choice(("r", "l", "w", "s"))))
        phonemes.append(str(rng.choice(_VOWEL_NAMES)))
        if rng.random() < 0.2:
            phonemes.append(str(rng.choice(("I", "U", "E"))))
        if rng.random() < 0.4:
            phonemes.append(str(rng.choice(_CODAS)))
    return phonemes


def word(rng: np.random.Generator, speaker: Speaker) -> Waveform:
    """One isolated word, a digit or an invented one; peak level as in `levelled`."""
    phonemes = list(DIGITS[rng.integers(len(DIGITS))]) if rng.random() < 0.5 else _random_word(rng)
    return levelled(faded(_sounded(rng, _score_of(rng, phonemes, speaker), speaker), 0.002))


def utterance(rng: np.random.Generator, subject: Subject, motion: str = "speech") -> Sound:
    """One isolated short word by `subject`."""
    speaker = draw_speaker(rng, subject)
    return Sound("speech", word(rng, speaker), float(rng.normal(0, 3) + 10 * (speaker.effort - 0.5)), motion)


def running_speech(rng: np.random.Generator, speaker: Speaker, duration_s: float) -> Waveform:
    """Phrases of several words with short pauses, about `duration_s` long."""
    pieces: list[Waveform] = []
    total = 0.0
    while total < duration_s:
        phonemes: list[str] = []
        for _ in range(int(rng.integers(1, 5))):
            phonemes += _random_word(rng)
        piece = levelled(_sounded(rng, _score_of(rng, phonemes, speaker), speaker)) * gain(rng.normal(0, 2.5))
        pause = np.zeros(round((0.03 if rng.random() < 0.6 else rng.uniform(0.1, 0.6)) * RATE_HZ))
        pieces += [piece, pause]
        total += (len(piece) + len(pause)) / RATE_HZ
    return np.concatenate(pieces)


def shout(rng: np.random.Generator, subject: Subject) -> Sound:
    """One loud open syllable: hey, ah, no."""
    speaker = draw_speaker(rng, subject, effort=float(rng.uniform(0.85, 1.1)))
    onset = [str(rng.choice(("h", "n", "g", "w", "b", "d")))] if rng.random() < 0.7 else []
    phonemes = [*onset, str(rng.choice(("a", "A", "ae", "E", "O", "e")))]
    wave = levelled(_sounded(rng, _score_of(rng, phonemes, speaker), speaker))
    return Sound("shout", wave, float(rng.normal(9, 4)), "speech")
