"""Models of all folds from one binned matrix: columns are binned once, and a step's matrix serves each fold.

A fold's held-out rows stay in the matrix with a weight of zero: they shape no tree, and their margins come
out of XGBoost's prediction cache as it trains. Bin edges are quantiles of all rows, held-out ones included;
they know nothing of the classes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .booster import N_THREADS, BoosterPlan, booster_json, gain_by_column, side_by_side
from .folds import Fold
from .tree_costs import TreeSizes, tree_sizes
from .tree_model import read_xgboost

if TYPE_CHECKING:
    from xgboost import Booster, QuantileDMatrix

__all__ = ["FoldModel", "FoldModels", "bin_columns"]


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
        Of the trees, where asked for.
    """

    margins: NDArray[np.float32]
    gains: NDArray[np.float64]
    contributions: NDArray[np.float64] | None = None
    sizes: TreeSizes | None = None


def bin_columns(X: NDArray[np.float32], max_bin: int) -> NDArray[np.float32]:
    """Replace each value by the number of its quantile bin; NaN stays NaN.

    Parameters
    ----------
    X : ndarray of float32, shape (n, n_columns)
        Values.
    max_bin
        Most bins of a column.

    Returns
    -------
    ndarray of float32, shape (n, n_columns), Fortran order
        Bin numbers; columns of few values have a bin for each.
    """
    binned = np.empty(X.shape, np.float32, order="F")
    shares = np.arange(1, max_bin) / max_bin
    for number, column in enumerate(X.T):
        known = column[~np.isnan(column)]
        values = np.unique(known)
        edges = values if len(values) <= max_bin else np.unique(np.quantile(known, shares, method="lower"))
        codes = np.searchsorted(edges, column, side="left").astype(np.float32)
        codes[np.isnan(column)] = np.nan
        binned[:, number] = codes
    return binned


class FoldModels:
    """Fit one model per fold on any subset of columns of one table.

    Parameters
    ----------
    X : ndarray of float32, shape (n, n_columns)
        Values; binned once, here.
    y : ndarray, shape (n,)
        1 for a cough, 0 for none.
    weight : ndarray of float32, shape (n,)
        Sample weights.
    folds
        Rows to train on and to test on.
    plan
        Size and regularisation of the models.
    """

    def __init__(
        self,
        X: NDArray[np.float32],
        y: NDArray[Any],
        weight: NDArray[np.float32],
        folds: Sequence[Fold],
        plan: BoosterPlan,
    ) -> None:
        self._binned = bin_columns(X, plan.max_bin)
        self._y = np.asarray(y, np.float32)
        self._weight = np.asarray(weight, np.float32)
        self._folds = folds
        self._plan = plan

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
            Of the table.
        plan
            Another model than the one given at first; its number of bins is not used.
        contributions
            Whether to compute SHAP values.
        trees
            Whether to measure the trees.
        """
        import xgboost

        plan = plan or self._plan

        chosen = self._binned[:, columns]
        idle: SimpleQueue[QuantileDMatrix] = SimpleQueue()  # of equal matrices: one for each fit at a time

        def fit_fold(fold: Fold) -> FoldModel:
            try:
                matrix = idle.get_nowait()
            except Empty:
                matrix = self._matrix(chosen)
            model, margins = self._train(matrix, fold[0], plan)
            idle.put(matrix)
            shares = None
            if contributions:
                held_out = xgboost.DMatrix(chosen[fold[1]], nthread=N_THREADS)
                values = np.abs(model.predict(held_out, pred_contribs=True)[:, :-1])
                shares = np.average(values, axis=0, weights=self._weight[fold[1]])
            sizes = tree_sizes(read_xgboost(booster_json(model))) if trees else None
            return FoldModel(margins[fold[1]], gain_by_column(model, len(columns)), shares, sizes)

        yield from side_by_side(fit_fold, self._folds)

    def fit_one(self, columns: NDArray[np.intp], number: int) -> FoldModel:
        """Fit the model of one fold alone, on columns chosen for it."""
        rows, test = self._folds[number]
        model, margins = self._train(self._matrix(self._binned[:, columns]), rows, self._plan)
        return FoldModel(margins[test], gain_by_column(model, len(columns)))

    def _matrix(self, columns: NDArray[np.float32]) -> QuantileDMatrix:
        import xgboost

        return xgboost.QuantileDMatrix(columns, self._y, max_bin=self._plan.max_bin, nthread=N_THREADS)

    def _train(
        self, matrix: QuantileDMatrix, rows: NDArray[np.intp], plan: BoosterPlan
    ) -> tuple[Booster, NDArray[np.float32]]:
        import xgboost

        weight = np.zeros(len(self._y), np.float32)
        weight[rows] = self._weight[rows]
        matrix.set_weight(weight)
        bins = {"max_bin": self._plan.max_bin, "disable_default_eval_metric": True}
        model = xgboost.train(plan.parameters() | bins, matrix, plan.n_trees)
        margins: NDArray[np.float32] = model.predict(matrix, output_margin=True)
        return model, margins
