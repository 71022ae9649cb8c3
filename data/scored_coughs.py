"""Coughs of a label track as they are scored: long labels are several, overlapping ones are one."""

from __future__ import annotations

import math
from collections.abc import Iterable

from .recording import Label

__all__ = ["MAX_EVENT_S", "ROUNDING_S", "joined_coughs", "scored_coughs"]

MAX_EVENT_S = 0.6
"""Longest event that `timescoring` takes as one, in seconds."""

ROUNDING_S = 1e-6
"""A length that exceeds a multiple of `MAX_EVENT_S` by less is that multiple."""


def joined_coughs(coughs: Iterable[Label]) -> list[tuple[float, float]]:
    """Return start and end of each cough in seconds, in order; labels that overlap are one."""
    joined: list[tuple[float, float]] = []
    for cough in sorted(coughs, key=lambda label: (label.start_s, label.end_s)):
        if joined and cough.start_s < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], cough.end_s))
        else:
            joined.append((cough.start_s, cough.end_s))
    return joined


def scored_coughs(labels: Iterable[Label]) -> int:
    """Count what `tussis score` counts: one for each 0.6 s of a label that begins.

    Examples
    --------
    >>> scored_coughs([Label(1.0, 1.3, "cough"), Label(2.0, 3.4, "cough"), Label(5.0, 9.0, "laugh")])
    4
    """
    known = list(labels)
    pieces = sum(
        max(math.ceil((end_s - start_s - ROUNDING_S) / MAX_EVENT_S), 1)
        for start_s, end_s in joined_coughs(label for label in known if label.is_bounded_cough)
    )
    return pieces + sum(label.is_weak_cough for label in known)
