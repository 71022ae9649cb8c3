"""Thresholds, event parameters and gating, chosen on out-of-fold margins by event F1.

Training keeps the event parameters and the odds ratio of both thresholds; the thresholds themselves it takes
from `tussis.selection.training.operating_points`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.progress import Progress, silent
from ...data.recording import Label
from ..detector.event_settings import EventParameters, event_plan
from ..detector.events import EventFrames, EventPlan
from ..detector.segmentation import segment, segment_gated
from ..trees.tree_ensemble import logit32
from .event_counts import Counts, count_events

__all__ = [
    "CONTINUE_ODDS",
    "GATE_THRESHOLDS",
    "EventChoice",
    "FrameGrid",
    "GateChoice",
    "Track",
    "choose_events",
    "choose_gate",
    "continue_threshold",
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
GATE_HOLD_S = (0.256, 0.384, 0.512, 0.64)
GATE_THRESHOLDS = (
    0.01,
    0.02,
    0.03,
    0.05,
    0.07,
    0.1,
    0.14,
    0.2,
    0.27,
    0.35,
    0.45,
    0.55,
    0.65,
    0.75,
    0.85,
    0.92,
)


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


@dataclass(frozen=True)
class GateChoice:
    """The gate's IMU threshold and hold time, their counts out of fold, and the share of audio evaluated."""

    threshold: float
    hold_s: float
    counts: Counts
    audio_duty: float


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
        Called after each candidate.
    """
    total = 2 * len(THRESHOLDS) * len(CONTINUE_ODDS) + len(HIGH_DB) + len(LOW_DB) + len(MIN_S)
    done = 0

    def counted(choice: EventChoice) -> EventChoice:
        nonlocal done
        done += 1
        progress("thresholds", done, total)
        return counted_choice(choice, tracks, grid)

    best = _best_threshold(start, counted)
    for name, values in (("low_db", LOW_DB), ("high_db", HIGH_DB), ("min_s", MIN_S)):
        candidates = [best, *_variants(best, name, values, counted)]
        best = max(candidates, key=lambda choice: _merit(choice.counts))
    best = _best_threshold(best.parameters, counted)
    progress("thresholds", total, total)
    return best


def choose_gate(
    tracks: Sequence[Track],
    hits: Callable[[float, float], Sequence[NDArray[np.bool_]]],
    events: EventPlan,
    frame_s: float,
    max_consecutive: int,
    *,
    max_loss: float = 0.01,
    thresholds: Sequence[float] = GATE_THRESHOLDS,
    progress: Progress = silent,
) -> GateChoice:
    """Choose the IMU threshold and hold time that save most audio windows at an accepted loss of event F1.

    Parameters
    ----------
    tracks
        Audio tracks of the sessions with an IMU.
    hits
        Gives for an IMU threshold and a hold time in seconds which audio windows of each track have a hit
        (rule a of the gate).
    events
        The audio segmenter's parameters.
    frame_s
        Audio frame period in seconds.
    max_consecutive
        N of the gate.
    max_loss
        Relative loss of F1 that is accepted, against the best there is: gated or not.
    thresholds
        IMU thresholds to choose from.
    progress
        Called after each candidate.
    """
    best = sum((track_counts(track, events, frame_s) for track in tracks), Counts()).f1 or 0.0
    candidates = [(threshold, hold_s) for hold_s in GATE_HOLD_S for threshold in thresholds]
    choices: list[GateChoice] = []
    for number, (threshold, hold_s) in enumerate(candidates):
        progress("gating", number, len(candidates))
        counts, evaluated, windows = Counts(), 0, 0
        for track, hit in zip(tracks, hits(threshold, hold_s), strict=True):
            found, mask = segment_gated(track.margins, track.level, events, hit, max_consecutive)
            counts += _count(track, found, frame_s)
            evaluated += int(mask.sum())
            windows += len(mask)
        choices.append(GateChoice(threshold, hold_s, counts, evaluated / max(windows, 1)))
    progress("gating", len(candidates), len(candidates))
    best_gated = max(choices, key=lambda choice: choice.counts.f1 or 0.0)
    goal = (1.0 - max_loss) * max(best, best_gated.counts.f1 or 0.0)
    good = [choice for choice in choices if (choice.counts.f1 or 0.0) >= goal]
    return min(good, key=lambda choice: choice.audio_duty) if good else best_gated


def _best_threshold(
    parameters: EventParameters, counted: Callable[[EventChoice], EventChoice]
) -> EventChoice:
    best, best_merit = None, -1.0
    for odds in CONTINUE_ODDS:
        row = [
            counted(EventChoice(threshold, continue_threshold(threshold, odds), parameters, Counts()))
            for threshold in THRESHOLDS
        ]
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


def _variants(
    best: EventChoice, name: str, values: Sequence[float], counted: Callable[[EventChoice], EventChoice]
) -> Iterator[EventChoice]:
    for value in values:
        fields = best.parameters.model_dump() | {name: value}
        if fields["low_db"] >= fields["high_db"]:
            parameters = EventParameters(**fields)
            yield counted(EventChoice(best.threshold, best.continue_threshold, parameters, Counts()))


def counted_choice(choice: EventChoice, tracks: Sequence[Track], grid: FrameGrid) -> EventChoice:
    """Return a choice with the counts that it gives on `tracks`."""
    plan = choice.plan(grid)
    counts = sum((track_counts(track, plan, grid.frame_s) for track in tracks), Counts())
    return EventChoice(choice.threshold, choice.continue_threshold, choice.parameters, counts)


def track_counts(track: Track, events: EventPlan, frame_s: float) -> Counts:
    """Count one session's events without a gate."""
    return _count(track, segment(track.margins, track.level, events), frame_s)


def _count(track: Track, events: Sequence[EventFrames], frame_s: float) -> Counts:
    return count_events(
        track.references, [(event.start * frame_s, event.end * frame_s) for event in events], track.duration_s
    )
