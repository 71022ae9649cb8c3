"""Information above chance: many values are no merit."""

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from tussis.selection.importance.cardinality import binned, cardinality_aware, information


def test_information_by_its_definition():
    rng = np.random.default_rng(0)
    y = rng.random(400) < 0.3
    codes = rng.integers(0, 7, 400) + 3 * y
    assert information(codes, y) == pytest.approx(mutual_info_score(codes, y))


def test_a_column_of_many_values_gains_nothing_by_them():
    """Sixty values of noise seem to tell more than a flag that tells a little; above chance they do not."""
    rng = np.random.default_rng(1)
    y = (rng.random(1500) < 0.3).astype(int)
    flag = np.where(rng.random(1500) < 0.18, y, rng.random(1500) < 0.5)
    X = np.column_stack([flag, rng.integers(0, 60, 1500), rng.normal(size=1500)])
    plain = [information(binned(column), y > 0) for column in X.T]
    assert plain[1] > plain[0]
    scores = cardinality_aware(X, y, seed=0)
    assert np.argmax(scores) == 0
    assert scores[1:].max() < 0.3 * scores[0]


def test_few_values_are_kept_and_many_are_binned_evenly():
    assert binned(np.array([5.0, -1.0, 5.0, 9.0])).tolist() == [1, 0, 1, 2]
    bins = np.bincount(binned(np.random.default_rng(2).normal(size=6400)))
    assert len(bins) == 64
    assert bins.min() > 90
    heavy = np.r_[np.zeros(5000), np.arange(1000)]  # most rows share a value
    assert len(np.unique(binned(heavy))) < 20
