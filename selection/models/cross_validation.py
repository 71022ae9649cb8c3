"""The data of a cross-validation by subject: what fold models, rankings and searches are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..windows.folds import Fold, grouped_folds

__all__ = ["CrossValidation"]


@dataclass(frozen=True)
class CrossValidation:
    """Windows with their target, weight and subject, and how subjects are held out.

    Parameters
    ----------
    X : ndarray of float32, shape (n, n_columns)
        Feature values; NaN is a missing one.
    y : ndarray, shape (n,)
        1 for a cough, 0 for none.
    weight : ndarray of float32, shape (n,)
        Sample weights, in training and in scores.
    groups : ndarray, shape (n,)
        Subject of each row.
    n_splits
        Folds wanted; no more than there are subjects with coughs are made.
    seed
        Seed of the folds, and of whatever is drawn for them.
    source
        What to name in an error about the data.
    folds
        Rows to train on and to test on; where none are given, `tussis.selection.windows.folds.grouped_folds`.

    Raises
    ------
    InputError
        Too few subjects, or a fold with one class.
    """

    X: NDArray[np.float32]
    y: NDArray[Any]
    weight: NDArray[np.float32]
    groups: NDArray[Any]
    n_splits: int = 5
    seed: int = 0
    source: str = "dataset"
    folds: Sequence[Fold] = ()

    def __post_init__(self) -> None:
        if not self.folds:
            folds = grouped_folds(self.y, self.groups, self.n_splits, self.seed, source=self.source)
            object.__setattr__(self, "folds", folds)
