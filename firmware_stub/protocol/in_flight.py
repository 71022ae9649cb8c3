"""What was sent and not yet heard of."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import islice

from .message import Message

__all__ = ["InFlight", "Transmission"]

_HALF = 0x8000
_WRAP = 0xFFFF


@dataclass(frozen=True)
class Transmission:
    """One message on its way: number, size, time, and the samples `first` to `end` - 1 it carries, if any."""

    seq: int
    n_bytes: int
    sent_s: float
    kind: type[Message]
    first: int
    end: int


class InFlight:
    """Transmissions in the order they were sent, since the latest that the board has been heard of.

    Attributes
    ----------
    n_bytes
        Their bytes: what counts against the board's window.
    """

    def __init__(self) -> None:
        self.n_bytes = 0
        self._under_way: deque[Transmission] = deque()
        self._given_up = (
            0  # so many at the front are known to be damaged, though not which seq the board is at
        )

    def __bool__(self) -> bool:
        return bool(self._under_way)

    @property
    def n_hoped_for(self) -> int:
        """How many may still arrive."""
        return len(self._under_way) - self._given_up

    def add(self, transmission: Transmission) -> None:
        """Note one more."""
        self._under_way.append(transmission)
        self.n_bytes += transmission.n_bytes

    def clear(self) -> None:
        """Forget all."""
        self._under_way.clear()
        self.n_bytes = self._given_up = 0

    def resolve(self, last_seq: int) -> list[Transmission]:
        """Take out everything up to `last_seq`: it has arrived or is lost."""
        resolved = []
        while self._under_way and (last_seq - self._under_way[0].seq) & _WRAP < _HALF:
            transmission = self._under_way.popleft()
            self.n_bytes -= transmission.n_bytes
            self._given_up = max(self._given_up - 1, 0)
            resolved.append(transmission)
        return resolved

    def give_up(self) -> None:
        """Expect nothing of what is under way; it counts against the window until it is resolved."""
        self._given_up = len(self._under_way)

    def covers(self, kind: type[Message], sample: int) -> bool:
        """Whether a message of this kind that holds the sample may still arrive."""
        return any(sent.kind is kind and sent.first <= sample < sent.end for sent in self._hoped_for())

    def has(self, kind: type[Message]) -> bool:
        """Whether a message of this kind may still arrive."""
        return any(sent.kind is kind for sent in self._hoped_for())

    def _hoped_for(self) -> islice[Transmission]:
        return islice(self._under_way, self._given_up, None)
