"""Margins of windows by models that never heard their subject, and the model trained on all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...data.progress import Progress, silent
from ..trees.tree_rounding import floor_to_half_keys, round_model
from ..trees.xgboost_reader import read_xgboost
from ..windows.dataset_features import WindowTable
from ..windows.folds import grouped_folds
from ..windows.window_targets import IGNORED
from .booster import BoosterPlan, booster_json, fit_booster, side_by_side
from .fitted_model import FittedModel

if TYPE_CHECKING:
    from xgboost import Booster

__all__ = ["Fit", "fit_out_of_fold"]

Fit = Callable[[NDArray[np.float32], NDArray[Any], NDArray[Any], BoosterPlan, NDArray[np.intp]], "Booster"]
"""What fits a model to values, targets and weights of some rows."""


@dataclass(frozen=True, eq=False)
class _FoldData:
    """What the fits of all folds share: values, targets and weights by row, the plan, and what fits."""

    X: NDArray[np.float32]
    target: NDArray[np.int8]
    weight: NDArray[np.float32]
    plan: BoosterPlan
    fit: Fit


def _answer_fold(data: _FoldData, rows: NDArray[np.intp], held_out: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Fit a model to some rows and return its margins of those held out."""
    model = data.fit(data.X, data.target, data.weight, data.plan, rows)
    return read_xgboost(round_model(booster_json(model))).margin(data.X[held_out])


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
        All windows; those without a target are answered but not trained on.
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

    # Thresholds then lie where the exporter needs half their bits; the rounded models answer for any values.
    X = floor_to_half_keys(table.columns(support))
    known = np.flatnonzero(table.target != IGNORED)
    y = table.target[known]
    folds = grouped_folds(y, table.group[known], n_splits, plan.seed, source=source)
    margins = np.zeros(len(X), np.float32)
    answered = np.zeros(len(X), np.bool_)

    parts = [(known[train], np.isin(table.group, table.group[known[test]])) for train, test in folds]
    data = _FoldData(X, table.target, weight, plan, fit)
    for number, found in enumerate(side_by_side(_answer_fold, data, parts)):
        progress("out-of-fold", number, len(folds) + 1)
        held_out = parts[number][1]
        margins[held_out] = found
        answered |= held_out
    progress("out-of-fold", len(folds), len(folds) + 1)
    document = round_model(booster_json(fit(X, table.target, weight, plan, known)))
    trees = read_xgboost(document, source=source)
    if not answered.all():  # subjects without a single window that has a target
        margins[~answered] = trees.margin(X[~answered])
    progress("out-of-fold", len(folds) + 1, len(folds) + 1)
    return FittedModel(
        tuple(np.array(table.ids)[support].tolist()),
        trees,
        document,
        margins,
        float(average_precision_score(y, margins[known], sample_weight=weight[known])),
    )
