"""Lines that a person types while something else goes on."""

from __future__ import annotations

import queue
import threading
from typing import TextIO

__all__ = ["TypedLines"]


class TypedLines:
    """Reads lines in a thread of its own, which does not keep the process from ending.

    Parameters
    ----------
    stream
        Where they come from; None, or one that is at its end, gives none.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        if stream is not None:
            threading.Thread(target=self._read, args=(stream,), name="tussis-typed", daemon=True).start()

    def take(self) -> list[str]:
        """Lines since the last call, without their ends."""
        found = []
        while not self._lines.empty():
            found.append(self._lines.get())
        return found

    def _read(self, stream: TextIO) -> None:
        try:
            for line in stream:
                self._lines.put(line.rstrip("\n"))
        except (OSError, ValueError):
            return  # closed
