"""Events that are handed to a person because the detector is unsure of them, against what the rest is worth.

Of the detector's events those with a confidence below `high` are handed over; the others stand. Coverage is
the share that stands, risk is what is wrong among it (R. El-Yaniv, Y. Wiener, On the foundations of
noise-free selective classification, JMLR 11, 2010).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..training.operating_points import SWEPT_THRESHOLDS
from .answer import Answer, touching

__all__ = ["RiskCoverage", "RiskRow", "risk_coverage"]

WANTED_PRECISION = 0.95


@dataclass(frozen=True)
class RiskRow:
    """What stands and what is handed over where `high` ends the band.

    Parameters
    ----------
    high
        Confidence from which an event stands.
    events
        Number of events.
    handed_over
        Number of those that a person looks at.
    coverage
        Share of the events that stand.
    precision
        Share of the standing events that touch a cough; None where none stands.
    sensitivity
        Share of the coughs that standing events find.
    sensitivity_with_person
        The same where the person confirms what is a cough: that of all events.
    """

    high: float
    events: int
    handed_over: int
    coverage: float
    precision: float | None
    sensitivity: float
    sensitivity_with_person: float


@dataclass(frozen=True)
class RiskCoverage:
    """The curve.

    Parameters
    ----------
    low
        Threshold of the detector: nothing below it is an event.
    rows
        By rising `high`; the first hands nothing over.
    band
        The first row whose precision is at least 0.95; None where no row reaches it.
    """

    low: float
    rows: tuple[RiskRow, ...]
    band: RiskRow | None


def risk_coverage(answers: Sequence[Answer], threshold: float) -> RiskCoverage | None:
    """Sweep the upper end of the band over recordings that one model decided.

    An event that lies only in a stretch labelled ``unsure`` is left out. In a clip that only says cough every
    event counts as right, and the clip as one cough.

    Parameters
    ----------
    answers
        The recordings.
    threshold
        The detector's threshold, a probability.

    Returns
    -------
    RiskCoverage or None
        None where there are no coughs or no events.
    """
    coughs = sum(_coughs(answer) for answer in answers)
    judged = [answer for answer in answers if len(answer.events)]
    confidence = np.concatenate([_confidence(answer) for answer in judged] or [np.zeros(0)])
    right = np.concatenate([answer.is_right for answer in judged] or [np.zeros(0, np.bool_)])
    wrong = np.concatenate([answer.is_false for answer in judged] or [np.zeros(0, np.bool_)])
    known = right | wrong
    if not coughs or not known.any():
        return None
    confidence, right = confidence[known], right[known]
    everything = sum(_found(answer, 0.0) for answer in judged) / coughs
    rows = []
    for high in (threshold, *(value for value in SWEPT_THRESHOLDS if value > threshold)):
        stands = confidence >= high if high > threshold else np.ones(len(confidence), np.bool_)
        n = int(stands.sum())
        limit = high if high > threshold else 0.0
        rows.append(
            RiskRow(
                high=high,
                events=len(confidence),
                handed_over=len(confidence) - n,
                coverage=n / len(confidence),
                precision=float(right[stands].mean()) if n else None,
                sensitivity=sum(_found(answer, limit) for answer in judged) / coughs,
                sensitivity_with_person=everything,
            )
        )
    reached = [row for row in rows if row.precision is not None and row.precision >= WANTED_PRECISION]
    return RiskCoverage(threshold, tuple(rows), reached[0] if reached else None)


def _coughs(answer: Answer) -> int:
    return answer.references.count_of_coughs + sum(label.is_weak_cough for label in answer.labels)


def _found(answer: Answer, limit: float) -> int:
    """Coughs that events of at least this confidence find."""
    events = answer.event_bounds[_confidence(answer) >= limit]
    weak = [label for label in answer.labels if label.is_weak_cough]
    return int(answer.references.found(events).sum() + touching(weak, events).any(axis=0).sum())


def _confidence(answer: Answer) -> NDArray[np.float64]:
    return np.array([event.confidence for event in answer.events], np.float64)
