"""Cough events from window margins and frame levels: causal, bounded memory, the reference for the C.

Windows arrive in order, each with its margin (log-odds) and the levels (log2 power) of its frames.
Everything is a float32 comparison or integer arithmetic on frame indices, so C gives the same events.

**Regions.** A window with ``margin >= open_margin`` opens a region; while a region is open a window with
``margin >= continue_margin`` belongs to it; such windows are called positive. A region holds the levels of
all frames of its windows, except frames before the end of the last event: events never overlap. It is
segmented and closed by the first window that is not positive, or not evaluated, and at the end of the
recording; it is segmented but stays open when it holds ``max_region_frames`` frames or more.

**Segments.** With ``top`` the highest level of all frames of the region's windows (also of those that are
not its own any more, so that the tail of an event is not an event), ``high = top - high_drop`` and
``low = top - low_drop``: a segment is a run of frames at or above ``low`` with at least one at or above
``high``. Its peak is its first highest frame. Going through the segments in order, one joins the segment
before it if its peak comes less than ``merge_frames`` after that one's peak, or if at most one frame lies
between them.

**Cutting.** While what is left of a segment is longer than ``max_frames`` a piece is cut off its front, at
the lowest (of equals the first) of its frames ``min_frames .. max_frames``; that frame starts the rest. A
piece without a frame at or above ``high`` (the tail of a long decay) is dropped.

**Events.** A piece becomes an event unless it is shorter than ``min_frames``, or its peak comes less than
``merge_frames`` after the peak of the last event: the same cough, seen again by a later region. An event's
margin is the largest margin among the region's windows that hold its peak frame.

**Forced segmentation** (the region stays open): the last piece of a segment that touches the end of the
region is kept back, unless it was cut to nothing: the region goes on from its start. Otherwise the region
goes on, without frames, from its end. Windows that ended by then are forgotten.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["EventFrames", "EventPlan", "Segmenter", "level_drop"]


def level_drop(decibels: float) -> np.float32:
    """Convert a power ratio in dB to the unit of frame levels (log2), rounded once to float32."""
    return np.float32(decibels * math.log2(10.0) / 10.0)


@dataclass(frozen=True)
class EventPlan:
    """Parameters of one segmenter in its own units; see the module's text.

    Parameters
    ----------
    open_margin, continue_margin : float32
        Log-odds from which a window opens and continues a region.
    high_drop, low_drop : float32
        Distances below the region's top that a segment must reach, and to which it grows, in log2 of power.
    merge_frames, min_frames, max_frames, max_region_frames : int
        Durations in frames; ``max_region_frames >= max_frames + window_frames``, so that a region always
        makes room.
    hop_frames, window_frames : int
        Window w covers frames ``w * hop_frames .. w * hop_frames + window_frames - 1``.
    """

    open_margin: np.float32
    continue_margin: np.float32
    high_drop: np.float32
    low_drop: np.float32
    merge_frames: int
    min_frames: int
    max_frames: int
    max_region_frames: int
    hop_frames: int
    window_frames: int

    def __post_init__(self) -> None:
        if not 1 <= self.min_frames <= self.max_frames:
            raise ValueError("min_frames must lie in 1..max_frames")
        if self.max_region_frames < self.max_frames + self.window_frames:
            raise ValueError("max_region_frames must be at least max_frames + window_frames")


class EventFrames(NamedTuple):
    """One event: first frame, first frame after it, and the margin it was found with."""

    start: int
    end: int
    margin: np.float32


class _Segment(NamedTuple):
    start: int
    end: int
    peak: int


@dataclass
class Segmenter:
    """Streaming segmenter: feed windows in order, collect events.

    Memory is bounded: levels of at most ``max_region_frames + window_frames + hop_frames`` frames and the
    margins of the windows that touch them.
    """

    plan: EventPlan
    _open: bool = False
    _start: int = 0  # first frame of the region
    _first_window: int = 0
    _levels: list[float] = field(default_factory=list)  # from the first frame of _first_window on
    _margins: list[np.float32] = field(default_factory=list)  # windows _first_window ..
    _last_end: int = 0
    _last_peak: int | None = None

    def window(self, index: int, margin: np.float32, levels: NDArray[np.float32]) -> list[EventFrames]:
        """Take in one evaluated window.

        Parameters
        ----------
        index : int
            Window number; larger than that of any window before.
        margin : float32
            Log-odds of the window.
        levels : ndarray of float32, shape (window_frames,)
            Levels of its frames.

        Returns
        -------
        list of EventFrames
            Events that became final, in order. `open` says whether the window was positive.
        """
        plan = self.plan
        if not margin >= (plan.continue_margin if self._open else plan.open_margin):
            return self.close()
        first_frame = index * plan.hop_frames
        if not self._open:
            self._open = True
            self._start = max(first_frame, self._last_end)
            self._first_window = index
        have = self._first_window * plan.hop_frames + len(self._levels)
        self._levels += levels[have - first_frame :].tolist()
        self._margins.append(margin)
        full = first_frame + plan.window_frames - self._start >= plan.max_region_frames
        return self._segment(forced=True) if full else []

    @property
    def open(self) -> bool:
        """Whether a region is open, which is to say whether the last window was positive."""
        return self._open

    def close(self) -> list[EventFrames]:
        """End the region, if one is open: a window was not positive or not evaluated, or the input ended."""
        if not self._open:
            return []
        events = self._segment(forced=False)
        self._open = False
        self._levels.clear()
        self._margins.clear()
        return events

    def _segment(self, *, forced: bool) -> list[EventFrames]:
        """Cut the region into events; frames below are counted from the first one held."""
        events: list[EventFrames] = []
        n = len(self._levels)
        rest = n
        if n > self._offset:
            top = np.float32(max(self._levels))
            high = float(top - self.plan.high_drop)
            for segment in self._segments(high, float(top - self.plan.low_drop)):
                pieces = self._pieces(segment, high)
                if forced and segment.end == n and pieces and pieces[-1].end == n:
                    rest = pieces.pop().start
                for piece in pieces:
                    self._emit(piece, events)
        if forced:
            self._go_on_from(rest)
        return events

    @property
    def _offset(self) -> int:
        """Frames held before the region's first one."""
        return self._start - self._first_window * self.plan.hop_frames

    def _segments(self, high: float, low: float) -> list[_Segment]:
        """Find runs above `low` that reach `high`, joined where they are close."""
        segments: list[_Segment] = []
        for run in _runs(self._levels, self._offset, low):
            if self._levels[run.peak] < high:
                continue
            last = segments[-1] if segments else None
            if last and (run.peak - last.peak < self.plan.merge_frames or run.start - last.end <= 1):
                peak = run.peak if self._levels[run.peak] > self._levels[last.peak] else last.peak
                segments[-1] = _Segment(last.start, run.end, peak)
            else:
                segments.append(run)
        return segments

    def _pieces(self, segment: _Segment, high: float) -> list[_Segment]:
        """Cut a segment to pieces of at most `max_frames` and keep those that reach `high`."""
        levels, plan = self._levels, self.plan
        bounds = [segment.start]
        while segment.end - bounds[-1] > plan.max_frames:
            bounds.append(_lowest(levels, bounds[-1] + plan.min_frames, bounds[-1] + plan.max_frames + 1))
        pieces = []
        for start, end in zip(bounds, [*bounds[1:], segment.end], strict=True):
            peak = _highest(levels, start, end)
            if levels[peak] >= high:
                pieces.append(_Segment(start, end, peak))
        return pieces

    def _emit(self, piece: _Segment, events: list[EventFrames]) -> None:
        plan = self.plan
        held = self._first_window * plan.hop_frames
        peak = held + piece.peak
        again = self._last_peak is not None and peak - self._last_peak < plan.merge_frames
        if piece.end - piece.start < plan.min_frames or again:
            return
        last = min(peak // plan.hop_frames - self._first_window, len(self._margins) - 1)
        first = max(-(-(peak - plan.window_frames + 1) // plan.hop_frames) - self._first_window, 0)
        margin = max(self._margins[first : last + 1])
        self._last_end = held + piece.end
        self._last_peak = peak
        events.append(EventFrames(held + piece.start, self._last_end, margin))

    def _go_on_from(self, rest: int) -> None:
        """Give away the frames before `rest` and forget the windows that end by then."""
        plan = self.plan
        self._start = self._first_window * plan.hop_frames + rest
        ended = max((self._start - plan.window_frames) // plan.hop_frames + 1 - self._first_window, 0)
        del self._margins[:ended]
        del self._levels[: ended * plan.hop_frames]
        self._first_window += ended


def _runs(levels: Sequence[float], first: int, low: float) -> list[_Segment]:
    """Find runs of frames at or above `low` from frame `first` on, each with its first highest frame."""
    runs: list[_Segment] = []
    start = peak = -1
    for frame in range(first, len(levels)):
        level = levels[frame]
        if level >= low:
            if start < 0:
                start = peak = frame
            elif level > levels[peak]:
                peak = frame
        elif start >= 0:
            runs.append(_Segment(start, frame, peak))
            start = -1
    if start >= 0:
        runs.append(_Segment(start, len(levels), peak))
    return runs


def _highest(levels: Sequence[float], start: int, end: int) -> int:
    return max(range(start, end), key=levels.__getitem__)


def _lowest(levels: Sequence[float], start: int, end: int) -> int:
    return min(range(start, end), key=levels.__getitem__)
