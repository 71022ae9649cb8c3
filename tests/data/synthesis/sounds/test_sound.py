"""Sources of the synthesis: coughs, speech, distractors, and the blocks they are made of."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tussis.data.synthesis.people.subject import COUGH_STYLES, draw_subject
from tussis.data.synthesis.sounds import airway, breath, impact, laughter, music
from tussis.data.synthesis.sounds.cough import cough, cough_bout
from tussis.data.synthesis.sounds.cough_shape import draw_cough_shape
from tussis.data.synthesis.sounds.envelope import attack_decay, audible_span, short_time_level_db
from tussis.data.synthesis.sounds.glottis import Phonation, voice_source
from tussis.data.synthesis.sounds.noise import RATE_HZ, coloured, shaped
from tussis.data.synthesis.sounds.phoneme import VOWELS
from tussis.data.synthesis.sounds.sound import Sound, levelled
from tussis.data.synthesis.sounds.speech import draw_speaker, running_speech, shout, utterance
from tussis.data.synthesis.sounds.vocal_tract import (
    GRID_HZ,
    cascade_response,
    filtered,
    frame_times_s,
    parallel_response,
)

COUGHS = 100

WITH_SUBJECT = [
    airway.throat_clearing,
    airway.sneeze,
    airway.nose_blow,
    airway.snore,
    airway.hiccup,
    airway.burp,
    airway.lip_smack,
    breath.breath,
    breath.sniff,
    breath.gasp,
    breath.hush,
    breath.interjection,
    breath.blow,
    laughter.laugh,
    laughter.cry,
    laughter.humming,
    utterance,
    shout,
]
ALONE = [
    impact.knock,
    impact.step,
    impact.clap,
    impact.door,
    impact.drop,
    impact.dishes,
    impact.keyboard,
    impact.rustle,
    impact.scrape,
    laughter.dog_bark,
    laughter.whistle,
    music.music,
    music.beeps,
    music.siren,
    music.birds,
]


@pytest.fixture(scope="module")
def coughs() -> list[Sound]:
    out = []
    for index in range(COUGHS):
        subject = draw_subject(7, index)
        rng = np.random.default_rng(index)
        out.append(cough(rng, subject, draw_cough_shape(rng, subject)))
    return out


def spectrum(wave: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    power = np.abs(np.fft.rfft(wave)) ** 2
    return np.fft.rfftfreq(len(wave), 1 / RATE_HZ), power / power.sum()


def centroid_hz(wave: np.ndarray) -> float:
    frequency, power = spectrum(wave)
    return float(np.sum(frequency * power))


# --- coughs -----------------------------------------------------------------------------------------------


def test_coughs_last_as_long_as_the_literature_says(coughs: list[Sound]) -> None:
    lengths = np.array([np.subtract(*reversed(audible_span(sound.wave))) / RATE_HZ for sound in coughs])
    assert lengths.min() >= 0.1
    assert lengths.max() <= 1.05
    assert np.mean((lengths >= 0.2) & (lengths <= 0.9)) > 0.85
    assert 0.25 < np.median(lengths) < 0.55
    assert np.percentile(lengths, 90) - np.percentile(lengths, 10) > 0.25  # short and long ones


def test_coughs_open_abruptly_and_decay_slowly(coughs: list[Sound]) -> None:
    rises, falls = [], []
    for sound in coughs:
        level = short_time_level_db(sound.wave)
        peak = int(np.argmax(level))
        above = level > level.max() - 20
        rises.append((peak - int(np.argmax(above))) * 0.005)
        falls.append((len(level) - 1 - int(np.argmax(above[::-1])) - peak) * 0.005)
    assert np.median(rises) < 0.1
    assert np.median(falls) > 1.5 * np.median(rises)


def test_cough_spectra_cover_dull_and_bright_ones(coughs: list[Sound]) -> None:
    centres = np.array([centroid_hz(sound.wave) for sound in coughs])
    assert 700 < np.median(centres) < 2600
    assert np.percentile(centres, 5) < 700  # barking, voiced
    assert np.percentile(centres, 95) > 2300  # dry, open glottis
    shares = []
    for sound in coughs:
        frequency, power = spectrum(sound.wave)
        assert power[frequency < 60].sum() < 0.15  # no rumble of its own
        shares.append(power[(frequency > 150) & (frequency < 6500)].sum())
    assert np.percentile(shares, 5) > 0.7  # children's highest formants may lie above


def test_some_coughs_are_voiced_and_some_are_not() -> None:
    shapes = [draw_cough_shape(np.random.default_rng(i), draw_subject(3, i)) for i in range(150)]
    voiced = np.mean([shape.voiced for shape in shapes])
    assert 0.3 < voiced < 0.8
    assert 0.2 < np.mean([len(shape.later_bursts) > 0 for shape in shapes]) < 0.7
    assert any(len(shape.later_bursts) == 2 for shape in shapes)  # three parts
    assert 0.1 < np.mean([shape.crackle > 0 for shape in shapes]) < 0.8  # wet and dry
    assert 0.1 < np.mean([len(shape.wheezes) > 0 for shape in shapes]) < 0.7
    assert 0.05 < np.mean([shape.prelude_s > 0 for shape in shapes]) < 0.6


def test_later_bursts_are_heard() -> None:
    rng = np.random.default_rng(0)
    heard = 0
    loud = 0
    for index in range(200):
        subject = draw_subject(11, index)
        shape = draw_cough_shape(rng, subject)
        if not shape.later_bursts or shape.later_bursts[-1].level_db < 0:
            continue
        loud += 1
        burst = shape.later_bursts[-1]
        level = short_time_level_db(cough(rng, subject, shape).wave)
        at = int((shape.prelude_s + burst.time_s) / 0.005)
        heard += level[at : at + 12].max() > level[max(at - 10, 0) : at].mean() + 1.0
    assert loud > 6
    assert heard / loud > 0.7


def test_cough_pulses_start_with_the_sound(coughs: list[Sound]) -> None:
    for sound in coughs:
        assert sound.name == "cough"
        assert sound.motion == "jerk"
        first = sound.pulses[0].time_s
        level = short_time_level_db(sound.wave)
        assert level[: max(int(first / 0.005) - 1, 0)].max(initial=-200) < level.max()
        assert all(0 <= pulse.time_s < sound.duration_s for pulse in sound.pulses)


def test_bout_coughs_follow_each_other_without_overlap() -> None:
    rng = np.random.default_rng(4)
    bout = cough_bout(rng, draw_subject(1, 0), 5)
    assert len(bout) == 5
    for (start, sound), (next_start, _) in pairwise(bout):
        assert start + sound.duration_s < next_start < start + sound.duration_s + 0.5


def test_coughs_of_one_person_are_more_alike_than_those_of_many() -> None:
    def colours(subjects: list[int], seeds: range) -> np.ndarray:
        out = []
        for index, seed in zip(subjects, seeds, strict=True):
            subject = draw_subject(2, index)
            rng = np.random.default_rng(seed)
            out.append(draw_cough_shape(rng, subject).voice.formants_hz[3])
        return np.array(out)

    one = np.std(np.log(colours([5] * 40, range(40))))
    many = np.std(np.log(colours(list(range(40)), range(40))))
    assert many > 1.2 * one


# --- speakers ---------------------------------------------------------------------------------------------


def test_subjects_differ_by_sex_and_age() -> None:
    people = [draw_subject(1, index) for index in range(300)]
    men = [p for p in people if p.sex == "male" and p.age_years >= 15]
    women = [p for p in people if p.sex == "female" and p.age_years >= 15]
    children = [p for p in people if p.age_years < 15]
    assert min(len(men), len(women)) > 90
    assert len(children) > 15
    assert 90 < np.median([p.pitch_hz for p in men]) < 140
    assert 180 < np.median([p.pitch_hz for p in women]) < 235
    assert np.median([p.tract_cm for p in children]) < np.median([p.tract_cm for p in women])
    assert np.median([p.tract_cm for p in women]) < np.median([p.tract_cm for p in men]) - 1.5
    assert {p.cough_style for p in people} == set(COUGH_STYLES)


def test_a_subject_depends_on_seed_and_number_only() -> None:
    a, b = draw_subject(5, 17), draw_subject(5, 17)
    assert a.pitch_hz == b.pitch_hz
    assert np.array_equal(a.mounting, b.mounting)
    assert draw_subject(6, 17).pitch_hz != a.pitch_hz
    assert draw_subject(5, 18).pitch_hz != a.pitch_hz


def test_mountings_are_rotations_in_all_directions() -> None:
    turned = np.array([draw_subject(1, index).mounting for index in range(100)])
    for matrix in turned:
        assert np.allclose(matrix @ matrix.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(matrix) == pytest.approx(1.0)
    down = turned[:, :, 2]
    assert np.all(np.abs(down.mean(axis=0)) < 0.25)
    assert np.all(down.std(axis=0) > 0.4)


def test_words_are_voiced_at_the_speakers_pitch() -> None:
    hits = 0
    for index in range(12):
        rng = np.random.default_rng(index)
        speaker = draw_speaker(rng, draw_subject(1, index))
        wave = running_speech(rng, speaker, 1.5)
        autocorrelation = np.fft.irfft(np.abs(np.fft.rfft(wave[:16000], 32768)) ** 2)
        lags = np.arange(RATE_HZ // 600, RATE_HZ // 50)
        pitch = RATE_HZ / lags[np.argmax(autocorrelation[lags])]
        octaves = np.log2(pitch / speaker.pitch_hz)
        hits += np.min(np.abs(octaves - np.array([-1, 0, 1]))) < 0.35
    assert hits >= 9


def test_speech_has_syllables_and_a_falling_spectrum() -> None:
    rng = np.random.default_rng(8)
    wave = running_speech(rng, draw_speaker(rng, draw_subject(1, 3)), 6.0)
    envelope = 10 ** (short_time_level_db(wave, 160) / 20)
    rate = np.abs(np.fft.rfft(envelope - envelope.mean()))
    frequency = np.fft.rfftfreq(len(envelope), 0.01)
    syllables = np.mean(rate[(frequency > 2) & (frequency < 8)] ** 2)
    assert syllables > 4 * np.mean(rate[(frequency > 14) & (frequency < 25)] ** 2)
    band, power = spectrum(wave)
    assert power[(band > 100) & (band < 1000)].sum() > power[(band > 3000) & (band < 7900)].sum()


# --- building blocks --------------------------------------------------------------------------------------


def test_shaped_noise_follows_its_polyline() -> None:
    noise = shaped(np.random.default_rng(0), 1 << 16, [100, 1000, 4000], [-20, 0, -12])
    frequency, power = spectrum(noise)

    def level(hz: float) -> float:
        near = (frequency > hz * 0.9) & (frequency < hz * 1.1)
        return float(10 * np.log10(power[near].mean()))

    assert np.sqrt(np.mean(noise**2)) == pytest.approx(1.0)
    assert level(1000) - level(100) == pytest.approx(20, abs=1.5)
    assert level(1000) - level(4000) == pytest.approx(12, abs=1.5)


def test_pink_noise_falls_three_decibels_per_octave() -> None:
    frequency, power = spectrum(coloured(np.random.default_rng(0), 1 << 17, -3.0))
    octaves = [(frequency >= hz) & (frequency < 2 * hz) for hz in (125, 250, 500, 1000, 2000)]
    levels = [10 * np.log10(power[octave].sum()) for octave in octaves]
    assert np.allclose(levels, np.mean(levels), atol=1.0)  # equal power per octave


def test_vowel_formants_appear_where_they_belong() -> None:
    rng = np.random.default_rng(0)
    n = RATE_HZ
    wanted = np.array([*VOWELS["a"].formants_hz, 3400.0, 4400.0])
    frames = len(frame_times_s(n))
    response = cascade_response(np.tile(wanted, (frames, 1)), np.tile([60.0, 70, 100, 150, 200], (frames, 1)))
    frequency, power = spectrum(filtered(rng.standard_normal(n), response))
    smooth = np.convolve(power, np.ones(41) / 41, "same")
    for hz in wanted[:3]:
        near = (frequency > hz - 250) & (frequency < hz + 250)
        assert abs(frequency[near][np.argmax(smooth[near])] - hz) < 70


def test_parallel_resonances_have_the_levels_asked_for() -> None:
    formants = np.array([[500.0, 1500.0, 2500.0]])
    levels = np.array([[0.0, -12.0, -6.0]])
    response = np.abs(parallel_response(formants, np.full((1, 3), 80.0), levels))[0]
    peaks = [20 * np.log10(response[np.argmin(np.abs(GRID_HZ - hz))]) for hz in formants[0]]
    assert np.allclose(np.array(peaks) - peaks[0], [0, -12, -6], atol=2.5)


def test_the_filter_bank_with_flat_response_returns_its_input() -> None:
    wave = np.random.default_rng(1).standard_normal(5001)
    flat = np.ones((1, len(GRID_HZ)), dtype=complex)
    assert np.allclose(filtered(wave, flat), wave, atol=1e-10)


def test_glottal_pulses_come_at_the_pitch() -> None:
    rng = np.random.default_rng(0)
    wave = voice_source(rng, np.full(RATE_HZ, 125.0), Phonation(jitter=0.0, shimmer=0.0))
    frequency, power = spectrum(wave)
    assert frequency[np.argmax(power)] == pytest.approx(125.0, abs=1.0)
    assert abs(wave.mean()) < 0.05


def test_attack_decay_peaks_after_its_attack() -> None:
    envelope = attack_decay(0.5, 0.05, 0.1)
    assert envelope.max() == pytest.approx(1.0, abs=0.01)
    assert np.argmax(envelope) == pytest.approx(0.05 * RATE_HZ, abs=2)
    assert envelope[round(0.15 * RATE_HZ)] == pytest.approx(np.exp(-1), abs=0.01)


def test_audible_span_finds_the_sound_in_silence() -> None:
    wave = np.zeros(RATE_HZ)
    wave[4000:8000] = np.random.default_rng(0).standard_normal(4000)
    first, last = audible_span(wave)
    assert first == pytest.approx(4000, abs=80)
    assert last == pytest.approx(8000, abs=80)
    assert audible_span(wave, floor_db=500.0)[1] > audible_span(wave, floor_db=500.0)[0]


@pytest.mark.parametrize("source", WITH_SUBJECT, ids=lambda source: source.__name__)
def test_sounds_of_the_wearer_are_finite_levelled_and_repeatable(source) -> None:  # type: ignore[no-untyped-def]
    for index in range(4):
        subject = draw_subject(3, index)
        first = source(np.random.default_rng(index), subject)
        again = source(np.random.default_rng(index), subject)
        assert first.name != "cough"
        assert np.array_equal(first.wave, again.wave)
        assert np.all(np.isfinite(first.wave))
        assert short_time_level_db(levelled(first.wave), 320).max() == pytest.approx(0.0, abs=0.01)
        assert 0.01 < first.duration_s < 15


@pytest.mark.parametrize("source", ALONE, ids=lambda source: source.__name__)
def test_sounds_around_are_finite_levelled_and_repeatable(source) -> None:  # type: ignore[no-untyped-def]
    for index in range(4):
        first = source(np.random.default_rng(index))
        again = source(np.random.default_rng(index))
        assert first.name != "cough"
        assert np.array_equal(first.wave, again.wave)
        assert np.all(np.isfinite(first.wave))
        assert short_time_level_db(levelled(first.wave), 320).max() == pytest.approx(0.0, abs=0.01)


def test_laughter_repeats_at_about_five_hertz() -> None:
    rates = []
    for index in range(60):
        sound = laughter.laugh(np.random.default_rng(index), draw_subject(1, index))
        if len(sound.pulses) >= 4:
            times = [pulse.time_s for pulse in sound.pulses]
            rates.append(1 / np.mean(np.diff(times)))
    assert 3.5 < np.median(rates) < 6.5


def test_throat_clearing_rises_more_slowly_than_coughs(coughs: list[Sound]) -> None:
    def rise_s(sound: Sound) -> float:
        level = short_time_level_db(sound.wave)
        above = np.flatnonzero(level > level.max() - 6)
        start = np.flatnonzero(level > level.max() - 25)[0]
        return float(above[0] - start) * 0.005

    clearing = [airway.throat_clearing(np.random.default_rng(i), draw_subject(1, i)) for i in range(60)]
    assert np.median([rise_s(s) for s in clearing]) > np.median([rise_s(s) for s in coughs])
