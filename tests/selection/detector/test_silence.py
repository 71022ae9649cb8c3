"""What a microphone that follows the gate does not hear."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tussis.selection.detector.microphone import Microphone
from tussis.selection.detector.silence import Silence, wake_frames
from tussis.signal.plan import AudioPlan, ImuPlan

AUDIO, IMU = AudioPlan(), ImuPlan()
MICROPHONE = Microphone("gated", 32)


def test_the_latest_hit_says_when_the_microphone_hears():
    # IMU windows 2 and 4 end at 1.0 and 1.5 s; frame 65 begins at 1.04 s, 1.032 s and a frame's grid
    wakes = wake_frames(AUDIO, IMU, MICROPHONE, 14, np.array([0, 0, 1, 0, 1], bool))
    assert wakes[5] == 0  # asked at 0.992 s
    assert wakes[6] == 65
    assert wakes[8] == 65  # asked at 1.376 s
    assert wakes[9] == 96  # 1.504 s
    assert wake_frames(AUDIO, IMU, MICROPHONE, 3, np.zeros(0, bool)).tolist() == [0, 0, 0]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.booleans(), max_size=30), st.integers(0, 300))
def test_a_window_that_a_new_hit_wakes_hears_its_last_block(imu_hits, start_ms):
    microphone = Microphone("gated", start_ms)
    wakes = wake_frames(AUDIO, IMU, microphone, 60, np.array(imu_hits, bool))
    assert all(wake <= 8 * (window + 3) for window, wake in enumerate(wakes.tolist()))
    assert (np.diff(wakes) >= 0).all()


class Told(Silence):
    """Keeps what would be silent."""

    def _hush(self, index, silent):
        return np.float32(-1), np.arange(silent.start, silent.stop)


def silent_frames(evaluated, wakes):
    model = SimpleNamespace(plan=AUDIO)
    silence = Told(np.zeros(0, np.int16), model, np.array(wakes), np.zeros((0, 0), np.float32))
    found = {}
    for window in evaluated:
        margin, level = silence.window(window, np.float32(1), np.zeros(0, np.float32))
        if margin < 0:
            found[window] = (8 * window + int(level[0]), 8 * window + int(level[-1]) + 1)
    return found


def test_silence_lasts_from_the_window_to_the_wake_and_through_the_windows_that_hold_it():
    assert silent_frames([2, 3, 4, 5, 6], [35] * 10) == {2: (16, 35), 3: (24, 35), 4: (32, 35)}


def test_what_was_heard_for_the_window_before_stays_heard():
    # window 2 ends at frame 48; window 4 (from 32 on) is woken anew and hears from frame 58 on
    wakes = [0, 0, 16, 16, 58, 58, 58, 58]
    assert silent_frames([2, 4, 5], wakes) == {4: (48, 58), 5: (48, 58)}
    assert silent_frames([2, 4], [0, 0, 16, 16, 45, 45]) == {}  # it never went off


@pytest.mark.parametrize("start", [0, 5])
def test_silence_is_what_the_features_see(start):
    from tussis.signal.audio_features import audio_features

    trees = SimpleNamespace(margin=lambda values: values[:, 0])
    model = SimpleNamespace(plan=AUDIO, features=("mel00_mean", "mel10_mean"), trees=trees)
    pcm = np.random.default_rng(0).normal(0, 3000, 16000).astype(np.int16)
    features = audio_features(pcm, AUDIO, ids=model.features).values
    whole = features.copy()

    silence = Silence(pcm, model, np.full(3, 20 + start), features)
    margin, level = silence.window(1, np.float32(0), np.zeros(32, np.float32))
    hushed = pcm.copy()
    hushed[: (20 + start) * 256] = 0
    expected = audio_features(hushed, AUDIO, ids=model.features)
    assert (level[: 12 + start] == level[0]).all()
    # the decimator remembers what came before the cut for less than a frame
    assert np.array_equal(level[13 + start :], expected.level[21 + start : 40])
    assert features[1] == pytest.approx(expected.values[1], abs=0.2)
    assert margin == features[1, 0] < whole[1, 0]
    assert np.array_equal(features[[0, 2]], whole[[0, 2]])
