"""Event parameters in seconds and dB, as the detector file holds them, and in the segmenter's units."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from ..trees.tree_ensemble import logit32
from .events import EventPlan, level_drop
from .section import Section

__all__ = ["EventParameters", "EventSettings", "event_plan"]


class EventParameters(Section):
    """How a region becomes events, see `tussis.selection.detector.events`; dB are ratios of power."""

    high_db: Annotated[float, Field(ge=0.0, le=60.0)] = 6.0
    low_db: Annotated[float, Field(ge=0.0, le=90.0)] = 15.0
    merge_s: Annotated[float, Field(ge=0.0, le=1.0)] = 0.23
    min_s: Annotated[float, Field(gt=0.0, le=1.0)] = 0.1
    max_s: Annotated[float, Field(gt=0.0, le=2.0)] = 0.6
    max_region_s: Annotated[float, Field(gt=0.0, le=4.096)] = 2.048

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.low_db < self.high_db:
            raise ValueError("low_db is below high_db")
        if self.max_s < self.min_s:
            raise ValueError("max_s is below min_s")
        return self


class EventSettings(Section):
    """Event parameters by the sensor whose windows and levels they apply to."""

    audio: EventParameters = EventParameters()
    imu: EventParameters = EventParameters()


def event_plan(
    parameters: EventParameters,
    threshold: float,
    continue_threshold: float,
    *,
    frame_s: float,
    hop_frames: int,
    window_frames: int,
) -> EventPlan:
    """Bring event parameters to the segmenter's units.

    Durations go to the nearest frame, the longest ones down to a whole frame; at least one frame each.

    Parameters
    ----------
    parameters
        Durations in seconds, drops in dB.
    threshold, continue_threshold
        Thresholds as probabilities, 0 to 1.
    frame_s
        Frame period in seconds.
    hop_frames, window_frames
        Window geometry in frames.

    Raises
    ------
    ValueError
        The region is too short for the longest event and a window.
    """

    def frames(seconds: float) -> int:
        return max(round(seconds / frame_s), 1)

    def frames_at_most(seconds: float) -> int:
        return max(int(seconds / frame_s + 1e-6), 1)

    return EventPlan(
        open_margin=logit32(threshold),
        continue_margin=logit32(continue_threshold),
        high_drop=level_drop(parameters.high_db),
        low_drop=level_drop(parameters.low_db),
        merge_frames=round(parameters.merge_s / frame_s),
        min_frames=frames(parameters.min_s),
        max_frames=frames_at_most(parameters.max_s),
        max_region_frames=frames_at_most(parameters.max_region_s),
        hop_frames=hop_frames,
        window_frames=window_frames,
    )
