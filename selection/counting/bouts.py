"""Bouts: coughs that follow each other without a pause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..detector.inference import Event

__all__ = ["BOUT_GAP_S", "Bout", "find_bouts"]

BOUT_GAP_S = 2.0
"""Pause that ends a bout, in seconds, of the cough epoch in A. H. Morice et al., "ERS guidelines on the
assessment of cough", European Respiratory Journal 29 (2007) 1256: coughing without a pause of 2 s."""


@dataclass(frozen=True)
class Bout:
    """Two coughs or more that follow each other.

    Parameters
    ----------
    start_s, end_s
        From the start of the first cough to the end of the last one, in seconds.
    coughs
        Number of coughs.
    """

    start_s: float
    end_s: float
    coughs: int


def find_bouts(events: Sequence[Event], gap_s: float = BOUT_GAP_S) -> list[Bout]:
    """Join coughs to bouts.

    Single coughs are no bouts: with them the number of bouts says less about how severe the cough is
    (K. J. Holt et al., "An exploration of clinically meaningful definitions of cough bouts", ERJ Open
    Research 10 (2024) 00316-2024, who favour pauses of at most 3 s).

    Parameters
    ----------
    events
        Coughs of one recording, in order.
    gap_s
        A cough belongs to the bout before it if it begins less than this after the end of the last one, in
        seconds.

    Examples
    --------
    >>> from tussis.selection.detector.inference import Event
    >>> coughs = [Event(1.0, 1.3, 0.9), Event(3.2, 3.5, 0.9), Event(5.6, 5.9, 0.9)]
    >>> find_bouts(coughs)
    [Bout(start_s=1.0, end_s=3.5, coughs=2)]
    """
    runs: list[list[Event]] = []
    for event in events:
        if runs and event.start_s - runs[-1][-1].end_s < gap_s:
            runs[-1].append(event)
        else:
            runs.append([event])
    return [Bout(run[0].start_s, run[-1].end_s, len(run)) for run in runs if len(run) > 1]
