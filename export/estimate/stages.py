"""The stages that a detector's work is divided into, and the C functions that begin them.

The one table of stages: measurement shares cycles out by it, calibration reads the cost of kernels by it, and
the comparison with a board looks up by it what a board did not have to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from ...signal.feature import Modality

__all__ = ["POST_PROCESSING_FILE", "STAGES", "STAGE_ROOTS", "Stage", "StageRoot", "stage_roots"]

Stage = Literal["front end", "features", "model", "post-processing", "control"]
STAGES: tuple[Stage, ...] = get_args(Stage)

POST_PROCESSING_FILE = "events.c"
"""Every function of this file is post-processing, whichever modality asks for it."""


@dataclass(frozen=True)
class StageRoot:
    """A C function that begins a stage: all that it calls belongs to the stage too.

    Attributes
    ----------
    function
        Name of the function in C.
    modality
        Whose samples it works on.
    stage
        What it begins.
    kernel
        Name of its cost in a calibration; None where calibration does not read it by itself.
    decimates
        Whether it only takes raw samples in and filters them: a board that is sent decimated samples does
        not do this work.
    """

    function: str
    modality: Modality
    stage: Stage
    kernel: str | None = None
    decimates: bool = False


STAGE_ROOTS = (
    StageRoot("tussis_pre_roll_push", "audio", "front end", decimates=True),
    StageRoot("tussis_pre_roll_frame", "audio", "front end"),
    StageRoot("tussis_decimate_whole", "audio", "front end", decimates=True),  # a raw pre-roll's FIR
    StageRoot("tussis_audio_path_frame", "audio", "front end", kernel="audio_front"),
    StageRoot("tussis_audio_path_features", "audio", "features", kernel="audio_window"),
    StageRoot("tussis_audio_margin", "audio", "model", kernel="audio_model"),
    StageRoot("tussis_imu_features", "imu", "features", kernel="imu_window"),
    StageRoot("tussis_imu_margin", "imu", "model", kernel="imu_model"),
)


def stage_roots() -> Mapping[str, StageRoot]:
    """Rows of the table by C function."""
    return {root.function: root for root in STAGE_ROOTS}
