"""Counts for a study: detect's files, count, compare, and what info and score say about their counts."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tussis import write_dataset
from tussis.cli.app import main
from tussis.data.dataset import iter_dataset
from tussis.selection.detector.detector_file import load_detector, save_detector

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people who cough, each in two sessions, and a silent session of a third; nights and treatments."""
    folder = tmp_path_factory.mktemp("study") / "recordings"
    write_dataset(folder, subjects=2, sessions_per_subject=2, session_s=10.0, seed=5, jobs=1)
    (folder / "synthesis.json").unlink()
    silent = folder / "silent"
    silent.mkdir()
    soundfile.write(silent / "audio.wav", np.zeros(160000, np.int16), 16000)
    (silent / "labels.txt").write_text("")
    for number, ref in enumerate(iter_dataset(folder)):
        info = {
            "subject": ref.subject,
            "start": f"2026-11-{20 + number}T22:59:55",
            "treatment": "AB"[number % 2],
        }
        (ref.path / "session.json").write_text(json.dumps(info))
    return folder


@pytest.fixture(scope="module")
def detected(dataset: Path) -> Path:
    files = dataset.parent / "files"
    words = ["--csv", files / "r.csv", "--events-csv", files / "e.csv", "--labels", files / "labels"]
    assert main(["detect", str(dataset), *map(str, words)]) == 0
    return files


