"""What ends a command from outside: Ctrl-C, SIGTERM, a closed terminal. All of them are one interrupt."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

__all__ = ["Ending"]

_SAID = {
    signal.SIGINT: "interrupted",
    signal.SIGTERM: "ended by SIGTERM",
    signal.SIGHUP: "ended by SIGHUP, as when a terminal is closed",
}
_ONE_S = 2.0
"""Signals within so long are one: a service manager sends SIGTERM and SIGHUP, shell and kernel SIGHUP."""

_AGAIN_S = 0.02
"""After so long a signal is sent again whose interrupt was lost."""


class Ending:
    """Turns every signal that asks a command to end into `KeyboardInterrupt`, and knows which it was.

    So there is one way to end: what is half written is removed, what Ctrl-C ends well (a board, a recording)
    these end well. A signal that was ignored as the command began stays ignored, as ``nohup`` wants it. Those
    that follow the first at once do not disturb the tidying up; later ones interrupt again.

    Where Python has nobody to tell of an exception, in a function that C calls (the emulator's hooks) or as
    an object is deleted, the interrupt is lost: the signal is sent once more.

    Examples
    --------
    >>> Ending().code
    130
    """

    def __init__(self) -> None:
        self._number = signal.SIGINT
        self._began_s: float | None = None
        self._is_lost = False

    def watch(self) -> None:
        """Handle the signals from now on."""
        for number in _SAID:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._end)
        sys.unraisablehook = self._send_lost_again(sys.unraisablehook)

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
        if self._is_lost:
            self._is_lost = False
            raise KeyboardInterrupt
        now_s = time.monotonic()
        if self._began_s is not None and now_s - self._began_s < _ONE_S:
            return
        self._number, self._began_s = signal.Signals(number), now_s
        raise KeyboardInterrupt

    def _send_lost_again(
        self, otherwise: Callable[[sys.UnraisableHookArgs], object]
    ) -> Callable[[sys.UnraisableHookArgs], object]:
        def tell(lost: sys.UnraisableHookArgs) -> None:
            if not (self.came and issubclass(lost.exc_type, KeyboardInterrupt)):
                otherwise(lost)
                return
            self._is_lost = True
            again = threading.Timer(_AGAIN_S, self._send_again)  # not here: it would be lost as well
            again.daemon = True
            again.start()

        return tell

    def _send_again(self) -> None:
        if self._is_lost:
            os.kill(os.getpid(), self._number)
