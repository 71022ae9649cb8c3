"""Candidates of the front, fitted as they would be shipped and scored by the events they find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...data.progress import Progress, silent
from ...signal.feature import Modality
from ..models.fitted_model import FittedModel
from ..models.out_of_fold import fit_out_of_fold
from ..training.event_counts import Counts, f1_interval
from ..training.known_windows import table_weights
from ..training.session_tracks import drawn_tracks, frame_grid, session_tracks
from ..training.thresholds import choose_events, track_counts
from ..training.training_plan import TrainingPlan
from ..windows.dataset_features import DatasetFeatures, WindowTable
from ..windows.folds import grouped_folds
from ..windows.window_targets import IGNORED
from .candidates import Candidate
from .pareto import pareto_front, subject_interval

__all__ = ["Finalist", "finalists"]

ALIKE = 0.002
"""Average precision by which a more expensive candidate must beat every cheaper one."""

ALIKE_RAM_BYTES = 256
"""Of two candidates whose RAM differs by less only the better is scored, unless nothing needs less."""


N_REPEATS = 3
"""Fits of a candidate, each with folds and samples of its own, whose events are counted together. Between
fits event F1 differs by 0.005 to 0.01, as much as between candidates: chance would decide."""


@dataclass(frozen=True)
class Finalist:
    """One detector of a modality as it would be shipped, with scores on subjects held out.

    Parameters
    ----------
    candidate
        Columns of the whole table, model and cost.
    fitted
        Rounded model and out-of-fold margins.
    event_f1
        Ungated, over `N_REPEATS` fits; thresholds and event parameters are chosen on the first of them.
    event_f1_interval
        95 % over subjects.
    fold_scores : ndarray of float64, shape (n_folds,)
        Event F1 by fold, moved so that their mean is `event_f1`.
    average_precision_interval
        95 % interval over subjects of the average precision of windows.
    """

    candidate: Candidate
    fitted: FittedModel
    event_f1: float
    event_f1_interval: tuple[float, float]
    fold_scores: NDArray[np.float64]
    average_precision_interval: tuple[float, float]


class _Teaching(NamedTuple):
    """Windows that are counted, windows that models learn from, and the weights of both."""

    table: WindowTable
    weight: NDArray[np.float32]
    taught: WindowTable
    taught_weight: NDArray[np.float32]


def finalists(
    data: DatasetFeatures,
    modality: Modality,
    candidates: Sequence[Candidate],
    weight: NDArray[np.float32],
    plan: TrainingPlan,
    progress: Progress = silent,
) -> list[Finalist]:
    """Fit and score the candidates that no other one beats in average precision and cost; cheapest first.

    Parameters
    ----------
    data, plan
        What to learn from, and how.
    modality
        Modality of all candidates.
    candidates
        Their columns are those of the whole table.
    weight
        Weights of all windows of the modality.
    progress
        Called after each of them.
    """
    chosen = _apart(pareto_front(candidates))
    taught = data.table(modality, late=True)
    teaching = _Teaching(data.table(modality), weight, taught, table_weights(taught, plan, modality))
    found = []
    for number, candidate in enumerate(chosen):
        progress(f"{modality} front", number, len(chosen))
        found.append(_finalist(data, modality, candidate, teaching, plan))
    progress(f"{modality} front", len(chosen), len(chosen))
    return found


def _apart(cheapest_first: Sequence[Candidate]) -> list[Candidate]:
    """Leave out those that hardly beat a cheaper one."""
    kept: list[Candidate] = []
    least = min(one.ram_bytes for one in cheapest_first)
    for one in cheapest_first:
        alike = (
            other.score >= one.score - ALIKE
            and other.flash_bytes <= one.flash_bytes
            and other.ram_bytes <= one.ram_bytes + (ALIKE_RAM_BYTES if one.ram_bytes > least else 0.0)
            for other in kept
        )
        if not any(alike):
            kept.append(one)
    return kept


def _finalist(
    data: DatasetFeatures,
    modality: Modality,
    candidate: Candidate,
    teaching: _Teaching,
    plan: TrainingPlan,
) -> Finalist:
    table, taught, weights = teaching.table, teaching.taught, teaching.taught_weight
    support = np.zeros(len(table.ids), np.bool_)
    support[candidate.columns] = True
    fitted = fit_out_of_fold(taught, support, weights, candidate.plan, plan.n_splits, source=data.source)
    grid = frame_grid(plan, modality)
    tracks = session_tracks(data, modality, fitted)
    drawn = drawn_tracks(data, modality, tracks, plan.max_rows)
    events = choose_events(list(drawn.values()), grid, plan.modality(modality).events).plan(grid)
    again = (replace(candidate.plan, seed=candidate.plan.seed + repeat) for repeat in range(1, N_REPEATS))
    repeats = [
        fit_out_of_fold(taught, support, weights, one, plan.n_splits, source=data.source) for one in again
    ]
    counts = [
        (data.sessions[number].subject, track_counts(track, events, grid.frame_s))
        for one in (fitted, *repeats)
        for number, track in session_tracks(data, modality, one).items()
    ]
    known = table.target != IGNORED
    y, subject = table.target[known], table.subjects[known].array()
    folds = grouped_folds(
        y, table.groups[known].array(), plan.n_splits, candidate.plan.seed, source=data.source
    )
    by_fold = np.array(
        [
            sum((one for name, one in counts if name in set(subject[test])), Counts()).f1 or 0.0
            for _, test in folds
        ]
    )
    f1 = sum((one for _, one in counts), Counts()).f1 or 0.0
    return Finalist(
        candidate,
        fitted,
        f1,
        f1_interval(counts) or (f1, f1),
        f1 + by_fold - by_fold.mean(),
        subject_interval(y, fitted.margins[known], teaching.weight[known], subject),
    )
