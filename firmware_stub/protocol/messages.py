"""The table of messages: everything that can travel between a host and a board, and nothing else.

One class per message, one attribute per field, in wire order. The C side (``app/messages.h``,
``app/messages.c``) and the tables in ``PROTOCOL.md`` are generated from these classes by
`messages_source`; a test fails when they differ. Fields are little-endian and packed. A message may end in a
tail, an array that takes the rest of it.

No message that a board sends has a tail of samples or a field wide enough to smuggle them: raw audio cannot
leave the device, because there is nothing to put it in.
`tests/firmware_stub/protocol/test_messages.py` walks the table.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ...selection.detector.gate import TICK_HZ
from .message import Message, Tail, wire

__all__ = [
    "BOARD_MESSAGES",
    "HOST_MESSAGES",
    "MESSAGES",
    "MODES",
    "PROTOCOL_VERSION",
    "Ack",
    "Audio",
    "Credit",
    "End",
    "Error",
    "Event",
    "Finish",
    "Hello",
    "Imu",
    "Log",
    "Pulse",
    "Ready",
    "Refusal",
    "Reset",
    "Stages",
    "Stamped",
    "Stats",
    "Watch",
    "Welcome",
    "message_class",
]  # fmt: skip

PROTOCOL_VERSION = 3
"""Raised by one whenever a message changes; boards and hosts of different versions refuse each other."""

FIRMWARE_TEXT = "version of the tussis that exported the firmware: major << 16 | minor << 8 | patch"

MODES = {"audio": 1, "imu": 2, "gated": 3}
"""Value of the ``mode`` field by name."""

FLAG_DECIMATED = 1
"""HELLO flag: AUDIO holds samples that the host put through the firmware's own integer decimator."""

FLAG_STATS = 2
"""HELLO flag: send one STATS per evaluated window, and STAGES at the end."""

FLAG_STAMPED = 4
"""HELLO flag: motion comes in STAMPED, by a sensor's own clock and at a rate of its own."""

MAX_STAMPED_SAMPLES = 18
NO_STAMP = 0xFFFFFFFF
"""Tick of a sample in STAMPED that has none."""

MAX_AUDIO_SAMPLES = 256
"""Longest AUDIO tail: 512 bytes, 16 ms at 16 kHz. It sets the receive buffer of the board."""

MAX_IMU_SAMPLES = 20
MAX_LOG_BYTES = 48

STAMPED_ITEM = np.dtype([("imu", "<f4", (6,)), ("tick", "<u4")])
"""A sample in STAMPED."""

PATH_AUDIO = 1
PATH_IMU = 2


class Refusal:
    """Codes of the ERROR message."""

    NO_SESSION = 1  # data without a HELLO: the board was reset, or the host was
    VERSION = 2  # detail: the board's protocol version
    DETECTOR = 3  # detail: the board's detector hash
    RATE = 4  # detail: the rate in Hz the board wants
    MODE = 5  # detail: bit mask of the modes the firmware has

    TEXT: ClassVar[dict[int, str]] = {
        NO_SESSION: "the board has no session",
        VERSION: "the board speaks protocol version {detail}",
        DETECTOR: "the board runs detector {detail:08x}",
        RATE: "the board wants {detail} samples per second",
        MODE: "the firmware lacks the mode (it has {detail:#x})",
    }


class HostMessage(Message):
    """Sent by the host."""

    sender = "host"


class BoardMessage(Message):
    """Sent by the board."""

    sender = "board"


@dataclass(frozen=True)
class Hello(HostMessage):
    """Opens a session and ends any other. Answered by WELCOME or ERROR; repeated until then."""

    code = 0x01
    version: int = wire("u8", "protocol version")
    mode: int = wire("u8", "1 audio, 2 imu, 3 gated")
    flags: int = wire(
        "u16", "bit 0: AUDIO is already decimated; bit 1: send STATS and STAGES; bit 2: motion is STAMPED"
    )
    nonce: int = wire("u32", "drawn by the host for this session; WELCOME repeats it")
    detector_hash: int = wire("u32", "the detector the host expects; 0 takes any")
    audio_rate_hz: int = wire("u32", "rate of the samples in AUDIO", "Hz")
    imu_rate_hz: int = wire(
        "u32", "rate of the samples in IMU, or about that in STAMPED; 0 where there are none", "Hz"
    )
    audio_samples: int = wire("u32", "how many audio samples the session has")
    imu_samples: int = wire("u32", "how many IMU samples the session has")


