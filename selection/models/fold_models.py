"""Models of all folds from one binned table: a step's matrix serves each fold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..trees.tree_sizes import TreeSizes, tree_sizes
from ..trees.xgboost_reader import read_xgboost
from ..windows.folds import Fold
from .binned_folds import BinnedFolds
from .binned_table import MatrixPool
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
        import xgboost

        plan = plan or self._plan
        matrices = MatrixPool(self._table, columns)

        def fit_fold(fold: Fold) -> FoldModel:
            with matrices.one() as matrix:
                model, margins = self._margins(matrix, fold[0], plan)
            shares = None
            if contributions:
                held_out = xgboost.DMatrix(self._table.codes(fold[1], columns), nthread=N_THREADS)
                values = np.abs(model.predict(held_out, pred_contribs=True)[:, :-1])
                shares = np.average(values, axis=0, weights=self._weight[fold[1]])
            sizes = tree_sizes(read_xgboost(booster_json(model))) if trees else None
            return FoldModel(margins[fold[1]], gain_by_column(model, len(columns)), shares, sizes)

        yield from side_by_side(fit_fold, self._folds)

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
