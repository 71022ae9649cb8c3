"""A detector of one modality to choose from, what it costs, and what it may cost."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..models.booster import BoosterPlan
from ..trees.tree_sizes import TreeSizes

__all__ = ["Candidate", "model_plan"]


@dataclass(frozen=True)
class Candidate:
    """One detector of a modality.

    Parameters
    ----------
    columns : ndarray of int, shape (n_features,)
        Columns of the table, ascending.
    plan
        Plan of the model.
    scores : ndarray of float64, shape (n_folds,)
        Held-out average precision.
    margins : ndarray of float32, shape (n,)
        Held-out log-odds of every row.
    sizes
        Sizes of the trees of the most expensive fold.
    cycles_per_second, flash_bytes, ram_bytes
        Predicted cost; bytes without the image's base.
    """

    columns: NDArray[np.intp]
    plan: BoosterPlan
    scores: NDArray[np.float64]
    margins: NDArray[np.float32]
    sizes: TreeSizes
    cycles_per_second: float
    flash_bytes: float
    ram_bytes: float

    @property
    def score(self) -> float:
        """Mean held-out average precision."""
        return float(self.scores.mean())


def model_plan(booster: BoosterPlan, n_trees: int, max_depth: int) -> BoosterPlan:
    """Resize a model; the product of learning rate and number of trees is kept, within 0.05 to 0.4."""
    rate = booster.learning_rate * booster.n_trees / n_trees
    return replace(
        booster, n_trees=n_trees, max_depth=max_depth, learning_rate=float(np.clip(rate, 0.05, 0.4))
    )
