"""The gate, against the contract's words written out naively."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tussis.selection.detector.detector_file import Gating
from tussis.selection.detector.gate import Gate
from tussis.selection.detector.segmentation import hits_in_audio
from tussis.signal.plan import AudioPlan, ImuPlan


def hits(n_windows, imu_hits, hold_s=0.64):
    return hits_in_audio(AudioPlan(), ImuPlan(), Gating(hold_s=hold_s), n_windows, np.array(imu_hits, bool))


def test_a_hit_wakes_the_windows_that_end_within_the_hold_time():
    # IMU window 2 ends at 1.0 s; audio window w ends at (w + 4) * 0.128 s: 1.024 (w=4), 1.664 (w=9)
    awake = hits(12, [False, False, True])
    assert np.flatnonzero(awake).tolist() == [4, 5, 6, 7, 8]


def test_both_ends_of_the_hold_time_are_inclusive():
    # tau = 4.0 s is 31.25 hops; with hold 0.096 s the window ending at 4.096 s (w=28) is just in.
    imu = [False] * 14 + [True]
    assert np.flatnonzero(hits(40, imu, hold_s=0.096)).tolist() == [28]
    assert np.flatnonzero(hits(40, imu, hold_s=0.0959)).tolist() == []
    # tau = 16.0 s = t of w = 121 exactly
    imu = [False] * 62 + [True]
    assert np.flatnonzero(hits(140, imu, hold_s=0.0)).tolist() == [121]


def test_no_imu_windows_no_hits():
    assert not hits(20, []).any()
    assert hits(0, [True]).shape == (0,)


def test_positive_windows_keep_the_audio_path_awake_for_n_windows():
    gate = Gate(max_consecutive=2)
    evaluated = []
    for hit in [True, False, False, False, False, True, False]:
        admitted = gate.admits(hit)
        evaluated.append(admitted)
        if admitted:
            gate.answer(True)
    assert evaluated == [True, True, True, False, False, True, True]


def test_a_negative_window_ends_the_vigil():
    gate = Gate(max_consecutive=4)
    assert gate.admits(True)
    gate.answer(True)
    assert gate.admits(False)
    gate.answer(False)
    assert not gate.admits(False)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.booleans(), max_size=30),
    st.lists(st.booleans(), min_size=1, max_size=60),
    st.integers(0, 5),
    st.sampled_from([0.0, 0.25, 0.64, 1.5]),
)
def test_equals_the_definition(imu_hits, positive, n, hold_s):
    ticks = [(50 + 25 * j) * 160 for j, fired in enumerate(imu_hits) if fired]
    evaluated, run = [], 0
    for w in range(len(positive)):
        end = (w + 4) * 2048
        rule_a = any(end - hold_s * 16000 <= tau <= end for tau in ticks)
        rule_b = w > 0 and evaluated[w - 1] and positive[w - 1] and run < n
        evaluated.append(rule_a or rule_b)
        run = 0 if rule_a else run + 1 if rule_b else run
    gate, got = Gate(n), []
    for w, hit in enumerate(hits(len(positive), imu_hits, hold_s)):
        got.append(gate.admits(bool(hit)))
        if got[-1]:
            gate.answer(positive[w])
    assert got == evaluated
