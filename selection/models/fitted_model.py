"""A trained model with the margins it gives every window of a dataset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...signal.feature import Modality
from ..detector.detector_file import AudioModel, ImuModel
from ..detector.provenance import PathPoint
from ..trees.tree_ensemble import TreeEnsemble
from ..windows.dataset_features import DatasetFeatures
from ..windows.window_targets import IGNORED

__all__ = ["FittedModel", "answered"]


@dataclass(frozen=True)
class FittedModel:
    """One modality's model and its held-out answers on the training data.

    Parameters
    ----------
    features
        Feature ids in column order.
    trees
        The model, trained on all subjects, rounded (`tussis.selection.trees.tree_rounding`).
    document
        XGBoost's JSON that `trees` was read from, as the detector file keeps it.
    margins : ndarray of float32, shape (n,)
        Log-odds of every window of the table, by a model that was trained on other subjects.
    average_precision
        Average precision of these margins on the windows that have a target.
    path
        Sets of features that selection tried on the way; empty where there was none.
    """

    features: tuple[str, ...]
    trees: TreeEnsemble
    document: dict[str, Any]
    margins: NDArray[np.float32]
    average_precision: float
    path: tuple[PathPoint, ...] = ()


def answered(data: DatasetFeatures, modality: Modality, model: AudioModel | ImuModel) -> FittedModel:
    """Let a finished model answer every window of a dataset that it was not trained on.

    The dataset's features must have been computed with the model's own plan.
    """
    from sklearn.metrics import average_precision_score

    table = data.table(modality)
    margins = np.zeros(len(table.target), np.float32)
    for first, own in table.by_session(model.features):
        margins[first : first + len(own)] = model.trees.margin(own)
    known = table.target != IGNORED
    precision = average_precision_score(table.target[known], margins[known])
    return FittedModel(tuple(model.features), model.trees, model.model, margins, float(precision))
