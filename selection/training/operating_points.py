"""What every threshold finds and costs on margins out of fold, and the three named points chosen from that.

**Found.** A reference cough is found if events cover more than `MIN_OVERLAP` of it with its tolerances. A
label longer than `MAX_EVENT_S` needs no more than one of that length: a label may hold a whole bout.

**False.** An event is false if it touches no labelled cough, tolerances included. False events per hour are
those of every track over its whole length, both times the track's ``hours_weight``.

Both are `tussis.selection.training.event_counts.count_events` on a continuous time axis, which is fast
enough for thousands of recordings and dozens of thresholds. The differences: `timescoring` rounds to 0.1 s,
takes a long label for several coughs, and counts an event as false that touches only coughs which were not
found. Scores and event F1 stay with `count_events`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.progress import Progress, silent
from ...data.recording import Label
from ...data.scored_coughs import MAX_EVENT_S, joined_coughs
from ..detector.events import EventFrames, EventPlan
from ..detector.operating_points import (
    Background,
    ModalityPoint,
    OperatingPoint,
    OperatingPoints,
    Sweep,
    SweepRow,
    continue_at,
    rows_within,
)
from ..detector.point_name import POINT_NAMES, PointName
from ..detector.segmentation import segment
from .event_counts import MIN_OVERLAP, TOLERANCE_END_S, TOLERANCE_START_S, split_references
from .thresholds import EventChoice, FrameGrid, Track, counted_choice
from .track_batches import in_batches

__all__ = [
    "MIN_BACKGROUND_S",
    "SWEPT_THRESHOLDS",
    "ModalityPoints",
    "References",
    "background_s",
    "choose_points",
    "choose_rows",
    "join_points",
    "sweep_thresholds",
    "threshold_events",
]

SWEPT_THRESHOLDS = tuple(round(1.0 / (1.0 + 2.0 ** (-third / 3.0)), 4) for third in range(-12, 31))
"""Probabilities a third of an octave of odds apart, 0.059 to 0.999."""
MIN_BACKGROUND_S = 60.0
"""A dataset with less than this outside its coughs has no background to count false events in."""


@dataclass(frozen=True)
class ModalityPoints:
    """One model's named points, the sweep they are from, and the choice of events at ``balanced``."""

    balanced: EventChoice
    points: Mapping[PointName, ModalityPoint]
    rows: tuple[SweepRow, ...]

    def as_scores(self) -> dict[str, dict[str, object]]:
        """Render the points for the detector's provenance."""
        return {name: point.model_dump(mode="json") for name, point in self.points.items()}


