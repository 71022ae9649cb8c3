"""What the model that decides would do at other thresholds, without a gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...signal.feature import Modality
from ..detector.detector_file import Detector
from ..detector.event_settings import event_plan
from ..detector.events import EventPlan
from ..detector.operating_points import continue_at
from ..training.operating_points import SWEPT_THRESHOLDS
from .answer import Answer

__all__ = ["ThresholdRow", "swept_plans", "threshold_rows"]


@dataclass(frozen=True)
class ThresholdRow:
    """One threshold.

    Parameters
    ----------
    threshold
        Probability from which an event opens.
    coughs_found
        Share of the coughs with known bounds; None where there are none.
    clips_found
        Share of the clips that only say cough in which an event is; None where there are none.
    clips_false
        Share of the other clips in which an event is; None where there are none.
    false_per_hour
        False events per hour in which an event could be false (`Answer.judged_s`).
    """

    threshold: float
    coughs_found: float | None
    clips_found: float | None
    clips_false: float | None
    false_per_hour: float | None


def swept_plans(detector: Detector) -> dict[Modality, tuple[EventPlan, ...]]:
    """Parameters of the segmenter at every swept threshold, for each model of a detector."""
    plans: dict[Modality, tuple[EventPlan, ...]] = {}
    if detector.audio is not None:
        audio = detector.audio
        plans["audio"] = tuple(
            event_plan(
                detector.events.audio,
                threshold,
                continue_at(threshold, (audio.threshold, audio.continue_threshold)),
                frame_s=audio.plan.frame_s,
                hop_frames=audio.plan.block_frames,
                window_frames=audio.plan.window_frames,
            )
            for threshold in SWEPT_THRESHOLDS
        )
    if detector.imu is not None:
        imu = detector.imu
        plans["imu"] = tuple(
            event_plan(
                detector.events.imu,
                threshold,
                continue_at(threshold, (imu.threshold, imu.continue_threshold)),
                frame_s=imu.plan.frame_s,
                hop_frames=imu.plan.hop // imu.plan.frame,
                window_frames=imu.plan.window // imu.plan.frame,
            )
            for threshold in SWEPT_THRESHOLDS
        )
    return plans


def threshold_rows(answers: Sequence[Answer]) -> tuple[ThresholdRow, ...]:
    """Add up what recordings decided by one model gave at every threshold."""
    swept = np.array([answer.swept for answer in answers]).reshape(len(answers), -1, 3)
    coughs = sum(answer.references.count_of_coughs for answer in answers)
    weak = np.array([answer.has_coughs and not answer.has_bounds for answer in answers], np.bool_)
    other = np.array([answer.is_clip and not answer.has_coughs for answer in answers], np.bool_)
    hours = sum(answer.judged_s for answer in answers) / 3600.0
    return tuple(
        ThresholdRow(
            threshold=threshold,
            coughs_found=_share(int(swept[:, at, 0].sum()), coughs),
            clips_found=_share(int(swept[weak, at, 2].sum()), int(weak.sum())),
            clips_false=_share(int(swept[other, at, 2].sum()), int(other.sum())),
            false_per_hour=_share(int(swept[:, at, 1].sum()), hours),
        )
        for at, threshold in enumerate(SWEPT_THRESHOLDS)
    )


def _share(counted: int, total: float) -> float | None:
    return counted / total if total else None
