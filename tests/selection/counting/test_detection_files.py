"""Files of detected coughs: what is written is read back, and nobody's labels are written over."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from tussis.data.formats.labels import read_labels
from tussis.data.input_error import InputError
from tussis.data.json_text import json_text
from tussis.selection.counting.detected_recording import DetectedRecordings
from tussis.selection.counting.detection_files import (
    csv_text,
    event_rows,
    label_track,
    read_detections,
    recording_rows,
    write_label_track,
)

from .test_cough_counts import recording

START = datetime(2026, 11, 28, 22, 15)
BOTH = (
    replace(recording("anna/n1", 1.5, 2.5, start=START), mode="audio", facts=(("treatment", "B"),)),
    recording("anna/n2"),
)


def written(tmp_path: Path, **changes: object) -> Path:
    path = tmp_path / "d.json"
    path.write_text(json_text(DetectedRecordings(BOTH).as_dict() | changes))
    return path


def test_json_is_read_back(tmp_path: Path) -> None:
    assert read_detections(written(tmp_path)).recordings == BOTH


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"recordings": None}, "recordings: must be a list"),
        ({"recordings": [{}]}, r"recordings\[0\].session: must be a text"),
        ({"events": [{"session": "x", "start_s": 1, "end_s": 2, "confidence": 1}]}, "events of 'x'"),
        ({"events": [{"session": "anna/n1", "start_s": "1"}]}, r"events\[0\].start_s: must be a number"),
        ({"recordings": [BOTH[0].as_dict()] * 2}, "stands in it twice"),
        ({"recordings": [BOTH[0].as_dict() | {"start": "now"}]}, "not a date and time"),
        ({"recordings": [BOTH[0].as_dict() | {"mode": "smell"}]}, "unknown mode"),
        ({"recordings": [BOTH[0].as_dict() | {"facts": [1]}]}, "must hold text"),
        ({"recordings": [BOTH[0].as_dict() | {"duration_s": 1.0}]}, "begins after its end"),
    ],
)
def test_other_json_is_refused(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_detections(written(tmp_path, **changes))


def test_the_json_of_an_earlier_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text(json.dumps({"events": []}))
    with pytest.raises(InputError, match=r"holds no recordings.*tussis detect --json"):
        read_detections(tmp_path / "old.json")


def test_tables_hold_silent_recordings_and_times_of_day() -> None:
    rows = list(csv.DictReader(csv_text(recording_rows(BOTH)).splitlines()))
    assert [(row["session"], row["coughs"], row["treatment"]) for row in rows] == [
        ("anna/n1", "2", "B"), ("anna/n2", "0", ""),
    ]  # fmt: skip
    events = list(csv.DictReader(csv_text(event_rows(BOTH)).splitlines()))
    assert [event["time"] for event in events] == ["2026-11-28T22:15:01.500", "2026-11-28T22:15:02.500"]


def test_a_track_is_read_back_and_is_there_for_silence_too(tmp_path: Path) -> None:
    for one in BOTH:
        track = write_label_track(tmp_path, one)
        labels = read_labels(track, one.duration_s)
        assert [(label.start_s, label.is_cough) for label in labels] == [
            (event.start_s, True) for event in one.events
        ]
    assert {path.name for path in (tmp_path / "anna").iterdir()} == {"n1.txt", "n2.txt"}


def test_labels_of_somebody_are_not_written_over(tmp_path: Path) -> None:
    track = write_label_track(tmp_path, BOTH[0])
    assert write_label_track(tmp_path, BOTH[0]) == track  # the same again is no loss
    track.write_text("1.0\t2.0\tlaugh\n")
    with pytest.raises(InputError, match="holds 1 other labels"):
        write_label_track(tmp_path, BOTH[0])
    assert track.read_text() == "1.0\t2.0\tlaugh\n"


@pytest.mark.parametrize(
    ("session", "place"),
    [
        ("a/b.wav", "a/b.txt"),
        ("v1.2 night", "v1.2 night.txt"),
        ("/data/a/b.flac", "data/a/b.txt"),
        ("../b.wav", "b.txt"),
    ],
)
def test_a_track_stays_in_its_folder(tmp_path: Path, session: str, place: str) -> None:
    assert label_track(tmp_path, session) == tmp_path / place
