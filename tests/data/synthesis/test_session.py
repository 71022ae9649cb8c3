"""Whole sessions: labels that match what is heard, beds, microphones, and no shortcut to the answer."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tussis.data.recording import Label, Recording
from tussis.data.synthesis.bed import BEDS, bed
from tussis.data.synthesis.bystander import distant_cough
from tussis.data.synthesis.clip import ClipHistory, band_limited, draw_clip_history, through
from tussis.data.synthesis.microphone import captured, draw_microphone
from tussis.data.synthesis.motion.activity import MOVEMENTS
from tussis.data.synthesis.people.subject import draw_subject
from tussis.data.synthesis.room import draw_room, in_room
from tussis.data.synthesis.session import synth_session
from tussis.data.synthesis.sounds.cough import cough
from tussis.data.synthesis.sounds.cough_shape import draw_cough_shape
from tussis.data.synthesis.sounds.noise import RATE_HZ

SESSIONS = 40
SECONDS = 12.0


@pytest.fixture(scope="module")
def sessions() -> list[Recording]:
    return [synth_session(draw_subject(21, index), 21, SECONDS) for index in range(SESSIONS)]


def level_db(recording: Recording, start_s: float, end_s: float) -> float:
    part = recording.audio[int(start_s * RATE_HZ) : int(end_s * RATE_HZ)].astype(float)
    return float(10 * np.log10(np.mean(part**2) + 1e-3)) if len(part) else -30.0


def test_same_seed_same_session_other_seed_another() -> None:
    subject = draw_subject(3, 2)
    first, again = synth_session(subject, 3, 8.0, index=1), synth_session(subject, 3, 8.0, index=1)
    assert np.array_equal(first.audio, again.audio)
    assert first.imu is not None
    assert again.imu is not None
    assert np.array_equal(first.imu, again.imu)
    assert first.labels == again.labels
    assert not np.array_equal(first.audio, synth_session(subject, 3, 8.0, index=2).audio)
    assert not np.array_equal(first.audio, synth_session(subject, 4, 8.0, index=1).audio)


def test_what_the_body_does_leaves_the_sound_as_it_is() -> None:
    subject = draw_subject(3, 2)
    sitting, running = (synth_session(subject, 3, 8.0, movement=movement) for movement in ("sit", "jog"))
    assert np.array_equal(sitting.audio, running.audio)
    assert sitting.imu is not None
    assert running.imu is not None
    assert not np.array_equal(sitting.imu, running.imu)


def test_sessions_have_the_shape_of_recordings(sessions: list[Recording]) -> None:
    for recording in sessions:
        assert recording.audio.dtype == np.int16
        assert recording.audio.shape == (round(SECONDS * RATE_HZ),)
        assert recording.imu is not None
        assert recording.imu.shape == (1200, 6)
        assert np.all(np.isfinite(recording.imu))
        assert recording.labelled
        assert recording.movement in MOVEMENTS
        assert recording.background in BEDS
        starts = [label.start_s for label in recording.labels]
        assert starts == sorted(starts)
        assert all(0 <= label.start_s < label.end_s <= recording.duration_s for label in recording.labels)


def test_coughs_never_overlap_each_other(sessions: list[Recording]) -> None:
    for recording in sessions:
        coughs = recording.coughs
        assert all(a.end_s <= b.start_s for a, b in pairwise(coughs))


def test_cough_labels_have_physiological_lengths(sessions: list[Recording]) -> None:
    lengths = np.array([label.end_s - label.start_s for recording in sessions for label in recording.coughs])
    assert len(lengths) > 80
    assert lengths.min() > 0.03
    assert lengths.max() < 1.1
    assert np.mean((lengths > 0.15) & (lengths < 0.9)) > 0.85


def test_labels_match_energy(sessions: list[Recording]) -> None:
    above = []
    for recording in sessions:
        others = list(recording.labels)
        for label in recording.coughs:
            gap = (label.start_s - 0.12, label.start_s - 0.02)
            if gap[0] < 0 or any(o.start_s < gap[1] and gap[0] < o.end_s + 0.1 for o in others):
                continue
            above.append(level_db(recording, label.start_s, label.end_s) - level_db(recording, *gap))
    assert len(above) > 30
    assert np.mean(np.array(above) > 3.0) > 0.93
    assert np.median(above) > 12.0


def test_some_sessions_are_full_of_coughs_and_some_have_none(sessions: list[Recording]) -> None:
    counts = np.array([len(recording.coughs) for recording in sessions])
    assert np.sum(counts == 0) >= 4
    assert np.sum(counts >= 6) >= 5


def test_every_kind_of_distractor_turns_up(sessions: list[Recording]) -> None:
    names = {label.name for recording in sessions for label in recording.labels}
    wanted = {
        "speech",
        "laugh",
        "throat_clearing",
        "breath",
        "interjection",
        "rustle",
        "music",
        "other_speech",
    }
    assert wanted <= names
    assert {recording.background for recording in sessions} >= {"quiet", "silence", "babble", "traffic"}
    assert {recording.movement for recording in sessions} == set(MOVEMENTS)


def test_levels_cover_twentyfour_decibels(sessions: list[Recording]) -> None:
    loudest = [max((level_db(r, c.start_s, c.end_s) for c in r.coughs), default=np.nan) for r in sessions]
    loudest_db = np.array(loudest)[np.isfinite(loudest)]
    assert np.percentile(loudest_db, 95) - np.percentile(loudest_db, 5) > 20
    speech_db = [draw_microphone(np.random.default_rng(i)).speech_db for i in range(200)]
    assert max(speech_db) - min(speech_db) > 24


def test_neither_bandwidth_nor_clipping_nor_level_tells_coughs(sessions: list[Recording]) -> None:
    """Each simple cue, alone, must leave coughs and other sounds of the wearer well mixed."""
    cues: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    for recording in sessions:
        for label in recording.labels:
            part = recording.audio[int(label.start_s * RATE_HZ) : int(label.end_s * RATE_HZ)].astype(float)
            if len(part) < 800 or label.name not in ("cough", "speech", "laugh", "throat_clearing", "shout"):
                continue
            power = np.abs(np.fft.rfft(part)) ** 2
            frequency = np.fft.rfftfreq(len(part), 1 / RATE_HZ)
            narrow = power[frequency > 4200].sum() / power.sum()
            cues[label.is_cough].append((float(np.log10(narrow + 1e-9)), float(np.abs(part).max())))
    for column in range(2):
        coughs = np.array([row[column] for row in cues[True]])
        rest = np.array([row[column] for row in cues[False]])
        better = np.mean(coughs[:, None] > rest[None, :]) + 0.5 * np.mean(coughs[:, None] == rest[None, :])
        assert 0.2 < better < 0.88  # area under the curve of this cue alone


def test_coughs_stand_anywhere_in_the_session(sessions: list[Recording]) -> None:
    places = np.array([c.start_s / SECONDS for recording in sessions for c in recording.coughs])
    shares = np.histogram(places, bins=4, range=(0, 1))[0] / len(places)
    assert shares.min() > 0.12


def test_the_chest_moves_at_coughs(sessions: list[Recording]) -> None:
    """At rest, the trunk moves more around coughs than elsewhere, but not at every cough."""
    ratios = []
    for recording in sessions:
        if recording.movement != "sit" or recording.imu is None or not recording.coughs:
            continue
        jolt = np.sqrt(np.sum(np.diff(recording.imu[:, :3].astype(float), axis=0) ** 2, axis=1))
        usual = np.median(jolt)
        for label in recording.coughs:
            around = jolt[max(round(label.start_s * 100) - 15, 0) : round(label.start_s * 100) + 25]
            ratios.append(float(around.max() / usual))
    assert len(ratios) > 20
    assert np.median(ratios) > 5
    assert np.percentile(ratios, 5) < 8  # feeble ones exist


@pytest.mark.parametrize("kind", sorted(BEDS))
def test_beds_are_finite_and_levelled(kind: str) -> None:
    wave = bed(np.random.default_rng(1), kind, 3 * RATE_HZ)
    assert wave.shape == (3 * RATE_HZ,)
    assert np.all(np.isfinite(wave))
    assert np.sqrt(np.mean(wave**2)) == pytest.approx(0.0 if kind == "silence" else 1.0, abs=1e-6)


def test_someone_elses_cough_is_fainter_duller_no_event_and_moves_nobody() -> None:
    levels, brightness = [], []
    for index in range(20):
        distant = distant_cough(np.random.default_rng(index))
        rng, subject = np.random.default_rng(index), draw_subject(77, index)
        own = cough(rng, subject, draw_cough_shape(rng, subject))
        assert distant.name == "distant_cough"
        assert not Label(0.0, 1.0, distant.name).is_cough
        assert distant.motion == "none"
        assert distant.pulses == ()
        levels.append(own.level_db - distant.level_db)
        high = [np.mean(np.abs(np.fft.rfft(s.wave))[-len(s.wave) // 8 :] ** 2) for s in (own, distant)]
        brightness.append(high[0] > high[1])
    assert np.median(levels) > 12
    assert np.mean(brightness) > 0.7


def test_microphones_clip_colour_and_keep_silence_silent() -> None:
    rng = np.random.default_rng(0)
    devices = [draw_microphone(np.random.default_rng(i)) for i in range(120)]
    assert {device.place for device in devices} == {"outward", "body", "handheld"}
    assert any(device.clip < 0.7 for device in devices)
    assert any(device.lossy_hz > 0 for device in devices)
    noiseless = draw_microphone(rng, noiseless=True)
    assert not captured(rng, np.zeros(1000), noiseless).any()
    loud = captured(rng, 300.0 * np.sin(np.arange(4000) * 0.2), devices[0])
    assert np.abs(loud.astype(int)).max() <= 32768


def test_clip_history_treats_sounds_without_moving_them() -> None:
    rng = np.random.default_rng(0)
    wave = np.zeros(RATE_HZ)
    wave[3000:9000] = rng.standard_normal(6000)
    cut = through(rng, wave, ClipHistory(1.0, 1.0, 1.0, 1.0, 1.0, 1.0))
    assert len(cut) <= len(wave)
    loud = np.flatnonzero(np.abs(cut) > 0.3 * np.abs(cut).max())
    assert abs(int(loud[0]) - 3000) < 400
    assert np.array_equal(through(rng, wave, ClipHistory(0, 0, 0, 0, 0, 0)), wave)
    histories = [draw_clip_history(np.random.default_rng(i)) for i in range(100)]
    assert 25 < sum(history == ClipHistory(0, 0, 0, 0, 0, 0) for history in histories) < 70


def test_band_limit_removes_what_lies_above() -> None:
    wave = np.random.default_rng(0).standard_normal(RATE_HZ)
    power = np.abs(np.fft.rfft(band_limited(wave, 3500.0))) ** 2
    frequency = np.fft.rfftfreq(RATE_HZ, 1 / RATE_HZ)
    assert power[frequency > 4000].mean() < 1e-4 * power[(frequency > 200) & (frequency < 3000)].mean()


def test_rooms_keep_the_direct_sound_first() -> None:
    for index in range(20):
        room = draw_room(np.random.default_rng(index), near=True)
        assert room[0] == 1.0
        assert np.sum(room[200:] ** 2) < 0.2
        click = np.zeros(1000)
        click[10] = 1.0
        assert np.argmax(np.abs(in_room(click, room))) == 10
