"""Learning from recordings that nobody labelled: confident windows, kept only if held-out scores rise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...data.progress import Progress, silent
from ...signal.elementary import sigmoid
from ..models.booster import BoosterPlan, booster_json, fit_booster
from ..models.fitted_model import FittedModel
from ..models.out_of_fold import fit_out_of_fold
from ..trees.tree_rounding import floor_to_half_keys, round_model
from ..trees.xgboost_reader import read_xgboost
from ..windows.dataset_features import DatasetFeatures, dataset_features
from ..windows.row_file import Rows
from .known_windows import table_weights
from .training_plan import TrainingPlan

if TYPE_CHECKING:
    from xgboost import Booster

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
    table = data.table("audio", late=True)
    support = np.isin(table.ids, fitted.features)
    more, recordings = _unlabelled_values(unlabelled, plan, folder, support, progress)
    taught = fit_out_of_fold(
        table,
        support,
        table_weights(table, plan, "audio"),
        plan.audio.booster,
        plan.n_splits,
        source=data.source,
        fit=partial(_fit_with, more),
        progress=progress,
    )
    positive, confident = _confident(fitted.trees.margin(more))
    trial = UnlabelledTrial(
        recordings,
        len(more),
        int(confident.sum()),
        int(positive.sum()),
        fitted.average_precision,
        taught.average_precision,
    )
    return (taught if trial.kept else fitted), trial


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
    return floor_to_half_keys(data.table("audio").columns(support)), len(data.sessions)


def _fit_with(
    more: NDArray[np.float32],
    X: Rows,
    y: NDArray[Any],
    weight: NDArray[Any],
    plan: BoosterPlan,
    rows: NDArray[np.intp],
) -> Booster:
    """Fit a model, let it label further windows, and fit again with those it is confident of."""
    X, y, weight = X[rows], y[rows], weight[rows]
    own = read_xgboost(round_model(booster_json(fit_booster(X, y, weight, plan))))
    positive, confident = _confident(own.margin(more))
    each = WEIGHT_SHARE * float(weight.sum()) / max(int(confident.sum()), 1)
    return fit_booster(
        np.concatenate([X, more[confident]]),
        np.concatenate([y, positive[confident].astype(y.dtype)]),
        np.concatenate([weight, np.full(int(confident.sum()), each, np.float32)]),
        plan,
    )


def _confident(margins: NDArray[np.float32]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which windows are taken for coughs, and which are taken for one or the other."""
    probability = sigmoid(margins)
    positive = np.asarray(probability >= CONFIDENT)
    return positive, positive | (probability <= 1.0 - CONFIDENT)
