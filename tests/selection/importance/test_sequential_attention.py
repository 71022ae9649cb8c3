"""Sequential attention takes what orthogonal matching pursuit takes, and no copies."""

import numpy as np
import pytest
from sklearn.linear_model import OrthogonalMatchingPursuit

from tussis.selection.importance.normal_scores import normal_scores
from tussis.selection.importance.sequential_attention import attended_order, sequential_attention


@pytest.mark.parametrize("seed", range(8))
def test_with_a_linear_model_it_is_orthogonal_matching_pursuit(seed):
    """Correlated columns: their order is another one than that of the correlations with the target."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(400, 30)) + 0.8 * rng.normal(size=(400, 6)) @ rng.normal(size=(6, 30))
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    y = X[:, :10] @ rng.normal(size=10) + rng.normal(size=400)
    y -= y.mean()
    order, removed, _ = attended_order(X, y, np.arange(30), 12, logistic=False)
    for n_chosen in range(1, 13):
        pursuit = OrthogonalMatchingPursuit(n_nonzero_coefs=n_chosen, fit_intercept=False).fit(X, y)
        assert set(order[:n_chosen]) == set(np.flatnonzero(pursuit.coef_))
    residual = y - X @ pursuit.coef_
    assert (y**2).mean() - removed.sum() == pytest.approx((residual**2).mean(), rel=1e-4)
    assert order.tolist() != np.argsort(-np.abs(X.T @ y))[:12].tolist()


def test_a_copy_comes_after_what_is_new():
    rng = np.random.default_rng(1)
    signal = rng.normal(size=(1500, 2))
    copy = signal[:, :1] + 0.05 * rng.normal(size=(1500, 1))
    y = (2.0 * signal[:, 0] + 0.7 * signal[:, 1] + rng.normal(size=1500) > 0).astype(int)
    X = normal_scores(np.column_stack([copy, signal, rng.normal(size=(1500, 3))]))
    scores = sequential_attention(X, y)
    order = np.argsort(-scores)
    assert set(order[:2]) in ({0, 2}, {1, 2})
    assert scores.min() >= 0


def test_what_tells_by_its_middle_is_seen():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(1500, 8))
    y = (np.abs(X[:, 5]) > 0.7).astype(int)
    assert np.argmax(sequential_attention(normal_scores(X), y)) == 5


def test_columns_beyond_those_chosen_come_last():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(300, 70))
    y = (X[:, 69] + 0.5 * rng.normal(size=300) > 0).astype(int)
    steps = []
    scores = sequential_attention(normal_scores(X), y, lambda stage, done, total: steps.append((done, total)))
    assert steps[-1] == (64, 64)
    assert np.argmax(scores) == 69
    assert len(np.unique(scores)) == 70
