"""Counts of coughs per hour and per day, detected against labelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .agreement import Agreement, agreement
from .answer import Answer

__all__ = ["CountAgreement", "count_agreement", "paired_counts"]

HOUR_S = 3600.0
DAY_S = 86400.0


@dataclass(frozen=True)
class CountAgreement:
    """Agreement by stretches of a length, of recordings that say where every cough is.

    Parameters
    ----------
    hour, day
        Recordings cut into hours and into days from their start; a shorter one, or a rest, is a stretch too.
    longest_s
        Length of the longest recording in seconds: below an hour, both are agreements by recording.
    """

    hour: Agreement
    day: Agreement
    longest_s: float


def count_agreement(answers: Sequence[Answer]) -> CountAgreement | None:
    """Compare the counts; None where no recording other than a clip says where its coughs are."""
    known = [answer for answer in answers if answer.has_bounds and not answer.is_clip]
    if not any(answer.has_coughs for answer in known):
        return None
    parts = {length_s: [paired_counts(answer, length_s) for answer in known] for length_s in (HOUR_S, DAY_S)}
    hour, day = (agreement(*np.concatenate(pairs, axis=1)) for pairs in parts.values())
    return CountAgreement(hour, day, max(answer.duration_s for answer in known))


def paired_counts(answer: Answer, length_s: float) -> NDArray[np.int64]:
    """Count labelled coughs and events that begin in each stretch of a recording, shape (2, n).

    Labels that overlap are one cough; an event in a stretch of which nobody can tell is not counted.
    """
    edges = np.arange(max(int(np.ceil(answer.duration_s / length_s)), 1) + 1) * length_s
    events = answer.event_bounds[answer.is_false | answer.is_right, 0]
    coughs = answer.references.cough_bounds[:, 0]
    return np.stack([np.histogram(starts, edges)[0] for starts in (coughs, events)]).astype(np.int64)
