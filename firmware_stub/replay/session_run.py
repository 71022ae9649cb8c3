"""One session on one board: the link, the clock, a broken connection, a reset board, Ctrl-C."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from ...selection.detector.gate import TICK_HZ
from ..boards.board import Board, BoardGone
from ..protocol.feed import Feed, SampleStreams
from ..protocol.link import HostLink
from ..protocol.link_error import BoardReset
from ..protocol.messages import (
    FLAG_DECIMATED,
    FLAG_STAMPED,
    FLAG_STATS,
    MODES,
    PROTOCOL_VERSION,
    Event,
    Hello,
)
from ..protocol.session_log import LinkStatistics, SessionLog

__all__ = ["SessionOutcome", "SessionTerms", "run_session"]

_READ_WAIT_S = 0.1
_BACKLOG_WAIT_S = 0.002
_REOPEN_EVERY_S = 0.1
_GOODBYE_S = 0.3


@dataclass(frozen=True)
class SessionTerms:
    """What HELLO says besides the streams.

    Attributes
    ----------
    mode
        ``"audio"``, ``"imu"`` or ``"gated"``.
    detector_hash
        Detector the board must have; 0 takes any.
    speed
        Times real time; `math.inf` as fast as the board takes it.
    stats
        Ask for one STATS per evaluated window.
    restarts
        Number of restarts allowed when the board loses the session.
    """

    mode: str
    detector_hash: int = 0
    speed: float = math.inf
    stats: bool = True
    restarts: int = 3


@dataclass(frozen=True)
class SessionOutcome:
    """What a completed session brought.

    Attributes
    ----------
    log
        Everything the board said.
    statistics
        Counts of the last attempt.
    elapsed_s
        Time from WELCOME to END, in seconds.
    event_delays_s
        For each event, seconds from the time its end was due to its arrival; meaningful when paced.
    round_trip_s
        Smoothed time from a message to the board's word about it.
    restarts
        Attempts the board did not survive.
    reconnections
        Number of times that the connection broke and came back.
    """

    log: SessionLog
    statistics: LinkStatistics
    elapsed_s: float
    event_delays_s: tuple[float, ...]
    round_trip_s: float
    restarts: int
    reconnections: int


def run_session(
    board: Board,
    streams: SampleStreams,
    terms: SessionTerms,
    *,
    on_event: Callable[[Event], None] = lambda event: None,
    on_progress: Callable[[float], None] = lambda done_s: None,
) -> SessionOutcome:
    """Replay sample streams into a board and collect what it says.

    Parameters
    ----------
    board
        Board to talk to.
    streams
        Samples to send.
    terms
        Mode, speed and limits of the session.
    on_event
        Called with every event as it arrives; after a restart with all of them again.
    on_progress
        Called with the seconds of the recording that the board has taken.

    Returns
    -------
    SessionOutcome

    Raises
    ------
    LinkError
        The session could not be completed; says what was lost.
    BoardRefused
        The board will not take it.
    """
    restarts = reconnections = 0
    while True:
        run = _Run(board, streams, terms, on_event, on_progress)
        try:
            run.to_the_end()
        except BoardReset:
            reconnections += run.reconnections
            restarts += 1
            if restarts > terms.restarts:
                raise
            continue
        finally:
            run.say_goodbye()
        link = run.link
        return SessionOutcome(
            link.log,
            link.statistics,
            run.ended_s - link.began_s,
            tuple(run.event_delays_s),
            link.quality.round_trip_s or 0.0,
            restarts,
            reconnections + run.reconnections,
        )


class _Run:
    """One attempt."""

    def __init__(
        self,
        board: Board,
        streams: SampleStreams,
        terms: SessionTerms,
        on_event: Callable[[Event], None],
        on_progress: Callable[[float], None],
    ) -> None:
        hello = Hello(
            version=PROTOCOL_VERSION,
            mode=MODES[terms.mode],
            flags=FLAG_STATS * terms.stats
            | FLAG_DECIMATED * streams.decimated
            | FLAG_STAMPED * (streams.imu_ticks is not None),
            nonce=secrets.randbits(32),
            detector_hash=terms.detector_hash,
            audio_rate_hz=streams.audio_rate_hz,
            imu_rate_hz=streams.imu_rate_hz,
            audio_samples=len(streams.audio),
            imu_samples=len(streams.imu),
        )
        feed = Feed(streams, terms.speed)
        self.link = HostLink(hello, 1 + secrets.randbelow(255), feed, time.monotonic())
        self.event_delays_s: list[float] = []
        self.reconnections = 0
        self.ended_s = 0.0
        self._board = board
        self._speed = terms.speed
        self._on_event = on_event
        self._on_progress = on_progress
        self._pending = b""

    def to_the_end(self) -> None:
        """Exchange bytes until END, or raise."""
        while not self.link.done:
            try:
                self._exchange()
            except BoardGone:
                self._pending = b""
                self._reconnect()
            self.link.check_time(time.monotonic())
        self.ended_s = time.monotonic()

    def say_goodbye(self) -> None:
        """Leave the board without a session, as well as the connection allows."""
        data, until_s = b"\0" + self.link.goodbye(), time.monotonic() + _GOODBYE_S
        try:
            while data and time.monotonic() < until_s:
                data = data[self._board.write(data) :]
                self._board.read(0.01 if data else 0.0)
        except BoardGone:
            pass

    def _exchange(self) -> None:
        now_s = time.monotonic()
        if not self._pending:
            self._pending = self.link.transmit(now_s)
        if self._pending:
            self._pending = self._pending[self._board.write(self._pending) :]
        wait_s = _BACKLOG_WAIT_S if self._pending else min(self.link.next_time_s(now_s) - now_s, _READ_WAIT_S)
        data = self._board.read(max(wait_s, 0.0))
        if not data:
            return
        now_s = time.monotonic()
        taken = self.link.audio_taken, self.link.imu_taken
        for event in self.link.receive(data, now_s):
            self.event_delays_s.append(now_s - self.link.began_s - event.end / TICK_HZ / self._speed)
            self._on_event(event)
        if taken != (self.link.audio_taken, self.link.imu_taken):
            self._on_progress(self.link.taken_s)

    def _reconnect(self) -> None:
        while not self._board.reopen():
            self.link.check_time(time.monotonic())
            time.sleep(_REOPEN_EVERY_S)
        self.reconnections += 1
