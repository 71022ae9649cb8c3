"""A table about recordings, kept by who runs a study: whose each is, when it began, which treatment."""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ...data.formats.csv_table import read_csv_table
from ...data.input_error import InputError
from ...data.recording_start import start_of_text
from ...data.subject_names import subject_key
from .detected_recording import DetectedRecording

__all__ = ["with_table"]

_DELIMITERS = ",;\t"


def with_table(
    recordings: Sequence[DetectedRecording], path: str | os.PathLike[str]
) -> tuple[DetectedRecording, ...]:
    """Add what a table says about recordings.

    Parameters
    ----------
    recordings
        Recordings.
    path
        CSV with a head: a column ``session`` or ``subject`` says which recordings a row is about, by the name
        or by the person. With both, ``session`` does, and the row says whose the recording is. ``start`` is a
        date and a time of day; every other column is a fact, like a treatment. Commas, semicolons or tabs
        divide.

    Returns
    -------
    tuple of DetectedRecording
        The same recordings; a cell replaces what ``session.json`` says, an empty one does not.

    Raises
    ------
    InputError
        Neither column, a row about no recording or twice about one, or a start that is none.
    """
    place = Path(path)
    head, rows = _read(place)
    by = "session" if "session" in head else "subject"
    found = {_key(by, getattr(one, by)) for one in recordings}
    said: dict[str, tuple[int, dict[str, str]]] = {}
    for number, row in rows:
        key = _key(by, row[by])
        if key not in found:
            known = sorted({getattr(one, by) for one in recordings})
            near = difflib.get_close_matches(row[by], known, 1, 0.4)
            remedy = (
                f"did you mean {near[0]}?" if near else f"the first {by} is {known[0]}" if known else None
            )
            raise InputError(place, f"no {by} {row[by]!r}", field=f"line {number}", remedy=remedy)
        if key in said:
            problem = f"{by} {row[by]!r} is in line {said[key][0]} already"
            raise InputError(place, problem, field=f"line {number}", remedy="keep one row")
        said[key] = number, row
    return tuple(
        _with_row(one, place, *said[key]) if (key := _key(by, getattr(one, by))) in said else one
        for one in recordings
    )


def _read(place: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    head, rows = read_csv_table(place, delimiters=_DELIMITERS, cells="exact")
    if "session" not in head and "subject" not in head:
        remedy = "begin with a line like session,subject,treatment"
        raise InputError(place, "no column session or subject", field="line 1", remedy=remedy)
    return head, rows


def _key(by: str, name: str) -> str:
    return subject_key(name) if by == "subject" else name.strip("/")


def _with_row(
    recording: DetectedRecording, place: Path, number: int, row: dict[str, str]
) -> DetectedRecording:
    start = recording.start
    if row.get("start"):
        start = start_of_text(row["start"])
        if start is None:
            problem = f"{row['start']!r} is not a date and time of day"
            remedy = "write it like 2026-11-28 22:15"
            raise InputError(place, problem, field=f"line {number}, start", remedy=remedy)
    facts = {key: value for key, value in row.items() if value and key not in ("session", "subject", "start")}
    subject = (row.get("subject") if "session" in row else "") or recording.subject
    return replace(
        recording, subject=subject, start=start, facts=tuple((dict(recording.facts) | facts).items())
    )
