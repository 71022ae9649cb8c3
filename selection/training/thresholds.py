"""Thresholds and event parameters, chosen on out-of-fold margins by event F1.

Training keeps the event parameters and the odds ratio of both thresholds; the thresholds themselves it takes
from `tussis.selection.training.operating_points`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...data.progress import Progress, silent
from ...data.recording import Label
from ..detector.event_settings import EventParameters, event_plan
from ..detector.events import EventFrames, EventPlan
from ..detector.segmentation import segment
from ..trees.tree_ensemble import logit32
from .event_counts import Counts, count_events
from .track_batches import in_batches

__all__ = [
    "CONTINUE_ODDS",
    "EventChoice",
    "FrameGrid",
    "Track",
    "choose_events",
    "continue_threshold",
    "count_track",
    "counted_choice",
    "track_counts",
]

THRESHOLDS = tuple(round(1.0 / (1.0 + 2.0 ** (-third / 3.0)), 3) for third in range(-9, 14))
"""Probabilities a third of an octave of odds apart, 0.111 to 0.953: even steps where margins are even."""
CONTINUE_ODDS = (1.0, 0.5, 0.25)
"""Odds of the continue threshold as a share of those of the threshold."""
HIGH_DB = (6.0, 9.0, 12.0, 15.0, 18.0, 21.0)
LOW_DB = (9.0, 12.0, 15.0, 20.0, 25.0, 30.0)
MIN_S = (0.1, 0.15, 0.2)
FALSE_EVENT_COST = 1.5
"""What a false event counts against a missed cough. Training sessions hold some twenty coughs a minute: plain
F1 accepts more false events for a found cough than a recording with fewer coughs would."""


@dataclass(frozen=True)
class Track:
    """One session as event selection sees it.

    Parameters
    ----------
    references
        Labels of coughs, and those named ``unsure``, in which nothing is counted.
    duration_s
        Length in seconds.
    margins : ndarray of float32, shape (n_windows,)
        Out-of-fold log-odds.
    level : ndarray of float32, shape (n_frames,)
        Frame levels, log2 power.
    hours_weight
        What its false events and its length count where false events per hour are measured; 0 leaves it out.
    """

    references: Sequence[Label]
    duration_s: float
    margins: NDArray[np.float32]
    level: NDArray[np.float32]
    hours_weight: float = 1.0


@dataclass(frozen=True)
class FrameGrid:
    """Window geometry in frames, and the frame period in seconds."""

    frame_s: float
    hop_frames: int
    window_frames: int


@dataclass(frozen=True)
class EventChoice:
    """Thresholds (probabilities), event parameters, and the counts they gave out of fold."""

    threshold: float
    continue_threshold: float
    parameters: EventParameters
    counts: Counts

    def plan(self, grid: FrameGrid) -> EventPlan:
        """Bring the choice to the segmenter's units."""
        return event_plan(
            self.parameters,
            self.threshold,
            self.continue_threshold,
            frame_s=grid.frame_s,
            hop_frames=grid.hop_frames,
            window_frames=grid.window_frames,
        )


def choose_events(
    tracks: Sequence[Track], grid: FrameGrid, start: EventParameters, *, progress: Progress = silent
) -> EventChoice:
    """Search thresholds and event parameters for the highest event F1 with false events at their cost.

    Coordinate-wise: thresholds, then each drop and the shortest event, then thresholds again. For a
    threshold the score is averaged with that of its neighbours on the grid, so that a plateau is preferred
    to a peak.

    Parameters
    ----------
    tracks
        Sessions with out-of-fold margins.
    grid
        Window geometry in frames.
    start
        Parameters to start from; those that are not searched are kept.
    progress
        Called as sessions are done.
    """
    total = 2 * len(THRESHOLDS) * len(CONTINUE_ODDS) + len(HIGH_DB) + len(LOW_DB) + len(MIN_S)
    before = 0

    def counted(choices: Sequence[EventChoice]) -> list[EventChoice]:
        nonlocal before

        def done(share: float) -> None:
            progress("thresholds", before + int(share * len(choices)), total)

        progress("thresholds", before, total)
        answers = _counted_choices(choices, tracks, grid, done)
        before += len(choices)
        return answers

    best = _best_threshold(start, counted)
    for name, values in (("low_db", LOW_DB), ("high_db", HIGH_DB), ("min_s", MIN_S)):
        candidates = [best, *counted(_variants(best, name, values))]
        best = max(candidates, key=lambda choice: _merit(choice.counts))
    best = _best_threshold(best.parameters, counted)
    progress("thresholds", total, total)
    return best


