"""Sensors of an emulated board that is worn: a recording, played in its own time."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...data.recording import Recording

__all__ = ["WornSensors"]

_TURN_S = 0.016
"""Sound is given in turns of this length, as by a DMA."""


class WornSensors:
    """What microphone and IMU give from one moment to the next.

    Parameters
    ----------
    recording
        What is played, at the rates of the detector.
    speed
        Times real time.
    """

    def __init__(self, recording: Recording, speed: float = 1.0) -> None:
        self.recording = recording
        self.speed = speed
        self._turn = round(_TURN_S * recording.audio_rate_hz)
        self._audio = 0
        self._imu = 0
        self._began_s: float | None = None

    @property
    def ended(self) -> bool:
        """Whether all was played."""
        return self._audio >= len(self.recording.audio)

    def next_s(self) -> float:
        """Say when the next turn is complete; infinity after the last."""
        if self.ended:
            return math.inf
        played_s = (self._audio + self._turn) / self.recording.audio_rate_hz
        return (self._began_s or 0.0) + played_s / self.speed

    def turn(self, now_s: float) -> tuple[NDArray[np.int16], NDArray[np.float32]] | None:
        """Give the next 16 ms if they are over; None if not."""
        if self._began_s is None:
            self._began_s = now_s
        if now_s < self.next_s():
            return None
        recording = self.recording
        pcm = recording.audio[self._audio : self._audio + self._turn]
        self._audio += len(pcm)
        last = math.floor(self._audio / recording.audio_rate_hz * recording.imu_rate_hz)
        imu = recording.board_imu[self._imu : last]
        self._imu = max(last, self._imu)
        return pcm, imu
