"""The sweep on margins made by hand, and the points chosen from it."""

import numpy as np
import pytest

from tussis.data.recording import Label
from tussis.selection.detector.detector_file import EventParameters
from tussis.selection.detector.operating_points import SweepRow, continue_at
from tussis.selection.detector.segmentation import segment
from tussis.selection.training import operating_points
from tussis.selection.training.event_counts import Counts, count_events
from tussis.selection.training.operating_points import (
    SWEPT_THRESHOLDS,
    background_s,
    choose_points,
    choose_rows,
    sweep_thresholds,
)
from tussis.selection.training.thresholds import EventChoice, FrameGrid, Track
from tussis.selection.trees.tree_ensemble import logit32

GRID = FrameGrid(0.016, 8, 32)
TARGETS = {"sensitive": 60.0, "balanced": 20.0, "specific": 6.0}
CHOICE = EventChoice(0.5, 0.3, EventParameters(), Counts())
COUGHS_S = (2.0, 5.0, 8.0, 11.0, 14.0)
OTHERS_S = (3.5, 6.5, 9.5, 12.5)


def track(cough_probability, other_probability, coughs=True, hours_weight=1.0):
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
    labels = [Label(time_s, time_s + 0.3, "cough") for time_s in COUGHS_S] if coughs else []
    return Track(labels, n_windows * 0.128, margins, level, hours_weight)


def noise_track(seed, n_coughs=6):
    """Margins and levels of every size, with coughs anywhere."""
    rng = np.random.default_rng(seed)
    n = 300
    margins = np.convolve(rng.normal(-2.0, 6.0, n + 4), np.ones(5) / 5, "valid").astype(np.float32)
    level = np.convolve(rng.normal(0, 6, n * 8 + 31), np.ones(8) / 3, "valid").astype(np.float32)
    starts = np.sort(rng.uniform(0, 37, n_coughs))
    return Track([Label(at, at + 0.4, "cough") for at in starts], n * 0.128 + 0.384, margins, level)


def row_at(rows, threshold):
    return next(row for row in rows if row.threshold >= threshold)


def test_the_grid_is_fine_and_ends_at_0_999():
    assert len(SWEPT_THRESHOLDS) >= 40
    assert SWEPT_THRESHOLDS[-1] == 0.999
    assert list(SWEPT_THRESHOLDS) == sorted(set(SWEPT_THRESHOLDS))


def test_what_is_found_and_what_is_false():
    one = track(0.9, 0.6)
    rows = sweep_thresholds([one, track(0.7, 0.01)], GRID, CHOICE)
    hours = 2 * one.duration_s / 3600
    assert [row.threshold for row in rows] == list(SWEPT_THRESHOLDS)
    assert row_at(rows, 0.5)[1:] == (1.0, round(4 / hours, 3))
    assert row_at(rows, 0.65)[1:] == (1.0, 0.0)
    assert row_at(rows, 0.8)[1:] == (0.5, 0.0)
    assert row_at(rows, 0.95)[1:] == (0.0, 0.0)


def test_sessions_without_coughs_count_for_false_events_only():
    rows = sweep_thresholds([track(0.9, 0.01), track(0.8, 0.8, coughs=False)], GRID, CHOICE)
    assert row_at(rows, 0.5).sensitivity == 1.0
    assert row_at(rows, 0.5).false_per_hour == pytest.approx(
        9 / (2 * track(0, 0).duration_s / 3600), abs=1e-3
    )


def test_hours_are_weighed_and_a_track_of_weight_0_gives_none():
    quiet, loud = track(0.9, 0.01), track(0.8, 0.8, coughs=False, hours_weight=3.0)
    hours = quiet.duration_s / 3600
    rows = sweep_thresholds([quiet, loud], GRID, CHOICE)
    assert row_at(rows, 0.5).false_per_hour == pytest.approx(3 * 9 / (4 * hours), abs=1e-3)
    silent = track(0.9, 0.8, hours_weight=0.0)
    rows = sweep_thresholds([silent, quiet], GRID, CHOICE)
    assert row_at(rows, 0.5)[1:] == (1.0, 0.0)
    assert row_at(sweep_thresholds([silent], GRID, CHOICE), 0.5)[1:] == (1.0, 0.0)


def test_false_events_in_another_background():
    coughs, other = track(0.9, 0.8), track(0.7, 0.7)
    rows = sweep_thresholds([coughs], GRID, CHOICE, background=[other])
    assert row_at(rows, 0.5).sensitivity == row_at(rows, 0.75).sensitivity == 1.0
    assert row_at(rows, 0.5).false_per_hour == pytest.approx(4 / (other.duration_s / 3600), abs=1e-3)
    assert row_at(rows, 0.75).false_per_hour == 0.0


@pytest.mark.parametrize("like", [(0.5, 0.5), (0.5, 0.2)])
def test_what_is_skipped_would_have_changed_nothing(like):
    """Every threshold segmented plainly, and coughs and events compared one by one."""
    tracks = [noise_track(seed) for seed in range(4)]
    choice = EventChoice(*like, EventParameters(), Counts())
    rows = sweep_thresholds(tracks, GRID, choice)
    assert len({row[1:] for row in rows}) > 15
    for row in rows:
        plan = EventChoice(row.threshold, continue_at(row.threshold, like), choice.parameters, Counts())
        found = false = n_coughs = 0
        for one in tracks:
            events = [
                (e.start * 0.016, e.end * 0.016) for e in segment(one.margins, one.level, plan.plan(GRID))
            ]
            bounds = operating_points.joined_coughs(one.references)
            n_coughs += len(bounds)
            for start, end in bounds:
                cover = sum(max(min(e, end + 0.25) - max(s, start - 0.25), 0) for s, e in events)
                found += cover > 0.125 * (min(end - start, 0.6) + 0.5)
            false += sum(
                not any(s < end + 0.25 and e > start - 0.25 for start, end in bounds) for s, e in events
            )
        hours = sum(one.duration_s for one in tracks) / 3600
        assert row.sensitivity == pytest.approx(found / n_coughs, abs=1e-4)
        assert row.false_per_hour == pytest.approx(false / hours, abs=1e-3)


