"""Each verb's help has an example, and each example parses."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from tussis.cli.app import app, main
from tussis.cli.examples import EXAMPLES

COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
LINES = [line for lines in EXAMPLES.values() for line in lines]


def test_every_verb_has_an_example_of_its_own() -> None:
    assert set(EXAMPLES) == set(COMMANDS)
    for verb, lines in EXAMPLES.items():
        assert lines
        assert all(line.split()[:2] == ["tussis", verb] for line in lines)


@pytest.mark.parametrize("line", LINES)
def test_an_example_parses(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _, verb, *words = shlex.split(line)
    COMMANDS[verb].make_context(verb, words)


def test_a_wrong_example_would_not_parse() -> None:
    with pytest.raises(Exception, match="No such option"):
        COMMANDS["detect"].make_context("detect", ["my.wav", "--cvs", "x.csv"])


@pytest.mark.parametrize("columns", ["40", "80", "120"])
def test_help_shows_it_whole_at_every_width(
    columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    for verb in ("detect", "estimate", "count"):
        assert main([verb, "--help"]) == 0
        out = capsys.readouterr().out
        assert "".join(EXAMPLES[verb][0].split()) in "".join(out.split())
        lines = [line for line in out.splitlines() if not line.startswith("  --")]  # no option is cut
        assert max(map(len, lines)) <= int(columns)
        assert "…" not in out
