"""Held-out scores of models, by set of columns and size; what was judged once is kept on disk."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...data.atomic import write_bytes_whole
from ..elimination.elimination_path import digest
from ..models.average_precision import average_precision
from ..models.booster import BoosterPlan
from ..models.cross_validation import CrossValidation
from ..models.fold_models import FoldModels
from ..trees.tree_sizes import TreeSizes

__all__ = ["CrossValidatedScorer", "CrossValidatedScores", "FoldScore"]


@dataclass(frozen=True)
class FoldScore:
    """What the model of one fold showed.

    Parameters
    ----------
    fold
        Number of the fold.
    score
        Held-out average precision.
    margins : ndarray of float32, shape (n_test,)
        Held-out log-odds.
    sizes
        Sizes of the trees.
    """

    fold: int
    score: float
    margins: NDArray[np.float32]
    sizes: TreeSizes


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

    Attributes
    ----------
    fits
        Models fitted so far.
    """

    def __init__(self, data: CrossValidation, booster: BoosterPlan, folder: Path | None = None) -> None:
        self._data = data
        self._booster = booster
        self._models: FoldModels | None = None
        self.fits = 0
        self._folder = None if folder is None else folder / "candidates"
        tests = [test for _, test in data.folds]
        sizes = [len(test) for test in tests]
        self._key = digest(data.X, data.y, data.weight, np.concatenate(tests), sizes, booster.max_bin)

    def score(self, columns: NDArray[np.intp], plan: BoosterPlan) -> CrossValidatedScores:
        """Fit one model per fold, unless that was done before, and score its held-out rows."""
        found = self.folds([(columns, plan, fold) for fold in range(self.n_folds)])
        scores, margins = self.joined(found)
        return CrossValidatedScores(scores, margins, tuple(one.sizes for one in found))

    @property
    def n_folds(self) -> int:
        """Number of folds."""
        return len(self._data.folds)

    def folds(self, tasks: Sequence[tuple[NDArray[np.intp], BoosterPlan, int]]) -> list[FoldScore]:
        """Fit models of single folds, unless that was done before, all at once.

        Parameters
        ----------
        tasks
            Columns, model and fold of each; who comes first is begun first.
        """
        files = [self._fold_file(*task) for task in tasks]
        known = [
            None if file is None else _read_fold(file, task[2])
            for file, task in zip(files, tasks, strict=True)
        ]
        fitted = self._fitted([task for task, one in zip(tasks, known, strict=True) if one is None])
        found = []
        for file, one in zip(files, known, strict=True):
            if one is None:
                one = next(fitted)
                if file is not None:
                    _write_fold(file, one)
            found.append(one)
        return found

    def joined(self, found: Sequence[FoldScore]) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Join what was found on folds: scores by fold, and the margins of every row."""
        margins = np.zeros(len(self._data.y), np.float32)
        for one in found:
            margins[self._data.folds[one.fold][1]] = one.margins
        return np.array([one.score for one in found]), margins

    def _fold_file(self, columns: NDArray[np.intp], plan: BoosterPlan, fold: int) -> Path | None:
        if self._folder is None:
            return None
        return self._folder / f"{digest(self._key, columns, plan, fold)[:32]}.npz"

    def _fitted(self, tasks: Sequence[tuple[NDArray[np.intp], BoosterPlan, int]]) -> Iterator[FoldScore]:
        data = self._data
        self._models = self._models or FoldModels(data, self._booster)
        self.fits += len(tasks)
        for (_, _, fold), model in zip(tasks, self._models.fit_folds(tasks), strict=True):
            test = data.folds[fold][1]
            assert model.sizes is not None
            score = average_precision(data.y[test], model.margins, data.weight[test])
            yield FoldScore(fold, score, model.margins, model.sizes)


def _write_fold(file: Path, found: FoldScore) -> None:
    data = BytesIO()
    np.savez(data, score=found.score, margins=found.margins, sizes=np.array(found.sizes))
    write_bytes_whole(file, data.getvalue())


def _read_fold(file: Path, fold: int) -> FoldScore | None:
    """Read a saved score; a missing or damaged file counts as none."""
    try:
        with np.load(file, allow_pickle=False) as found:
            return FoldScore(fold, float(found["score"]), found["margins"], _sizes(found["sizes"]))
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def _sizes(row: NDArray[np.float64]) -> TreeSizes:
    trees, nodes, columns, levels, slots = (int(value) for value in row[:-1])
    return TreeSizes(trees, nodes, columns, levels, slots, float(row[-1]))