@dataclass(frozen=True, eq=False)
class Audio(HostMessage):
    """Consecutive audio samples. The first one's number is their timestamp and their place in the stream."""

    code = 0x02
    tail = Tail("samples", "i16", MAX_AUDIO_SAMPLES, "LSB", "samples, full scale 32768")
    first: int = wire("u32", "number of the first sample; time = first / audio_rate_hz")
    samples: NDArray[np.int16] = dataclasses.field(default_factory=lambda: np.zeros(0, np.int16))

    def _tail_bytes(self) -> bytes:
        return self.samples.astype("<i2", copy=False).tobytes()

    @classmethod
    def _read_tail(cls, data: bytes) -> NDArray[np.int16]:
        return np.frombuffer(data, "<i2").astype(np.int16)


@dataclass(frozen=True, eq=False)
class Imu(HostMessage):
    """Consecutive IMU samples as float32, bit for bit what the host's inference sees."""

    code = 0x03
    tail = Tail(
        "samples", "imu", MAX_IMU_SAMPLES, "m/s2, deg/s", "acc x y z, gyro x y z of each sample, f32 each"
    )
    first: int = wire("u32", "number of the first sample; time = first / imu_rate_hz")
    samples: NDArray[np.float32] = dataclasses.field(default_factory=lambda: np.zeros((0, 6), np.float32))

    def _tail_bytes(self) -> bytes:
        return self.samples.astype("<f4", copy=False).tobytes()

    @classmethod
    def _read_tail(cls, data: bytes) -> NDArray[np.float32]:
        return np.frombuffer(data, "<f4").astype(np.float32).reshape(-1, 6)


@dataclass(frozen=True, eq=False)
class Stamped(HostMessage):
    """Consecutive IMU samples of a sensor with a clock of its own, in place of IMU where HELLO says so.

    Each has the audio tick at which it was read, modulo 2^32: what a board makes of them does not depend on
    how the host cuts blocks.
    """

    code = 0x07
    tail = Tail(
        "samples",
        "stamped",
        MAX_STAMPED_SAMPLES,
        "m/s2, deg/s, 1/16000 s",
        "acc x y z, gyro x y z, f32 each; audio tick at which it was read, 0xFFFFFFFF without one",
    )
    first: int = wire("u32", "number of the first sample")
    samples: NDArray[np.void] = dataclasses.field(default_factory=lambda: np.zeros(0, STAMPED_ITEM))

    def _tail_bytes(self) -> bytes:
        return self.samples.tobytes()

    @classmethod
    def _read_tail(cls, data: bytes) -> NDArray[np.void]:
        return np.frombuffer(data, STAMPED_ITEM)


@dataclass(frozen=True)
class Finish(HostMessage):
    """All samples were sent: finish and send END. Ignored until they have all arrived; repeated until END."""

    code = 0x04
    audio_samples: int = wire("u32", "audio samples in the session")
    imu_samples: int = wire("u32", "IMU samples in the session")


@dataclass(frozen=True)
class Ack(HostMessage):
    """The host has every message before `next_message`. Answered by CREDIT, so it is also the probe."""

    code = 0x05
    next_message: int = wire("u16", "number of the first message the host has not got")
    resend: int = wire("u8", "1: repeat from next_message on")


@dataclass(frozen=True)
class Reset(HostMessage):
    """Forget the session and all state. Answered by READY; valid in any session."""

    code = 0x06


@dataclass(frozen=True)
class Watch(HostMessage):
    """Ask a board that is worn how it does. Answered by PULSE; valid in any session, opens and ends none."""

    code = 0x08
    seconds: int = wire(
        "u16", "send STATS of the windows of so much sound of the board's own from now on; 0 ends that", "s"
    )


@dataclass(frozen=True)
class Ready(BoardMessage):
    """The board has no session: sent once at boot, and in answer to RESET."""

    code = 0x81
    version: int = wire("u8", "protocol version")
    cause: int = wire("u8", "0 boot, 1 RESET")
    detector_hash: int = wire("u32", "detector in the firmware")
    firmware: int = wire("u32", FIRMWARE_TEXT)


