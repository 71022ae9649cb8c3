"""Watching a board that is worn: ask it how it does, take what it says, outlive its cable."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

from ..boards.board import Board, BoardGone
from ..protocol.framing import MessageReader, encode_message
from ..protocol.messages import Event, Pulse, Watch
from .board_state import BoardState
from .watch_log import WatchLog, read_log

__all__ = ["ASK_EVERY_S", "Watcher", "replay_log", "watch"]

ASK_EVERY_S = 1.0
_TOLD_S = 5
"""A WATCH asks for windows of so much sound, so that one that is lost leaves no gap."""

_REOPEN_EVERY_S = 0.5
_WAIT_S = 0.05
_SESSION = 0

Told = Callable[[float, BoardState, list[Event]], None]
"""Called after everything that happens: the time, the state, events that are new."""


class Watcher:
    """Turns bytes and happenings into a state; the same for a board and for a log."""

    def __init__(self) -> None:
        self.state = BoardState()
        self._reader = MessageReader()
        self._asked_s: float | None = None

    def take(self, at_s: float, told: bytes | str) -> list[Event]:
        """Take bytes that came, or ``asked``, ``gone`` or ``back``; returns events that are new."""
        link = self.state.link
        if told == "asked":
            self._asked_s = at_s
        elif told == "gone":
            link.is_open = False
            link.interruptions += 1
        elif told == "back":
            link.is_open = True
            self._reader = MessageReader()
        events: list[Event] = []
        if isinstance(told, bytes):
            link.bytes_received += len(told)
            bad = self._reader.bad_messages
            for received in self._reader.feed(told):
                self.state.take(received)
                if isinstance(received.message, Event):
                    events.append(received.message)
                elif isinstance(received.message, Pulse) and self._asked_s is not None:
                    link.answer_s = at_s - self._asked_s
                    self._asked_s = None
            link.bad_host += self._reader.bad_messages - bad
        return events


def watch(
    board: Board,
    tell: Told,
    *,
    log: WatchLog | None = None,
    seconds: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> BoardState:
    """Watch a board until Ctrl-C, or for a while.

    Parameters
    ----------
    board
        The line to it. It may break and come back.
    tell
        Is told.
    log
        Where all that comes is kept.
    seconds
        How long; None: no end.
    clock
        Seconds on any clock that runs on.

    Returns
    -------
    BoardState
        What is known in the end.
    """
    watcher = Watcher()
    began_s = clock()
    due_s = 0.0
    number = 0

    def happened(at_s: float, told: bytes | str) -> None:
        at_s = round(at_s, 4)  # as in the log, so that the log gives the same state
        if log is not None and isinstance(told, bytes):
            log.bytes_came(at_s, told)
        elif log is not None:
            log.happened(at_s, str(told))
        tell(at_s, watcher.state, watcher.take(at_s, told))

    try:
        while seconds is None or clock() - began_s < seconds:
            at_s = clock() - began_s
            try:
                if not watcher.state.link.is_open:
                    if not board.reopen():
                        time.sleep(_REOPEN_EVERY_S)
                        continue
                    happened(at_s, "back")
                    due_s = at_s
                if at_s >= due_s:
                    due_s = at_s + ASK_EVERY_S
                    board.write(b"\0" + encode_message(Watch(_TOLD_S), _SESSION, number))
                    number += 1
                    happened(at_s, "asked")
                if data := board.read(_WAIT_S):
                    happened(clock() - began_s, data)
            except BoardGone:
                happened(at_s, "gone")
    except KeyboardInterrupt:
        pass
    return watcher.state


def replay_log(
    path: Path, tell: Told, *, speed: float = math.inf, wait: Callable[[float], None] = time.sleep
) -> BoardState:
    """Go through a log as if it happened again.

    Parameters
    ----------
    path
        A file that `watch` kept.
    tell
        Is told, as it was then.
    speed
        Times real time; infinity: at once.
    wait
        Waits so many seconds.

    Raises
    ------
    InputError
        The file is not a log.
    """
    watcher = Watcher()
    before_s = 0.0
    try:
        for at_s, told in read_log(path):
            if speed < math.inf:
                wait(max(at_s - before_s, 0.0) / speed)
            before_s = at_s
            tell(at_s, watcher.state, watcher.take(at_s, told))
    except KeyboardInterrupt:
        pass
    return watcher.state
