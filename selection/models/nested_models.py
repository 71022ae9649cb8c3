"""Models of all folds along a path of ever fewer columns, where trees that lose no column stay.

Most trees never ask for the few weak columns that a step drops. They stand; only the others are grown again,
on what the standing ones leave unexplained (XGBoost's base margin). A fold's model is at every point one of
the planned number of trees that asks only for columns left and never learned from a held-out row, at a
fraction of the price of growing all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .binned_folds import BinnedFolds
from .booster import BoosterPlan, booster_json, side_by_side
from .cross_validation import CrossValidation
from .fold_models import FoldModel

if TYPE_CHECKING:
    from xgboost import Booster, QuantileDMatrix

__all__ = ["NestedModels"]

LEAVES_AT_ONCE = 1 << 22
"""Leaves that are asked for together, in whole trees: XGBoost gives four bytes for each row and tree.

To ask for few trees means to slice the model, and XGBoost spreads out every row again for each slice.
"""

LEAST_TREES_AT_ONCE = 8


@dataclass(frozen=True)
class _Tree:
    """One standing tree.

    Parameters
    ----------
    gains
        Loss reduction by column of the table that it asks for.
    node : ndarray of unsigned int, shape (n,)
        Leaf of every row.
    value : ndarray of float32, shape (n_nodes,)
        Log-odds of the leaves.
    """

    gains: dict[int, float]
    node: NDArray[Any]
    value: NDArray[np.float32]


class NestedModels(BinnedFolds):
    """Fit models of all folds on one set of columns after another, each a subset of the one before."""

    def __init__(self, data: CrossValidation, plan: BoosterPlan) -> None:
        super().__init__(data, plan)
        self._standing: list[list[_Tree]] = [[] for _ in data.folds]

    def fit(self, columns: NDArray[np.intp], seed: int, *, afresh: bool = False) -> Iterator[FoldModel]:
        """Yield the model of each fold, in order.

        Parameters
        ----------
        columns : ndarray of int, shape (n_chosen,)
            Columns of the table to use.
        seed
            Seed of the samples of rows and columns of the new trees.
        afresh
            Whether to fell all standing trees first.
        """
        kept = set(columns.tolist())
        standing = [
            [] if afresh else [tree for tree in trees if tree.gains.keys() <= kept]
            for trees in self._standing
        ]
        place = np.full(max(kept) + 1, -1)
        place[columns] = np.arange(len(columns))
        tasks = [(number, columns, seed, trees) for number, trees in enumerate(standing)]
        for number, new in enumerate(side_by_side(_grow_fold, self, tasks)):
            trees = self._standing[number] = [*standing[number], *new]
            gains = np.zeros(len(columns))
            for tree in trees:
                gains[place[list(tree.gains)]] += list(tree.gains.values())
            yield FoldModel(_margins(trees, self._folds[number][1]), gains / (gains.sum() or 1.0))

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the standing trees: a task brings those that it builds on."""
        return {**super().__getstate__(), "_standing": []}

    def grown(
        self, number: int, columns: NDArray[np.intp], seed: int, standing: Sequence[_Tree]
    ) -> list[_Tree]:
        """Grow the trees of a fold that are missing beside those that stand."""
        plan = replace(self._plan, n_trees=self._plan.n_trees - len(standing), seed=seed)
        if not plan.n_trees:
            return []
        margins = _margins(standing, slice(0, len(self._table)))
        with self._matrices(columns).one() as matrix:
            model = self._train(matrix, self._folds[number][0], plan, margins)
            return list(_trees(model, matrix, columns))


def _grow_fold(models: NestedModels, *task: Any) -> list[_Tree]:
    return models.grown(*task)


def _margins(trees: Sequence[_Tree], rows: NDArray[np.intp] | slice) -> NDArray[np.float32]:
    """Log-odds of some rows: a sum in the order of the trees."""
    total = np.zeros(rows.stop if isinstance(rows, slice) else len(rows), np.float32)
    for tree in trees:
        total += tree.value[tree.node[rows]]
    return total


def _trees(model: Booster, matrix: QuantileDMatrix, columns: NDArray[np.intp]) -> Iterator[_Tree]:
    """Read what is needed of a model's trees; its columns are numbered again."""
    document = booster_json(model)["learner"]["gradient_booster"]["model"]["trees"]
    at_once = max(LEAVES_AT_ONCE // matrix.num_row(), LEAST_TREES_AT_ONCE)
    for number, tree in enumerate(document):
        if number % at_once == 0:
            end = min(number + at_once, len(document))
            few = model if end - number == len(document) else model[number:end]
            leaves = few.predict(matrix, pred_leaf=True).reshape(matrix.num_row(), -1)
        value = np.array(tree["split_conditions"], np.float32)  # of a leaf: its log-odds
        gains: dict[int, float] = {}
        rows = zip(tree["left_children"], tree["split_indices"], tree["loss_changes"], strict=True)
        for left, column, gain in rows:
            if left >= 0:
                asked = int(columns[column])
                gains[asked] = gains.get(asked, 0.0) + gain
        node = leaves[:, number % at_once].astype(np.min_scalar_type(len(value)))
        yield _Tree(gains, node, value)