@dataclass(frozen=True)
class Welcome(BoardMessage):
    """The session is open and empty."""

    code = 0x82
    version: int = wire("u8", "protocol version")
    mode: int = wire("u8", "as in HELLO")
    flags: int = wire("u16", "as in HELLO")
    nonce: int = wire("u32", "as in HELLO")
    detector_hash: int = wire("u32", "detector in the firmware")
    window_bytes: int = wire("u32", "bytes the host may have under way: the board's receive buffer", "byte")
    clock_hz: int = wire("u32", "ticks per second of every cycles field; 0: they are instructions", "Hz")
    state_bytes: int = wire("u32", "size of the detector's state", "byte")
    firmware: int = wire("u32", FIRMWARE_TEXT)
    options: int = wire("u32", "TUSSIS_OPTIONS: the options it was compiled with, as one number")


@dataclass(frozen=True)
class Credit(BoardMessage):
    """How far the board is. Sent after every burst of input that ended a message, good or bad."""

    code = 0x83
    last_seq: int = wire("u16", "seq of the latest good message: all sent before it has arrived or is lost")
    audio_next: int = wire("u32", "first audio sample not yet taken")
    imu_next: int = wire("u32", "first IMU sample not yet taken")
    messages: int = wire("u16", "messages sent so far: number of the next one")
    bad_messages: int = wire("u16", "messages that were unreadable so far (CRC, length, type), modulo 65536")


@dataclass(frozen=True)
class Event(BoardMessage):
    """A cough."""

    code = 0x84
    reliable = True
    message: int = wire("u16", "message number")
    start: int = wire("u64", "onset, on the grid of frames", f"1/{TICK_HZ} s")
    end: int = wire("u64", "first tick after the end", f"1/{TICK_HZ} s")
    confidence: float = wire("f32", "largest probability of the windows that hold its peak")


@dataclass(frozen=True)
class Stats(BoardMessage):
    """One evaluated window."""

    code = 0x85
    reliable = True
    message: int = wire("u16", "message number")
    path: int = wire("u8", "1 audio, 2 IMU")
    window: int = wire("u32", "window number")
    margin: float = wire("f32", "log-odds of the model")
    probability: float = wire("f32", "the same as a probability")
    cycles: int = wire("u32", "ticks spent in the detector since the previous STATS")


@dataclass(frozen=True)
class Log(BoardMessage):
    """A line for people."""

    code = 0x86
    reliable = True
    tail = Tail("text", "char", MAX_LOG_BYTES, "", "ASCII, no terminator")
    message: int = wire("u16", "message number")
    level: int = wire("u8", "0 note, 1 warning")
    text: str = ""

    def _tail_bytes(self) -> bytes:
        return self.text.encode("ascii")

    @classmethod
    def _read_tail(cls, data: bytes) -> str:
        return data.decode("ascii", "replace")


@dataclass(frozen=True)
class Stages(BoardMessage):
    """Where the ticks of one path's calls went, over the session; comes before END if STATS were asked for.

    The clock is read between the stages, and what reading it costs is taken off.
    """

    code = 0x89
    reliable = True
    message: int = wire("u16", "message number")
    path: int = wire("u8", "1 audio, 2 IMU")
    calls: int = wire("u32", "calls that pushed samples")
    longest_call: int = wire("u32", "ticks of the longest of them")
    front_end: int = wire("u64", "ticks in the decimator, spectrum, mel bands and series")
    features: int = wire("u64", "ticks in windows' features")
    model: int = wire("u64", "ticks in the trees")
    post_processing: int = wire("u64", "ticks in making events from windows")
    control: int = wire("u64", "all other ticks")


