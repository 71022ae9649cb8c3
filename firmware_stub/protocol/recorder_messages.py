"""The table of messages of the recorder: a firmware of its own, which streams raw audio and says so.

It shares with the shipped firmware how messages look on the wire (`framing`), and no message: a host of one
cannot read the other, and the shipped firmware has no code for these.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .message import Message, Tail, wire

__all__ = [
    "RECORDER_BOARD_MESSAGES",
    "RECORDER_HOST_MESSAGES",
    "RECORDER_VERSION",
    "Banner",
    "Motion",
    "Record",
    "Sound",
    "recorder_message_class",
]

RECORDER_VERSION = 1
MAX_NAME = 40


class RecorderHostMessage(Message):
    """Sent by the host."""

    sender = "host"


class RecorderBoardMessage(Message):
    """Sent by the recorder."""

    sender = "board"


@dataclass(frozen=True)
class Record(RecorderHostMessage):
    """Stream sound and motion. Answered by BANNER; a host repeats it, and a recorder without it stops."""

    code = 0x41
    seconds: int = wire("u16", "stream for so long from now on; 0 stops", "s")


@dataclass(frozen=True)
class Banner(RecorderBoardMessage):
    """Says that this firmware streams raw audio. Totals are those of the stream that runs, or ended last."""

    code = 0xC1
    tail = Tail("name", "char", MAX_NAME, "", "of the board, ASCII, no terminator")
    version: int = wire("u8", "of these messages")
    streaming: int = wire("u8", "1: raw audio is streamed now, and the light is on")
    stream: int = wire("u16", "number of the stream; each start has a new one")
    audio_rate_hz: int = wire("u32", "rate of SOUND", "Hz")
    imu_rate_hz: int = wire("u32", "nominal rate of MOTION; 0: there is no IMU", "Hz")
    audio_next: int = wire("u32", "samples of sound so far, lost ones included")
    imu_next: int = wire("u32", "the same for motion")
    lost_audio: int = wire("u32", "samples of sound that were captured too late, or not sent")
    lost_imu: int = wire("u32", "the same for motion")
    name: str = ""

    def _tail_bytes(self) -> bytes:
        return self.name.encode("ascii")

    @classmethod
    def _read_tail(cls, data: bytes) -> str:
        return data.decode("ascii", "replace")


@dataclass(frozen=True, eq=False)
class Sound(RecorderBoardMessage):
    """Consecutive samples of the microphone."""

    code = 0xC2
    tail = Tail("samples", "i16", 240, "LSB", "samples, full scale 32768")
    first: int = wire("u32", "number of the first sample in the stream; what is left out was lost")
    samples: NDArray[np.int16] = dataclasses.field(default_factory=lambda: np.zeros(0, np.int16))

    def _tail_bytes(self) -> bytes:
        return self.samples.astype("<i2", copy=False).tobytes()

    @classmethod
    def _read_tail(cls, data: bytes) -> NDArray[np.int16]:
        return np.frombuffer(data, "<i2").astype(np.int16)


@dataclass(frozen=True, eq=False)
class Motion(RecorderBoardMessage):
    """Consecutive samples of the IMU."""

    code = 0xC3
    tail = Tail("samples", "imu", 10, "m/s2, deg/s", "acc x y z, gyro x y z of each sample, f32 each")
    first: int = wire("u32", "number of the first sample in the stream; what is left out was lost")
    audio: int = wire("u32", "samples of sound that had come when the last one was read")
    samples: NDArray[np.float32] = dataclasses.field(default_factory=lambda: np.zeros((0, 6), np.float32))

    def _tail_bytes(self) -> bytes:
        return self.samples.astype("<f4", copy=False).tobytes()

    @classmethod
    def _read_tail(cls, data: bytes) -> NDArray[np.float32]:
        return np.frombuffer(data, "<f4").astype(np.float32).reshape(-1, 6)


RECORDER_HOST_MESSAGES: tuple[type[RecorderHostMessage], ...] = (Record,)
RECORDER_BOARD_MESSAGES: tuple[type[RecorderBoardMessage], ...] = (Banner, Sound, Motion)

_BY_CODE: dict[int, type[Message]] = {
    message.code: message for message in (*RECORDER_HOST_MESSAGES, *RECORDER_BOARD_MESSAGES)
}


def recorder_message_class(code: int) -> type[Message] | None:
    """Class of a message of the recorder, or None where its table has no such type."""
    return _BY_CODE.get(code)