def _best_threshold(
    parameters: EventParameters, counted: Callable[[Sequence[EventChoice]], list[EventChoice]]
) -> EventChoice:
    best, best_merit = None, -1.0
    choices = counted(
        [
            EventChoice(threshold, continue_threshold(threshold, odds), parameters, Counts())
            for odds in CONTINUE_ODDS
            for threshold in THRESHOLDS
        ]
    )
    for first in range(0, len(choices), len(THRESHOLDS)):
        row = choices[first : first + len(THRESHOLDS)]
        merit = np.array([_merit(choice.counts) for choice in row])
        smooth = np.convolve(np.pad(merit, 1, mode="edge"), [0.25, 0.5, 0.25], mode="valid")
        if smooth.max() > best_merit:
            best, best_merit = row[int(smooth.argmax())], float(smooth.max())
    assert best is not None
    return best


def _merit(counts: Counts) -> float:
    weighed = counts.tp + FALSE_EVENT_COST * counts.fp + counts.ref
    return 2 * counts.tp / weighed if weighed else 0.0


def continue_threshold(threshold: float, odds: float) -> float:
    """Return the probability whose odds are a share of those of a threshold, rounded to four digits.

    Parameters
    ----------
    threshold
        Probability, 0 to 1.
    odds
        Share of its odds, above 0 to 1.
    """
    return round(1.0 / (1.0 + np.exp(-float(logit32(threshold))) / odds), 4) if odds < 1.0 else threshold


def _variants(best: EventChoice, name: str, values: Sequence[float]) -> list[EventChoice]:
    """Choices that differ in one event parameter, as far as it may have each value."""
    fields = [best.parameters.model_dump() | {name: value} for value in values]
    return [
        replace(best, parameters=EventParameters(**one), counts=Counts())
        for one in fields
        if one["low_db"] >= one["high_db"]
    ]


def counted_choice(choice: EventChoice, tracks: Sequence[Track], grid: FrameGrid) -> EventChoice:
    """Return a choice with the counts that it gives on `tracks`."""
    return _counted_choices([choice], tracks, grid)[0]


def _counted_choices(
    choices: Sequence[EventChoice],
    tracks: Sequence[Track],
    grid: FrameGrid,
    done: Callable[[float], None] = lambda share: None,
) -> list[EventChoice]:
    """Return choices with the counts that each gives; `done` gets the share of the tracks that are done."""
    plans = [choice.plan(grid) for choice in choices]
    windows = [len(track.margins) for track in tracks]
    sums = [Counts()] * len(plans)
    for row in in_batches(_plan_counts, tracks, windows, plans, grid.frame_s, stage="thresholds", done=done):
        sums = [total + counts for total, counts in zip(sums, row, strict=True)]
    return [replace(choice, counts=counts) for choice, counts in zip(choices, sums, strict=True)]


def _plan_counts(tracks: Sequence[Track], plans: Sequence[EventPlan], frame_s: float) -> list[list[Counts]]:
    """Count each track's events under each plan."""
    return [[track_counts(track, plan, frame_s) for plan in plans] for track in tracks]


def track_counts(track: Track, events: EventPlan, frame_s: float) -> Counts:
    """Count one session's events without a gate."""
    return count_track(track, segment(track.margins, track.level, events), frame_s)


def count_track(track: Track, events: Sequence[EventFrames], frame_s: float) -> Counts:
    """Count one session's events."""
    return count_events(
        track.references, [(event.start * frame_s, event.end * frame_s) for event in events], track.duration_s
    )
