"""All printing goes through `cli/console.py`, which cleans what a terminal would obey."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tussis.cli.app import main
from tussis.selection.detector.detector_file import load_detector

ROOT = Path(__file__).resolve().parents[2]
CONSOLE = ROOT / "cli" / "console.py"
FOLDERS = ("data", "signal", "selection", "export", "firmware_stub", "cli")
STREAMS = {"stdout", "stderr", "__stdout__", "__stderr__"}
HARMLESS = {"isatty", "flush", "close"}
"""What may be asked of a stream: nothing of it writes."""
PRINTERS = {
    "print",
    "pprint",
    "pp",
    "echo",
    "secho",
    "echo_via_pager",
    "print_exc",
    "print_exception",
    "print_tb",
}
MAKERS = {"Console", "get_console", "StreamHandler", "basicConfig", "captureWarnings"}
"""They make what writes to a stream by itself; so whatever else is called ``console.print`` is ours."""


def other_ways_out(text: str) -> Iterator[str]:
    """Say what in a module's text prints past the console."""
    tree = ast.parse(text)
    allowed = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in HARMLESS
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func
            word = (
                name.attr
                if isinstance(name, ast.Attribute)
                else name.id
                if isinstance(name, ast.Name)
                else ""
            )
            whose = (
                name.value.id if isinstance(name, ast.Attribute) and isinstance(name.value, ast.Name) else ""
            )
            first = node.args[0] if node.args else None
            ours = word == "print" and isinstance(name, ast.Attribute) and whose != "rich"
            raw = whose == "os" and word == "write" and _is_stream(first)
            if raw or (word in PRINTERS | MAKERS and not ours):
                yield f"line {node.lineno}: {word}()"
        elif isinstance(node, ast.Attribute) and node.attr in STREAMS and id(node) not in allowed:
            if isinstance(node.value, ast.Name) and node.value.id == "sys":
                yield f"line {node.lineno}: sys.{node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module == "sys":
            yield from (f"line {node.lineno}: sys.{one.name}" for one in node.names if one.name in STREAMS)


def _is_stream(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value in (1, 2)


@pytest.mark.parametrize("folder", [".", *FOLDERS])
def test_no_module_prints_but_the_console(folder: str) -> None:
    files = ROOT.glob("*.py") if folder == "." else (ROOT / folder).rglob("*.py")
    modules = [path for path in files if path != CONSOLE and "__pycache__" not in path.parts]
    assert modules
    found = {path.name: list(other_ways_out(path.read_text())) for path in modules}
    assert {name: ways for name, ways in found.items() if ways} == {}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("print('x')", 1),
        ("import sys\nsys.stdout.write('x')", 1),
        ("import sys\nsys.stderr.buffer.write(b'x')", 1),
        ("import sys\nfile = sys.stdout", 1),
        ("import sys\nsys.__stdout__.write('x')", 1),
        ("from sys import stdout, argv", 1),
        ("import typer\ntyper.echo('x')\ntyper.secho('x')", 2),
        ("import os\nos.write(1, b'x')\nos.write(2, b'x')", 2),
        ("import traceback\ntraceback.print_exc()", 1),
        ("from rich.console import Console\nConsole(stderr=True)", 1),
        ("import logging\nlogging.basicConfig()", 1),
        ("import rich\nrich.print('x')\nrich.get_console().print('x')", 2),
        ("self._live.console.print('x')", 0),
        ("import sys\nsys.stdout.flush(); sys.stderr.isatty(); sys.stderr.close()", 0),
        ("import os\nos.write(handle, b'x')", 0),
        ("'''>>> print(1)'''", 0),
    ],
)
def test_other_ways_out_are_found(text: str, count: int) -> None:
    assert len(list(other_ways_out(text))) == count


HOSTILE = "a\x1b[2Jb\x9b31mc\x07d\x7fe\u202ef"


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A detector file of somebody else, with control sequences in every text of its provenance."""
    document = json.loads(load_detector("default").model_dump_json())

    def spoil(value: object) -> object:
        if isinstance(value, dict):
            return {key: spoil(item) for key, item in value.items()}
        if isinstance(value, list):
            return [spoil(item) for item in value]
        return f"{HOSTILE} {value}" if isinstance(value, str) else value

    kept = ("data_sha256", "sha256", "trained_on")
    provenance = document["provenance"]
    document["provenance"] = {
        key: value if key in kept else spoil(value) for key, value in provenance.items()
    }
    document["provenance"]["doubts"] = [HOSTILE]
    path = tmp_path_factory.mktemp("foreign") / "detector.json"
    path.write_text(json.dumps(document))
    return str(path)


@pytest.mark.parametrize("words", [["describe"], ["describe", "--json"]])
def test_a_foreign_detector_file_reaches_no_terminal_unclean(
    words: list[str], foreign: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, foreign]) == 0
    streams = capsys.readouterr()
    assert "[2J" in streams.out
    assert not set(streams.out + streams.err) & set("\x1b\x9b\x07\x7f\u202e")
