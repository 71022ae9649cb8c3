"""Learning from recordings that nobody labelled: confident windows, kept only if held-out scores rise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.progress import Progress, silent
from ..models.booster import booster_json, fit_booster, side_by_side
from ..models.fitted_model import FittedModel
from ..trees.tree_ensemble import TreeEnsemble
from ..trees.tree_rounding import floor_to_half_keys, round_model
from ..trees.xgboost_reader import read_xgboost
from ..windows.dataset_features import DatasetFeatures, WindowTable, dataset_features
from ..windows.folds import Fold, grouped_folds
from ..windows.window_targets import IGNORED
from .known_windows import table_weights
from .training_plan import TrainingPlan

__all__ = ["UnlabelledTrial", "learned_from_unlabelled"]

CONFIDENT = 0.98
"""A window at or above this probability is taken for a cough, one at or below its complement for none."""

WEIGHT_SHARE = 0.2
"""Weight of all confident windows together, as a share of that of the labelled ones."""

MIN_GAIN = 0.0005
"""Average precision has to rise by this much: less is noise between two fits."""


@dataclass(frozen=True)
class UnlabelledTrial:
    """What learning from unlabelled recordings gave.

    Parameters
    ----------
    recordings, windows, confident, coughs
        Recordings, their windows, how many of these were confident, and how many of those coughs.
    before, after
        Held-out average precision on the labelled windows without and with them.
    """

    recordings: int
    windows: int
    confident: int
    coughs: int
    before: float
    after: float

    @property
    def kept(self) -> bool:
        """Whether the model that learned from them is the better one."""
        return self.after > self.before + MIN_GAIN

    def as_dict(self) -> dict[str, int | float | bool]:
        """Render for the detector's provenance."""
        return {**self.__dict__, "kept": self.kept}


def learned_from_unlabelled(
    data: DatasetFeatures,
    fitted: FittedModel,
    unlabelled: str | PathLike[str],
    plan: TrainingPlan,
    folder: Path,
    progress: Progress = silent,
) -> tuple[FittedModel, UnlabelledTrial]:
    """Fit the audio model again with the confident windows of unlabelled recordings (self-training).

    Each fold labels the windows with its own model, so that no held-out subject has a part in what its fold
    learns (D.-H. Lee, "Pseudo-label", ICML workshop, 2013).

    Parameters
    ----------
    data, fitted
        Labelled dataset and the audio model trained on it.
    unlabelled
        Recordings whose labels, if they have any, are passed over.
    plan
        Plan of the training.
    folder
        Cache folder.
    progress
        Called after each fit.

    Returns
    -------
    FittedModel
        The better of both models.
    UnlabelledTrial
        What the comparison gave.

    Raises
    ------
    InputError
        No recording in `unlabelled` can be read.
    """
    from sklearn.metrics import average_precision_score

    table = data.table("audio")
    support = np.isin(table.ids, fitted.features)
    X = floor_to_half_keys(np.ascontiguousarray(table.values[:, support]))
    more, recordings = _unlabelled_values(unlabelled, plan, folder, support, progress)
    weight = table_weights(table, plan, "audio")
    known = np.flatnonzero(table.target != IGNORED)
    folds = grouped_folds(
        table.target[known], table.subject[known], plan.n_splits, plan.audio.booster.seed, source=data.source
    )
    margins = fitted.margins.copy()

    def fit_fold(fold: Fold) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
        rows = known[fold[0]]
        held_out = np.isin(table.subject, table.subject[known[fold[1]]])
        return held_out, _with_more(table, X, weight, rows, more, plan).margin(X[held_out])

    for number, (held_out, found) in enumerate(side_by_side(fit_fold, folds)):
        progress("unlabelled", number, len(folds))
        margins[held_out] = found
    progress("unlabelled", len(folds), len(folds))
    y, w = table.target[known], weight[known]
    after = float(average_precision_score(y, margins[known], sample_weight=w))
    probability = _probability(fitted.trees.margin(more))
    confident = (probability >= CONFIDENT) | (probability <= 1.0 - CONFIDENT)
    trial = UnlabelledTrial(
        recordings,
        len(more),
        int(confident.sum()),
        int((probability >= CONFIDENT).sum()),
        fitted.average_precision,
        after,
    )
    if not trial.kept:
        return fitted, trial
    document = _document(X, table.target, weight, known, more, probability, plan)
    trees = read_xgboost(document, source=data.source)
    return replace(fitted, trees=trees, document=document, margins=margins, average_precision=after), trial


def _unlabelled_values(
    unlabelled: str | PathLike[str],
    plan: TrainingPlan,
    folder: Path,
    support: NDArray[np.bool_],
    progress: Progress,
) -> tuple[NDArray[np.float32], int]:
    """Feature values of all windows of unlabelled recordings, and the number of recordings."""
    data = dataset_features(
        unlabelled,
        audio_plan=plan.audio_plan,
        imu_plan=plan.imu_plan,
        unlabelled_too=True,
        cache_folder=folder,
        progress=progress,
    )
    values = data.table("audio").values[:, support]
    return floor_to_half_keys(np.ascontiguousarray(values)), len(data.sessions)


def _with_more(
    table: WindowTable,
    X: NDArray[np.float32],
    weight: NDArray[np.float32],
    rows: NDArray[np.intp],
    more: NDArray[np.float32],
    plan: TrainingPlan,
) -> TreeEnsemble:
    """Fit one fold's model, label the further windows with it, and fit again with the confident ones."""
    own = fit_booster(X[rows], table.target[rows], weight[rows], plan.audio.booster)
    probability = _probability(read_xgboost(round_model(booster_json(own))).margin(more))
    return read_xgboost(_document(X, table.target, weight, rows, more, probability, plan))


def _document(
    X: NDArray[np.float32],
    target: NDArray[np.int8],
    weight: NDArray[np.float32],
    rows: NDArray[np.intp],
    more: NDArray[np.float32],
    probability: NDArray[np.float64],
    plan: TrainingPlan,
) -> dict[str, Any]:
    """Fit on labelled rows and confident windows, and return the rounded model."""
    positive = probability >= CONFIDENT
    confident = positive | (probability <= 1.0 - CONFIDENT)
    share = WEIGHT_SHARE * float(weight[rows].sum()) / max(int(confident.sum()), 1)
    booster = fit_booster(
        np.concatenate([X[rows], more[confident]]),
        np.concatenate([target[rows], positive[confident].astype(target.dtype)]),
        np.concatenate([weight[rows], np.full(int(confident.sum()), share, np.float32)]),
        plan.audio.booster,
    )
    return round_model(booster_json(booster))


def _probability(margins: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + np.exp(-margins.astype(np.float64))))