@dataclass(frozen=True)
class End(BoardMessage):
    """Totals of the session. Nothing follows it."""

    code = 0x87
    reliable = True
    message: int = wire("u16", "message number")
    audio_samples: int = wire("u32", "audio samples taken")
    imu_samples: int = wire("u32", "IMU samples taken")
    audio_windows: int = wire("u32", "audio windows evaluated")
    imu_windows: int = wire("u32", "IMU windows evaluated")
    imu_hits: int = wire("u32", "IMU windows that reached the gate's threshold")
    audio_frames: int = wire("u32", "audio frames of 16 ms")
    computed_frames: int = wire("u32", "of these, frames the audio path computed")
    events: int = wire("u32", "EVENT messages")
    event_digest: int = wire("u32", "CRC-32 over the EVENT payloads without their message numbers, in order")
    cycles: int = wire("u64", "ticks spent in the detector")
    late_imu: int = wire("u32", "audio windows decided before their IMU samples had come")
    lost_hits: int = wire("u32", "IMU windows forgotten because the audio was too far behind")
    lost_events: int = wire("u32", "events overwritten before they were fetched")
    bad_imu: int = wire("u32", "IMU samples with a value that was not finite")
    lost_imu: int = wire("u32", "IMU samples that never came, by the stamps")
    missed_windows: int = wire("u32", "audio windows that were wanted and lacked samples")
    blind_windows: int = wire("u32", "IMU windows with lost samples or an axis that stands still")
    open_windows: int = wire("u32", "audio windows let through because no IMU sample had come for 2 s")
    clipped_audio: int = wire("u32", "of every 32nd audio sample: at full scale")
    dead_audio: int = wire("u32", "of every 32nd audio sample: unchanged for 2 s and longer")
    imu_millihertz: int = wire("u32", "rate of the IMU by the audio's clock", "1/1000 Hz")
    bad_crc: int = wire("u16", "messages with a wrong CRC or broken COBS")
    bad_length: int = wire("u16", "messages too short, too long, or of a length their type cannot have")
    bad_type: int = wire("u16", "messages of unknown type")
    bad_order: int = wire("u16", "messages out of order, repeated, or of another session")


@dataclass(frozen=True)
class Pulse(BoardMessage):
    """State of a board and of its sensors, over the time since the PULSE before; all zero in a session."""

    code = 0x8A
    ticks: int = wire("u64", "of the board's own audio, since it began", f"1/{TICK_HZ} s")
    duration_ms: int = wire("u32", "time that the counts are over", "ms")
    faults: int = wire(
        "u32",
        "bits: 0 dead microphone, 1 clipping, 2 lost audio, 3 lost IMU, 4 bad IMU, 5 blind gate, 6 late,"
        " 7 lost events",
    )
    events: int = wire("u32", "events found")
    gate_share: float = wire("f32", "of the audio frames, those computed")
    audio_level: float = wire("f32", "RMS of the sound, of full scale")
    clipped_share: float = wire("f32", "of the sound, at full scale")
    motion_level: float = wire("f32", "standard deviation of the size of acceleration", "m/s2")
    imu_millihertz: int = wire("u32", "rate of the IMU by the audio's clock", "1/1000 Hz")
    imu_lead: float = wire("f32", "newest IMU value ahead of the audio; negative: behind", "ms")
    lost_audio_ms: int = wire("u32", "sound that was not captured", "ms")
    lost_imu_ms: int = wire("u32", "motion that never came", "ms")
    lost_events: int = wire("u32", "events overwritten before they were sent")
    blind_windows: int = wire("u32", "IMU windows that the gate could not rely on")
    undecided_windows: int = wire("u32", "windows decided without their motion, or left out")
    cycles: int = wire("u32", "ticks spent in the detector")
    clock_hz: int = wire("u32", "ticks per second; 0: they are instructions", "Hz")
    detector_hash: int = wire("u32", "detector in the firmware")
    mode: int = wire("u8", "as in HELLO; 0 in a session")
    microphone: int = wire("u8", "1: on, or the board cannot switch it")
    bad_messages: int = wire("u16", "messages that were unreadable so far, modulo 65536")


@dataclass(frozen=True)
class Error(BoardMessage):
    """The board refuses. Sent for every message that causes it."""

    code = 0x88
    reason: int = wire("u8", "1 no session, 2 protocol version, 3 detector, 4 sample rate, 5 mode")
    detail: int = wire("u32", "what the board has or wants")


HOST_MESSAGES: tuple[type[HostMessage], ...] = (Hello, Audio, Imu, Finish, Ack, Reset, Stamped, Watch)
BOARD_MESSAGES: tuple[type[BoardMessage], ...] = (
    Ready,
    Welcome,
    Credit,
    Event,
    Stats,
    Log,
    Stages,
    End,
    Error,
    Pulse,
)
MESSAGES: tuple[type[Message], ...] = (*HOST_MESSAGES, *BOARD_MESSAGES)

_BY_CODE = {message.code: message for message in MESSAGES}


def message_class(code: int) -> type[Message] | None:
    """Class of a message type, or None where the table has no such type."""
    return _BY_CODE.get(code)
