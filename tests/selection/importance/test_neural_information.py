"""The neural estimate bounds the true information; gates of columns that only help together stay open."""

import numpy as np
import pytest

from tussis.selection.importance.neural_information import donsker_varadhan, neural_information
from tussis.selection.importance.normal_scores import normal_scores


def test_the_bound_is_reached_by_the_ratio_of_densities():
    """Of the critic log p(x, y) / p(x) p(y) the bound is the mutual information, of any other it is less."""
    joint = np.array([[0.3, 0.1], [0.15, 0.45]])
    x, one = np.repeat([0, 0, 1, 1], [300, 100, 150, 450]), np.repeat([0, 1, 0, 1], [300, 100, 150, 450]) > 0
    share = joint.sum(axis=0)
    critic = np.log(joint / np.outer(joint.sum(axis=1), share))
    bound, gradient = donsker_varadhan(critic[x], one, share)
    assert bound == pytest.approx((joint * critic).sum())
    by_value = np.stack([gradient[x == value].sum(axis=0) for value in (0, 1)])
    np.testing.assert_allclose(by_value, 0.0, atol=1e-12)
    assert donsker_varadhan(1.3 * critic[x], one, share)[0] < bound


def test_the_gradient_by_differences():
    rng = np.random.default_rng(0)
    answers, one, share = rng.normal(size=(6, 2)), np.arange(6) > 3, np.array([0.6, 0.4])
    _, gradient = donsker_varadhan(answers, one, share)
    for place in np.ndindex(answers.shape):
        step = np.zeros_like(answers)
        step[place] = 1e-6
        above, below = (donsker_varadhan(answers + sign * step, one, share)[0] for sign in (1, -1))
        assert gradient[place] == pytest.approx((above - below) / 2e-6, rel=1e-5)


def test_columns_that_tell_only_as_a_product_are_found():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(3000, 40))
    y = (X[:, 4] * X[:, 9] + X[:, 20] > 0).astype(int)
    scores = neural_information(normal_scores(X), y, seed=0)
    assert set(np.argsort(-scores)[:3]) == {4, 9, 20}
    assert 0 <= scores.min() <= scores.max() <= 1
