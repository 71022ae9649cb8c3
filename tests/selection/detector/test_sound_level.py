"""Frames against a floor that follows them, and what becomes of windows without a loud frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tussis.data.dataset import iter_dataset
from tussis.data.input_error import InputError
from tussis.selection.detector.inference import detect
from tussis.selection.detector.microphone import Microphone
from tussis.selection.detector.sound_level import LEARNING_FRAMES, SoundLevel
from tussis.signal.plan import AudioPlan
from tussis.signal.sound_level import frame_levels

PLAN = AudioPlan()
ONE_DB = 256 / 3.0102999566


def loud(levels, **parameters):
    return SoundLevel(**parameters).loud_frames(np.array(levels, np.int32), PLAN)


def test_the_floor_is_not_known_at_first():
    assert loud([900] * 200).tolist() == [True] * LEARNING_FRAMES + [False] * (200 - LEARNING_FRAMES)
    assert PLAN.window_frames <= AudioPlan(window_blocks=8).window_frames <= LEARNING_FRAMES


def test_a_frame_exactly_at_the_margin_is_loud():
    rule = SoundLevel(margin_db=6.0)
    assert rule.margin == round(6.0 * ONE_DB) << 8
    steps = rule.margin >> 8
    known = [1000] * LEARNING_FRAMES
    assert rule.loud_frames(np.array([*known, 1000 + steps], np.int32), PLAN)[-1]
    assert not rule.loud_frames(np.array([*known, 1000 + steps - 1], np.int32), PLAN)[-1]


def test_the_floor_falls_fast_and_rises_slowly():
    rule = {"margin_db": 6.0, "rise_db_per_s": 1.0}
    low, high = 1000, 1000 + round(20 * ONE_DB)
    step_up = loud([low] * 100 + [high] * 2000, **rule)
    heard_s = step_up[100:].sum() * PLAN.frame_s
    assert heard_s == pytest.approx(14.0, abs=0.05), "20 dB less the margin of 6 dB, at 1 dB per second"
    step_down = loud([high] * 100 + [low] * 12 + [low + round(7 * ONE_DB)] * 3, **rule)
    assert step_down[112:].all(), "12 frames bring the floor down by 20 dB but 0.6"
    assert not step_down[100:112].any()


def test_the_floor_does_not_rise_above_the_level():
    rule = {"margin_db": 6.0, "rise_db_per_s": 20.0}
    assert loud([1000] * 5000 + [1000 + round(6.1 * ONE_DB)], **rule)[-1]


def test_steps_of_the_floor():
    assert [SoundLevel(rise_db_per_s=rate).rise(PLAN) for rate in (0.01, 1.0, 20.0)] == [3, 348, 6967]


@pytest.mark.parametrize("n_windows", [0, 1, 30])
def test_a_window_is_loud_if_one_of_its_frames_is(n_windows):
    rng = np.random.default_rng(4)
    pcm = rng.normal(0, 20, 256 * 300).astype(np.int16)
    pcm[256 * 150 : 256 * 151] *= 30
    rule = SoundLevel(margin_db=10.0)
    frames = rule.loud_frames(frame_levels(pcm, PLAN, 300), PLAN)
    assert frames[149:152].any()
    assert frames[LEARNING_FRAMES:].sum() <= 2
    expected = [frames[8 * w : 8 * w + 32].any() for w in range(n_windows)]
    assert rule.loud_windows(pcm, PLAN, n_windows).tolist() == expected


# --- in the detector ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def recording(dataset):
    return iter_dataset(dataset)[1].load()


def with_level(detector, **parameters):
    return detector.model_copy(update={"sound_level": SoundLevel(**parameters)})


def test_audio_mode_leaves_quiet_windows_out_and_finds_the_same_events(detector, recording):
    usual, found = detect(recording, detector, "audio"), detect(recording, with_level(detector), "audio")
    assert 0.0 < found.audio_duty < 0.9
    assert found.events == usual.events
    np.testing.assert_array_equal(found.audio_margins, usual.audio_margins)
    loud_windows = SoundLevel().loud_windows(recording.audio, PLAN, len(usual.evaluated))
    np.testing.assert_array_equal(found.evaluated, loud_windows)


def test_quiet_windows_cut_a_region(detector, recording):
    """An event may only lie in evaluated windows: with a margin out of reach none is left after the start."""
    deaf = detect(recording, with_level(detector, margin_db=30.0), "audio")
    assert not any(e.start_s > 1.1 + PLAN.window_s and not near_evaluated(deaf, e) for e in deaf.events)
    assert deaf.audio_duty < detect(recording, with_level(detector, margin_db=3.0), "audio").audio_duty


def near_evaluated(found, event):
    start = np.flatnonzero(found.evaluated) * PLAN.hop_s
    return bool(((start < event.end_s) & (start + PLAN.window_s > event.start_s)).any())


def test_ways_to_combine_sound_and_motion(detector, recording):
    masks = {
        combine: detect(recording, with_level(detector, combine=combine, margin_db=10.0), "gated").evaluated
        for combine in ("both", "either", "motion")
    }
    usual = detect(recording, detector, "gated").evaluated
    heard = SoundLevel(margin_db=10.0).loud_windows(recording.audio, PLAN, len(usual))
    np.testing.assert_array_equal(masks["motion"], usual)
    assert (masks["both"] <= heard).all()
    assert (masks["either"] >= heard).all()
    assert masks["both"].sum() < usual.sum() < masks["either"].sum()


def test_a_short_recording_is_computed(detector, recording):
    short = replace(recording, audio=recording.audio[:3000], imu=None)
    found = detect(short, with_level(detector), "audio")
    assert found.evaluated.tolist() == [True]


def test_motion_alone_does_not_ask_for_sound(detector, recording):
    assert detect(recording, with_level(detector), "imu").events == detect(recording, detector, "imu").events


def test_a_microphone_that_follows_the_gate_is_refused(detector, recording):
    with pytest.raises(InputError, match="--microphone: the detector's sound level"):
        detect(recording, with_level(detector), "gated", microphone=Microphone("gated", 32))
