"""`tussis evaluate` as a user meets it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tussis.data.synthesis.dataset import write_dataset

from ..command_line import run_command


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people, a clip of a hum, and a clip that is torn."""
    root = tmp_path_factory.mktemp("recordings")
    write_dataset(root / "people", subjects=2, sessions_per_subject=1, session_s=10.0, seed=3, jobs=1)
    (root / "clips" / "engine").mkdir(parents=True)
    hum = np.sin(np.arange(32000) * 0.05) * 3000
    soundfile.write(root / "clips" / "engine" / "hum.wav", hum.astype(np.int16), 16000)
    (root / "clips" / "engine" / "torn.wav").write_bytes(b"RIFF")
    return root


def test_the_tables_name_every_part(recordings: Path) -> None:
    answer = run_command("evaluate", recordings, "--threshold", "0.5")
    assert answer.returncode == 0, answer.stderr
    parts = (
        "3 recordings, 3 people or sources",
        "thresholds: sound 0.500",
        "mode gated",
        "clips with an event",
        "false events per hour, by class or label",
        "time that motion keeps it open",
        "windows of sound: calibration",
        "95 % precision",
        "thresholds of sound",
        "Lin's CCC",
        "worst errors",
    )
    for part in parts:
        assert part in answer.stdout
    assert "left out: clips/engine/torn.wav" in answer.stderr


def test_json_and_the_errors_to_listen_to(recordings: Path, tmp_path: Path) -> None:
    out = tmp_path / "errors"
    words = ("evaluate", recordings, "--threshold", "0.9999", "--listen", out, "--listen-most", "3", "--json")
    answer = run_command(*words)
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert found["thresholds"]["audio"] == 0.9999
    assert found["events"]["gated"]["event"]["ref"] > 0
    assert [left["name"] for left in found["left_out"]] == ["clips/engine/torn.wav"]
    assert len(found["errors"]) > 3
    files = sorted(out.iterdir())
    assert len(files) == 3
    assert {file.name.split("-")[0] for file in files} <= {"false", "missed"}
    assert f"3 excerpts; {len(found['errors']) - 3} more errors" in answer.stderr
    again = run_command(*words)
    assert again.returncode == 2
    assert "not empty" in again.stderr


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--folds", "3"), "--folds: belongs to --cross-validate"),
        (("--recipe", "x.toml"), "--recipe: belongs to --cross-validate"),
        (("--cross-validate", "--model", "default"), "--model and --cross-validate: exclude each other"),
        (("--point", "balanced", "--threshold", "0.5"), "--point and --threshold: exclude each other"),
        (("--threshold", "2"), "--threshold: 2.0 is not above 0 and below 1"),
    ],
)
def test_options_that_do_not_go_together(recordings: Path, words: tuple[str, ...], complaint: str) -> None:
    answer = run_command("evaluate", recordings, *words)
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert complaint in answer.stderr


def test_nothing_to_evaluate_leaves_no_folder(recordings: Path, tmp_path: Path) -> None:
    lone = tmp_path / "lone"
    lone.mkdir()
    (lone / "a.wav").write_bytes((recordings / "clips" / "engine" / "hum.wav").read_bytes())
    answer = run_command("evaluate", lone, "--listen", tmp_path / "errors")
    assert answer.returncode == 2
    assert "no recording has labels" in answer.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["lone"]


def test_ctrl_c_leaves_nothing_half_written(recordings: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tussis.cli.app", "evaluate", recordings, "--listen", tmp_path / "out"]
    process = subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    end = time.monotonic() + 60
    while not list(tmp_path.iterdir()) and time.monotonic() < end:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert list(tmp_path.iterdir()) == []
