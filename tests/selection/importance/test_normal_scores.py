"""Normal scores keep the order of a column; rows are drawn as often as their weight says."""

import numpy as np
from scipy.stats import spearmanr

from tussis.selection.importance.normal_scores import drawn_rows, normal_scores


def test_scores_have_one_scale_and_the_order_of_the_values():
    rng = np.random.default_rng(0)
    X = np.column_stack([np.exp(5 * rng.normal(size=500)), rng.integers(0, 3, 500), np.full(500, 7.0)])
    scores = normal_scores(X)
    np.testing.assert_allclose(scores[:, :2].std(axis=0), 1.0)
    np.testing.assert_allclose(scores.mean(axis=0), 0.0, atol=1e-12)
    assert not scores[:, 2].any()
    assert spearmanr(X[:, 0], scores[:, 0]).statistic == 1.0
    assert len(np.unique(scores[:, 1])) == 3
    np.testing.assert_array_equal(normal_scores(X[:, :1] ** 3), scores[:, :1])


def test_rows_are_drawn_by_weight():
    weight = np.r_[np.full(900, 0.5), np.full(100, 4.5), np.zeros(100)]
    rows = drawn_rows(weight, 500, seed=3)
    assert len(rows) == 500
    drawn = np.bincount(rows, minlength=1100)
    assert abs(int(drawn[900:1000].sum()) - 250) <= 1
    assert set(drawn[900:1000]) == {2, 3}
    assert not drawn[1000:].any()
    assert set(drawn_rows(np.ones(50), 500, seed=3)) == set(range(50))
    assert (np.diff(rows) < 0).any()
