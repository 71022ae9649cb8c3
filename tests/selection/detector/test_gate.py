"""The gate, against the contract's words written out naively."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tussis.selection.detector.gate import BusyRule, Gate, fired_windows
from tussis.selection.detector.gate_settings import Gating
from tussis.selection.detector.segmentation import hits_in_audio
from tussis.selection.trees.tree_ensemble import logit32
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


# --- while the wearer moves ---------------------------------------------------------------------------------

RULE = BusyRule(np.float32(2.0), np.float32(-1.0), np.float32(0.25))
REST = np.float32(0.0)


def naive(margins, margin, busy, measured):
    """The definition, one window after the other, with a mean that is built up from all windows before."""
    fired = []
    for j in range(len(margins)):
        mean = busy.start
        for before in range(j):
            if measured[before]:
                mean = np.float32(mean + np.float32(busy.weight * np.float32(margins[before] - mean)))
        asked = busy.margin if mean > busy.start else margin
        fired.append(bool(measured[j] and margins[j] >= asked))
    return fired


MARGIN = st.floats(-8, 8, width=32)
WEIGHT = st.floats(2.0**-10, 1, width=32)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(MARGIN, st.booleans()), max_size=40),
    st.tuples(MARGIN, MARGIN, WEIGHT).map(lambda values: BusyRule(*map(np.float32, values))),
    MARGIN,
    st.integers(0, 40),
)
def test_a_busy_gate_equals_the_definition_whatever_comes_later(windows, busy, margin, n):
    margins = np.array([value for value, _ in windows], np.float32)
    measured = np.array([known for _, known in windows], np.bool_)
    fired = fired_windows(margins, np.float32(margin), busy, measured)
    assert fired.tolist() == naive(margins, np.float32(margin), busy, measured)
    assert fired_windows(margins[:n], np.float32(margin), busy, measured[:n]).tolist() == fired[:n].tolist()
    everything = fired_windows(margins, np.float32(margin), busy)
    assert everything.tolist() == naive(margins, np.float32(margin), busy, [True] * len(margins))


def test_the_wearer_rests_at_the_start_and_again_after_moving():
    margins = np.array([1.0] * 8 + [-5.0] * 4 + [1.0], np.float32)
    fired = fired_windows(margins, REST, RULE)
    assert np.flatnonzero(fired).tolist() == [0, 12]
    assert np.flatnonzero(fired_windows(margins, REST)).tolist() == [*range(8), 12]


def test_a_mean_that_only_reaches_the_bound_is_rest():
    margins = np.array([-1.0, 1.0, 1.0, 2.0], np.float32)
    assert fired_windows(margins, REST, RULE).tolist() == [False, True, False, True]


def test_windows_that_were_not_measured_neither_fire_nor_count():
    margins = np.array([5.0, 1.0, 5.0, 1.0, 1.0], np.float32)
    measured = np.array([False, True, False, True, True])
    assert fired_windows(margins, REST, RULE, measured).tolist() == [False, True, False, False, False]
    assert fired_windows(margins[3:], REST, RULE).tolist() == [True, False], "else 1.0 fires at rest"
    assert fired_windows(margins, REST, None, measured).tolist() == [False, True, False, True, True]
    assert fired_windows(margins[:0], REST, RULE).shape == (0,)


def test_the_rule_of_a_detector():
    assert Gating().busy(0.25) is None
    gating = Gating(busy_threshold=0.5, busy_from=0.15, follow_s=10.0)
    assert gating.busy(0.25) == BusyRule(np.float32(0), logit32(0.15), np.float32(0.025))
    assert Gating(busy_threshold=0.5, follow_s=1.0).busy(25.6).weight == 1, (
        "a mean of the newest window alone"
    )
    margins = np.array([0.5] * 40, np.float32)
    low = Gating(threshold=0.14, busy_threshold=0.8)
    assert low.fired(margins, 0.25).tolist() == [True] + [False] * 39
    assert low.model_copy(update={"busy_threshold": None}).fired(margins, 0.25).all()


@pytest.mark.parametrize("follow_s", [1.0, 10.0, 60.0])
def test_the_mean_follows_with_its_time_constant(follow_s):
    """From rest at -4 below the bound to 4 above it: the mean crosses the bound after ln 2 time constants."""
    gating = Gating(threshold=0.5, busy_threshold=1.0, busy_from=0.5, follow_s=follow_s)
    still = np.full(round(8 * follow_s / 0.25), -4.0, np.float32)
    fired = gating.fired(np.concatenate([still, -still]), 0.25)[len(still) :]
    assert fired.sum() * 0.25 == pytest.approx(np.log(2) * follow_s, abs=0.3 + 0.02 * follow_s)
