"""Which stream gets what, and how an error is said."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from rich.text import Text

from tussis.cli import console
from tussis.cli.console import ProgressDisplay, explain, note, print_json, print_line, printable, show
from tussis.cli.tables import table
from tussis.data.input_error import InputError


def test_json_has_no_nan(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": float("nan"), "b": [1.5, float("inf"), {"c": (None, "x", True)}]})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": [1.5, None, {"c": [None, "x", True]}]}


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (InputError("a.csv", "none", field="time_s", remedy="add it"), 2, "a.csv: time_s: none; add it"),
        (PermissionError(13, "Permission denied", "out.json"), 2, "out.json: Permission denied"),
        (OSError(28, "No space left on device"), 2, "No space left on device; make room for the output"),
        (
            OSError(28, "No space left", "source.md", None, "copy.md"),
            2,
            "tussis: copy.md: No space left; make",
        ),
        (OSError(122, "Disk quota exceeded", "out.md"), 2, "tussis: out.md: Disk quota exceeded; make room"),
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
        for done in range(151):
            progress("features", done, 150)
        progress("short", 0, 1)
        progress("short", 1, 1)
    streams = capsys.readouterr()
    assert streams.out == ""
    lines = streams.err.splitlines()
    assert lines == [
        "features: 60 of 150, about 2 min left",
        "features: 120 of 150, about 30 s left",
        "features: done, 2 min",
    ]


@pytest.mark.parametrize("columns", [40, 100])
def test_on_a_terminal_progress_is_drawn_on_stderr_alone(columns: int) -> None:
    code = (
        "import time; from tussis.cli.console import ProgressDisplay, print_json\n"
        "with ProgressDisplay() as p:\n"
        "    for n in range(5): p('seconds of sound', n, 8); time.sleep(0.2)\n"
        "    p.show('a result'); p('seconds of sound', 8, 8)\n"
        "print_json({'a': 1})"
    )
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
    environment = {name: os.environ[name] for name in os.environ if name not in ("COLUMNS", "LINES")}
    environment["TERM"] = "xterm"
    process = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=slave, check=True, env=environment
    )
    os.close(slave)
    drawn = os.read(master, 65536).decode()
    os.close(master)
    assert process.stdout.decode().startswith("a result\n")
    assert json.loads(process.stdout.decode().removeprefix("a result\n")) == {"a": 1}
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn)
    lines = re.split(r"[\r\n]+", plain)
    assert max(map(len, lines)) <= columns
    assert any(re.search(r"seconds of sound .* 4/8 +00:0[01]", line) for line in lines), lines
    assert re.search(r"8/8 +0?0:0\d", lines[-2] or lines[-3])


HOSTILE = {
    "[anna] s1": "[anna] s1",
    "x[/b]": "x[/b]",
    "[bold red]": "[bold red]",
    "[link=http://x]y": "[link=http://x]y",
    ":dog:": ":dog:",
    "\\[x]": "\\[x]",
    "a\x1b[2Jb": "a\\x1b[2Jb",
    "a\x9b31mb": "a\\x9b31mb",
    "\x1b]0;title\x07": "\\x1b]0;title\\x07",
    "a\rb\bc": "a\\rb\\x08c",
    "a\u202eb": "a\\u202eb",
    "a\udcffb": "a\\udcffb",
    "Jürgen 咳": "Jürgen 咳",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_shown_as_they_are_and_never_obeyed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    made = table(name, "figure", title=name)
    made.add_row(name, name)
    show(made, name, Text(name))
    print_line(name)
    note(name)
    streams = capsys.readouterr()
    assert streams.out.count(HOSTILE[name]) == 6 + (Text(name).plain == name), streams.out
    assert streams.err == HOSTILE[name] + "\n"
    assert not set(streams.out + streams.err) & set("\x1b\x9b\r\b\x07\u202e\udcff")
    assert printable(name) == HOSTILE[name]


@pytest.mark.parametrize(
    "script",
    [
        "import logging; logging.getLogger('any').warning('%s', bad)",
        "import logging; logging.getLogger('any').warning('%d' + bad, 'no number')",
        "import warnings; warnings.warn(bad)",
        "import logging; from tussis.data.workers import worked\n"
        "list(worked(logging.getLogger('any').warning, [(bad,), (bad,)], 2, stage='any', names='ab'))",
        "import os; os.environ['TUSSIS_DEBUG'] = '1'; explain(ValueError(bad))",
        "print_json({bad: bad})",
        "print_json_line({bad: bad})",
        "print_line(bad)",
        "from rich.text import Text; live_console().print(Text(bad))",
    ],
)
def test_nothing_that_is_said_by_a_library_is_obeyed_either(script: str) -> None:
    found = run_with(f"bad = 'a\\x1b[2Jb\\x07\\x7f\\x9b'; {script}", PYTHONIOENCODING="utf-8")
    said = (found.stdout + found.stderr).decode()
    assert found.returncode == 0, said
    assert "[2Jb" in said
    assert not set(said) & set("\x1b\x07\x7f\x9b")


@pytest.mark.parametrize("columns", ["20", "40", "79", "200"])
def test_a_narrow_terminal_cuts_no_figure(
    columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    made = table("stage of the detector", *(f"column {n}" for n in range(5)))
    made.add_row("features of the audio", *(f"{n}23,456.78" for n in range(5)))
    show(made)
    out = capsys.readouterr().out
    assert all(f"{n}23,456.78" in out for n in range(5)), out


@pytest.mark.parametrize(
    ("value", "shown"),
    [("", 0), ("0", 0), ("no", 0), ("OFF", 0), ("false", 0), (" 0 ", 0), ("1", 1), ("yes", 1), ("2", 1)],
)
def test_debug_can_be_off(
    value: str, shown: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TUSSIS_DEBUG", value)
    explain(InputError("a.csv", "none"))
    assert (len(capsys.readouterr().err.splitlines()) > 1) == bool(shown)


def run_with(script: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    code = f"from tussis.cli.console import *; prepare_streams(); {script}"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env={**os.environ, **environment}, check=False
    )


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "cp437", "koi8-r", "utf-8", "utf-16"])
def test_every_encoding_of_output_will_do(encoding: str) -> None:
    script = "show('咳 ü ─'); note('咳 ü'); print('咳')"
    found = run_with(script, PYTHONIOENCODING=encoding)
    assert found.returncode == 0, found.stderr
    said = found.stdout.decode(encoding)
    assert ("咳" if encoding.startswith("utf") else "\\u54b3") in said


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_fault(closed: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    code = (
        "import os; from tussis.cli.console import *; prepare_streams();"
        f"f = open({str(kept)!r}, 'w'); show('x'); note('y'); print_json({{}});"
        "os.write(1, b'stray'); f.close()"
    )
    found = subprocess.run(["bash", "-c", f'exec "$0" -c "$1" {closed}', sys.executable, code], check=False)
    assert found.returncode == 0
    assert kept.read_text() == ""  # no file of ours took the place of the closed stream


def test_python_m_tussis_is_the_command_line() -> None:
    for arguments, code in ((["--version"], 0), (["detect"], 2)):
        found = subprocess.run(
            [sys.executable, "-m", "tussis", *arguments], capture_output=True, text=True, check=False
        )
        assert found.returncode == code
        assert "tussis" in found.stdout + found.stderr


@pytest.mark.parametrize(
    "title", ["counts of sound against labels", "\nfalse events per hour, by class or label"]
)
def test_a_title_is_not_broken_at_the_width_of_its_table(
    title: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = table("a", "b", title=title)
    made.add_row("1", "2")
    show(made)
    assert title in capsys.readouterr().out
