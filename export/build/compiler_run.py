"""Running a C compiler, and telling what it says."""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Sequence

from ...data.input_error import InputError

__all__ = ["CompileError", "compiler_said", "compiler_version", "run_compiler"]

_TIMEOUT_S = 600.0
"""Longest that a compiler may take for one file."""

_PASSING = ("no space left", "killed", "terminated", "out of memory", "cannot allocate")
"""What a compiler says whose work was stopped from outside."""


class CompileError(InputError):
    """A compiler refused the C: not a C compiler, or an edited project; holds the first error lines.

    Attributes
    ----------
    reason
        The first of them.
    passing
        Whether it may go well another time: the compiler was stopped, or disk or memory were full.
    """

    def __init__(self, command: Sequence[str], lines: Sequence[str], *, passing: bool = False) -> None:
        super().__init__(
            command[0],
            f"cannot compile: {' / '.join(lines) or 'the compiler said nothing'}",
            remedy="is it a C compiler (CC, TUSSIS_TOOLCHAIN), the project unchanged? else export again",
        )
        self.reason = lines[0] if lines else "the compiler said nothing"
        self.passing = passing


@functools.cache
def compiler_version(command: tuple[str, ...]) -> str:
    """Return the first line of ``--version``."""
    try:
        said = compiler_said([*command, "--version"])
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return said.stdout.splitlines()[0] if said.stdout else "unknown"


def compiler_said(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a compiler. What it says may be in any encoding: names of files, words of another language."""
    return subprocess.run(
        command, capture_output=True, text=True, check=False, errors="backslashreplace", timeout=_TIMEOUT_S
    )


def run_compiler(command: Sequence[str]) -> None:
    """Compile or link; raises `CompileError`."""
    try:
        done = compiler_said(command)
    except subprocess.TimeoutExpired:
        raise CompileError(command, [f"not done after {_TIMEOUT_S:g} s"], passing=True) from None
    if done.returncode != 0:
        text = done.stderr or done.stdout
        lines = text.strip().splitlines()
        errors = [line for line in lines if "error" in line or "undefined" in line] or lines
        passing = done.returncode < 0 or any(word in text.lower() for word in _PASSING)
        raise CompileError(command, errors[:12], passing=passing)