def test_the_counts_are_nearly_those_of_timescoring():
    tracks = [noise_track(seed, n_coughs=12) for seed in range(10, 30)]
    plan = CHOICE.plan(GRID)
    truth = Counts()
    for one in tracks:
        events = [(e.start * 0.016, e.end * 0.016) for e in segment(one.margins, one.level, plan)]
        truth += count_events(one.references, events, one.duration_s)
    row = row_at(sweep_thresholds(tracks, GRID, CHOICE), 0.5)
    assert row.sensitivity == pytest.approx(truth.sensitivity, abs=0.08)
    assert truth.fp_per_hour * 0.8 < row.false_per_hour <= truth.fp_per_hour * 1.05


def test_a_long_label_needs_no_more_than_one_cough():
    one = track(0.9, 0.01)
    bout = Track([Label(1.5, 9.0, "cough")], one.duration_s, one.margins, one.level)
    assert row_at(sweep_thresholds([bout], GRID, CHOICE), 0.5).sensitivity == 1.0


def test_seconds_outside_coughs():
    one = track(0.9, 0.1)
    assert background_s([one]) == pytest.approx(one.duration_s - 5 * 0.8)
    weighed = Track(one.references, one.duration_s, one.margins, one.level, hours_weight=2.0)
    assert background_s([one, weighed]) == pytest.approx(3 * (one.duration_s - 5 * 0.8))
    clip = Track([Label(0.0, 2.0, "cough")], 2.0, one.margins, one.level)
    assert background_s([clip] * 100) == 0.0


def rows_of(*figures):
    return [SweepRow(*row) for row in figures]


def test_points_by_their_targets():
    rows = rows_of((0.1, 0.9, 100.0), (0.3, 0.8, 50.0), (0.5, 0.7, 20.0), (0.7, 0.6, 5.0), (0.9, 0.4, 0.0))
    chosen = choose_rows(rows, TARGETS)
    assert {name: row.threshold for name, row in chosen.items()} == {
        "sensitive": 0.3, "balanced": 0.5, "specific": 0.7,
    }  # fmt: skip


def test_a_target_that_is_not_met_takes_the_highest_threshold_that_finds_half_and_its_true_figure():
    rows = rows_of((0.1, 0.9, 100.0), (0.5, 0.8, 50.0), (0.7, 0.5, 40.0), (0.9, 0.4, 30.0))
    chosen = choose_rows(rows, TARGETS)
    assert chosen["sensitive"].threshold == 0.5
    assert chosen["balanced"] == chosen["specific"] == rows[2]


def test_a_point_that_finds_nothing_is_not_chosen_for_raising_nothing_false():
    rows = rows_of((0.1, 0.9, 100.0), (0.5, 0.8, 80.0), (0.9, 0.0, 0.0))
    assert {row.threshold for row in choose_rows(rows, TARGETS).values()} == {0.5}


def test_a_target_that_is_always_met_goes_no_lower_than_it_gains_sensitivity():
    rows = rows_of((0.1, 0.9, 3.0), (0.3, 0.9, 2.0), (0.5, 0.9, 1.0), (0.7, 0.6, 0.0), (0.9, 0.4, 0.0))
    assert {row.threshold for row in choose_rows(rows, TARGETS).values()} == {0.5}


@pytest.mark.parametrize(
    "targets",
    [{"sensitive": 6.0, "balanced": 20.0, "specific": 60.0}, {"balanced": 1.0}, TARGETS | {"other": 1.0}],
)
def test_wrong_targets(targets):
    with pytest.raises(ValueError, match="false_per_hour"):
        choose_rows(rows_of((0.5, 0.5, 0.5)), targets)


def test_named_points_with_their_figures():
    tracks = [track(0.9, 0.6), track(0.7, 0.01)]
    hours = 2 * tracks[0].duration_s / 3600
    chosen = choose_points(tracks, GRID, CHOICE, {"sensitive": 1e4, "balanced": 20.0, "specific": 0.0})
    for name, point in chosen.points.items():
        assert point.threshold == pytest.approx(0.6667), name  # the highest that loses no cough
        assert point.continue_threshold == continue_at(point.threshold, (0.5, 0.3))
        assert (point.sensitivity, point.false_per_hour) == (1.0, 0.0)
        assert point.hours == pytest.approx(hours, abs=1e-4)
        assert point.background == "dataset"
    balanced = chosen.balanced
    assert (balanced.threshold, balanced.continue_threshold) == (
        chosen.points["balanced"].threshold,
        chosen.points["balanced"].continue_threshold,
    )
    assert (balanced.counts.tp, balanced.counts.fp, balanced.counts.ref) == (10, 0, 10)
    other = choose_points(tracks, GRID, CHOICE, TARGETS, synthetic=[track(0.8, 0.8)] * 3)
    assert other.points["balanced"].background == "synthetic"
    assert other.points["balanced"].hours == pytest.approx(1.5 * hours, abs=1e-4)
    assert other.points["balanced"].threshold > 0.8
    assert other.points["balanced"].sensitivity == 0.5
