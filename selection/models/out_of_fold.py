"""Margins of windows by models that never heard their subject, and the model trained on all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...data.progress import Progress, silent
from ..trees.tree_ensemble import TreeEnsemble
from ..trees.tree_rounding import floor_to_half_keys, round_model
from ..trees.xgboost_reader import read_xgboost
from ..windows.chosen_rows import chosen_rows
from ..windows.dataset_features import WindowTable
from ..windows.folds import fold_numbers
from ..windows.row_file import Rows, row_blocks
from ..windows.window_targets import IGNORED
from .booster import BoosterPlan, booster_json, fit_booster, side_by_side
from .fitted_model import FittedModel

if TYPE_CHECKING:
    from xgboost import Booster

__all__ = ["Fit", "fit_out_of_fold"]

Fit = Callable[[Rows, NDArray[Any], NDArray[Any], BoosterPlan, NDArray[np.intp]], "Booster"]
"""What fits a model to values, targets and weights of some rows."""


@dataclass(frozen=True, eq=False)
class _FoldData:
    """What the fits of all folds share: values, target, weight and fold by row, and how to fit.

    The fold of rows that no fold holds out is -1.
    """

    X: Rows
    target: NDArray[np.int8]
    weight: NDArray[np.float32]
    fold: NDArray[np.int16]
    n_folds: int
    plan: BoosterPlan
    fit: Fit

    def fitted(self, rows: NDArray[np.bool_]) -> dict[str, Any]:
        """Fit a model to those of some rows that have a target; return it rounded."""
        known = np.flatnonzero(rows & (self.target != IGNORED))
        return round_model(booster_json(self.fit(self.X, self.target, self.weight, self.plan, known)))

    def answers(self, trees: TreeEnsemble, rows: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Give a model's margins of some rows."""
        parts = [trees.margin(self.X[block]) for block in row_blocks(np.flatnonzero(rows))]
        return np.concatenate([np.zeros(0, np.float32), *parts])


def _answer_fold(data: _FoldData, number: int) -> tuple[NDArray[np.float32], dict[str, Any] | None]:
    """Fit a model without a fold and return its margins of the rows held out.

    With the number after the last fold it is the model of all rows, which answers for those that no fold
    holds out, and is returned too.
    """
    document = data.fitted(data.fold != number)
    last = number == data.n_folds
    held_out = data.fold < 0 if last else data.fold == number
    return data.answers(read_xgboost(document), held_out), document if last else None


def fit_out_of_fold(
    table: WindowTable,
    support: NDArray[np.bool_],
    weight: NDArray[np.float32],
    plan: BoosterPlan,
    n_splits: int,
    *,
    source: str,
    fit: Fit = fit_booster,
    progress: Progress = silent,
) -> FittedModel:
    """Fit one model per fold and one on everything.

    Parameters
    ----------
    table
        All windows; those without a target are answered but not trained on. Those heard late are trained on
        like the others of their groups; folds are made, and scores counted, without them.
    support : ndarray of bool, shape (n_features,)
        Columns to use.
    weight : ndarray of float32, shape (n,)
        Sample weights; those of windows without a target are not used.
    plan
        Size and regularisation.
    n_splits
        Number of folds.
    source
        The dataset, for messages.
    fit
        Fits one model to values, targets and weights.
    progress
        Called after each fit.

    Raises
    ------
    InputError
        Too few subjects, or a fold with one class.
    """
    from sklearn.metrics import average_precision_score

    known = (table.target != IGNORED) & ~table.late
    number = fold_numbers(table.target[known], table.groups[known], n_splits, plan.seed, source=source)
    of_group = np.full(len(table.groups.known), -1, np.int16)
    of_group[table.groups.number[known]] = number
    fold = of_group[table.groups.number]
    margins, steps = np.zeros(len(fold), np.float32), int(number.max()) + 2
    # Thresholds then lie where the exporter needs half their bits; the rounded models answer for any values.
    with chosen_rows(table, support, floor_to_half_keys) as X:
        data = _FoldData(X, table.target, weight, fold, steps - 1, plan, fit)
        # The model of all rows beside those of the folds: five fits leave one of two workers idle at the end.
        answers = side_by_side(_answer_fold, data, [(k,) for k in range(steps)])
        document: dict[str, Any] | None = None
        for done, (found, fitted) in enumerate(answers):
            document = fitted
            progress("out-of-fold", done, steps)
            # Subjects without a single window that has a target are in no fold.
            margins[fold < 0 if done == steps - 1 else fold == done] = found
    assert document is not None
    progress("out-of-fold", steps, steps)
    return FittedModel(
        tuple(np.array(table.ids)[support].tolist()),
        read_xgboost(document, source=source),
        document,
        margins[~table.late],
        float(average_precision_score(table.target[known], margins[known], sample_weight=weight[known])),
    )
