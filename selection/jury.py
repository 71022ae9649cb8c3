"""Held-out scores of models, by set of columns and size; what was judged once is kept on disk."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.atomic import write_bytes_whole
from .booster import BoosterPlan
from .elimination_path import digest
from .fold_models import FoldModels
from .folds import Fold
from .tree_costs import TreeSizes

__all__ = ["Jury", "Verdict"]


@dataclass(frozen=True)
class Verdict:
    """What the models of all folds showed.

    Parameters
    ----------
    scores : ndarray of float64, shape (n_folds,)
        Held-out average precision.
    margins : ndarray of float32, shape (n,)
        Held-out log-odds of every row.
    sizes
        Of each fold's trees.
    """

    scores: NDArray[np.float64]
    margins: NDArray[np.float32]
    sizes: tuple[TreeSizes, ...]


class Jury:
    """Judge models on held-out subjects.

    Parameters
    ----------
    X : ndarray of float32, shape (n, n_columns)
        Values.
    y, weight : ndarray, shape (n,)
        Target (0, 1) and sample weight.
    folds
        Of whole subjects.
    booster
        Gives the number of bins.
    folder
        Verdicts are kept in ``folder / "candidates"``; None keeps none.
    """

    def __init__(
        self,
        X: NDArray[np.float32],
        y: NDArray[Any],
        weight: NDArray[np.float32],
        folds: Sequence[Fold],
        booster: BoosterPlan,
        folder: Path | None = None,
    ) -> None:
        self._data = (X, y, weight, folds, booster)
        self._models: FoldModels | None = None
        self._folder = None if folder is None else folder / "candidates"
        tests = np.concatenate([test for _, test in folds])
        self._key = digest(X, y, weight, tests, [len(test) for _, test in folds], booster.max_bin)

    def judge(self, columns: NDArray[np.intp], plan: BoosterPlan) -> Verdict:
        """Fit one model per fold, unless that was done before, and score its held-out rows."""
        file = None
        if self._folder is not None:
            file = self._folder / f"{digest(self._key, columns, plan)[:32]}.npz"
            if (known := _read(file)) is not None:
                return known
        found = self._fit(columns, plan)
        if file is not None:
            _write(file, found)
        return found

    def _fit(self, columns: NDArray[np.intp], plan: BoosterPlan) -> Verdict:
        from sklearn.metrics import average_precision_score

        X, y, weight, folds, booster = self._data
        self._models = self._models or FoldModels(X, y, weight, folds, booster)
        margins = np.zeros(len(y), np.float32)
        scores, sizes = [], []
        for (_, test), model in zip(folds, self._models.fit(columns, plan=plan, trees=True), strict=True):
            margins[test] = model.margins
            scores.append(average_precision_score(y[test], model.margins, sample_weight=weight[test]))
            assert model.sizes is not None
            sizes.append(model.sizes)
        return Verdict(np.array(scores), margins, tuple(sizes))


def _write(file: Path, verdict: Verdict) -> None:
    data = BytesIO()
    np.savez(data, scores=verdict.scores, margins=verdict.margins, sizes=np.array(verdict.sizes))
    write_bytes_whole(file, data.getvalue())


def _read(file: Path) -> Verdict | None:
    """Read a verdict; a missing or damaged file counts as none."""
    try:
        with np.load(file, allow_pickle=False) as found:
            sizes = tuple(_sizes(row) for row in found["sizes"])
            return Verdict(found["scores"], found["margins"], sizes)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def _sizes(row: NDArray[np.float64]) -> TreeSizes:
    trees, nodes, columns, levels, slots = (int(value) for value in row[:-1])
    return TreeSizes(trees, nodes, columns, levels, slots, float(row[-1]))