class References:
    """The coughs of one track with their tolerances: bounds and the least cover of each, in seconds.

    An event in a stretch of which nobody can tell is not false
    (`tussis.selection.training.event_counts.count_events`).

    Parameters
    ----------
    references
        Labels in any order; other names than cough and unsure are passed over.

    Attributes
    ----------
    cough_bounds : ndarray of float64, shape (n, 2)
        Start and end in seconds of each cough whose bounds are known, without tolerances.
    """

    def __init__(self, references: Sequence[Label]) -> None:
        coughs, doubtful = split_references(references)
        self._doubt = np.array([(label.start_s, label.end_s) for label in doubtful]).reshape(-1, 2)
        joined = np.array(joined_coughs(coughs), np.float64).reshape(-1, 2)
        self.count_of_coughs = len(joined)
        self.cough_bounds = joined
        self.start = joined[:, 0] - TOLERANCE_START_S
        self.end = joined[:, 1] + TOLERANCE_END_S
        counted = np.minimum(joined[:, 1] - joined[:, 0], MAX_EVENT_S)
        self.needed = MIN_OVERLAP * (counted + TOLERANCE_START_S + TOLERANCE_END_S)

    def count(self, events: NDArray[np.float64]) -> tuple[int, int]:
        """Count found coughs and false events.

        Parameters
        ----------
        events : ndarray of float64, shape (n, 2)
            Start and end in seconds, in order, not overlapping.
        """
        return int(self.found(events).sum()), int(self.false(events).sum())

    def found(self, events: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Say which coughs are found; `events` as for `count`."""
        if not len(events) or not len(self.start):
            return np.zeros(len(self.start), np.bool_)
        length = events[:, 1] - events[:, 0]
        covered_s = np.stack([np.cumsum(length) - length, np.cumsum(length)], axis=1).ravel()
        cover = np.diff(np.interp(np.stack([self.start, self.end]), events.ravel(), covered_s), axis=0)[0]
        return np.asarray(cover > self.needed)

    def false(self, events: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Say which events are false; `events` as for `count`."""
        later = np.searchsorted(self.end, events[:, 0], side="right")
        begins = np.append(self.start, np.inf)[later]
        return np.asarray((begins >= events[:, 1]) & ~self._in_doubt(events))

    def _in_doubt(self, events: NDArray[np.float64]) -> NDArray[np.bool_]:
        reached = (events[:, :1] < self._doubt[:, 1]) & (events[:, 1:] > self._doubt[:, 0])
        return np.asarray(reached.any(axis=1))


def background_s(tracks: Sequence[Track]) -> float:
    """Seconds outside labelled coughs and their tolerances, each track's times its ``hours_weight``."""
    total = 0.0
    for track in tracks:
        coughs = References(track.references)
        inside = np.maximum(np.minimum(coughs.end, track.duration_s) - np.maximum(coughs.start, 0.0), 0.0)
        total += track.hours_weight * max(track.duration_s - float(inside.sum()), 0.0)
    return total


def sweep_thresholds(
    tracks: Sequence[Track],
    grid: FrameGrid,
    choice: EventChoice,
    *,
    background: Sequence[Track] | None = None,
    progress: Progress = silent,
) -> tuple[SweepRow, ...]:
    """Count found coughs and false events at every threshold of the grid.

    The continue threshold keeps its odds ratio to the threshold. A track is segmented only where its windows
    above either threshold are others than at the threshold before, and not at all above its largest margin.

    Parameters
    ----------
    tracks
        Sessions with out-of-fold margins; those with coughs give the sensitivity.
    grid
        Window geometry in frames.
    choice
        Event parameters, and the two thresholds whose odds ratio is kept.
    background
        Tracks that false events are counted in; None counts them in `tracks`.
    progress
        Called as tracks are done.
    """
    like = choice.threshold, choice.continue_threshold
    plans = [
        EventChoice(threshold, continue_at(threshold, like), choice.parameters, choice.counts).plan(grid)
        for threshold in SWEPT_THRESHOLDS
    ]
    used = [(track, track.hours_weight if background is None else 0.0) for track in tracks]
    used += [(track, track.hours_weight) for track in background or ()]
    n_found, n_coughs = np.zeros(len(plans)), 0
    n_false, hours = np.zeros(len(plans)), 0.0
    coughs = [References(track.references).count_of_coughs for track in tracks] + [0] * len(background or ())
    counted = [n for n, (_, weight) in enumerate(used) if coughs[n] or weight]
    rows = in_batches(
        _count_tracks,
        [used[n][0] for n in counted],
        [len(used[n][0].margins) for n in counted],
        plans,
        grid.frame_s,
        stage="operating points",
        done=lambda share: progress("operating points", int(share * len(used)), len(used)),
    )
    for number, (found, false) in zip(counted, rows, strict=True):
        track, weight = used[number]
        n_false += weight * false
        hours += weight * track.duration_s / 3600.0
        if coughs[number]:
            n_found += found
            n_coughs += coughs[number]
    progress("operating points", len(used), len(used))
    sensitivity, false_per_hour = n_found / max(n_coughs, 1), n_false / hours if hours else n_false
    return tuple(
        SweepRow(threshold, round(float(found), 4), round(float(false), 3))
        for threshold, found, false in zip(SWEPT_THRESHOLDS, sensitivity, false_per_hour, strict=True)
    )


def _count_tracks(
    tracks: Sequence[Track], plans: Sequence[EventPlan], frame_s: float
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    return [_count_track(track, plans, frame_s) for track in tracks]


def _count_track(
    track: Track, plans: Sequence[EventPlan], frame_s: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Found coughs and false events of one track under each of the plans, whose margins rise."""
    counts = np.zeros((len(plans), 2), np.int64)
    coughs = References(track.references)
    before: NDArray[np.float64] | None = None
    for number, events in enumerate(threshold_events(track.margins, track.level, plans, frame_s)):
        counts[number] = counts[number - 1] if events is before else coughs.count(events)
        before = events
    return counts[:, 0], counts[:, 1]


def threshold_events(
    margins: NDArray[np.float32], level: NDArray[np.float32], plans: Sequence[EventPlan], frame_s: float
) -> list[NDArray[np.float64]]:
    """Segment a recording under each of several plans, whose margins rise.

    Parameters
    ----------
    margins, level
        As in `tussis.selection.detector.inference.segment`.
    plans
        Plans that differ in their margins only.
    frame_s
        Frame period in seconds.

    Returns
    -------
    list of ndarray of float64, shape (n_events, 2)
        Start and end in seconds; the same array again where a plan decides as the one after it.
    """
    events: list[NDArray[np.float64]] = []
    ordered = np.sort(margins)
    before, same = (0, 0), _in_seconds([], frame_s)
    for plan in reversed(plans):
        bounds = np.array([plan.open_margin, plan.continue_margin])
        opening, going_on = (len(ordered) - np.searchsorted(ordered, bounds)).tolist()
        if opening and (opening, going_on) != before:
            same = _in_seconds(segment(margins, level, plan), frame_s)
        before = opening, going_on
        events.append(same)
    return events[::-1]


def _in_seconds(events: Sequence[EventFrames], frame_s: float) -> NDArray[np.float64]:
    return np.array([(event.start, event.end) for event in events], np.float64).reshape(-1, 2) * frame_s


def choose_rows(rows: Sequence[SweepRow], false_per_hour: Mapping[str, float]) -> dict[PointName, SweepRow]:
    """Choose the three points: of the rows within each target, the one that finds most coughs.

    Of rows that find as many it is the one of highest threshold, so that no point goes lower than what it
    gains. A target that no row meets which finds anything takes the row of highest threshold among those that
    find half of what can be found: a detector that finds nothing raises no false events either.

    Parameters
    ----------
    rows
        From the lowest threshold to the highest.
    false_per_hour
        Largest number of false events per hour by point, not rising from ``sensitive`` to ``specific``.

    Raises
    ------
    ValueError
        A target is missing, unknown, or larger than that of the point before.
    """
    if set(false_per_hour) != set(POINT_NAMES):
        raise ValueError(f"false_per_hour must name {', '.join(POINT_NAMES)}, and nothing else")
    targets = [false_per_hour[name] for name in POINT_NAMES]
    if sorted(targets, reverse=True) != targets:
        raise ValueError("false_per_hour rises from one point to the next")
    half = 0.5 * max(row.sensitivity for row in rows)
    otherwise = [row for row in rows if row.sensitivity >= half][-1:]
    within = [
        [row for row in rows_within(rows, target) if row.sensitivity > 0 or not half] for target in targets
    ]
    chosen: dict[PointName, SweepRow] = {}
    lowest = 0.0
    for name, met in zip(POINT_NAMES, within, strict=True):
        row = max(met or otherwise, key=lambda row: (row.sensitivity, row.threshold))
        if row.threshold < lowest:  # a looser target was met at a higher threshold: stay there
            row = next(row for row in rows if row.threshold >= lowest)
        chosen[name], lowest = row, row.threshold
    return chosen


def choose_points(
    tracks: Sequence[Track],
    grid: FrameGrid,
    choice: EventChoice,
    false_per_hour: Mapping[str, float],
    *,
    synthetic: Sequence[Track] | None = None,
    progress: Progress = silent,
) -> ModalityPoints:
    """Choose the named points of one model.

    Parameters
    ----------
    tracks, grid, choice
        As for `sweep_thresholds`.
    false_per_hour
        As for `choose_rows`.
    synthetic
        Tracks of synthetic sound to count false events in; None counts them in `tracks`.
    progress
        Called after each track.
    """
    rows = sweep_thresholds(tracks, grid, choice, background=synthetic, progress=progress)
    like = choice.threshold, choice.continue_threshold
    background: Background = "dataset" if synthetic is None else "synthetic"
    heard = tracks if synthetic is None else synthetic
    hours = round(sum(track.hours_weight * track.duration_s for track in heard) / 3600.0, 4)
    points = {
        name: ModalityPoint(
            threshold=row.threshold,
            continue_threshold=continue_at(row.threshold, like),
            sensitivity=row.sensitivity,
            false_per_hour=row.false_per_hour,
            hours=hours,
            background=background,
        )
        for name, row in choose_rows(rows, false_per_hour).items()
    }
    at = points["balanced"]
    balanced = EventChoice(at.threshold, at.continue_threshold, choice.parameters, choice.counts)
    return ModalityPoints(counted_choice(balanced, tracks, grid), points, rows)


def join_points(audio: ModalityPoints | None, imu: ModalityPoints | None) -> OperatingPoints:
    """Join the points of both models to the part of the detector file."""
    named = {
        name: OperatingPoint(
            audio=audio.points[name] if audio else None, imu=imu.points[name] if imu else None
        )
        for name in POINT_NAMES
    }
    sweep = Sweep(audio=audio.rows if audio else None, imu=imu.rows if imu else None)
    return OperatingPoints(**named, sweep=sweep)
