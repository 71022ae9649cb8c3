"""The recording: what every reader gives and everything downstream takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["AUDIO_RATE_HZ", "COUGH", "IMU_COLUMNS", "IMU_RATE_HZ", "Label", "Recording"]

AUDIO_RATE_HZ = 16000
IMU_RATE_HZ = 100.0
IMU_COLUMNS = ("acc_x_ms2", "acc_y_ms2", "acc_z_ms2", "gyro_x_dps", "gyro_y_dps", "gyro_z_dps")
COUGH = "cough"


@dataclass(frozen=True)
class Label:
    """One annotated stretch of a recording.

    Attributes
    ----------
    start_s, end_s
        Seconds from the first audio sample, ``0 <= start_s < end_s``.
    name
        What was heard, e.g. ``"cough"``, ``"laugh"``.
    """

    start_s: float
    end_s: float
    name: str

    @property
    def is_cough(self) -> bool:
        """Whether the name says cough, whatever its case."""
        return self.name.strip().casefold() == COUGH


@dataclass(frozen=True, eq=False)
class Recording:
    """One stretch of sound, with the motion and the labels that belong to it.

    Attributes
    ----------
    name
        Session name: its folder relative to the dataset, with ``/`` between parts.
    audio
        int16, shape ``(n,)``: one channel at `audio_rate_hz`, full scale 32768.
    audio_rate_hz
        Samples per second of `audio`.
    imu
        float32, shape ``(m, 6)``: acceleration x y z in m/s^2, then angular rate x y z in deg/s, uniform at
        `imu_rate_hz`, its first row at the time of the first audio sample. None where there is no IMU file.
    imu_rate_hz
        Rows per second of `imu`.
    labels
        All labels in order of their start.
    labelled
        Whether somebody annotated the recording. False means that an absence of labels says nothing.
    subject, movement, background
        Who, doing what, in which sound; empty where it is not known.
    path
        The session folder or the WAV file; None for one made in memory.
    """

    name: str
    audio: NDArray[np.int16]
    audio_rate_hz: int
    imu: NDArray[np.float32] | None
    imu_rate_hz: float
    labels: tuple[Label, ...]
    labelled: bool
    subject: str = ""
    movement: str = ""
    background: str = ""
    path: Path | None = None

    @property
    def duration_s(self) -> float:
        """Length of the audio in seconds."""
        return float(len(self.audio)) / self.audio_rate_hz

    @property
    def coughs(self) -> tuple[Label, ...]:
        """The labels named ``cough``, whatever their case."""
        return tuple(label for label in self.labels if label.is_cough)
