"""Counts by hour and by day."""

import pytest

from tussis.data.recording import Label
from tussis.selection.evaluation.count_agreement import count_agreement, paired_counts


def coughs(*starts):
    return tuple(Label(start, start + 0.4, "cough") for start in starts)


def test_a_recording_is_cut_into_hours(answer):
    one = answer(
        "a",
        labels=(*coughs(10, 20, 3610), Label(8000, 8010, "unsure")),
        events=((10, 10.3, 0.9), (3610, 3610.3, 0.9), (3700, 3700.3, 0.9), (8001, 8001.3, 0.9)),
        duration_s=9000.0,
    )
    assert paired_counts(one, 3600.0).tolist() == [[2, 1, 0], [1, 2, 0]]
    assert paired_counts(one, 86400.0).tolist() == [[3], [3]]


def test_hours_disagree_where_the_day_agrees(answer):
    both = [
        answer(
            "a",
            labels=coughs(10, 20, 3610),
            events=((10, 10.3, 0.9), (3610, 3610.3, 0.9), (3700, 3700.3, 0.9)),
            duration_s=7200.0,
        ),
        answer("b", labels=coughs(5), events=((5, 5.3, 0.9),), duration_s=60.0),
    ]
    found = count_agreement(both)
    assert found.longest_s == 7200.0
    assert (found.hour.n, found.day.n) == (3, 2)
    assert found.day.concordance == pytest.approx(1.0)
    assert found.hour.concordance < 0.5
    assert found.hour.bias == pytest.approx(0.0)


def test_clips_and_recordings_without_coughs_alone_say_nothing(answer):
    assert count_agreement([answer("a", sound="cough", labels=coughs(1))]) is None
    assert count_agreement([answer("a")]) is None
