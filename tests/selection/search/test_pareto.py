"""The interval of an average precision over subjects."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from tussis.selection.search import pareto
from tussis.selection.search.pareto import subject_interval


def rows(seed: int, n: int = 400, subjects: int = 6):
    rng = np.random.default_rng(seed)
    y = rng.random(n) < 0.3
    margins = (rng.normal(size=n) + y).round(1).astype(np.float32)  # many are equal
    return y, margins, rng.random(n).astype(np.float32), rng.integers(0, subjects, n)


def by_scikit_learn(y, margins, weight, groups, seed):
    """The same resamples, each row written out, judged by scikit-learn."""
    names, which = np.unique(groups, return_inverse=True)
    draw = np.random.default_rng([9, seed])
    found = []
    for _ in range(pareto.N_RESAMPLES):
        drawn = np.bincount(draw.integers(0, len(names), len(names)), minlength=len(names))[which]
        if len(np.unique(y[drawn > 0])) == 2:
            found.append(average_precision_score(y, margins, sample_weight=weight * drawn))
    return tuple(np.quantile(found, [0.025, 0.975]))


@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_quantiles_of_scikit_learns_average_precision(seed):
    judged = rows(seed)
    assert subject_interval(*judged, seed=seed) == pytest.approx(by_scikit_learn(*judged, seed), rel=1e-9)


def test_subjects_without_a_positive_window_do_not_spoil_it():
    y, margins, weight, groups = rows(1, subjects=3)
    y &= groups == 0
    low, high = subject_interval(y, margins, weight, groups)
    assert 0 < low <= high <= 1
    assert (low, high) == pytest.approx(by_scikit_learn(y, margins, weight, groups, 0), rel=1e-9)
