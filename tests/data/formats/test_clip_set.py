"""Clips in folders of their class: what they are labelled, and which belong to one person or source."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from tussis.data.dataset import find_sessions, iter_dataset
from tussis.data.formats.sound_classes import SOUND_CLASSES, class_key, known_class
from tussis.data.input_error import InputError
from tussis.data.recording import Label
from tussis.data.session_ref import SessionRef


def put(made: ModuleType, path: Path, duration_s: float = 1.0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(made.wav_bytes(made.tone(duration_s).tobytes()))


def subjects(references: list[SessionRef]) -> list[str]:
    return [reference.subject for reference in references]


def test_the_folder_is_the_class(tmp_path: Path, made: ModuleType) -> None:
    root = tmp_path / "mine"
    put(made, root / "Coughing" / "a.wav")
    put(made, root / "dog" / "b.wav", 0.5)
    cough, dog = iter_dataset(root)
    assert (cough.layout, cough.collection, cough.labelled, cough.subject) == (
        "clip",
        "mine",
        True,
        "mine/Coughing/a.wav",
    )
    assert cough.load().labels == (Label(0.0, 1.0, "cough", weak=True),)
    assert dog.load().labels == (Label(0.0, 0.5, "dog"),)


def test_an_unknown_class_beside_known_ones_is_asked_for(tmp_path: Path, made: ModuleType) -> None:
    put(made, tmp_path / "cough" / "a.wav")
    put(made, tmp_path / "zzz" / "b.wav")
    with pytest.raises(InputError, match=r'"zzz" = "other" \(or "cough"\) below \[classes\] in .*clips.toml'):
        iter_dataset(tmp_path)
    faults: list[InputError] = []
    assert len(find_sessions(tmp_path, on_fault=faults.append)) == 1
    assert len(faults) == 1
    (tmp_path / "clips.toml").write_text('[classes]\nZZZ = "cough"\n')
    assert [ref.load().labels[0].is_cough for ref in iter_dataset(tmp_path)] == [True, True]


def test_files_in_folders_of_no_class_stay_lone_recordings(tmp_path: Path, made: ModuleType) -> None:
    put(made, tmp_path / "monday" / "a.wav")
    (only,) = iter_dataset(tmp_path)
    assert (only.layout, only.labelled) == ("wav", False)


def test_one_class_alone_can_be_named(tmp_path: Path, made: ModuleType) -> None:
    put(made, tmp_path / "set" / "cough" / "a.wav")
    (only,) = iter_dataset(tmp_path / "set" / "cough")
    assert (only.name, only.layout, only.collection) == ("a.wav", "clip", "set")


def test_public_file_names_say_the_source(tmp_path: Path, made: ModuleType) -> None:
    for name in ("1-36929-A.wav", "1-36929-B.wav", "3-36929-B-12.wav", "2-7-A-0.wav"):
        put(made, tmp_path / "rain" / name)
    for name in ("00970ce1_left.wav", "00970ce1_nohash_0.wav", "00970ce2_left.wav"):
        put(made, tmp_path / "left" / name)
    found = subjects(iter_dataset(tmp_path))
    own = tmp_path.name
    assert found == [
        f"{own}/{group}" for group in ("00970ce1", "00970ce1", "00970ce2", *["36929"] * 2, "7", "36929")
    ]


def test_csv_and_toml_name_persons(tmp_path: Path, made: ModuleType) -> None:
    for name in ("p1_a.wav", "p1_b.wav", "p2_a.wav"):
        put(made, tmp_path / "cough" / name)
    (tmp_path / "clips.toml").write_text("source = '^([^_]+)_'\n")
    (tmp_path / "clips.csv").write_text(
        "file,subject,start_s,end_s\ncough/p2_a.wav,p1,0.2,0.4\np2_a.wav,,,\n"
    )
    references = iter_dataset(tmp_path)
    assert subjects(references) == [f"{tmp_path.name}/p1"] * 3
    assert references[2].load().labels == (Label(0.2, 0.4, "cough"),)
    assert references[0].load().labels[0].weak


def test_a_label_track_beside_a_clip_is_read(tmp_path: Path, made: ModuleType) -> None:
    put(made, tmp_path / "cough" / "a.wav")
    (tmp_path / "cough" / "a.txt").write_text(
        "0.1\t0.3\tcough 0.93\n0.5\t0.7\tunsure 0.4\n0.8\t0.9\tcough 3\n"
    )
    labels = iter_dataset(tmp_path)[0].load().labels
    assert labels[0] == Label(0.1, 0.3, "cough", confidence=0.93)
    assert labels[1].is_unsure
    assert labels[1].confidence == 0.4
    assert labels[2] == Label(0.8, 0.9, "cough")


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("clips.csv", "name,subject\n", "line 1: no column file"),
        (
            "clips.csv",
            "file,subject,start_s,end_s\na.wav,x,0.5,0.2\n",
            "line 2, start_s: 0.5 s to 0.2 s is not",
        ),
        ("clips.csv", "file,subject,start_s,end_s\na.wav,x,one,0.2\n", "'one,0.2' are not two times"),
        ("clips.csv", "file,subject\na.wav,x\na.wav,y\n", "line 3, subject: a.wav belongs to 'x' and to 'y'"),
        ("clips.toml", "source = '('\n", "source: not a regular expression"),
        ("clips.toml", "source = 'abc'\n", "source: the expression has no group"),
        ("clips.toml", "sauce = 'abc'\n", "sauce: not a known key"),
        ("clips.toml", "[classes]\ndog = 'animal'\n", "dog: 'animal' is not a kind"),
        ("clips.toml", "[classes\n", "is not TOML"),
    ],
)
def test_faults_of_the_files_are_named(
    tmp_path: Path, made: ModuleType, file: str, text: str, said: str
) -> None:
    put(made, tmp_path / "cough" / "a.wav")
    (tmp_path / file).write_text(text)
    with pytest.raises(InputError) as fault:
        iter_dataset(tmp_path)
    assert said in str(fault.value)


def test_the_table_of_classes_is_of_one_spelling() -> None:
    assert all(name == class_key(name) for name in SOUND_CLASSES)
    coughs = {name for name, row in SOUND_CLASSES.items() if row.is_cough}
    assert coughs >= {"cough", "coughing", "coughs", "cough_shallow", "cough_heavy", "toux", "husten", "咳嗽"}
    assert coughs.isdisjoint({"laughing", "throat_clearing", "not_cough", "sneezing", "hiccup"})
    assert known_class("no cough") is not None
    assert known_class("audio") is None
