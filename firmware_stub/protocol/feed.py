"""Which samples go out next: audio and IMU in step, not before their time, from where the board is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .messages import (
    MAX_AUDIO_SAMPLES,
    MAX_IMU_SAMPLES,
    MAX_STAMPED_SAMPLES,
    STAMPED_ITEM,
    Audio,
    Imu,
    Stamped,
)

__all__ = ["Feed", "SampleStreams"]

_IMU_BATCH_S = 0.1
_IMU_BYTES = 24
_STAMPED_BYTES = STAMPED_ITEM.itemsize
_STAMPED_LEAD_S = 1
"""How far samples of a sensor with a clock of its own go ahead: the board must find their time first."""


@dataclass(frozen=True, eq=False)
class SampleStreams:
    """What one session sends.

    Attributes
    ----------
    audio
        int16, shape ``(n,)``; empty in mode ``imu``.
    audio_rate_hz
        Sample rate of the audio, in Hz: the firmware's input rate, or the decimated one.
    decimated
        Whether it is the output of the firmware's decimator.
    imu
        float32, shape ``(m, 6)``; empty in mode ``audio``.
    imu_rate_hz
        Sample rate of the motion, in Hz.
    imu_ticks
        int64, shape ``(m,)``: audio tick at which each motion sample was read, where the sensor has a clock
        of its own; None otherwise.
    """

    audio: NDArray[np.int16]
    audio_rate_hz: int
    decimated: bool
    imu: NDArray[np.float32]
    imu_rate_hz: int
    imu_ticks: NDArray[np.int64] | None = None

    @property
    def duration_s(self) -> float:
        """Length of the longer stream."""
        return max(len(self.audio) / self.audio_rate_hz, len(self.imu) / max(self.imu_rate_hz, 1))


class Feed:
    """Cuts blocks off two sample streams.

    Attributes
    ----------
    audio_sent, imu_sent
        Next sample to send. Moved back by `rewind` when a block was lost.
    """

    def __init__(self, streams: SampleStreams, speed: float = math.inf) -> None:
        self.streams = streams
        self.speed = speed
        self.audio_sent = 0
        self.imu_sent = 0

    def rewind_audio(self, sample: int) -> None:
        """Send again from this audio sample on."""
        self.audio_sent = sample

    def rewind_imu(self, sample: int) -> None:
        """Send again from this IMU sample on."""
        self.imu_sent = sample

    @property
    def all_sent(self) -> bool:
        """Whether nothing is left to send, for now."""
        return self.audio_sent >= len(self.streams.audio) and self.imu_sent >= len(self.streams.imu)

    def next_block(self, elapsed_s: float, most_bytes: int) -> Audio | Imu | Stamped | None:
        """Cut the next block, at most `most_bytes` of samples; None when its time has not come.

        Parameters
        ----------
        elapsed_s
            Seconds since the session began; times `speed` it is the time up to which samples may go out.
        most_bytes
            Longest block; at least one sample is sent.
        """
        s = self.streams
        until_s = elapsed_s * self.speed if math.isfinite(self.speed) else math.inf
        audio_due = _due(until_s, s.audio_rate_hz, len(s.audio))
        n_audio = min(max(most_bytes // 2, 1), MAX_AUDIO_SAMPLES, len(s.audio) - self.audio_sent)
        audio_end = self.audio_sent + n_audio
        if n_audio > 0 and audio_end <= audio_due:
            # The board takes no audio beyond its IMU samples, so those go first.
            ahead = _STAMPED_LEAD_S * s.imu_rate_hz if s.imu_ticks is not None else 0
            needed = min(-(-audio_end * s.imu_rate_hz // s.audio_rate_hz) + ahead, len(s.imu))
            if self.imu_sent < needed:
                return self._imu_block(max(_due(until_s, s.imu_rate_hz, len(s.imu)), needed), most_bytes)
            samples = s.audio[self.audio_sent : audio_end]
            self.audio_sent = audio_end
            return Audio(audio_end - n_audio, samples)
        if n_audio <= 0 and self.imu_sent < (due := _due(until_s, s.imu_rate_hz, len(s.imu))):
            return self._imu_block(due, most_bytes)
        return None

    def next_due_s(self, most_bytes: int) -> float:
        """Elapsed seconds at which `next_block` has something again."""
        s = self.streams
        n_audio = min(max(most_bytes // 2, 1), MAX_AUDIO_SAMPLES, len(s.audio) - self.audio_sent)
        if n_audio > 0:
            return (self.audio_sent + n_audio) / s.audio_rate_hz / self.speed
        return (self.imu_sent + 1) / max(s.imu_rate_hz, 1) / self.speed

    @property
    def imu_message(self) -> type[Imu] | type[Stamped]:
        """The message that motion goes in."""
        return Imu if self.streams.imu_ticks is None else Stamped

    def _imu_block(self, due: int, most_bytes: int) -> Imu | Stamped:
        batch = max(1, round(_IMU_BATCH_S * self.streams.imu_rate_hz))
        ticks = self.streams.imu_ticks
        item, most = (_IMU_BYTES, MAX_IMU_SAMPLES) if ticks is None else (_STAMPED_BYTES, MAX_STAMPED_SAMPLES)
        n = min(max(most_bytes // item, 1), most, batch, due - self.imu_sent)
        first = self.imu_sent
        self.imu_sent += n
        imu = self.streams.imu[first : first + n]
        if ticks is None:
            return Imu(first, imu)
        items = np.zeros(n, STAMPED_ITEM)
        items["imu"], items["tick"] = imu, ticks[first : first + n] & 0xFFFFFFFF
        return Stamped(first, items)


def _due(until_s: float, rate_hz: int, total: int) -> int:
    return total if math.isinf(until_s) else min(int(until_s * rate_hz), total)
