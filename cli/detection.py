"""The verb that finds coughs in recordings: detect."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..data.input_error import InputError
from .console import ProgressDisplay, explain, note, print_json
from .options import (
    FalsePerHourOption,
    Json,
    MicrophoneOption,
    Model,
    ModeOption,
    MotionSensorOption,
    PointOption,
    ThresholdOption,
    detector_and_microphone,
    motion_sensor_for,
)
from .recordings import note_doubts

if TYPE_CHECKING:
    from ..selection.counting.detected_recording import DetectedRecording
    from ..selection.detector.inference import Detection

__all__ = ["detect"]

_FILES = "Files"


def detect(
    sessions: Annotated[list[Path], typer.Argument(help="Session folders, datasets or audio files.")],
    model: Model = "default",
    mode: ModeOption = None,
    microphone: MicrophoneOption = "always",
    motion_sensor: MotionSensorOption = None,
    point: PointOption = None,
    threshold: ThresholdOption = None,
    false_per_hour: FalsePerHourOption = None,
    csv: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            help="A table with a row for each recording, the silent ones too.",
            rich_help_panel=_FILES,
        ),
    ] = None,
    events_csv: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="A table with a row for each cough.", rich_help_panel=_FILES),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="A label track for Audacity of each recording.", rich_help_panel=_FILES
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Find coughs in recordings, on this machine, by the decisions that the firmware takes."""
    from ..data.atomic import refuse_unwritable
    from ..selection.counting.detected_recording import detect_recordings
    from ..selection.counting.detection_files import write_label_track
    from .tables import detection_table

    detector, hearing = detector_and_microphone(
        model,
        microphone,
        mode=mode,
        point=point,
        threshold=threshold,
        false_per_hour=false_per_hour,
    )
    sensor = motion_sensor_for(detector, motion_sensor)
    for file in (csv, events_csv):
        if file is not None:
            refuse_unwritable(file)
    if labels is not None:
        refuse_unwritable(labels, folder=True)
    refused: list[InputError] = []

    def refuse(fault: InputError) -> None:
        refused.append(fault)
        progress.aside(lambda: explain(fault))

    def take(found: DetectedRecording, detection: Detection) -> None:
        if found.is_short:
            progress.say(_how_short(found, detection))
        if not as_json:
            progress.show(detection_table(found.session, found.duration_s, detection))
        if labels is not None:
            try:
                write_label_track(labels, found)
            except InputError as fault:
                refuse(fault)

    with ProgressDisplay() as progress:
        result = detect_recordings(
            sessions,
            detector,
            mode,
            microphone=hearing,
            motion_sensor=sensor,
            on_recording=take,
            on_fault=lambda fault: progress.aside(lambda: explain(fault)),
            progress=progress,
        )
    decided = result.recordings
    if decided:
        _write_tables(decided, csv, events_csv)
    if labels is not None and len(decided) > len(refused):
        note(f"written: {len(decided) - len(refused)} label tracks in {labels}")
    if as_json and (decided or not result.unreadable):
        print_json(result.as_dict())
    note_doubts(result.doubts)
    if result.unreadable or refused:
        raise typer.Exit(2)


def _how_short(found: DetectedRecording, detection: Detection) -> str:
    """Say that a recording is less than one window, and with what it was made one."""
    rest = "its last sample held" if detection.mode == "imu" else "silence after it"
    return f"{found.session}: {found.duration_s:.2f} s, less than one window: decided as one, with {rest}"


def _write_tables(decided: Sequence[DetectedRecording], recordings: Path | None, events: Path | None) -> None:
    """Write a row for each recording, and one for each cough, where a file is named for them."""
    from ..data.atomic import write_text_whole
    from ..selection.counting.detection_files import EVENT_COLUMNS, csv_text, event_rows, recording_rows

    if recordings is not None:
        note(f"written: {write_text_whole(recordings, csv_text(recording_rows(decided)))}")
    if events is not None:
        note(f"written: {write_text_whole(events, csv_text(event_rows(decided), EVENT_COLUMNS))}")
