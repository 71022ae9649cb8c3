"""The band of events that a person looks at."""

import pytest

from tussis.data.recording import Label
from tussis.selection.evaluation.risk_coverage import risk_coverage


def test_the_band_ends_where_what_stands_is_95_percent_right(answer):
    coughs = tuple(Label(start, start + 0.4, "cough") for start in (1, 3, 5))
    one = answer(
        "a",
        labels=(*coughs, Label(11, 12, "unsure")),
        events=((1, 1.3, 0.98), (3, 3.3, 0.55), (8, 8.3, 0.6), (11.2, 11.5, 0.99)),
        duration_s=14.0,
    )
    curve = risk_coverage([one], 0.5)
    first = curve.rows[0]
    assert (first.high, first.handed_over, first.coverage, first.events) == (0.5, 0, 1.0, 3)
    assert first.precision == pytest.approx(2 / 3)
    assert first.sensitivity == pytest.approx(2 / 3)
    band = curve.band
    assert band.precision == 1.0
    assert 0.6 < band.high <= 0.7
    assert band.handed_over == 2
    assert band.coverage == pytest.approx(1 / 3)
    assert band.sensitivity == pytest.approx(1 / 3)
    assert band.sensitivity_with_person == pytest.approx(2 / 3)
    assert curve.rows[-1].precision is None


def test_clips_count_too(answer):
    curve = risk_coverage(
        [
            answer("a", sound="cough", events=((1, 1.3, 0.9),)),
            answer("b", sound="cough"),
            answer("c", sound="dog", events=((1, 1.3, 0.9),)),
        ],
        0.5,
    )
    assert curve.rows[0].precision == 0.5
    assert curve.rows[0].sensitivity == 0.5
    assert curve.band is None


def test_an_event_below_the_threshold_by_its_confidence_still_stands_in_the_first_row(answer):
    one = answer("a", labels=(Label(1, 1.4, "cough"),), events=((1, 1.3, 0.4),))
    curve = risk_coverage([one], 0.5)
    assert curve.rows[0].handed_over == 0
    assert curve.rows[0].sensitivity == 1.0
    assert curve.rows[1].handed_over == 1


def test_nothing_to_say_without_coughs_or_events(answer):
    assert risk_coverage([answer("a", sound="dog", events=((1, 1.3, 0.9),))], 0.5) is None
    assert risk_coverage([answer("a", sound="cough")], 0.5) is None
