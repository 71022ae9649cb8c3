"""What the host learns about a link by using it: how long answers take, how many bytes are damaged."""

from __future__ import annotations

import math

__all__ = ["LinkQuality"]

_OVERHEAD_BYTES = 14
"""Bytes around the samples of an AUDIO message: header, first, CRC, COBS, delimiter."""

_MEMORY_BYTES = 3000.0
"""Bytes over which the damage estimate forgets."""

_SHORTEST_BYTES = 24
_PROBE_S = (0.01, 0.5)
_CLEAN = 1e-6
_DAMAGING = 1e-3


class LinkQuality:
    """Round-trip time and damage rate, and what follows from them.

    Attributes
    ----------
    round_trip_s
        Smoothed time from sending a message to hearing of it; None before the first.
    damage_per_byte
        Estimated damaged messages per byte sent, which for short messages is the share of bad bytes.
    """

    def __init__(self) -> None:
        self.round_trip_s: float | None = None
        self.worst_round_trip_s = 0.0
        self.damage_per_byte = 0.0
        self._bad = 0  # damaged messages not yet set against bytes

    def answered(self, round_trip_s: float) -> None:
        """Take in one measured round trip."""
        self.worst_round_trip_s = max(self.worst_round_trip_s, round_trip_s)
        if self.round_trip_s is None:
            self.round_trip_s = round_trip_s
        else:
            self.round_trip_s += (round_trip_s - self.round_trip_s) / 8.0

    def resolved(self, n_bytes: int, n_bad: int) -> None:
        """Learn that `n_bytes` are no longer under way, and `n_bad` messages arrived damaged meanwhile."""
        self._bad += n_bad
        if n_bytes == 0:
            return
        keep = math.exp(-n_bytes / _MEMORY_BYTES)
        rate = self._bad / n_bytes
        self._bad = 0
        self.damage_per_byte = keep * self.damage_per_byte + (1.0 - keep) * rate

    @property
    def probe_s(self) -> float:
        """How long to wait for an answer before asking: four round trips within 10 to 500 ms."""
        low, high = _PROBE_S
        return high if self.round_trip_s is None else min(max(4.0 * self.round_trip_s, low), high)

    @property
    def is_damaging(self) -> bool:
        """Whether so much is lost that an extra message costs less than waiting for the next to prove it."""
        return self.damage_per_byte > _DAMAGING

    def block_bytes(self, most: int) -> int:
        """Sample bytes per message that get the most of them across.

        With n sample bytes, h overhead and damage rate e, n / (n + h) * (1 - e)^(n + h) is largest near
        n = sqrt(h / e).
        """
        if self.damage_per_byte < _CLEAN:
            return most
        return int(min(max(math.sqrt(_OVERHEAD_BYTES / self.damage_per_byte), _SHORTEST_BYTES), most))

    def messages_under_way(self) -> int:
        """As many messages as arrive before one is lost: what follows it is refused."""
        if self.damage_per_byte < _CLEAN:
            return 1 << 16
        lost = 1.0 - (1.0 - min(self.damage_per_byte, 0.5)) ** (self.block_bytes(512) + _OVERHEAD_BYTES)
        return max(1, round(1.0 / lost))
