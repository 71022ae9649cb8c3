"""Coughs per hour or day, with the hours that were recorded, and bouts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .bouts import BOUT_GAP_S, find_bouts
from .detected_recording import DetectedRecording
from .period import Period
from .rate_interval import dispersion, hourly_stretches, rate_interval

__all__ = ["CoughCounts", "PeriodCount", "SubjectCount", "count_coughs"]

_LENGTH_S: dict[Period, float] = {"hour": 3600.0, "day": 86400.0}

LEAST_RATED_S = 60.0
"""Recorded time below which one cough more or less would make a rate of any size; no rate is given."""


def _per_hour(coughs: int, recorded_s: float) -> float | None:
    return coughs * 3600.0 / recorded_s if recorded_s >= LEAST_RATED_S else None


@dataclass(frozen=True)
class PeriodCount:
    """One hour or day of one subject.

    Parameters
    ----------
    subject
        Whose it is.
    begins
        Date and time of day at which it begins; None where no recording says when it began.
    session
        Recording that it is a part of, where `begins` is None; else empty.
    number
        Hour or day of that recording, from 1; 0 where `begins` is known.
    recorded_s
        Recorded seconds in it.
    coughs, bouts, coughs_in_bouts
        Coughs that begin in it, bouts that do, and coughs of those bouts.
    """

    subject: str
    begins: datetime | None
    session: str
    number: int
    recorded_s: float
    coughs: int
    bouts: int
    coughs_in_bouts: int

    @property
    def coughs_per_hour(self) -> float | None:
        """Coughs per recorded hour; None below a minute."""
        return _per_hour(self.coughs, self.recorded_s)

    def as_dict(self) -> dict[str, Any]:
        """Render for JSON and CSV."""
        return {
            "subject": self.subject,
            "begins": self.begins.isoformat() if self.begins is not None else None,
            "session": self.session,
            "number": self.number or None,
            "recorded_hours": self.recorded_s / 3600.0,
            "coughs": self.coughs,
            "coughs_per_hour": self.coughs_per_hour,
            "bouts": self.bouts,
            "coughs_in_bouts": self.coughs_in_bouts,
        }


@dataclass(frozen=True)
class SubjectCount:
    """All recordings of one subject, or of all.

    Parameters
    ----------
    subject
        Whose.
    recordings, silent
        How many, and how many of them without a cough.
    recorded_s, coughs
        Their length in seconds and their coughs.
    interval
        95 % interval of the coughs per hour, over hours like those recorded; None where one hour says nothing
        about others.
    bouts, coughs_in_bouts, longest_bout, longest_bout_s
        Number of bouts, coughs in them, coughs and seconds of the longest one.
    """

    subject: str
    recordings: int
    silent: int
    recorded_s: float
    coughs: int
    interval: tuple[float, float] | None
    bouts: int
    coughs_in_bouts: int
    longest_bout: int
    longest_bout_s: float

    @property
    def coughs_per_hour(self) -> float | None:
        """Coughs per recorded hour; None below a minute."""
        return _per_hour(self.coughs, self.recorded_s)

    def as_dict(self) -> dict[str, Any]:
        """Render for JSON."""
        return {
            "subject": self.subject,
            "recordings": self.recordings,
            "silent_recordings": self.silent,
            "recorded_hours": self.recorded_s / 3600.0,
            "coughs": self.coughs,
            "coughs_per_hour": self.coughs_per_hour,
            "interval": list(self.interval) if self.interval is not None else None,
            "bouts": self.bouts,
            "bouts_per_hour": self.bouts * 3600.0 / self.recorded_s if self.recorded_s else None,
            "coughs_in_bouts": self.coughs_in_bouts,
            "longest_bout": self.longest_bout,
            "longest_bout_s": self.longest_bout_s,
        }


@dataclass(frozen=True)
class CoughCounts:
    """What `count_coughs` found.

    Parameters
    ----------
    per
        Length of the periods.
    bout_gap_s
        Pause that ends a bout, in seconds.
    periods
        By subject, then by time; also those without a cough, as far as they were recorded.
    subjects
        Sums by subject.
    spread
        Variance of the counts of hours over their mean; None where no recording has two hours.
    overlaps
        Pairs of recordings of one subject that cover the same time, each in one line.
    """

    per: Period
    bout_gap_s: float
    periods: tuple[PeriodCount, ...]
    subjects: tuple[SubjectCount, ...]
    spread: float | None
    overlaps: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Render for JSON."""
        return {
            "per": self.per,
            "bout_gap_s": self.bout_gap_s,
            "dispersion": self.spread,
            "periods": [period.as_dict() for period in self.periods],
            "subjects": [subject.as_dict() for subject in self.subjects],
            "overlaps": list(self.overlaps),
        }


