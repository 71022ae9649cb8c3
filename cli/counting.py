"""The verbs for a study: count and compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..data.input_error import InputError
from ..selection.counting.bouts import BOUT_GAP_S
from ..selection.counting.period import Period
from .console import ProgressDisplay, note, print_json, show
from .options import Json, MicrophoneOption, Model, ModeOption, PointOption, detector_and_microphone
from .recordings import note_doubts, note_some

if TYPE_CHECKING:
    from ..selection.counting.detected_recording import DetectedRecording, DetectedRecordings
    from ..selection.detector.mode import Mode
    from ..selection.detector.point_name import PointName

__all__ = ["compare", "count"]

_DETECTOR = "Detector (for recordings; not for files of detect)"
_TIME = "Time"

Paths = Annotated[
    list[Path],
    typer.Argument(metavar="PATH...", help="Datasets, recordings, or files that `detect --json` wrote."),
]
About = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.csv",
        help="A table about the recordings: a column session or subject, then start, treatment, whatever you"
        " compare.",
    ),
]
Labelled = Annotated[
    bool,
    typer.Option("--labelled", help="Count the labels of the recordings in place of a detector's events."),
]
Csv = Annotated[Path | None, typer.Option(metavar="FILE.csv", help="Write the rows as a table too.")]


def count(
    paths: Paths,
    per: Annotated[Period, typer.Option(help="Rows by hour or by day.")] = "hour",
    about: About = None,
    start: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="When the one recording began, like '2026-11-28 22:15'. Else session.json or the name says.",
            rich_help_panel=_TIME,
        ),
    ] = None,
    day_begins: Annotated[
        int,
        typer.Option(
            metavar="HOUR",
            min=0,
            max=23,
            help="Hour of the clock at which a day begins: 12 keeps a night together.",
            rich_help_panel=_TIME,
        ),
    ] = 0,
    bout_gap: Annotated[
        float,
        typer.Option(metavar="SECONDS", help="Pause that ends a bout.", min=0.0, rich_help_panel=_TIME),
    ] = BOUT_GAP_S,
    labelled: Labelled = False,
    model: Model = "default",
    mode: ModeOption = None,
    microphone: MicrophoneOption = "always",
    point: PointOption = None,
    csv: Csv = None,
    as_json: Json = False,
) -> None:
    """Count coughs per hour or day, with the hours that were recorded, by the clock, and bouts."""
    from ..data.atomic import refuse_unwritable, write_text_whole
    from ..selection.counting.cough_counts import count_coughs
    from ..selection.counting.detection_files import csv_text
    from .counting_tables import counts_table

    if csv is not None:
        refuse_unwritable(csv)
    begins = _start(start)
    found = _recordings(
        paths, labelled=labelled, model=model, mode=mode, microphone=microphone, point=point, about=about
    )
    recordings: Sequence[DetectedRecording] = found.recordings
    if begins is not None:
        if len(recordings) != 1:
            remedy = "use --about FILE.csv with columns session and start"
            raise InputError("--start", f"there are {len(recordings)} recordings", remedy=remedy)
        recordings = [replace(recordings[0], start=begins)]
    counts = count_coughs(recordings, per, bout_gap_s=bout_gap, day_begins_h=day_begins)
    if csv is not None:
        note(f"written: {write_text_whole(csv, csv_text([row.as_dict() for row in counts.periods]))}")
    if as_json:
        unreadable = [left.name_and_reason() for left in found.unreadable]
        print_json(counts.as_dict() | {"unreadable": unreadable})
    else:
        show(counts_table(counts))
    _note_rest(found, counts.overlaps)


def compare(
    paths: Paths,
    by: Annotated[
        str,
        typer.Option(
            metavar="FIELD",
            help="What distinguishes the conditions: a key of session.json, a column of --about, or subject.",
        ),
    ],
    reference: Annotated[
        str | None,
        typer.Option(metavar="VALUE", help="Condition that the others are divided by. Default: the first."),
    ] = None,
    about: About = None,
    labelled: Labelled = False,
    model: Model = "default",
    mode: ModeOption = None,
    microphone: MicrophoneOption = "always",
    point: PointOption = None,
    csv: Csv = None,
    as_json: Json = False,
) -> None:
    """Compare cough rates of conditions, like two treatments, with intervals over subjects."""
    from ..data.atomic import refuse_unwritable, write_text_whole
    from ..selection.counting.detection_files import csv_text
    from ..selection.counting.rate_comparison import compare_rates
    from .counting_tables import comparison_table

    if csv is not None:
        refuse_unwritable(csv)
    found = _recordings(
        paths, labelled=labelled, model=model, mode=mode, microphone=microphone, point=point, about=about
    )
    condition_of = {
        one.session: one.subject if by == "subject" else dict(one.facts).get(by, "")
        for one in found.recordings
    }
    compared = compare_rates(found.recordings, condition_of, by=by, reference=reference)
    if csv is not None:
        note(f"written: {write_text_whole(csv, csv_text([row._asdict() for row in compared.subjects]))}")
    if as_json:
        unreadable = [left.name_and_reason() for left in found.unreadable]
        print_json(compared.as_dict() | {"unreadable": unreadable})
    else:
        show(comparison_table(compared))
    note_some(f"left out, without {by}", compared.left_out)
    _note_rest(found, ())


def _start(text: str | None) -> datetime | None:
    from ..data.recording_start import start_of_text

    begins = start_of_text(text) if text is not None else None
    if text is not None and begins is None:
        raise InputError(
            "--start", f"{text!r} is not a date and time", remedy="write it like '2026-11-28 22:15'"
        )
    return begins


def _recordings(
    paths: Sequence[Path],
    *,
    labelled: bool,
    model: str,
    mode: Mode | None,
    microphone: str,
    point: PointName | None,
    about: Path | None,
) -> DetectedRecordings:
    """Read what `detect` wrote, detect what it did not, and add what a table says."""
    from ..selection.counting.detected_recording import detect_recordings, labelled_recordings
    from ..selection.counting.detection_files import read_detections
    from ..selection.counting.recording_table import with_table

    written = [path for path in paths if path.suffix.casefold() == ".json" and path.is_file()]
    others = [path for path in paths if path not in written]
    parts = [read_detections(path) for path in written]
    if others:
        with ProgressDisplay() as progress:
            if labelled:
                parts.append(labelled_recordings(others, progress=progress))
            else:
                detector, hearing = detector_and_microphone(model, microphone, mode=mode, point=point)
                parts.append(detect_recordings(others, detector, mode, microphone=hearing, progress=progress))
    found = _joined(parts)
    if not found.recordings:
        first = found.unreadable[0].reason if found.unreadable else "no recordings"
        raise InputError(paths[0], f"nothing to count: {first}")
    return found if about is None else replace(found, recordings=with_table(found.recordings, about))


def _joined(parts: Sequence[DetectedRecordings]) -> DetectedRecordings:
    recordings = [one for part in parts for one in part.recordings]
    names = [one.session for one in recordings]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(twice, "stands in two of the files", remedy="name each recording once")
    return replace(
        parts[0],
        recordings=tuple(recordings),
        unreadable=tuple(left for part in parts for left in part.unreadable),
        doubts=tuple(doubt for part in parts for doubt in part.doubts),
    )


def _note_rest(found: DetectedRecordings, overlaps: Sequence[str]) -> None:
    note_some("doubt", overlaps)
    note_doubts(found.doubts)
    note_some("not counted", [left.reason for left in found.unreadable])
    if found.unreadable:
        raise typer.Exit(2)
