"""Event counts: DESIGN's parameters, timescoring's habits."""

import numpy as np
import pytest

from tussis.data.recording import Label
from tussis.selection.training.event_counts import Counts, count_events


def count(coughs, events, duration_s=30.0):
    counts = count_events([Label(*cough, "cough") for cough in coughs], events, duration_s)
    return counts.tp, counts.fp, counts.ref


def test_a_hit_a_miss_and_a_false_alarm():
    assert count([(1.0, 1.4), (5.0, 5.4)], [(1.1, 1.5), (9.0, 9.3)]) == (1, 1, 2)


def test_nothing_at_all():
    assert count([], []) == (0, 0, 0)
    assert Counts(0, 0, 0, 30.0).f1 is None
    assert Counts(0, 0, 0, 0.0).fp_per_hour is None


def test_an_event_within_the_tolerance_counts():
    assert count([(1.0, 1.4)], [(0.7, 1.0)]) == (1, 0, 1)
    assert count([(1.0, 1.4)], [(0.2, 0.7)]) == (0, 1, 1)


def test_a_long_reference_is_split():
    assert count([(1.0, 1.8)], [(1.0, 1.5)]) == (2, 0, 2)


@pytest.mark.parametrize("frame_s", [0.016, 0.05, 0.01])
def test_a_length_of_exactly_the_longest_is_not_split_by_rounding(frame_s):
    for start in range(0, 400, 7):
        event = (start * frame_s, (start + round(0.6 / frame_s)) * frame_s)
        if event[1] - event[0] < 0.6 + 1e-6:
            assert count([], [event]) == (0, 1, 0)


def test_overlapping_references_count_once():
    assert count([(1.0, 1.5), (1.1, 1.2)], [(1.0, 1.5)]) == (1, 0, 1)


def test_references_in_any_order():
    assert count([(5.0, 5.4), (1.0, 1.4)], [(1.1, 1.5), (5.0, 5.5)]) == (2, 0, 2)


def test_equals_timescoring_on_random_sessions():
    from timescoring.annotations import Annotation
    from timescoring.scoring import EventScoring

    rng = np.random.default_rng(0)
    for _ in range(50):
        bounds = np.cumsum(rng.uniform(0.15, 0.55, 40))
        events = list(zip(bounds[::2].tolist(), bounds[1::2].tolist(), strict=True))
        bounds = np.cumsum(rng.uniform(0.15, 0.9, 24))
        coughs = list(zip(bounds[::2].tolist(), bounds[1::2].tolist(), strict=True))
        plain = EventScoring(
            Annotation(coughs, 100, 3000),
            Annotation(events, 100, 3000),
            EventScoring.Parameters(0.25, 0.25, 0.125, 0.6, 0),
        )
        assert count(coughs, events) == (plain.tp, plain.fp, plain.refTrue)