def count_coughs(
    recordings: Sequence[DetectedRecording],
    per: Period = "hour",
    *,
    bout_gap_s: float = BOUT_GAP_S,
    day_begins_h: int = 0,
) -> CoughCounts:
    """Count coughs by hour or day of the clock, else by hour or day from the start of each recording.

    Parameters
    ----------
    recordings
        Recordings, those without a cough too.
    per
        Length of a period.
    bout_gap_s
        As in `tussis.selection.counting.bouts.find_bouts`.
    day_begins_h
        Hour of the clock at which a day begins: 12 keeps a night together.

    Examples
    --------
    >>> from tussis.selection.detector.inference import Event
    >>> night = DetectedRecording("a", "anna", 5400.0, (Event(10.0, 10.3, 0.9), Event(11.0, 11.3, 0.9)))
    >>> [(period.number, period.coughs, period.coughs_per_hour) for period in count_coughs([night]).periods]
    [(1, 2, 2.0), (2, 0, 0.0)]
    """
    subjects = sorted({recording.subject for recording in recordings})
    by_subject = {name: [one for one in recordings if one.subject == name] for name in subjects}
    spread = dispersion([hourly_stretches(own) for own in by_subject.values()])
    periods: list[PeriodCount] = []
    for own in by_subject.values():
        merged: dict[tuple[datetime | None, str, int], PeriodCount] = {}
        for recording in own:
            for period in _periods(recording, per, bout_gap_s, day_begins_h):
                key = (period.begins, period.session, period.number)
                merged[key] = _sum(merged[key], period) if key in merged else period
        periods += sorted(merged.values(), key=_place)
    return CoughCounts(
        per,
        bout_gap_s,
        tuple(periods),
        tuple(_subject(name, own, bout_gap_s, spread) for name, own in by_subject.items()),
        spread,
        tuple(line for own in by_subject.values() for line in _overlaps(own)),
    )


def _place(period: PeriodCount) -> tuple[bool, datetime, str, int]:
    return period.begins is None, period.begins or datetime.min, period.session, period.number


def _sum(a: PeriodCount, b: PeriodCount) -> PeriodCount:
    return PeriodCount(
        a.subject,
        a.begins,
        a.session,
        a.number,
        a.recorded_s + b.recorded_s,
        a.coughs + b.coughs,
        a.bouts + b.bouts,
        a.coughs_in_bouts + b.coughs_in_bouts,
    )


def _periods(
    recording: DetectedRecording, per: Period, bout_gap_s: float, day_begins_h: int
) -> Iterator[PeriodCount]:
    """Cut one recording; what begins at its very end belongs to its last period."""
    length_s, duration_s = _LENGTH_S[per], recording.duration_s
    begins = _first_period(recording.start, per, day_begins_h)
    into_s = (recording.start - begins).total_seconds() if begins and recording.start else 0.0
    bouts = find_bouts(recording.events, bout_gap_s)
    last = max(int(-(-(into_s + duration_s) // length_s)) - 1, 0)

    def number(start_s: float) -> int:
        return min(int((into_s + start_s) // length_s), last)

    for index in range(last + 1):
        low_s = max(index * length_s - into_s, 0.0)
        high_s = min((index + 1) * length_s - into_s, duration_s)
        own = [bout for bout in bouts if number(bout.start_s) == index]
        yield PeriodCount(
            recording.subject,
            begins + timedelta(seconds=index * length_s) if begins is not None else None,
            "" if begins is not None else recording.session,
            0 if begins is not None else index + 1,
            max(high_s - low_s, 0.0),
            sum(number(event.start_s) == index for event in recording.events),
            len(own),
            sum(bout.coughs for bout in own),
        )


def _first_period(start: datetime | None, per: Period, day_begins_h: int) -> datetime | None:
    if start is None:
        return None
    if per == "hour":
        return start.replace(minute=0, second=0, microsecond=0)
    begins = start.replace(hour=day_begins_h, minute=0, second=0, microsecond=0)
    return begins if begins <= start else begins - timedelta(days=1)


def _subject(
    name: str, recordings: Sequence[DetectedRecording], bout_gap_s: float, spread: float | None
) -> SubjectCount:
    bouts = [bout for one in recordings for bout in find_bouts(one.events, bout_gap_s)]
    longest = max(bouts, key=lambda bout: (bout.coughs, bout.end_s - bout.start_s), default=None)
    recorded_s = sum(one.duration_s for one in recordings)
    coughs = sum(len(one.events) for one in recordings)
    return SubjectCount(
        name,
        len(recordings),
        sum(not one.events for one in recordings),
        recorded_s,
        coughs,
        rate_interval(coughs, recorded_s / 3600.0, spread),
        len(bouts),
        sum(bout.coughs for bout in bouts),
        longest.coughs if longest is not None else 0,
        longest.end_s - longest.start_s if longest is not None else 0.0,
    )


def _overlaps(recordings: Iterable[DetectedRecording]) -> Iterator[str]:
    """Name recordings that cover the same time: two microphones would count each cough twice."""
    timed = sorted((one.start, one.session, one.duration_s) for one in recordings if one.start is not None)
    for number, (start, session, duration_s) in enumerate(timed):
        ends = start + timedelta(seconds=duration_s)
        for later, other, other_s in timed[number + 1 :]:
            shared_s = min((ends - later).total_seconds(), other_s)
            if shared_s <= 1.0:
                break
            yield (
                f"{session} and {other} cover the same {shared_s:.0f} s of one subject: both are counted;"
                " leave one of them out if they are two microphones"
            )
