"""Groups are put into the folds that scikit-learn chooses, in less time."""

from __future__ import annotations

import time
import warnings

import numpy as np
import pytest
from sklearn.model_selection import StratifiedGroupKFold

from tussis.selection.windows.stratified_groups import StratifiedGroups


def folds(
    kind: type[StratifiedGroupKFold], y: np.ndarray, groups: np.ndarray, n_splits: int
) -> list[list[int]]:
    splitter = kind(n_splits, shuffle=True, random_state=n_splits)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return [test.tolist() for _, test in splitter.split(y, y, groups)]


@pytest.mark.parametrize("n_splits", [2, 3, 5, 10])
@pytest.mark.parametrize("n_groups", [12, 60, 400])
@pytest.mark.parametrize("share", [0.05, 0.3, 0.9])
def test_folds_are_those_of_scikit_learn(n_splits: int, n_groups: int, share: float) -> None:
    draw = np.random.default_rng(n_groups)
    y = (draw.random(400) < share).astype(np.int8)
    y[:2] = 0, 1
    groups = draw.permutation(400) if n_groups == 400 else draw.integers(0, n_groups, 400)
    assert folds(StratifiedGroups, y, groups, n_splits) == folds(StratifiedGroupKFold, y, groups, n_splits)


def test_many_groups_take_a_part_of_the_time() -> None:
    """It would take as long if scikit-learn no longer called the method that is made faster."""
    y, taken_s = np.arange(2000) % 3 // 2, []
    for kind in (StratifiedGroupKFold, StratifiedGroups):
        start_s = time.thread_time()
        folds(kind, y, np.arange(2000), 5)
        taken_s.append(time.thread_time() - start_s)
    assert taken_s[1] < 0.5 * taken_s[0]
