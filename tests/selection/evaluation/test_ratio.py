"""Shares and rates with intervals over groups."""

import pytest

from tussis.selection.evaluation.ratio import ratio


def test_sums_not_means_of_shares():
    found = ratio([("a", 1, 1), ("b", 0, 9)])
    assert found.value == pytest.approx(0.1)
    assert (found.counted, found.total, found.groups) == (1, 10, 2)


def test_a_rate_per_hour():
    assert ratio([("a", 2, 1800.0)], per=3600.0).value == pytest.approx(4.0)


def test_rows_of_one_group_are_drawn_together():
    apart = ratio([(f"group {number}", number % 2, 1) for number in range(40)])
    together = ratio([(f"group {number // 20}", number // 20, 1) for number in range(40)])
    assert apart.value == together.value == pytest.approx(0.5)
    assert (together.low, together.high) == (0.0, 1.0)
    assert 0.3 < apart.low < 0.45
    assert 0.55 < apart.high < 0.7


def test_no_interval_from_one_group_and_no_value_from_none():
    assert ratio([("a", 1, 2), ("a", 0, 2)]).low is None
    assert ratio([("a", 1, 2), ("b", 0, 0)]).groups == 1
    assert ratio([]).value is None
    assert ratio([("a", 0, 0)]).value is None
