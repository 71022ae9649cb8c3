"""The factor between predicted cycles and those a real board counted."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CycleScale"]


@dataclass(frozen=True)
class CycleScale:
    """What a real board's counter says of predicted cycles.

    Attributes
    ----------
    factor
        Multiplies all of them.
    low, high
        Between which of its own multiples the factor of each single stage lay.
    """

    factor: float = 1.0
    low: float = 1.0
    high: float = 1.0
