"""Feature gradients: the gradient is the estimate's own, shares end in the order of what columns add."""

import numpy as np
import pytest

from tussis.selection.importance.feature_gradients import RIDGE, explained, feature_gradients
from tussis.selection.importance.normal_scores import normal_scores


def example():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 6)) @ (np.eye(6) + 0.4 * rng.normal(size=(6, 6)))
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    y = X @ rng.normal(size=6) + rng.normal(size=500)
    return X, (y - y.mean()) / y.std(), rng.random(6)


def test_the_gradient_by_differences():
    X, y, shares = example()
    covariance, with_target = X.T @ X / 500, X.T @ y / 500
    _, gradient = explained(shares, covariance, with_target)
    for column in range(6):
        step = np.zeros(6)
        step[column] = 1e-6
        above, below = (explained(shares + sign * step, covariance, with_target)[0] for sign in (1, -1))
        assert gradient[column] == pytest.approx((above - below) / 2e-6, rel=1e-5)


def test_of_a_subset_it_is_what_ridge_regression_explains():
    X, y, _ = example()
    shares = np.array([1.0, 0, 1, 0, 0, 1])
    inside = X[:, shares > 0]
    weights = np.linalg.solve(inside.T @ inside / 500 + RIDGE * np.eye(3), inside.T @ y / 500)
    value, gradient = explained(shares, X.T @ X / 500, X.T @ y / 500)
    assert value == pytest.approx(weights @ inside.T @ y / 500)
    assert not gradient[shares == 0].any()


def test_a_clean_column_lasts_longer_than_its_noisy_copy():
    rng = np.random.default_rng(1)
    clean = rng.normal(size=(2000, 3))
    copy = clean[:, :1] + rng.normal(size=(2000, 1))
    y = (clean @ [1.0, 0.8, 0.6] + 0.5 * rng.normal(size=2000) > 0).astype(int)
    scores = feature_gradients(normal_scores(np.column_stack([copy, clean, rng.normal(size=(2000, 20))])), y)
    assert np.argsort(-scores)[:3].tolist() == [1, 2, 3]
    assert scores[0] < 0.8 * scores[1]
    assert 0 <= scores.min() <= scores.max() <= 1.0001


def test_columns_without_information_give_finite_scores():
    assert np.isfinite(feature_gradients(np.zeros((50, 3)), np.arange(50) % 2)).all()
