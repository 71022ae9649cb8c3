"""Thresholds and gate chosen by event F1 on margins made by hand."""

import numpy as np
import pytest

from tussis.data.recording import Label
from tussis.selection.detector.detector_file import EventParameters
from tussis.selection.training.gate_choice import GateTrack, choose_gate
from tussis.selection.training.thresholds import FrameGrid, Track, choose_events
from tussis.selection.trees.tree_ensemble import logit32

GRID = FrameGrid(0.016, 8, 32)
COUGHS_S = (2.0, 5.0, 8.0, 11.0, 14.0)
OTHERS_S = (3.5, 6.5, 9.5, 12.5)
NO_MOTION = np.zeros(0, np.float32)
"""Hits of these tests are made by hand."""


def track(cough_probability, other_probability):
    """Loud 0.3 s sounds; windows over them get these probabilities, all others 0.01."""
    n_windows = 120
    start = np.arange(n_windows) * 0.128
    margins = np.full(n_windows, logit32(0.01), np.float32)
    level = np.zeros(n_windows * 8 + 24, np.float32)
    for times, probability in ((COUGHS_S, cough_probability), (OTHERS_S, other_probability)):
        for time_s in times:
            over = (start + 0.512 > time_s) & (start < time_s + 0.3)
            margins[over] = logit32(probability)
            level[round(time_s / 0.016) : round((time_s + 0.3) / 0.016)] = 10.0
    coughs = [Label(time_s, time_s + 0.3, "cough") for time_s in COUGHS_S]
    return Track(coughs, n_windows * 0.128, margins, level)


def silenced(one, keep):
    """Margins of a track whose sounds after the first `keep` are not heard."""
    margins = one.margins.copy()
    last_s = sorted(COUGHS_S + OTHERS_S)[keep - 1]
    margins[np.arange(len(margins)) * 0.128 > last_s + 0.3] = logit32(0.01)
    return margins


def test_the_threshold_parts_coughs_from_other_sounds():
    choice = choose_events([track(0.8, 0.4)] * 2, GRID, EventParameters())
    assert 0.4 < choice.threshold <= 0.8
    assert choice.counts.f1 == 1.0
    assert choice.counts.ref == 10


def test_a_plateau_is_preferred_to_its_edge():
    choice = choose_events([track(0.9, 0.2)], GRID, EventParameters())
    assert 0.25 <= choice.threshold <= 0.85


def test_a_false_event_costs_more_than_a_missed_cough():
    # at 0.4 two more coughs and two false events: plain F1 would take them (20/22), at their cost it does not
    clear = track(0.9, 0.01)
    doubtful = track(0.4, 0.4)
    both = Track(
        clear.references + [Label(cough.start_s + clear.duration_s, cough.end_s + clear.duration_s, "cough")
                        for cough in doubtful.references[:2]],
        2 * clear.duration_s,
        np.concatenate([clear.margins, silenced(doubtful, keep=4)]),
        np.concatenate([clear.level[: len(clear.margins) * 8], doubtful.level]),
    )  # fmt: skip
    choice = choose_events([both], GRID, EventParameters())
    assert choice.threshold > 0.4
    assert (choice.counts.tp, choice.counts.fp, choice.counts.ref) == (5, 0, 7)


def test_margins_without_information_still_give_a_choice():
    choice = choose_events([track(0.01, 0.01)], GRID, EventParameters())
    assert choice.counts.tp == 0
    assert 0.0 < choice.threshold < 1.0


def test_parameters_that_are_not_searched_are_kept():
    start = EventParameters(max_s=0.45, merge_s=0.2)
    chosen = choose_events([track(0.8, 0.4)], GRID, start).parameters
    assert (chosen.max_s, chosen.merge_s) == (0.45, 0.2)


def gate(quality):
    """IMU whose hits cover the coughs from threshold 0 to `quality`, and everything below 0.05."""
    one = track(0.8, 0.8)
    start = np.arange(len(one.margins)) * 0.128
    over = np.zeros(len(start), bool)
    for time_s in COUGHS_S:
        over |= (start + 0.512 > time_s) & (start < time_s + 0.3)

    def hits(track, threshold, hold_s):
        if threshold < 0.05:
            return np.ones(len(start), bool)
        return over if threshold <= quality else np.zeros(len(start), bool)

    plan = choose_events([track(0.8, 0.4)], GRID, EventParameters()).plan(GRID)
    return choose_gate([GateTrack(one, NO_MOTION)], hits, plan, GRID.frame_s, 4)


def test_the_gate_saves_what_costs_no_events():
    choice = gate(quality=0.3)
    assert 0.05 <= choice.threshold <= 0.3
    assert choice.counts.f1 == 1.0  # the other sounds have no motion
    assert choice.audio_duty < 0.5


def test_a_gate_that_would_lose_coughs_stays_open():
    choice = gate(quality=0.0)
    assert choice.threshold < 0.05
    assert choice.audio_duty == 1.0


@pytest.mark.parametrize("hold_s", [0.384, 0.64])
def test_of_equally_good_gates_the_one_that_sleeps_most_is_taken(hold_s):
    one = track(0.8, 0.01)
    every = np.ones(len(one.margins), bool)

    def hits(track, threshold, hold):
        enough = every.copy()
        if hold >= hold_s:
            enough[:8] = False  # before the first cough
        return enough

    plan = choose_events([one], GRID, EventParameters()).plan(GRID)
    choice = choose_gate([GateTrack(one, NO_MOTION)], hits, plan, GRID.frame_s, 4)
    assert choice.hold_s >= hold_s
