"""Detected coughs as files: the JSON of ``tussis detect`` read back, tables, label tracks for Audacity."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args

from ...data.atomic import write_text_whole
from ...data.formats.audio_file import is_audio
from ...data.formats.labels import label_row, read_labels
from ...data.input_error import InputError
from ...data.left_out import LeftOut
from ...data.recording import COUGH, Label
from ...data.recording_start import start_of_text
from ...data.untrusted import read_json
from ..detector.inference import Event
from ..detector.mode import Mode
from .detected_recording import DetectedRecording, DetectedRecordings

__all__ = [
    "EVENT_COLUMNS",
    "csv_text",
    "event_rows",
    "label_track",
    "read_detections",
    "recording_rows",
    "write_label_track",
]

EVENT_COLUMNS = ("session", "subject", "time", *Event._fields)
_REMEDY = "give a file that `tussis detect --json` wrote, of this version"


def read_detections(path: str | os.PathLike[str]) -> DetectedRecordings:
    """Read what ``tussis detect --json`` printed.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    InputError
        It cannot be read or is something else.
    """
    place = Path(path)
    document = read_json(place, _REMEDY)
    if not isinstance(document, dict) or "recordings" not in document:
        raise InputError(place, "holds no recordings", field="recordings", remedy=_REMEDY)
    events: dict[str, list[Event]] = {}
    for number, row in enumerate(_list(document, "events", place)):
        field = f"events[{number}]"
        session = _text(row, "session", place, field)
        times = (_number(row, key, place, field) for key in ("start_s", "end_s", "confidence"))
        events.setdefault(session, []).append(Event(*times))
    recordings = [
        _recording(row, events, place, f"recordings[{number}]")
        for number, row in enumerate(_list(document, "recordings", place))
    ]
    names = [one.session for one in recordings]
    if unknown := sorted(events.keys() - set(names)):
        raise InputError(place, f"events of {unknown[0]!r}, which is no recording of it", remedy=_REMEDY)
    if len(set(names)) < len(names):
        raise InputError(place, "a recording stands in it twice", field="recordings", remedy=_REMEDY)
    unreadable = [
        LeftOut(_text(row, "name", place, "unreadable"), "", _text(row, "reason", place, "unreadable"))
        for row in _list(document, "unreadable", place)
    ]
    return DetectedRecordings(tuple(recordings), tuple(unreadable))


def _recording(
    row: Mapping[str, Any], events: Mapping[str, list[Event]], place: Path, field: str
) -> DetectedRecording:
    session = _text(row, "session", place, field)
    start, mode, facts = row.get("start"), row.get("mode"), row.get("facts") or {}
    begins = start_of_text(start) if isinstance(start, str) else None
    if start is not None and begins is None:
        raise InputError(
            place, f"{start!r:.40} is not a date and time", field=f"{field}.start", remedy=_REMEDY
        )
    if mode is not None and mode not in get_args(Mode):
        raise InputError(place, f"unknown mode {mode!r:.40}", field=f"{field}.mode", remedy=_REMEDY)
    if not isinstance(facts, dict) or not all(isinstance(value, str) for value in facts.values()):
        raise InputError(place, "must hold text only", field=f"{field}.facts", remedy=_REMEDY)
    duration_s = _number(row, "duration_s", place, field)
    own = sorted(events.get(session, []))
    if own and own[-1].start_s > duration_s:
        raise InputError(place, f"an event of {session!r} begins after its end", field=field, remedy=_REMEDY)
    return DetectedRecording(
        session,
        _text(row, "subject", place, field),
        duration_s,
        tuple(own),
        begins,
        mode,
        tuple(facts.items()),
    )


def _list(document: Mapping[str, Any], key: str, place: Path) -> list[Mapping[str, Any]]:
    rows = document.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(place, "must be a list of objects", field=key, remedy=_REMEDY)
    return rows


def _text(row: Mapping[str, Any], key: str, place: Path, field: str) -> str:
    value = row.get(key)
    if not isinstance(value, str):
        raise InputError(place, "must be a text", field=f"{field}.{key}", remedy=_REMEDY)
    return value


def _number(row: Mapping[str, Any], key: str, place: Path, field: str) -> float:
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:
        raise InputError(place, "must be a number, 0 or more", field=f"{field}.{key}", remedy=_REMEDY)
    return float(value)


def recording_rows(recordings: Iterable[DetectedRecording]) -> list[dict[str, Any]]:
    """Return a row for each recording, the silent ones too; facts have columns of their own."""
    rows = []
    for one in recordings:
        row = one.as_dict()
        facts = {name: value for name, value in row.pop("facts").items() if name not in row}
        rows.append(row | facts)
    return rows


def event_rows(recordings: Iterable[DetectedRecording]) -> list[dict[str, Any]]:
    """Return one row for each cough, with the time of day where the recording says when it began."""
    return [
        {"session": one.session, "subject": one.subject, "time": _time(one.start, event.start_s)}
        | event._asdict()
        for one in recordings
        for event in one.events
    ]


def _time(start: datetime | None, after_s: float) -> str | None:
    if start is None:
        return None
    return (start + timedelta(seconds=after_s)).isoformat(timespec="milliseconds")


def csv_text(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()) -> str:
    r"""Write rows as CSV: a head, commas, points in numbers, nothing where a value is None.

    Parameters
    ----------
    rows
        Their keys are columns, in the order in which they come.
    columns
        Columns that are there even without a row.

    Examples
    --------
    >>> csv_text([{"a": 1, "b": None}, {"a": "x,y", "c": True}])
    'a,b,c\n1,,\n"x,y",,true\n'
    """
    names = list(dict.fromkeys([*columns, *(name for row in rows for name in row)]))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else round(value, 6) if isinstance(value, float) else value


def label_track(folder: Path, session: str) -> Path:
    """Place of a recording's label track in a folder: its name, below the folders that the name holds."""
    name = session[: session.rindex(".")] if is_audio(session) else session
    parts = [part for part in Path(name).parts if part not in ("..", "/")]
    return folder.joinpath(*parts[:-1], f"{parts[-1]}.txt")


def write_label_track(folder: Path, found: DetectedRecording) -> Path:
    """Write the coughs of a recording as a label track for Audacity, an empty one where there are none.

    Raises
    ------
    InputError
        There is a track that holds other labels: somebody's work is not written over.
    """
    track = label_track(folder, found.session)
    labels = [Label(event.start_s, event.end_s, COUGH, _confidence(event)) for event in found.events]
    text = "".join(label_row(label) for label in labels)
    if track.exists() and track.read_bytes() not in (text.encode(), b""):
        there = read_labels(track, float("inf"), on_fault=lambda fault: None)
        raise InputError(
            track,
            f"holds {len(there)} other labels, which are not written over",
            remedy="name another folder with --labels, or move the file away",
        )
    return write_text_whole(track, text)


def _confidence(event: Event) -> float:
    """Confidence as a label row shows it; never 0, which would not be read back."""
    return min(max(event.confidence, 0.01), 1.0)
