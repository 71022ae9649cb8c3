"""Rates compared: a planted ratio is found, and intervals are honest."""

from __future__ import annotations

import numpy as np
import pytest

from tussis.data.input_error import InputError
from tussis.selection.counting.detected_recording import DetectedRecording
from tussis.selection.counting.rate_comparison import compare_rates

from .test_cough_counts import recording


def nights(
    rng: np.random.Generator, people: int, ratio: float, *, both: bool
) -> tuple[list[DetectedRecording], dict[str, str]]:
    """Nights of 4 to 8 h, coughs by threes; the spread of people is their mean, that of nights 0.3 of it."""
    made, condition_of = [], {}
    for person in range(people):
        rate = rng.gamma(1.0, 10.0)
        for condition in ("A", "B") if both else ("AB"[person % 2],):
            hours = float(rng.uniform(4.0, 8.0))
            mean = rate * rng.gamma(11.0, 1 / 11.0) * hours * (ratio if condition == "B" else 1.0)
            starts = np.sort(rng.uniform(0.0, hours * 3600.0, 3 * rng.poisson(mean / 3)))
            name = f"{person}{condition}"
            made.append(recording(name, *starts.tolist(), hours=hours, subject=f"s{person:02d}"))
            condition_of[name] = condition
    return made, condition_of


@pytest.mark.parametrize(("both", "people"), [(True, 12), (False, 24)])
def test_the_interval_covers_the_planted_ratio(both: bool, people: int) -> None:
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(60):
        found = compare_rates(*nights(rng, people, 0.5, both=both), by="treatment")
        (row,) = found.ratios
        assert row.low < row.ratio < row.high
        inside += row.low <= 0.5 <= row.high
    assert inside >= 50  # 95 % nominal; 92 to 96 % measured, benchmarks/compare_coverage.py
    assert found.design == ("within subjects" if both else "between subjects")


def test_the_reference_turns_the_ratio_around() -> None:
    made = nights(np.random.default_rng(2), 10, 0.5, both=True)
    one = compare_rates(*made, by="treatment").ratios[0]
    other = compare_rates(*made, by="treatment", reference="B").ratios[0]
    assert (one.condition, one.reference, other.condition) == ("B", "A", "A")
    assert one.ratio == pytest.approx(1 / other.ratio)
    assert (one.low, one.p) == pytest.approx((1 / other.high, other.p))


def test_silent_nights_count() -> None:
    """Half of the nights silent: the rate is half, and was not when they vanished."""
    heard = [recording(f"a{n}", 10.0, 20.0, subject=f"s{n}") for n in range(4)]
    silent = [recording(f"b{n}", subject=f"s{n}") for n in range(4)]
    more = [recording(f"c{n}", 5.0, subject=f"s{n}") for n in range(4)]
    conditions = {one.session: "x" if one.session[0] in "ab" else "y" for one in (*heard, *silent, *more)}
    found = compare_rates([*heard, *silent, *more], conditions, by="t")
    assert [row.coughs_per_hour for row in found.conditions] == pytest.approx([1.0, 1.0])
    assert found.ratios[0].ratio == pytest.approx(1.0)


def test_one_person_is_compared_by_hours() -> None:
    rng = np.random.default_rng(3)
    first = recording("a", *np.sort(rng.uniform(0, 8 * 3600, 160)).tolist(), hours=8.0)
    second = recording("b", *np.sort(rng.uniform(0, 8 * 3600, 80)).tolist(), hours=8.0)
    found = compare_rates([first, second], {"a": "before", "b": "after"}, by="t", reference="before")
    (row,) = found.ratios
    assert found.design == "one subject"
    assert row.ratio == pytest.approx(0.5)
    assert row.low > 0.3
    assert row.high < 0.8
    assert "nothing about other people" in found.model


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        ([("a", "x", (1.0,)), ("b", "x", (1.0,)), ("c", "y", ()), ("d", "y", ())], "no cough with t y"),
        ([("a", "x", (1.0,)), ("b", "x", (1.0,)), ("c", "y", (1.0,))], "one subject with t y"),
    ],
)
def test_what_has_no_bounds_is_said(made: list[tuple[str, str, tuple[float, ...]]], reason: str) -> None:
    recordings = [recording(name, *starts, subject=name) for name, _, starts in made]
    found = compare_rates(recordings, {name: condition for name, condition, _ in made}, by="t")
    assert found.ratios == ()
    assert reason in found.reason
    assert all(row.low is None for row in found.conditions)


@pytest.mark.parametrize(
    ("conditions", "reference", "said"),
    [
        ({}, None, "no recording says t"),
        ({"a": "x", "b": "x"}, None, "one value of t, 'x'"),
        ({"a": "x", "b": "y"}, "z", "no t 'z'; use one of x, y"),
    ],
)
def test_fewer_than_two_conditions_are_refused(
    conditions: dict[str, str], reference: str | None, said: str
) -> None:
    two = [recording("a", subject="s1"), recording("b", subject="s2")]
    with pytest.raises(InputError, match=said):
        compare_rates(two, conditions, by="t", reference=reference)


def test_recordings_without_a_condition_are_listed() -> None:
    made, conditions = nights(np.random.default_rng(4), 6, 0.5, both=True)
    del conditions["0A"]
    assert compare_rates(made, conditions, by="t").left_out == ("0A",)
    assert compare_rates(made, conditions, by="t").design == "within and between subjects"
