"""What replay talks to: bytes to and from a board, however it is attached."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Board", "BoardGone"]


class BoardGone(OSError):  # noqa: N818 - what happened, not whose fault it is
    """The connection broke: unplugged, port closed, process ended."""


class Board(Protocol):
    """A byte stream to a board that may break and come back."""

    @property
    def name(self) -> str:
        """What to call it in messages: the port's name."""
        ...

    def read(self, wait_s: float) -> bytes:
        """Bytes that have arrived; waits up to `wait_s` for the first, returns ``b""`` if none came.

        Raises
        ------
        BoardGone
            The connection is broken.
        """
        ...

    def write(self, data: bytes) -> int:
        """Hand over as much of `data` as is taken without waiting; returns the number of bytes.

        Raises
        ------
        BoardGone
            The connection is broken.
        """
        ...

    def reopen(self) -> bool:
        """Try once to restore a broken connection; returns whether it stands again."""
        ...

    def close(self) -> None:
        """Let go of the connection. Safe to call twice."""
        ...
