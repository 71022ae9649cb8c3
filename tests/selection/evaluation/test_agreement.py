"""Agreement of counts: answers worked out by hand."""

import numpy as np
import pytest

from tussis.selection.evaluation.agreement import agreement, bland_altman, concordance, regression


def test_equal_counts_agree_entirely():
    counts = np.array([3, 0, 12, 5])
    found = agreement(counts, counts)
    assert found.concordance == pytest.approx(1.0)
    assert (found.bias, found.low, found.high) == (0.0, 0.0, 0.0)
    assert (found.slope, found.intercept) == pytest.approx((1.0, 0.0))
    assert (found.n, found.labelled, found.detected) == (4, 20, 20)


def test_a_shift_costs_concordance_where_correlation_stays():
    # variances 2/3, covariance 2/3, squared distance of the means 1: 2 * 2/3 / (2/3 + 2/3 + 1)
    assert concordance(np.array([1, 2, 3]), np.array([2, 3, 4])) == pytest.approx(4 / 7)
    assert regression(np.array([1, 2, 3]), np.array([2, 3, 4])) == pytest.approx((1.0, 1.0))


def test_opposite_counts():
    assert concordance(np.array([0, 2]), np.array([2, 0])) == pytest.approx(-1.0)


def test_limits_lie_196_standard_deviations_from_the_bias():
    bias, low, high = bland_altman(np.array([10, 10, 10]), np.array([9, 10, 14]))
    assert bias == pytest.approx(1.0)
    deviation = np.sqrt((4 + 1 + 9) / 2)
    assert (low, high) == pytest.approx((1.0 - 1.96 * deviation, 1.0 + 1.96 * deviation))


def test_the_slope_is_that_of_detected_on_labelled():
    slope, intercept = regression(np.array([0, 10, 20]), np.array([1, 6, 11]))
    assert (slope, intercept) == pytest.approx((0.5, 1.0))


def test_too_little_to_say_anything():
    one, none = np.array([2]), np.zeros(0, np.int64)
    assert concordance(one, one) is None
    assert concordance(np.array([2, 2]), np.array([2, 2])) is None
    assert bland_altman(one, np.array([5])) == (3.0, None, None)
    assert bland_altman(none, none) == (None, None, None)
    assert regression(np.array([2, 2]), np.array([1, 3])) == (None, None)
