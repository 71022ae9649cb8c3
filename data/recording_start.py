"""When a recording began: from its own file, a table, or the name that a recorder gave it."""

from __future__ import annotations

import re
from datetime import datetime

__all__ = ["start_in_name", "start_of_text"]

_LONG = r"(?P<year>20\d\d)(?P<sep>[-_.]?)(?P<month>\d\d)(?P=sep)(?P<day>\d\d)"
_TIME = r"(?P<hour>\d\d)(?P<gap>[-_.:h]?)(?P<minute>\d\d)(?:(?P=gap)(?P<second>\d\d))?"
_PATTERNS = (
    re.compile(rf"(?<!\d){_LONG}[-_ T]{_TIME}(?!\d)"),
    # What small recorders write: year, month and day of two digits, then six digits of time.
    re.compile(
        r"(?<!\d)(?P<year>\d\d)(?P<month>\d\d)(?P<day>\d\d)[-_]"
        r"(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)(?!\d)"
    ),
)


def start_of_text(text: str) -> datetime | None:
    """Read a date and a time of day as ISO 8601 writes them; None where it is none.

    The time stays that of the clock on the wall: an offset from UTC is read and left out. Years before 2000
    are a clock that nobody set.

    Examples
    --------
    >>> start_of_text("2026-11-28 22:15")
    datetime.datetime(2026, 11, 28, 22, 15)
    >>> start_of_text("2026-11-28T22:15:00.5+01:00")
    datetime.datetime(2026, 11, 28, 22, 15, 0, 500000)
    >>> start_of_text("2026-11-28") is None, start_of_text("tonight") is None
    (True, True)
    """
    words = text.strip()
    if not re.search(r"\d[T ]\d", words):
        return None  # a date alone does not say when
    try:
        found = datetime.fromisoformat(words).replace(tzinfo=None)
    except ValueError:
        return None
    return found if found.year >= 2000 else None


def start_in_name(name: str) -> datetime | None:
    """Find date and time in the name of a recording, the last of its parts first.

    Parameters
    ----------
    name
        Session name, with ``/`` between parts.

    Examples
    --------
    >>> start_in_name("anna/20261128_221500.wav")
    datetime.datetime(2026, 11, 28, 22, 15)
    >>> start_in_name("2026-11-28 22-15-07/audio"), start_in_name("261128-221500.wav")
    (datetime.datetime(2026, 11, 28, 22, 15, 7), datetime.datetime(2026, 11, 28, 22, 15))
    >>> start_in_name("session_20261399_221500") is None
    True
    """
    for part in reversed(name.split("/")):
        for pattern in _PATTERNS:
            for match in pattern.finditer(part):
                year = int(match["year"])
                try:
                    return datetime(
                        year if year >= 2000 else 2000 + year,
                        int(match["month"]),
                        int(match["day"]),
                        int(match["hour"]),
                        int(match["minute"]),
                        int(match["second"] or 0),
                    )
                except ValueError:  # digits that are no date
                    continue
    return None
