"""Held-out scores of models, by set of columns and size; what was judged once is kept on disk."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...data.atomic import write_bytes_whole
from ..elimination.elimination_path import digest
from ..models.booster import BoosterPlan
from ..models.cross_validation import CrossValidation
from ..models.fold_models import FoldModels
from ..trees.tree_sizes import TreeSizes

__all__ = ["CrossValidatedScorer", "CrossValidatedScores"]


@dataclass(frozen=True)
class CrossValidatedScores:
    """What the models of all folds showed.

    Parameters
    ----------
    scores : ndarray of float64, shape (n_folds,)
        Held-out average precision.
    margins : ndarray of float32, shape (n,)
        Held-out log-odds of every row.
    sizes
        Sizes of the trees of each fold.
    """

    scores: NDArray[np.float64]
    margins: NDArray[np.float32]
    sizes: tuple[TreeSizes, ...]


class CrossValidatedScorer:
    """Judge models on held-out subjects.

    Parameters
    ----------
    data
        Windows and folds.
    booster
        Gives the number of bins.
    folder
        Verdicts are kept in ``folder / "candidates"``; None keeps none.
    """

    def __init__(self, data: CrossValidation, booster: BoosterPlan, folder: Path | None = None) -> None:
        self._data = data
        self._booster = booster
        self._models: FoldModels | None = None
        self._folder = None if folder is None else folder / "candidates"
        tests = [test for _, test in data.folds]
        sizes = [len(test) for test in tests]
        self._key = digest(data.X, data.y, data.weight, np.concatenate(tests), sizes, booster.max_bin)

    def score(self, columns: NDArray[np.intp], plan: BoosterPlan) -> CrossValidatedScores:
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

    def _fit(self, columns: NDArray[np.intp], plan: BoosterPlan) -> CrossValidatedScores:
        from sklearn.metrics import average_precision_score

        data = self._data
        self._models = self._models or FoldModels(data, self._booster)
        models = self._models.fit(columns, plan=plan, trees=True)
        margins = np.zeros(len(data.y), np.float32)
        scores, sizes = [], []
        for (_, test), model in zip(data.folds, models, strict=True):
            margins[test] = model.margins
            score = average_precision_score(data.y[test], model.margins, sample_weight=data.weight[test])
            scores.append(score)
            assert model.sizes is not None
            sizes.append(model.sizes)
        return CrossValidatedScores(np.array(scores), margins, tuple(sizes))


def _write(file: Path, found: CrossValidatedScores) -> None:
    data = BytesIO()
    np.savez(data, scores=found.scores, margins=found.margins, sizes=np.array(found.sizes))
    write_bytes_whole(file, data.getvalue())


def _read(file: Path) -> CrossValidatedScores | None:
    """Read saved scores; a missing or damaged file counts as none."""
    try:
        with np.load(file, allow_pickle=False) as found:
            sizes = tuple(_sizes(row) for row in found["sizes"])
            return CrossValidatedScores(found["scores"], found["margins"], sizes)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def _sizes(row: NDArray[np.float64]) -> TreeSizes:
    trees, nodes, columns, levels, slots = (int(value) for value in row[:-1])
    return TreeSizes(trees, nodes, columns, levels, slots, float(row[-1]))