@pytest.fixture(scope="module")
def document(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `detect --json` prints, in a file."""
    from contextlib import redirect_stdout

    file = tmp_path_factory.mktemp("json") / "d.json"
    with file.open("w") as stdout, redirect_stdout(stdout):
        assert main(["detect", str(dataset), "--json"]) == 0
    return file


def printed(capsys: Capture, *words: object) -> dict[str, object]:
    capsys.readouterr()
    assert main([*map(str, words), "--json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_a_silent_session_has_its_row_and_its_track(detected: Path) -> None:
    rows = list(csv.DictReader((detected / "r.csv").open()))
    assert len(rows) == 5
    (silent,) = (row for row in rows if row["session"] == "silent")
    assert (silent["coughs"], silent["duration_s"], silent["treatment"]) == ("0", "10.0", "A")
    assert silent["zero_sound_s"] == "10.0"
    events = list(csv.DictReader((detected / "e.csv").open()))
    assert len(events) == sum(int(row["coughs"]) for row in rows) > 0
    assert (detected / "labels" / "silent.txt").read_text() == ""
    tracks = [path.read_text().splitlines() for path in (detected / "labels").iterdir()]
    assert sum(map(len, tracks)) == len(events)


def test_labels_that_somebody_corrected_stay(
    dataset: Path, detected: Path, tmp_path: Path, capsys: Capture
) -> None:
    shutil.copytree(detected / "labels", tmp_path / "labels")
    (tmp_path / "labels" / "silent.txt").write_text("1\t2\tlaugh\n")
    assert main(["detect", str(dataset / "silent"), "--labels", str(tmp_path / "labels")]) == 2
    assert "silent.txt: holds 1 other labels" in capsys.readouterr().err
    assert (tmp_path / "labels" / "silent.txt").read_text() == "1\t2\tlaugh\n"


def test_counting_a_dataset_and_what_detect_wrote_are_one(
    dataset: Path, document: Path, capsys: Capture
) -> None:
    counted = printed(capsys, "count", document)
    assert counted == printed(capsys, "count", dataset)
    periods = counted["periods"]
    assert isinstance(periods, list)
    assert [period["recorded_hours"] for period in periods] == pytest.approx([5 / 3600] * 10)
    assert {period["begins"][11:] for period in periods} == {"22:00:00", "23:00:00"}


def test_labels_can_be_counted_instead(dataset: Path, capsys: Capture) -> None:
    labelled = printed(capsys, "count", dataset, "--labelled")
    info = printed(capsys, "info", dataset)
    subjects = labelled["subjects"]
    assert isinstance(subjects, list)
    assert sum(subject["coughs"] for subject in subjects) == info["events"]


def test_treatments_are_compared(dataset: Path, document: Path, tmp_path: Path, capsys: Capture) -> None:
    found = printed(capsys, "compare", document, "--by", "treatment", "--csv", tmp_path / "c.csv")
    assert found["design"] == "within and between subjects"
    assert [row["condition"] for row in found["conditions"]] == ["A", "B"]  # type: ignore[attr-defined]
    assert len(list(csv.DictReader((tmp_path / "c.csv").open()))) == 5
    assert main(["compare", str(document), "--by", "treatment"]) == 0
    said = capsys.readouterr().out
    assert "B by A" in said or "no ratio: " in said


def test_a_table_gives_what_session_json_lacks(document: Path, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "about.csv").write_text("session,arm,start\nsilent,control,2026-12-24 03:00\n")
    assert main(["compare", str(document), "--by", "arm", "--about", str(tmp_path / "about.csv")]) == 2
    assert "one value of arm, 'control': two are needed" in capsys.readouterr().err
    counted = printed(capsys, "count", document, "--about", tmp_path / "about.csv")
    periods = counted["periods"]
    assert isinstance(periods, list)
    assert "2026-12-24T03:00:00" in {period["begins"] for period in periods}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--start", "tonight"),
            "--start: 'tonight' is not a date and time; write it like '2026-11-28 22:15'",
        ),
        (("--start", "2026-11-28 22:15"), "--start: there are 5 recordings; use --about"),
        (("--about", "nowhere.csv"), "nowhere.csv: cannot be read"),
    ],
)
def test_what_cannot_be_counted_is_said(
    document: Path, words: tuple[str, ...], said: str, capsys: Capture
) -> None:
    assert main(["count", str(document), *words]) == 2
    assert said in capsys.readouterr().err


def test_a_broken_recording_is_said_and_the_others_are_counted(
    dataset: Path, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "torn.wav").write_bytes(b"RIFF")
    assert main(["count", str(dataset / "silent"), str(tmp_path / "torn.wav")]) == 2
    streams = capsys.readouterr()
    assert "not counted: " in streams.err
    assert "1 recording, 1 of them without a cough" in streams.out


def test_info_and_score_say_why_their_counts_differ(tmp_path: Path, capsys: Capture) -> None:
    noise = np.random.default_rng(1).normal(0, 300, 80000).astype(np.int16)
    soundfile.write(tmp_path / "audio.wav", noise, 16000)
    (tmp_path / "labels.txt").write_text("1.0\t2.5\tcough\n3.0\t3.3\tcough\n")
    assert main(["info", str(tmp_path)]) == 0
    assert "coughs here are labels; tussis score counts 4: each 0.6 s of a longer" in capsys.readouterr().out
    assert main(["score", str(tmp_path)]) == 0
    assert "4 coughs of 2 labels named cough: each 0.6 s of a longer" in capsys.readouterr().out
    assert printed(capsys, "info", tmp_path)["scored_events"] == 4


def test_score_and_evaluate_say_what_the_detector_was_trained_on(
    dataset: Path, tmp_path: Path, capsys: Capture
) -> None:
    known = iter_dataset(dataset)[-1]
    detector = load_detector("default")
    taught = detector.provenance.model_copy(update={"recordings": [known.load().samples_hash]})
    model = save_detector(detector.model_copy(update={"provenance": taught}), tmp_path / "d.json")
    copy = shutil.copytree(known.path, tmp_path / "copies" / "renamed")
    (copy / "labels.txt").write_text("0.1\t0.2\tlaugh\n0.5\t9.5\tspeech\n")
    assert main(["score", str(tmp_path / "copies"), "--model", str(model)]) == 0
    streams = capsys.readouterr()
    assert "trained on 1 of 1 of these recordings, the first renamed" in streams.err
    assert "in speech" in streams.out
    assert "false/h" in streams.out
    found = printed(capsys, "score", tmp_path / "copies", "--model", model)
    assert found["trained_on"] == ["renamed"]
    by_label, event = found["false_by_label"], found["event"]
    assert isinstance(by_label, dict)
    assert isinstance(event, dict)
    assert sum(by_label.values()) == event["fp"] > 0
    assert printed(capsys, "score", tmp_path / "copies")["trained_on"] == []
    assert main(["evaluate", str(tmp_path / "copies"), "--model", str(model), "--json"]) == 0
    streams = capsys.readouterr()
    assert "trained on 1 of 1 of these recordings, the first renamed" in streams.err
    assert json.loads(streams.out)["trained_on"] == ["renamed"]
    assert printed(capsys, "evaluate", tmp_path / "copies")["trained_on"] == []


@pytest.mark.parametrize("columns", [40, 90])
def test_results_fit_the_terminal(
    columns: int, dataset: Path, document: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for words in (
        ("info", dataset), ("detect", dataset), ("score", dataset), ("evaluate", dataset),
        ("count", document), ("compare", document, "--by", "treatment"), ("fetch", "--list"), ("doctor",),
    ):  # fmt: skip
        assert main(list(map(str, words))) == 0
        lines = capsys.readouterr().out.splitlines()
        assert max(map(len, lines)) <= columns, words


def test_an_mp3_is_read_or_named(dataset: Path, tmp_path: Path, capsys: Capture) -> None:
    sound, rate_hz = soundfile.read(iter_dataset(dataset)[-1].path / "audio.wav")
    (tmp_path / "night").mkdir()
    soundfile.write(tmp_path / "night" / "20261128_221500.mp3", sound, rate_hz)
    found = printed(capsys, "detect", tmp_path)
    (row,) = found["recordings"]  # type: ignore[misc]
    assert (row["session"], row["subject"]) == ("night/20261128_221500.mp3", "night")
    assert row["start"] == "2026-11-28T22:15:00"
    shutil.copy(iter_dataset(dataset)[-1].path / "imu.csv", tmp_path / "night" / "imu.csv")
    assert main(["detect", str(tmp_path)]) == 2
    assert "rename 20261128_221500.mp3 to audio.mp3" in capsys.readouterr().err
