"""What ends a command from outside: Ctrl-C, SIGTERM, a closed terminal. All of them are one interrupt."""

from __future__ import annotations

import signal
import time
from types import FrameType

__all__ = ["Ending"]

_SAID = {
    signal.SIGINT: "interrupted",
    signal.SIGTERM: "ended by SIGTERM",
    signal.SIGHUP: "ended by SIGHUP, as when a terminal is closed",
}
_ONE_S = 2.0
"""Signals within so long are one: a service manager sends SIGTERM and SIGHUP, shell and kernel SIGHUP."""


class Ending:
    """Turns every signal that asks a command to end into `KeyboardInterrupt`, and knows which it was.

    So there is one way to end: what is half written is removed, what Ctrl-C ends well (a board, a recording)
    these end well. A signal that was ignored as the command began stays ignored, as ``nohup`` wants it. Those
    that follow the first at once do not disturb the tidying up; later ones interrupt again.

    Examples
    --------
    >>> Ending().code
    130
    """

    def __init__(self) -> None:
        self._number = signal.SIGINT
        self._began_s: float | None = None

    def watch(self) -> None:
        """Handle the signals from now on."""
        for number in _SAID:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._end)

    @property
    def came(self) -> bool:
        """Whether one of the signals has come."""
        return self._began_s is not None

    @property
    def code(self) -> int:
        """Exit code of a command that was ended so: 128 and the signal's number, as shells count."""
        return 128 + self._number

    @property
    def words(self) -> str:
        """What it was, for the line that says so."""
        return _SAID[self._number]

    def _end(self, number: int, frame: FrameType | None) -> None:
        now_s = time.monotonic()
        if self._began_s is not None and now_s - self._began_s < _ONE_S:
            return
        self._number, self._began_s = signal.Signals(number), now_s
        raise KeyboardInterrupt
