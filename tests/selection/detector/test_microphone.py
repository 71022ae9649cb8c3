"""The microphone's choice: how it is written, when the gate is asked, how long it is on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tussis.data.input_error import InputError
from tussis.selection.detector.gate_settings import Gating
from tussis.selection.detector.microphone import ALWAYS, GATED_START_MS, Microphone
from tussis.selection.detector.segmentation import hits_in_audio
from tussis.signal.plan import AudioPlan, ImuPlan

AUDIO, IMU = AudioPlan(), ImuPlan()


@pytest.mark.parametrize("text", ["always", "gated:0", "gated:32", "gated:1000"])
def test_what_is_written_is_read(text):
    assert str(Microphone.parse(text)) == text


def test_the_default_start():
    assert Microphone.parse("gated") == Microphone("gated", GATED_START_MS)
    assert Microphone.parse("always") == ALWAYS


@pytest.mark.parametrize("text", ["", "off", "gated:", "gated:-1", "gated:1.5", "gated:1001", "always:3"])
def test_what_cannot_be_meant_is_refused(text):
    with pytest.raises(InputError, match="--microphone"):
        Microphone.parse(text)


def hits(n_windows, imu_hits, microphone, hold_s=0.64):
    return hits_in_audio(AUDIO, IMU, Gating(hold_s=hold_s), n_windows, np.array(imu_hits, bool), microphone)


def test_a_hit_leads_to_windows_whose_last_block_comes_after_the_start():
    # IMU window 2 ends at 1.0 s; the last block of audio window w begins at (w + 3) * 0.128 s: 1.024 (w=5)
    fired = [False, False, True]
    assert np.flatnonzero(hits(20, fired, Microphone("gated", 24))).tolist() == [5, 6, 7, 8, 9, 10]
    assert np.flatnonzero(hits(20, fired, Microphone("gated", 25))).tolist() == [6, 7, 8, 9, 10]
    assert np.flatnonzero(hits(20, fired, ALWAYS)).tolist() == [4, 5, 6, 7, 8]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.booleans(), max_size=40),
    st.integers(0, 80),
    st.integers(0, 300),
    st.floats(0, 2),
)
def test_no_window_whose_last_block_is_not_heard_is_wanted(imu_hits, n_windows, start_ms, hold_s):
    found = hits(n_windows, imu_hits, Microphone("gated", start_ms), hold_s)
    hold = round(hold_s * 16000)
    for window, wanted in enumerate(found.tolist()):
        asked = (window + 3) * 2048 - 16 * start_ms
        ages = [asked - (8000 + 4000 * j) for j, hit in enumerate(imu_hits) if hit]
        assert wanted == any(0 <= age <= hold for age in ages)


def test_duty_is_from_the_hit_to_the_end_of_the_last_window():
    evaluated = np.zeros(40, bool)
    evaluated[[6, 7, 8]] = True
    fired = np.zeros(20, bool)
    fired[2] = True  # ends at 1.0 s
    total_s = (39 * 8 + 32) * 0.016
    on_s = 8 * 0.128 + 0.512 - 1.0
    found = Microphone("gated", 32).duty(AUDIO, IMU, fired, evaluated)
    assert found == pytest.approx(on_s / total_s, abs=1e-9)
    assert ALWAYS.duty(AUDIO, IMU, fired, evaluated) == 1.0
    assert Microphone("gated", 32).duty(AUDIO, IMU, fired[:0], evaluated[:0]) == 0.0


def test_a_hit_at_the_end_costs_only_what_is_left():
    fired = np.zeros(2, bool)
    fired[1] = True  # ends at 0.75 s; the recording at 0.768 s
    found = Microphone("gated", 32).duty(AUDIO, IMU, fired, np.zeros(3, bool))
    assert found == pytest.approx(0.018 / 0.768, abs=1e-3)
