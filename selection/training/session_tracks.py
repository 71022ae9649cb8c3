"""Margins of a whole dataset, cut back into its sessions, and the time grid they lie on."""

from __future__ import annotations

from ...signal.feature import Modality
from ..models.fitted_model import FittedModel
from ..windows.dataset_features import DatasetFeatures
from .thresholds import FrameGrid, Track
from .training_plan import TrainingPlan

__all__ = ["frame_grid", "session_tracks"]


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
