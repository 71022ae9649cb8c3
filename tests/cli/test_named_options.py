"""Every option that a message, a help text or a page names exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

import tussis
from tussis.cli.app import app

ROOT = Path(tussis.__file__).parent
ROOMS = ("cli", "data", "export", "firmware_stub", "selection", "signal")
OPTION = re.compile(
    r"(?<!var\()(?<![\w-])--[a-z][a-z0-9-]*[a-z0-9]"
)  # var(--name) is a colour of a style sheet
CALL = re.compile(r"tussis ([a-z]+)((?:[^`|\n;)]|\\\n)*)")

FOREIGN = {
    "--addon", "--max-configs", "--std",  # cppcheck
    "--build", "--install", "--target",  # cmake
    "--gc-sections",  # ld
    "--prefix-symbols",  # objcopy
    "--check",  # sha256sum
    "--require-hashes", "--no-deps", "--no-build-isolation",  # pip
    "--nthreads",  # dask worker
    "--from", "--spec",  # uvx, pipx
    "--workers", "--clips", "--made",  # benchmarks/cluster.py
    "--unbuffered",  # jq
}  # fmt: skip
"""Options of other programs, in their own command lines."""


def _options(command: object) -> set[str]:
    own = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
    for sub in getattr(command, "commands", {}).values():
        own |= _options(sub)
    return own | {"--help"}


def _texts() -> Iterator[tuple[str, str]]:
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", node.value
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    for page in (*pages, *sorted((ROOT / "firmware_stub").rglob("*.md"))):
        yield str(page.relative_to(ROOT)), page.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def commands() -> object:
    return typer.main.get_command(app)


def test_every_option_named_exists(commands: object) -> None:
    known = _options(commands)
    assert len(known) > 60
    found, wrong = 0, []
    for where, text in _texts():
        for option in OPTION.findall(text):
            found += 1
            if option not in known and option not in FOREIGN:
                wrong.append(f"{where}: {option}")
    assert found > 200
    assert not wrong


def test_every_command_line_shown_has_options_of_its_verb(commands: object) -> None:
    found, wrong = 0, []
    for where, text in _texts():
        for verb, rest in CALL.findall(text):
            command = commands.commands.get(verb)
            if command is None:
                continue
            for option in OPTION.findall(rest):
                found += 1
                if option not in _options(command):
                    wrong.append(f"{where}: tussis {verb} ... {option}")
    assert found > 50
    assert not wrong
