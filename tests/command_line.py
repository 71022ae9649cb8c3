"""The command line run in this process, as a shell would run it: words in, streams and exit code out."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tussis.cli.app import main


@dataclass(frozen=True)
class Answer:
    """What a command left: exit code and both streams, as of `subprocess.CompletedProcess`."""

    returncode: int
    stdout: str
    stderr: str


def run_command(
    *words: object, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> Answer:
    """Run ``tussis`` with some words, in a folder, with variables added to those of this process.

    A process of its own would import for 1.5 to 3 s. Tests of signals, closed streams, terminals or of what
    is read as a process starts need one all the same.
    """
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    streams = contextlib.redirect_stdout(out), contextlib.redirect_stderr(err)
    with _surroundings(cwd, environment or {}), streams[0], streams[1]:
        code = main([*map(str, words)])
    said = (stream.buffer.getvalue().decode() for stream in (out, err))  # type: ignore[attr-defined]
    return Answer(code, *said)


@contextlib.contextmanager
def _surroundings(cwd: Path | None, environment: Mapping[str, str]) -> Iterator[None]:
    """Change folder, variables and what `main` does to signals, and put all back."""
    before, folder = dict(os.environ), Path.cwd()
    handlers = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    lost = sys.unraisablehook
    os.environ.update(environment)
    try:
        os.chdir(cwd or folder)
        yield
    finally:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        sys.unraisablehook = lost
