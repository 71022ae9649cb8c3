"""The windows and columns of a dataset that a model is trained on, with their weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...signal.feature import Modality
from ..models.cross_validation import CrossValidation
from ..windows.dataset_features import DatasetFeatures, WindowTable
from ..windows.window_sample import drawn_windows, kept_shares, window_numbers
from ..windows.window_targets import IGNORED, POSITIVE
from ..windows.window_weights import shared_with, window_weights
from .training_plan import TrainingPlan

_MOUNTING = {f"acc{axis}_mean" for axis in "xyz"}

SAMPLE_SHARE = 2 / 3
"""A sample is smaller than what is taken as a whole: more recordings take more memory for all else."""

__all__ = ["candidate_columns", "known_windows", "table_weights"]


def table_weights(table: WindowTable, plan: TrainingPlan, modality: Modality) -> NDArray[np.float32]:
    """Weigh all windows of a table; those without a target get 0.

    Of the weight of each class of each collection those heard late get `TrainingPlan.late_share`.
    """
    weight = np.zeros(len(table.target), np.float32)
    for rows in (~table.late, table.late):
        known = (table.target != IGNORED) & rows
        if known.any():
            weight[known] = window_weights(
                table.target[known],
                table.kinds[known],
                table.subjects[known],
                emphasis=plan.emphasis,
                collection=table.collections[known],
                shares=plan.modality(modality).shares,
            )
    weight *= table.confidence
    if table.late.any():
        cell = 2 * table.collections.number + (table.target == POSITIVE)
        weight = shared_with(weight, cell, table.late, plan.late_share)
    return weight


def candidate_columns(data: DatasetFeatures, modality: Modality, plan: TrainingPlan) -> NDArray[np.intp]:
    """Columns that selection may choose from.

    Of the sound those that do not depend on the microphone's gain. Of the motion those that every session
    has (where one lacks a gyroscope, that it does would say more than its readings), and without the means of
    single axes: these say how the sensor is mounted, and so in which set the recording was made.
    """
    if modality == "imu":
        whole = data.table("imu").known_columns()
        mounted = np.array([name in _MOUNTING for name in data.imu_ids])
        return np.flatnonzero(whole & ~mounted)
    return np.flatnonzero(~(data.gain_sensitivity > plan.max_gain_sensitivity))  # NaN: not known


def known_windows(
    data: DatasetFeatures, modality: Modality, columns: NDArray[np.intp], plan: TrainingPlan
) -> CrossValidation:
    """Take the windows that have a target, with some columns of their table, and hold out subjects.

    Where there are more than ``plan.max_rows`` it is a sample of two thirds of that number
    (`tussis.selection.windows.window_sample`), the same for the same recordings.
    """
    table = data.table(modality)
    known = table.target != IGNORED
    target, weight = table.target[known], table_weights(table, plan, modality)[known]
    if len(target) > plan.max_rows:
        stratum = table.collections.number[known]
        numbers = window_numbers([part.key for part in table.parts], [len(part) for part in table.parts])
        drawn = drawn_windows(target, stratum, numbers[known], int(SAMPLE_SHARE * plan.max_rows))
        weight = kept_shares(weight, target, stratum, drawn)
        target = target[drawn]
        rows = np.flatnonzero(known)[drawn]
        known = np.zeros(len(known), np.bool_)
        known[rows] = True
    return CrossValidation(
        table.columns(columns, known),
        target,
        weight,
        table.groups[known].array(),
        plan.n_splits,
        plan.seed,
        data.source,
    )
