"""What is known of a board that is watched, from the messages that came so far."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from ...selection.detector.gate import TICK_HZ
from ..protocol.framing import Received
from ..protocol.message import Message
from ..protocol.messages import PATH_AUDIO, Error, Event, Log, Pulse, Ready, Refusal, Stats

__all__ = ["FAULTS", "BoardState", "LinkState"]

FAULTS = (
    "dead microphone",
    "clipping",
    "lost audio",
    "lost IMU",
    "bad IMU values",
    "blind gate",
    "late",
    "lost events",
)
"""What the bits of a PULSE's ``faults`` say, from bit 0."""

_KEPT = 60
"""Windows of each model that are kept to be drawn."""


@dataclass
class LinkState:
    """How the line does.

    Attributes
    ----------
    bytes_received
        All bytes that came.
    bad_host, bad_board
        Messages that were unreadable here, and there.
    lost_messages
        Messages of the board that never came, by their numbers.
    interruptions
        How often the connection broke.
    is_open
        Whether it stands.
    answer_s
        From the last WATCH to its PULSE.
    """

    bytes_received: int = 0
    bad_host: int = 0
    bad_board: int = 0
    lost_messages: int = 0
    interruptions: int = 0
    is_open: bool = True
    answer_s: float | None = None


@dataclass
class BoardState:
    """Everything that a monitor shows; `take` brings it up to date.

    Attributes
    ----------
    events
        With their times in seconds of the board's audio.
    audio, motion
        Newest windows of each model.
    windows
        How many windows of each model were told.
    pulse
        The newest.
    faults
        How many pulses had each fault.
    lost_ms
        Sound and motion that was lost, summed up.
    notes
        Lines that the board said, newest last.
    restarts
        How often it started again.
    is_silent
        Whether its firmware is not compiled to be watched: it tells coughs and nothing else.
    link
        The line.
    """

    events: list[tuple[float, float, float]] = field(default_factory=list)
    audio: deque[Stats] = field(default_factory=lambda: deque(maxlen=_KEPT))
    motion: deque[Stats] = field(default_factory=lambda: deque(maxlen=_KEPT))
    windows: Counter[str] = field(default_factory=Counter)
    pulse: Pulse | None = None
    pulses: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    lost_ms: Counter[str] = field(default_factory=Counter)
    notes: deque[str] = field(default_factory=lambda: deque(maxlen=20))
    restarts: int = 0
    is_silent: bool = False
    link: LinkState = field(default_factory=LinkState)
    _seq: int | None = None

    @property
    def cycles_per_second(self) -> float | None:
        """Ticks that the detector took in a second of audio, over the newest pulse."""
        pulse = self.pulse
        if pulse is None or not pulse.duration_ms:
            return None
        return pulse.cycles / pulse.duration_ms * 1000

    @property
    def load(self) -> float | None:
        """Share of the core that the detector takes; None where ticks are not cycles."""
        spent = self.cycles_per_second
        if spent is None or self.pulse is None or not self.pulse.clock_hz:
            return None
        return spent / self.pulse.clock_hz

    def take(self, received: Received) -> None:
        """Take a message."""
        message = received.message
        if isinstance(message, Ready):
            self._seq = None
            self.restarts += message.cause == 0
        if self._seq is not None:
            self.link.lost_messages += (received.seq - self._seq - 1) & 0xFFFF
        self._seq = received.seq
        self._take(message)

    def _take(self, message: Message) -> None:
        if isinstance(message, Event):
            times = message.start / TICK_HZ, message.end / TICK_HZ
            self.events.append((*times, float(message.confidence)))
        elif isinstance(message, Stats):
            is_audio = message.path == PATH_AUDIO
            (self.audio if is_audio else self.motion).append(message)
            self.windows["audio" if is_audio else "motion"] += 1
        elif isinstance(message, Pulse):
            self.pulse, self.is_silent = message, False
            self.pulses += 1
            self.link.bad_board = message.bad_messages
            self.faults.update(name for bit, name in enumerate(FAULTS) if message.faults >> bit & 1)
            self.lost_ms.update(audio=message.lost_audio_ms, motion=message.lost_imu_ms)
        elif isinstance(message, Log):
            self.notes.append(message.text)
        elif isinstance(message, Error) and message.reason == Refusal.NO_SESSION:
            self.is_silent = self.pulse is None  # it took a WATCH for a message of a session
        elif isinstance(message, Error):
            self.notes.append(Refusal.TEXT.get(message.reason, "refused").format(detail=message.detail))

    def events_as_dicts(self) -> list[dict[str, float]]:
        """Render the events for JSON."""
        return [{"start_s": a, "end_s": b, "confidence": c} for a, b, c in self.events]

    def now_as_dict(self) -> dict[str, Any]:
        """Render the newest pulse, and the line, for JSON."""
        pulse = None
        if self.pulse is not None:
            pulse = {f.name: getattr(self.pulse, f.name) for f in self.pulse.fields()}
        spent = self.cycles_per_second
        return {"pulse": pulse, "cycles_per_second": spent, "load": self.load, "link": vars(self.link)}

    def as_dict(self) -> dict[str, Any]:
        """Render for JSON."""
        return {
            "events": self.events_as_dicts(),
            "windows": dict(self.windows),
            "pulses": self.pulses,
            **self.now_as_dict(),
            "faults": dict(self.faults),
            "lost_ms": dict(self.lost_ms),
            "notes": list(self.notes),
            "restarts": self.restarts,
            "is_silent": self.is_silent,
        }
