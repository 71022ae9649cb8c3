"""Coughs within clips of which only the class is known: proposed by level, checked by a model out of fold."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...data.atomic import write_text_whole
from ...data.corpus.level_segments import FALL_DB, LONGEST_S, REACH_DB, SHORTEST_S
from ...data.input_error import InputError
from ...data.progress import Progress, silent
from ...data.recording import COUGH, UNSURE, Label
from ...data.untrusted import read_json
from ...signal.elementary import sigmoid
from ...signal.plan import AudioPlan
from ..detector.event_settings import EventParameters, event_plan
from ..detector.segmentation import segment
from ..models.out_of_fold import fit_out_of_fold
from ..windows.dataset_features import DatasetFeatures
from ..windows.session_features import SessionFeatures
from ..windows.window_targets import label_overlap
from .known_windows import candidate_columns, table_weights
from .training_plan import TrainingPlan

__all__ = ["checked_by", "checked_labels", "proposed_labels", "with_proposed_labels", "with_strong_labels"]

PROPOSAL_EVENTS = EventParameters(high_db=REACH_DB, low_db=FALL_DB, min_s=SHORTEST_S, max_s=LONGEST_S)
"""A proposal reaches 9 dB below the clip's loudest frame and is cut where the level falls by 20 dB."""

DOUBTED_BELOW = 0.15
"""A proposal that a model out of fold gives less than this probability is not learned from."""

QUIET_BELOW = 0.3
"""Where no window between proposals has more than this probability, there is no cough."""


def with_strong_labels(
    data: DatasetFeatures, plan: TrainingPlan, folder: Path, progress: Progress = silent
) -> DatasetFeatures:
    """Replace weak labels by proposals that models out of fold have checked.

    Parameters
    ----------
    data
        Features of a dataset.
    plan
        Plan of the training that the labels are for.
    folder
        Folder to keep the labels in.
    progress
        Called after each fit.

    Returns
    -------
    DatasetFeatures
        The same where no label is weak.
    """
    proposed = with_proposed_labels(data)
    if proposed is data:
        return data
    terms = hashlib.sha256(f"{data.data_hash}{plan}".encode()).hexdigest()
    kept = folder / "weak-labels" / f"{terms}.json"
    labels = _kept_labels(kept)
    if labels is None:
        labels = checked_labels(proposed, plan, progress)
        rows = {name: [astuple(label) for label in found] for name, found in labels.items()}
        write_text_whole(kept, json.dumps(rows, allow_nan=False))
    return _with_labels(proposed, labels)


def _kept_labels(kept: Path) -> dict[str, tuple[Label, ...]] | None:
    """Read labels found before; a missing or damaged file counts as none."""
    try:
        stored = read_json(kept)
        return {name: tuple(Label(*row) for row in rows) for name, rows in stored.items()}
    except (InputError, AttributeError, TypeError, ValueError):
        return None


def with_proposed_labels(data: DatasetFeatures) -> DatasetFeatures:
    """Replace weak labels by proposals; varied copies get those of their recording.

    Parameters
    ----------
    data
        Features of a dataset.

    Returns
    -------
    DatasetFeatures
        The same where no label is weak.
    """
    proposals = {
        session.name: proposed_labels(session, data.audio_plan)
        for session in data.sessions
        if session.is_weak and not session.variant_of
    }
    return _with_labels(data, proposals)


def _with_labels(data: DatasetFeatures, labels: dict[str, tuple[Label, ...]]) -> DatasetFeatures:
    """Give sessions other labels, by their names, and their varied copies the same."""
    if not labels:
        return data
    sessions = tuple(
        replace(session, labels=labels.get(session.variant_of or session.name, session.labels))
        for session in data.sessions
    )
    return replace(data, sessions=sessions)


