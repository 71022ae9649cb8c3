"""What lies in a dataset and is not read is said, once for each folder."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from tussis.data.dataset import iter_dataset
from tussis.data.inventory import Inventory, take_inventory
from tussis.data.unread_files import warnings_about_dataset


def warnings_of(inventory: Inventory) -> list[str]:
    return [str(problem) for problem in inventory.problems]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "audio_001.wav",
            "audio (2).wav",
            "AUDIO2.WAV",
            "audio.flac",
            "audio-2.mp3",
            "ZOOM0001.WAV",
            "b.ogg",
        ),
        *("audio.m4a", "audio.aiff", "memo.3gp", "take.wma", "x.caf", "audio.w64"),
    ],
)
def test_other_audio_of_a_session_is_said(tmp_path: Path, made: ModuleType, name: str) -> None:
    made.write_session(tmp_path / "a", info={"subject": "a"})
    (tmp_path / "a" / name).write_bytes((tmp_path / "a" / "audio.wav").read_bytes())
    said = warnings_of(take_inventory(tmp_path))
    assert len(said) == 1
    assert f"audio beside audio.wav is not read: {name}" in said[0]


@pytest.mark.parametrize(
    "name",
    [
        *("label.txt", "labels.csv", "labels (1).txt", "labels.txt.txt", "Label Track.txt", "coughs.txt"),
        *("imu.txt", "imu_2.csv", "IMU data.csv", "accelerometer.csv", "session.txt", "sesion.json"),
    ],
)
def test_a_file_with_a_near_name_is_said(tmp_path: Path, made: ModuleType, name: str) -> None:
    made.write_session(tmp_path / "a", info={"subject": "a"})
    (tmp_path / "a" / name).write_text("")
    said = warnings_of(take_inventory(tmp_path))
    assert len(said) == 1
    assert f"not read, for its name: {name}" in said[0]


@pytest.mark.parametrize("name", ["notes.txt", "README.md", "events.csv", "photo.jpg", ".hidden.wav"])
def test_other_files_are_nobodys_matter(tmp_path: Path, made: ModuleType, name: str) -> None:
    made.write_session(tmp_path / "a", info={"subject": "a"})
    (tmp_path / "a" / name).write_text("")
    assert take_inventory(tmp_path).problems == ()


def test_many_parts_are_one_line(tmp_path: Path, made: ModuleType) -> None:
    made.write_session(tmp_path / "a", info={"subject": "a"})
    for number in range(9):
        (tmp_path / "a" / f"audio_{number}.wav").write_bytes(b"")
    assert "audio_0.wav, audio_1.wav, audio_2.wav and 6 more" in warnings_of(take_inventory(tmp_path))[0]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "$RECYCLE.BIN",
            "RECYCLER",
            "System Volume Information",
            "lost+found",
            "LOST.DIR",
            "#recycle",
            "@eaDir",
        ),
        *(".Trash-1000", ".Spotlight-V100", "__MACOSX", "Papierkorb", "found.000"),
    ],
)
def test_bins_and_folders_of_the_system_are_no_people(tmp_path: Path, made: ModuleType, name: str) -> None:
    made.write_session(tmp_path / "anna" / "monday")
    made.write_session(tmp_path / name / "S-1-5-21" / "monday")
    inventory = take_inventory(tmp_path)
    assert [subject.subject for subject in inventory.subjects] == ["anna"]
    said = warnings_of(inventory)
    assert len(said) == 1
    assert f"{name}: recordings in it are not read" in said[0]


def test_audio_of_other_kinds_in_a_folder_without_session_is_said(tmp_path: Path, made: ModuleType) -> None:
    made.write_session(tmp_path / "a", info={"subject": "a"})
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "audio.m4a").write_bytes(b"x")
    (said,) = warnings_of(take_inventory(tmp_path))
    line = f"convert it: ffmpeg -i {tmp_path}/b/audio.m4a -c:a pcm_s16le {tmp_path}/b/audio.wav"
    assert f"audio of a kind that is not read: audio.m4a; {line}" in said


def test_one_session_by_itself_is_looked_at_too(tmp_path: Path, made: ModuleType) -> None:
    folder = made.write_session(tmp_path / "a")
    (folder / "audio_001.wav").write_bytes(b"")
    assert len(warnings_about_dataset(folder, iter_dataset(folder))) == 1
    assert warnings_about_dataset(folder / "audio.wav", iter_dataset(folder / "audio.wav")) == []
