"""Hours, days and bouts, with known answers."""

from __future__ import annotations

from datetime import datetime

import pytest

from tussis.selection.counting.bouts import find_bouts
from tussis.selection.counting.cough_counts import count_coughs
from tussis.selection.counting.detected_recording import DetectedRecording
from tussis.selection.detector.inference import Event


def recording(
    session: str, *starts_s: float, hours: float = 1.0, subject: str = "anna", start: datetime | None = None
) -> DetectedRecording:
    events = tuple(Event(at, at + 0.3, 0.9) for at in starts_s)
    return DetectedRecording(session, subject, hours * 3600.0, events, start)


def test_a_pause_of_two_seconds_ends_a_bout() -> None:
    coughs = recording("a", 10.0, 12.2, 14.5, 16.9).events  # pauses of 1.9, 2.0 and 2.1 s
    assert [(bout.coughs, bout.start_s) for bout in find_bouts(coughs)] == [(2, 10.0)]
    assert [bout.coughs for bout in find_bouts(coughs, 2.01)] == [3]
    assert find_bouts(coughs, 0.0) == []
    assert find_bouts(()) == []


def test_hours_are_those_of_the_clock_and_count_what_was_recorded() -> None:
    night = recording("n", 60.0, 61.0, 1800.0, 9000.0, hours=2.75, start=datetime(2026, 11, 28, 22, 45))
    counts = count_coughs([night])
    assert [
        (period.begins.hour, period.recorded_s, period.coughs, period.bouts)
        for period in counts.periods
        if period.begins
    ] == [(22, 900.0, 2, 1), (23, 3600.0, 1, 0), (0, 3600.0, 0, 0), (1, 1800.0, 1, 0)]
    assert [period.coughs_per_hour for period in counts.periods] == [8.0, 1.0, 0.0, 2.0]
    (anna,) = counts.subjects
    assert anna.coughs_per_hour == pytest.approx(4 / 2.75)


def test_recordings_that_follow_each_other_fill_one_hour() -> None:
    parts = [
        recording("a", 5.0, hours=0.25, start=datetime(2026, 11, 28, 22, 0)),
        recording("b", hours=0.25, start=datetime(2026, 11, 28, 22, 30)),
    ]
    (period,) = count_coughs(parts).periods
    assert (period.recorded_s, period.coughs, period.coughs_per_hour) == (1800.0, 1, 2.0)


def test_a_night_stays_together_where_the_day_begins_at_noon() -> None:
    night = recording("n", 100.0, 20000.0, hours=8.0, start=datetime(2026, 11, 28, 22, 0))
    assert [p.recorded_s / 3600 for p in count_coughs([night], "day").periods] == [2.0, 6.0]
    (day,) = count_coughs([night], "day", day_begins_h=12).periods
    assert (day.begins, day.coughs, day.recorded_s) == (datetime(2026, 11, 28, 12), 2, 8 * 3600.0)


def test_without_a_clock_hours_are_those_of_each_recording() -> None:
    counts = count_coughs([recording("a", 10.0, 4000.0, hours=1.5), recording("b", hours=0.5)])
    assert [(p.session, p.number, p.coughs) for p in counts.periods] == [
        ("a", 1, 1), ("a", 2, 1), ("b", 1, 0),
    ]  # fmt: skip


def test_silent_recordings_count_as_hours() -> None:
    counts = count_coughs([recording("a", 1.0, 5.0), recording("b"), recording("c", subject="ben")])
    anna, ben = counts.subjects
    assert (anna.recordings, anna.silent, anna.coughs_per_hour) == (2, 1, 1.0)
    assert (ben.recordings, ben.silent, ben.coughs_per_hour) == (1, 1, 0.0)


def test_seconds_give_no_rate() -> None:
    (period,) = count_coughs([recording("a", 1.0, hours=0.01)]).periods
    assert period.coughs_per_hour is None


def test_recordings_of_the_same_time_are_named() -> None:
    start = datetime(2026, 11, 28, 22, 0)
    both = [recording("left", start=start), recording("right", start=start)]
    (line,) = count_coughs(both).overlaps
    assert "left and right cover the same 3600 s" in line
    other = recording("right", subject="ben", start=start)
    assert count_coughs([both[0], other]).overlaps == ()


def test_every_cough_and_second_is_in_one_period() -> None:
    """Whatever the start, sums over hours and over days are the recording's."""
    for minute in range(0, 60, 7):
        one = recording(
            "n", *[float(s) for s in range(0, 20000, 77)], 20519.9, hours=5.7,
            start=datetime(2026, 11, 28, 21, minute, 13),
        )  # fmt: skip
        for per in ("hour", "day"):
            periods = count_coughs([one], per).periods
            assert sum(period.coughs for period in periods) == len(one.events)
            assert sum(period.recorded_s for period in periods) == pytest.approx(one.duration_s)