def proposed_labels(session: SessionFeatures, plan: AudioPlan) -> tuple[Label, ...]:
    """Propose coughs by level: what stands out of the clip, in pieces as long as a cough.

    Parameters
    ----------
    session
        Features of a clip with a weak label.
    plan
        Plan of the audio features.

    Returns
    -------
    tuple[Label, ...]
        Coughs, and ``unsure`` for all between them. A clip too short for a window is one cough.
    """
    windows = session.audio
    assert windows is not None
    n = len(windows)
    if n == 0:
        return (Label(0.0, session.duration_s, COUGH),)
    events = event_plan(
        PROPOSAL_EVENTS,
        0.5,
        0.5,
        frame_s=plan.frame_s,
        hop_frames=plan.block_frames,
        window_frames=plan.window_frames,
    )
    everywhere = np.full(n, np.float32(1.0))
    found = segment(everywhere, windows.level, events)
    coughs = [Label(event.start * plan.frame_s, event.end * plan.frame_s, COUGH) for event in found]
    return _with_gaps(coughs, session.duration_s)


def checked_labels(
    data: DatasetFeatures, plan: TrainingPlan, progress: Progress = silent
) -> dict[str, tuple[Label, ...]]:
    """Check proposals with models that were not trained on the clip.

    A proposal that the model doubts becomes ``unsure``; the others get the model's probability as their
    confidence. A stretch between proposals in which the model hears nothing is said to hold no cough. The
    most probable proposal of a clip stays a cough in any case: the clip is said to hold one.

    Parameters
    ----------
    data
        Features of a dataset whose weak labels were replaced by proposals (`with_proposed_labels`).
    plan
        Size of the models, folds and weights.
    progress
        Called after each fit.

    Returns
    -------
    dict[str, tuple[Label, ...]]
        Labels of the sessions that hold proposals, by session name.
    """
    table = data.table("audio")
    support = np.zeros(len(table.ids), np.bool_)
    support[candidate_columns(data, "audio", plan)] = True
    fitted = fit_out_of_fold(
        table,
        support,
        table_weights(table, plan, "audio"),
        plan.audio.booster,
        plan.n_splits,
        source=data.source,
        progress=progress,
    )
    return checked_by(data, fitted.margins)


def checked_by(data: DatasetFeatures, margins: NDArray[np.float32]) -> dict[str, tuple[Label, ...]]:
    """Check proposals as `checked_labels` does, by margins of any model.

    Parameters
    ----------
    data
        Features of a dataset whose weak labels were replaced by proposals.
    margins : ndarray of float32, shape (n,)
        Log-odds of every window of the audio table.
    """
    session_of = data.table("audio").session
    probability = sigmoid(margins)
    return {
        session.name: _checked(session, probability[session_of == number])
        for number, session in enumerate(data.sessions)
        if not session.variant_of and any(label.is_unsure for label in session.labels)
    }


def _checked(session: SessionFeatures, probability: NDArray[np.float32]) -> tuple[Label, ...]:
    windows = session.audio
    assert windows is not None
    if len(probability) == 0:
        return session.labels

    def most(label: Label) -> float:
        inside = label_overlap([label], windows.start_s, windows.end_s)[:, 0] >= 0.5
        return float(probability[inside].max(initial=0.0))

    proposals = [(label, most(label)) for label in session.labels if label.is_cough]
    best = max((value for _, value in proposals), default=0.0)
    labels = []
    for label, value in proposals:
        sure = value >= DOUBTED_BELOW or value == best
        confidence = round(max(value, 0.01), 2)
        labels.append(replace(label, name=COUGH if sure else UNSURE, confidence=confidence))
    for gap in session.labels:
        if gap.is_unsure:
            inside = (windows.start_s < gap.end_s) & (windows.end_s > gap.start_s)
            beside = label_overlap([label for label, _ in proposals], windows.start_s, windows.end_s)
            alone = inside & (beside.max(axis=1, initial=0.0) <= 0.1)
            if probability[alone].max(initial=0.0) >= QUIET_BELOW:
                labels.append(gap)
    return tuple(sorted(labels, key=lambda label: (label.start_s, label.end_s)))


def _with_gaps(coughs: Sequence[Label], duration_s: float) -> tuple[Label, ...]:
    """Put ``unsure`` labels between coughs, before the first and behind the last."""
    bounds = [0.0, *(time for cough in coughs for time in (cough.start_s, cough.end_s)), duration_s]
    gaps = [
        Label(start_s, end_s, UNSURE)
        for start_s, end_s in zip(bounds[::2], bounds[1::2], strict=True)
        if end_s > start_s
    ]
    return tuple(sorted([*coughs, *gaps], key=lambda label: label.start_s))
