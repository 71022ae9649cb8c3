"""Curves of an additive model are scored by what they give on rows that they were not fitted to."""

import numpy as np

from tussis.selection.importance.normal_scores import normal_scores
from tussis.selection.importance.spline_importance import spline_importance


def test_curves_of_any_shape_are_found_and_scored_by_their_spread():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 30))
    margin = 2.0 * X[:, 3] + 2.0 * (np.abs(X[:, 7]) > 0.7) + 0.7 * X[:, 11] - 1.0
    y = (rng.random(3000) < 1 / (1 + np.exp(-margin))).astype(int)
    rows = rng.permutation(3000)
    scores = spline_importance(normal_scores(X), y, np.ones(3000), rows[:2000], rows[2000:])
    assert np.argsort(-scores)[:3].tolist() == [3, 7, 11]
    true = 2.0 * np.sqrt(2 / np.pi)  # E|x| of a normal x; the penalty takes some
    assert 0.6 * true < scores[3] < 1.1 * true
    assert np.delete(scores, [3, 7, 11]).max() < 0.6 * scores[11]
