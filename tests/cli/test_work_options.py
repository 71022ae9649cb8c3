"""`--jobs` and `--dask`: the same on every verb that works long, and never in the result."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import typer

from tussis.cli.app import app, main
from tussis.data.synthesis.dataset import write_dataset

VERBS = (
    "train",
    "score",
    "evaluate",
    "label",
    "study",
    "verify",
    "calibrate",
    "estimate",
    "synth",
    "compose",
)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("work") / "people"
    write_dataset(root, subjects=2, sessions_per_subject=1, session_s=8.0, seed=3, jobs=1)
    torn = root / "torn"
    torn.mkdir()
    (torn / "audio.wav").write_bytes(b"RIFF")
    (torn / "labels.txt").write_text("1.0\t1.5\tcough\n")
    return root


def test_the_verbs_that_work_long_say_the_same_of_both() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    said = {
        verb: {one.name: one.help for one in commands[verb].params if one.name in ("jobs", "dask")}
        for verb in VERBS
    }
    assert set(said["train"]) == {"jobs", "dask"}
    assert all(one == said["train"] for one in said.values())


@pytest.mark.parametrize("verb", ["score", "evaluate"])
def test_the_result_does_not_depend_on_jobs(
    recordings: Path, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = [main([verb, str(recordings), "--json"])]
    alone = capsys.readouterr()
    codes.append(main([verb, str(recordings), "--json", "--jobs", "2"]))
    two = capsys.readouterr()
    assert codes[0] == codes[1]
    assert two.out == alone.out
    assert len(json.loads(two.out)) > 3
    assert "slowest" not in alone.err
    assert f"{verb}: 3 tasks in " in two.err
    assert "slowest: " in two.err


def test_a_missing_extra_is_named(
    recordings: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main(["score", str(recordings), "--dask", "tcp://127.0.0.1:1"]) == 2
    assert "pip install 'tussis[dask]'" in capsys.readouterr().err


def test_both_at_once_are_refused(recordings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", str(recordings), "--jobs", "2", "--dask", "tcp://127.0.0.1:1"]) == 2
    assert "--jobs and --dask: exclude each other" in capsys.readouterr().err
