"""The one way this project trains XGBoost: small, regularised, reproducible."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...data.workers import worked
from ..windows.row_file import Rows
from .row_batches import quantile_matrix

if TYPE_CHECKING:
    from xgboost import Booster

__all__ = ["BoosterPlan", "booster_json", "fit_booster", "gain_by_column", "side_by_side"]

N_THREADS = 1
"""XGBoost's order of float sums depends on its number of threads, and so do a model's bytes."""

N_FITS_AT_ONCE = 2
"""Whole fits run side by side instead, in threads: XGBoost lets go of Python while it trains."""


@dataclass(frozen=True)
class BoosterPlan:
    """Size and regularisation of a boosted-tree classifier; names are XGBoost's.

    Parameters
    ----------
    n_trees, max_depth
        What the device pays for: comparisons per window and flash.
    max_leaves
        Most leaves of a tree, which then splits where the loss falls most, as deep as `max_depth`; 0: level
        by level. At the same flash uneven trees decide better and take more comparisons.
    learning_rate
        Shrinkage of each tree.
    min_child_weight
        Least sum of hessians in a leaf, with sample weights of mean 1.
    subsample, colsample_bynode
        Shares of rows per tree and of features per split.
    reg_lambda, gamma
        L2 penalty on leaves and least loss reduction of a split.
    max_bin
        Histogram bins per feature.
    seed
        Seed of the random samples of rows and columns.
    """

    n_trees: int = 60
    max_depth: int = 4
    learning_rate: float = 0.15
    min_child_weight: float = 8.0
    subsample: float = 0.7
    colsample_bynode: float = 0.3
    reg_lambda: float = 2.0
    gamma: float = 0.0
    max_bin: int = 64
    seed: int = 0
    max_leaves: int = 0

    def parameters(self) -> dict[str, Any]:
        """Render for ``xgboost.train``."""
        uneven = {"grow_policy": "lossguide", "max_leaves": self.max_leaves} if self.max_leaves else {}
        return uneven | {
            "objective": "binary:logistic",
            "base_score": 0.5,  # explicit: m2cgen and others fail on an estimated one
            "tree_method": "hist",
            "max_depth": self.max_depth,
            "learning_rate": self.learning_rate,
            "min_child_weight": self.min_child_weight,
            "subsample": self.subsample,
            "colsample_bynode": self.colsample_bynode,
            "reg_lambda": self.reg_lambda,
            "gamma": self.gamma,
            "max_bin": self.max_bin,
            "seed": self.seed,
            "nthread": N_THREADS,
            "verbosity": 0,
        }


def fit_booster(
    X: Rows,
    y: NDArray[Any],
    weight: NDArray[Any] | None,
    plan: BoosterPlan,
    rows: NDArray[np.intp] | None = None,
) -> Booster:
    """Train a classifier.

    Parameters
    ----------
    X : ndarray of float32 or RowFile, shape (n, n_features)
        Feature values.
    y : ndarray, shape (n,)
        1 for a cough, 0 for none.
    weight : ndarray, shape (n,), optional
        Sample weights.
    plan
        Size and regularisation.
    rows : ndarray of int, optional
        Rows to train on; None takes all.

    Returns
    -------
    xgboost.Booster
    """
    import xgboost

    with quantile_matrix(X, y, weight, rows, max_bin=plan.max_bin, threads=N_THREADS) as matrix:
        return xgboost.train(plan.parameters(), matrix, num_boost_round=plan.n_trees)


def side_by_side(
    function: Callable[..., Any], shared: Any, tasks: Sequence[tuple[Any, ...]], stage: str = "fits"
) -> Iterator[Any]:
    """Call a function that fits, with what all fits share and for every task, and yield results in order.

    Two at a time where nobody asked for another number: see `tussis.data.workers.worked`.
    """
    yield from worked(function, tasks, N_FITS_AT_ONCE, shared=shared, threads=True, stage=stage)


def booster_json(booster: Booster) -> dict[str, Any]:
    """Parse XGBoost's own JSON model, as the detector file holds it."""
    document: dict[str, Any] = json.loads(bytes(booster.save_raw("json")))
    return document


def gain_by_column(booster: Booster, n_features: int) -> NDArray[np.float64]:
    """Total loss reduction by each column's splits, normalised to sum 1; zeros where nothing was split."""
    gains = np.zeros(n_features)
    for name, gain in booster.get_score(importance_type="total_gain").items():
        gains[int(name.removeprefix("f"))] = float(np.asarray(gain).sum())
    total = gains.sum()
    return gains / total if total else gains
