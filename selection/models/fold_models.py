"""Models of all folds from one binned table: a step's matrix serves each fold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..trees.tree_sizes import TreeSizes, tree_sizes
from ..trees.xgboost_reader import read_xgboost
from .binned_folds import BinnedFolds
from .booster import N_THREADS, BoosterPlan, booster_json, gain_by_column, side_by_side

if TYPE_CHECKING:
    from xgboost import Booster, QuantileDMatrix

__all__ = ["FoldModel", "FoldModels"]


@dataclass(frozen=True)
class FoldModel:
    """What one fold's model says.

    Parameters
    ----------
    margins : ndarray of float32, shape (n_test,)
        Log-odds of the held-out rows.
    gains : ndarray of float64, shape (n_columns,)
        Share of the loss reduction by column.
    contributions : ndarray of float64, shape (n_columns,), or None
        Mean absolute SHAP value over the held-out rows, where asked for.
    sizes
        Sizes of the trees, where they were asked for.
    """

    margins: NDArray[np.float32]
    gains: NDArray[np.float64]
    contributions: NDArray[np.float64] | None = None
    sizes: TreeSizes | None = None


class FoldModels(BinnedFolds):
    """Fit one model per fold on any subset of columns of one table."""

    def fit(
        self,
        columns: NDArray[np.intp],
        *,
        plan: BoosterPlan | None = None,
        contributions: bool = False,
        trees: bool = False,
    ) -> Iterator[FoldModel]:
        """Yield the model of each fold, in order, trained on `columns` only.

        Parameters
        ----------
        columns : ndarray of int, shape (n_chosen,)
            Columns of the table to use.
        plan
            Another model than the one given at first; its number of bins is not used.
        contributions
            Whether to compute SHAP values.
        trees
            Whether to measure the trees.
        """
        plan = plan or self._plan
        tasks = [(number, columns, plan, contributions, trees) for number in range(len(self._folds))]
        yield from side_by_side(_fit_fold, self, tasks)

    def fit_folds(self, tasks: Sequence[tuple[NDArray[np.intp], BoosterPlan, int]]) -> Iterator[FoldModel]:
        """Yield models of single folds, each on columns and with a plan of its own, with the sizes of trees.

        Parameters
        ----------
        tasks
            Columns, plan and number of the fold of each model.
        """
        rows = [(number, columns, plan, False, True) for columns, plan, number in tasks]
        yield from side_by_side(_fit_fold, self, rows)

    def fit_one(self, columns: NDArray[np.intp], number: int) -> FoldModel:
        """Fit the model of one fold alone, on columns chosen for it."""
        rows, test = self._folds[number]
        model, margins = self._margins(self._table.matrix(columns), rows, self._plan)
        return FoldModel(margins[test], gain_by_column(model, len(columns)))

    def _margins(
        self, matrix: QuantileDMatrix, rows: NDArray[np.intp], plan: BoosterPlan
    ) -> tuple[Booster, NDArray[np.float32]]:
        """Train on some rows; return the model and its log-odds of all."""
        model = self._train(matrix, rows, replace(plan, max_bin=self._plan.max_bin))
        margins: NDArray[np.float32] = model.predict(matrix, output_margin=True)
        return model, margins

    def fold(
        self, number: int, columns: NDArray[np.intp], plan: BoosterPlan, contributions: bool, trees: bool
    ) -> FoldModel:
        """Fit the model of one fold as `fit` does."""
        import xgboost

        rows, test = self._folds[number]
        with self._matrices(columns).one() as matrix:
            model, margins = self._margins(matrix, rows, plan)
        shares = None
        if contributions:
            held_out = xgboost.DMatrix(self._table.codes(test, columns), nthread=N_THREADS)
            values = np.abs(model.predict(held_out, pred_contribs=True)[:, :-1])
            shares = np.average(values, axis=0, weights=self._weight[test])
        sizes = tree_sizes(read_xgboost(booster_json(model))) if trees else None
        return FoldModel(margins[test], gain_by_column(model, len(columns)), shares, sizes)


def _fit_fold(models: FoldModels, *task: Any) -> FoldModel:
    return models.fold(*task)
