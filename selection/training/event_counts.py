"""Events counted by `timescoring`, and an interval of F1 over subjects.

`timescoring` works on a 10 Hz grid. Four of its habits matter here:

- a detected event shorter than a grid step may cover none and then counts as false wherever it lies;
- a reference of 0.5 s grows to 1.0 s by the tolerances and needs more than 0.125 s of detection in it, which
  is two grid steps: keep detected events at 0.2 s or longer;
- events over 0.6 s are split, references too, so ``ref`` can exceed the number of labels; a length that
  is too long by rounding alone leaves a piece that covers nothing, hence `_tidy`;
- of references that overlap the end of the later one wins, even if it lies within the earlier, hence
  `joined_coughs`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...data.recording import Label
from ...data.scored_coughs import MAX_EVENT_S, ROUNDING_S, joined_coughs

__all__ = [
    "BOOTSTRAP_DRAWS",
    "BOOTSTRAP_SEED",
    "TOLERANCE_END_S",
    "TOLERANCE_START_S",
    "Counts",
    "count_events",
    "f1_interval",
    "false_events",
    "split_references",
]

TOLERANCE_START_S = 0.25
TOLERANCE_END_S = 0.25
MIN_OVERLAP = 0.125
MIN_BETWEEN_S = 0.0
GRID_HZ = 10

BOOTSTRAP_DRAWS = 1000
BOOTSTRAP_SEED = 0


@dataclass(frozen=True)
class Counts:
    """Counted events and the time they were counted in; add them up over sessions.

    Parameters
    ----------
    tp
        Number of references that were found.
    fp
        Detections that touch no found reference.
    ref
        References, after splitting those longer than 0.6 s.
    duration_s
        Length of the recordings.
    """

    tp: int = 0
    fp: int = 0
    ref: int = 0
    duration_s: float = 0.0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.tp + other.tp, self.fp + other.fp, self.ref + other.ref, self.duration_s + other.duration_s
        )

    @property
    def sensitivity(self) -> float | None:
        """Share of the references that were found; None without references."""
        return self.tp / self.ref if self.ref else None

    @property
    def precision(self) -> float | None:
        """Share of found references among found and false ones; None where nothing was detected."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of both; None without references and false detections."""
        return 2 * self.tp / (self.tp + self.fp + self.ref) if self.ref + self.fp else None

    @property
    def fp_per_hour(self) -> float | None:
        """False detections per hour; None for recordings without length."""
        return self.fp * 3600.0 / self.duration_s if self.duration_s else None

    def as_dict(self) -> dict[str, Any]:
        """Render for JSON; undefined figures are null."""
        return {
            "sensitivity": self.sensitivity,
            "precision": self.precision,
            "f1": self.f1,
            "fp_per_hour": self.fp_per_hour,
            "tp": self.tp,
            "fp": self.fp,
            "ref": self.ref,
        }


def f1_interval(sessions: Iterable[tuple[str, Counts]]) -> tuple[float, float] | None:
    """95 % interval of F1 from subjects and counts of sessions; None with fewer than two subjects.

    Percentile bootstrap over whole subjects (B. Efron, Annals of Statistics 7, 1979): what one subject coughs
    hangs together.
    """
    by_subject: dict[str, Counts] = {}
    for subject, counts in sessions:
        by_subject[subject] = by_subject.get(subject, Counts()) + counts
    if len(by_subject) < 2:
        return None
    table = np.array([(c.tp, c.fp, c.ref) for _, c in sorted(by_subject.items())])
    draws = np.random.default_rng(BOOTSTRAP_SEED).integers(len(table), size=(BOOTSTRAP_DRAWS, len(table)))
    tp, fp, ref = table[draws].sum(axis=1).T
    valid = tp + fp + ref > 0
    if not valid.any():
        return None
    low, high = np.quantile(2 * tp[valid] / (tp + fp + ref)[valid], [0.025, 0.975])
    return float(low), float(high)


def count_events(
    references: Iterable[Label], events: Sequence[tuple[float, float]], duration_s: float
) -> Counts:
    """Count one session's events with DESIGN's parameters.

    A weak label is one reference, found if any event touches it. Events that touch no other cough than a weak
    one, or a label named ``unsure``, are not false.

    Parameters
    ----------
    references
        Labels in any order; coughs that overlap count as one, other names than cough and unsure do not count.
    events
        Detected ``(start_s, end_s)`` in order, not overlapping.
    duration_s
        Length of the recording in seconds.
    """
    return false_events(references, events, duration_s)[0]


def false_events(
    references: Iterable[Label], events: Sequence[tuple[float, float]], duration_s: float
) -> tuple[Counts, list[tuple[float, float]]]:
    """Count as `count_events` does, and return the bounds of what counts as false, in seconds."""
    coughs, doubtful = split_references(references)
    if doubtful:
        weak = [label for label in doubtful if label.is_cough]
        found = sum(any(_touch(label, event) for event in events) for label in weak)
        events = [
            event
            for event in events
            if any(_touch(label, event) for label in coughs)
            or not any(_touch(label, event) for label in doubtful)
        ]
        counts, false = false_events(coughs, events, duration_s)
        return Counts(tp=found, ref=len(weak)) + counts, false
    if not coughs and not events:  # most recordings of everyday sounds, and `timescoring` is slow
        return Counts(duration_s=duration_s), []
    # `timescoring` cuts an event to pieces before it looks at the recording's length: none may be endless.
    events = [(start, min(end, max(start, duration_s) + MAX_EVENT_S)) for start, end in events]
    from timescoring.annotations import Annotation
    from timescoring.scoring import EventScoring

    steps = max(math.ceil(duration_s * GRID_HZ), 1)
    result = EventScoring(
        Annotation(_tidy(joined_coughs(coughs)), GRID_HZ, steps),
        Annotation(_tidy(events), GRID_HZ, steps),
        EventScoring.Parameters(
            toleranceStart=TOLERANCE_START_S,
            toleranceEnd=TOLERANCE_END_S,
            minOverlap=MIN_OVERLAP,
            maxEventDuration=MAX_EVENT_S,
            minDurationBetweenEvents=MIN_BETWEEN_S,
        ),
    )
    false = [
        (float(start), float(end))
        for start, end in result.hyp.events
        if not result.tpMask[round(start * result.fs) : round(end * result.fs)].any()
    ]
    return Counts(int(result.tp), int(result.fp), int(result.refTrue), duration_s), false


def split_references(references: Iterable[Label]) -> tuple[list[Label], list[Label]]:
    """Return the coughs whose bounds are known, and the stretches in which there may be some."""
    known = list(references)
    return (
        [label for label in known if label.is_bounded_cough],
        [label for label in known if label.is_doubtful],
    )


def _touch(label: Label, event: tuple[float, float]) -> bool:
    return event[0] < label.end_s and event[1] > label.start_s


def _tidy(events: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Take the rounding error off lengths that are a multiple of `MAX_EVENT_S`."""
    tidy = []
    for start, end in events:
        pieces = round((end - start) / MAX_EVENT_S)
        if pieces and abs(end - start - pieces * MAX_EVENT_S) < ROUNDING_S:
            end = start + pieces * MAX_EVENT_S - ROUNDING_S
        tidy.append((start, end))
    return tidy
