"""Which stream gets what, and how an error is said."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tussis.cli import console
from tussis.cli.console import ProgressDisplay, explain, print_json
from tussis.data.input_error import InputError


def test_json_has_no_nan(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": float("nan"), "b": [1.5, float("inf"), {"c": (None, "x", True)}]})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": [1.5, None, {"c": [None, "x", True]}]}


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (InputError("a.csv", "none", field="time_s", remedy="add it"), 2, "a.csv: time_s: none; add it"),
        (PermissionError(13, "Permission denied", "out.json"), 2, "out.json: Permission denied"),
        (OSError(28, "No space left on device"), 2, "No space left on device"),
        (ModuleNotFoundError("No module named 'soxr'", name="soxr"), 2, "soxr is missing"),
        (ModuleNotFoundError("No module named 'tussis.x'", name="tussis.x"), 3, "internal error"),
        (MemoryError(), 2, "out of memory"),
        (ZeroDivisionError("two\nlines"), 3, "ZeroDivisionError: two lines"),
    ],
)
def test_an_error_is_one_line(
    error: Exception, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explain(error) == code
    streams = capsys.readouterr()
    assert streams.out == ""
    assert len(streams.err.splitlines()) == 1
    assert said in streams.err


def test_without_a_terminal_progress_is_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr(console.time, "monotonic", lambda: float(next(clock)))
    with ProgressDisplay() as progress:
        for done in range(26):
            progress("features", done, 25)
        progress("short", 0, 1)
        progress("short", 1, 1)
    streams = capsys.readouterr()
    assert streams.out == ""
    lines = streams.err.splitlines()
    assert lines[0] == "features ..."
    assert lines[1:3] == ["features: 10 of 25", "features: 20 of 25"]
    assert lines[3].startswith("features: done")
    assert lines[4:] == ["short ..."]


def test_on_a_terminal_progress_is_drawn_on_stderr_alone(tmp_path: Path) -> None:
    code = (
        "from tussis.cli.console import ProgressDisplay, print_json\n"
        "with ProgressDisplay() as p:\n"
        "    p('features', 0, 4); p('features', 4, 4)\n"
        "print_json({'a': 1})"
    )
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    process = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=slave, check=True, env=environment
    )
    os.close(slave)
    drawn = os.read(master, 65536).decode()
    os.close(master)
    assert json.loads(process.stdout) == {"a": 1}
    assert "features" in drawn
    assert "4/4" in drawn
