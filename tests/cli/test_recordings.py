"""`tussis compose`: what it prints, and one clear line for what it cannot use."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tussis.cli.app import main


def write_clip(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    wave = np.random.default_rng(seed).normal(0, 1e-4, 16000)
    wave[5000:9000] *= 2000
    soundfile.write(str(path), wave, 16000)


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    for number in range(3):
        write_clip(tmp_path / f"mine/cough/c{number}.flac", number)
        write_clip(tmp_path / f"mine/speech/s{number}.flac", 10 + number)
    return tmp_path / "mine"


def test_compose_writes_sessions_and_says_who_is_in_them(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    size = ["--people", "2", "--sessions", "1", "--seconds", "6"]
    assert main(["compose", str(clips), str(out), *size, "--json"]) == 0
    streams = capsys.readouterr()
    document = json.loads(streams.out)
    assert (document["sessions"], document["left_out"]) == (2, [])
    assert [person["name"] for person in document["people"]] == ["person_000", "person_001"]
    assert all(person["coughs"] == 1 for person in document["people"])
    assert "written: 2 sessions of 2 people" in streams.err
    assert (out / "person_001_session_000" / "events.csv").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["{clips}"], "name folders of clips, then the one to write"),
        (["{clips}/speech", "{out}"], "no clips of coughs"),
        (["{clips}/cough", "{out}"], "no clips of other sounds"),
        (["{clips}", "{clips}/out"], "apart from what is read"),
        (["{clips}", "{out}", "--people", "9"], "give at most 3"),
        (["{clips}", "{out}", "--hours", "1", "--sessions", "2"], "exclude each other"),
        (["{clips}", "{out}", "--only-group-share", "most"], "is not a share"),
        (["{clips}", "{out}", "--motion", "{clips}"], "no sessions of motion alone"),
        (["{clips}", "{out}", "--seconds", "1"], "out of range"),
        (["{clips}x", "{out}"], "did you mean"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    out = tmp_path / "out"
    assert main(["compose", *(word.format(clips=clips, out=out) for word in words)]) == 2
    (line,) = (line for line in capsys.readouterr().err.splitlines() if line.startswith("tussis: "))
    assert said in line
    assert not out.exists()


def test_an_unknown_class_is_asked_for(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_clip(clips / "rumbling" / "r.flac", 20)
    assert main(["compose", str(clips), str(tmp_path / "out")]) == 2
    assert "cough or not" in capsys.readouterr().err
