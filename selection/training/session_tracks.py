"""Margins of a whole dataset, cut back into its sessions, and the time grid they lie on."""

from __future__ import annotations

import hashlib

from ...signal.feature import Modality
from ..models.fitted_model import FittedModel
from ..windows.dataset_features import DatasetFeatures
from .thresholds import FrameGrid, Track
from .training_plan import TrainingPlan

__all__ = ["drawn_tracks", "frame_grid", "session_tracks"]

DRAWN_COUGHS = 1000
"""A sample of sessions has so many coughs, if there are as many, however rare they are."""


def frame_grid(plan: TrainingPlan, modality: Modality) -> FrameGrid:
    """Window geometry of a modality in frames."""
    if modality == "audio":
        audio = plan.audio_plan
        return FrameGrid(audio.frame_s, audio.block_frames, audio.window_frames)
    imu = plan.imu_plan
    return FrameGrid(imu.frame_s, imu.hop // imu.frame, imu.window // imu.frame)


def session_tracks(data: DatasetFeatures, modality: Modality, fitted: FittedModel) -> dict[int, Track]:
    """Cut the margins of a table back into sessions, by index; varied copies are left out."""
    tracks: dict[int, Track] = {}
    first = 0
    for number, session in enumerate(data.sessions):
        windows = getattr(session, modality)
        if windows is None:
            continue
        last = first + len(windows)
        if not session.variant_of:
            margins = fitted.margins[first:last]
            tracks[number] = Track(session.references, session.duration_s, margins, windows.level)
        first = last
    return tracks


def drawn_tracks(
    data: DatasetFeatures, modality: Modality, tracks: dict[int, Track], max_windows: int
) -> dict[int, Track]:
    """Draw sessions to choose event parameters on, which needs many passes over each of them.

    Sessions are taken in the order of a hash of what they hold, whole, until they have `max_windows` windows
    and `DRAWN_COUGHS` coughs: coughs and hours keep their proportion, and the sample depends neither on the
    order of sessions nor on the number of workers.

    Parameters
    ----------
    data, modality
        What the tracks are of.
    tracks
        From `session_tracks`, by index.
    max_windows
        Windows that are enough.

    Returns
    -------
    dict
        Of the same order; `tracks` itself if they have no more than `max_windows` windows.
    """
    if sum(len(track.margins) for track in tracks.values()) <= max_windows:
        return tracks
    drawn: set[int] = set()
    n_windows = n_coughs = 0
    for number in sorted(tracks, key=lambda number: _drawing_key(data, modality, number)):
        if n_windows >= max_windows and n_coughs >= DRAWN_COUGHS:
            break
        drawn.add(number)
        n_windows += len(tracks[number].margins)
        n_coughs += sum(label.is_cough for label in tracks[number].references)
    return {number: track for number, track in tracks.items() if number in drawn}


def _drawing_key(data: DatasetFeatures, modality: Modality, number: int) -> bytes:
    return hashlib.sha256(getattr(data.sessions[number], modality).key.encode()).digest()
