"""Defaults from tussis.toml: found upwards, checked by name, and the command line wins."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tussis.cli import config_file
from tussis.cli.app import main
from tussis.cli.config_file import find_config

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a recording two folders below the place of tussis.toml, where commands run."""
    deep = tmp_path / "study" / "nights"
    deep.mkdir(parents=True)
    noise = np.random.default_rng(0).normal(0, 300, 16000).astype(np.int16)
    soundfile.write(deep / "a.wav", noise, 16000)
    monkeypatch.chdir(deep)
    return tmp_path / "study"


def write(folder: Path, text: str) -> Path:
    (folder / "tussis.toml").write_text(text)
    return folder / "tussis.toml"


def test_the_nearest_file_above_gives_defaults_and_is_named(study: Path, capsys: Capture) -> None:
    write(study.parent, 'mode = "imu"\n')
    path = write(study, '[detect]\ncsv = "rows.csv"\nmode = "audio"\n')
    assert main(["detect", "a.wav", "--json"]) == 0
    streams = capsys.readouterr()
    assert json.loads(streams.out)["recordings"][0]["mode"] == "audio"
    assert f"defaults from {path.resolve()}: csv, mode" in streams.err
    assert (study / "rows.csv").is_file()  # beside the file that says so, not in the working folder


def test_the_command_line_wins(study: Path, capsys: Capture) -> None:
    write(study, 'mode = "imu"\n')
    assert main(["detect", "a.wav"]) == 2  # a WAV file has no motion
    assert main(["detect", "a.wav", "--mode", "audio"]) == 0
    assert "less than one window" not in capsys.readouterr().err


def test_an_option_leaves_out_the_defaults_that_it_excludes(study: Path, capsys: Capture) -> None:
    write(study, 'point = "specific"\n')
    assert main(["detect", "a.wav", "--threshold", "0.5"]) == 0
    assert main(["detect", "a.wav", "--threshold", "0.5", "--point", "sensitive"]) == 2
    assert "exclude each other" in capsys.readouterr().err


def test_a_table_of_a_verb_goes_before_what_all_verbs_take(study: Path, capsys: Capture) -> None:
    write(study, 'model = "nowhere.json"\n[detect]\nmodel = "default"\n')
    assert main(["detect", "a.wav"]) == 0
    assert main(["count", "a.wav"]) == 2
    assert "nowhere.json: cannot be read" in capsys.readouterr().err


def test_a_required_option_can_come_from_the_file(study: Path, capsys: Capture) -> None:
    write(study, '[compare]\nby = "treatment"\n')
    assert main(["compare", "a.wav"]) == 2
    assert "no recording says treatment" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("modell = 1", "modell: no verb has such an option; did you mean model?"),
        ("[detekt]\nmode = 'audio'", "[detekt]: no such verb; did you mean detect?"),
        ("[detect]\nper = 'day'", "detect.per: no such option"),
        ("[detect]\nsessions = ['a.wav']", "detect.sessions: no such option"),
        ("json = true", "json: no verb has such an option"),
        ("mode = 'smell'", "mode: 'smell' is not one of"),
        ("[count]\nday-begins = 24", "count.day-begins: "),
        ("[count]\nlabelled = 'yes'", "count.labelled: is 'yes'; write true or false"),
        ("threshold = true", "threshold: is True; write a word or a number"),
        ("threshold = [0.5]", "threshold: is [0.5]; write one value"),
        ("= 3", "is not TOML"),
    ],
)
def test_what_a_file_says_wrongly_is_named_with_its_key(
    study: Path, text: str, said: str, capsys: Capture
) -> None:
    path = write(study, text)
    assert main(["info", "a.wav"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"tussis: {path.resolve()}: ")
    assert said in line


def test_a_file_of_somebody_else_is_not_used(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    path = write(study, 'mode = "imu"\n')
    monkeypatch.setattr(config_file.os, "getuid", lambda: 4711)
    if path.stat().st_uid == 0:
        os.chown(path, 1, 1)
    assert find_config(study) is None
    assert "belongs to another user" in capsys.readouterr().err


def test_help_names_the_file_and_is_there_whatever_it_says(study: Path, capsys: Capture) -> None:
    write(study, "nonsense = 1")
    for words in ([], ["--help"], ["detect", "--help"]):
        assert main(words) == 0
    assert "tussis.toml" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["folder", "pipe", "link to nothing", "link to itself"])
def test_what_is_no_file_is_not_passed_over(study: Path, capsys: Capture, kind: str) -> None:
    place = study / "tussis.toml"
    if kind == "folder":
        place.mkdir()
    elif kind == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to("tussis.toml" if "itself" in kind else "nothing")
    assert main(["detect", "a.wav"]) == 2
    said = capsys.readouterr().err
    assert said == f"tussis: {place}: is not a plain file; take it away, or give it another name\n"


def test_what_somebody_else_has_put_there_stops_nothing(
    study: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (study / "tussis.toml").mkdir()
    monkeypatch.setattr(config_file.os, "getuid", lambda: os.stat(study).st_uid + 1)
    if os.stat(study).st_uid == 0:
        os.chown(study / "tussis.toml", 12345, -1)
    assert main(["detect", "a.wav"]) == 0
    assert "tussis.toml: belongs to another user and is not used" in capsys.readouterr().err


@pytest.mark.parametrize("line", ['model = ""', '[detect]\npoint = ""', '[detect]\ncsv = ""'])
def test_an_empty_value_is_named_by_its_key(study: Path, capsys: Capture, line: str) -> None:
    path = write(study, line + "\n")
    assert main(["detect", "a.wav"]) == 2
    key = line.split()[-3]
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith(f"tussis: {path}: ")
    assert f"{key}: is empty; write a value, or take the line out" in said
