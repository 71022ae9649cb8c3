"""Running a compiler, and saying in one line what became of it where it did not do its work."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from ...data.input_error import InputError

__all__ = [
    "CompileError",
    "compiled_together",
    "compiler_version",
    "how_it_ended",
    "preprocessed",
    "run_compiler",
    "said_by",
]

_Built = TypeVar("_Built")

_LINES = 12
_TRY_S = 60.0
"""How long a compiler may take to say its version."""

_FILE_S = 600.0
"""How long it may take for one file."""

_TIDY_S = 2.0
"""How long it may take to remove its own temporary files once it is asked to end."""

_FULL = "No space left"
_NO_ROOM = ("temporary file", "Read-only file system", "temporary directory")
"""Words of a compiler that has no place for what it writes in between."""

_STOPPED = ("ended by signal", "Killed signal", "out of memory", "Cannot allocate memory")
_PASSING = (_FULL, *_NO_ROOM, *_STOPPED, "cannot be started", "did not end")
"""Words of what may go well another time."""

_REMEDIES = (
    (_FULL, "make room on the disk of TMPDIR and TUSSIS_CACHE"),
    *((word, "set TMPDIR to a folder that can be written") for word in _NO_ROOM),
    *((word, "has it enough memory? try again, or install it again") for word in _STOPPED),
    ("cannot be started", "install it again, or choose another (CC, TUSSIS_TOOLCHAIN)"),
    ("did not end", "does it wait for something? try again, or choose another (CC, TUSSIS_TOOLCHAIN)"),
    ("wrote no", "is it a C compiler (CC, TUSSIS_TOOLCHAIN)?"),
)
"""What to do, by a word of what went wrong; the first that fits."""


class CompileError(InputError):
    """A compiler did not compile: none of C, killed, or an edited project; holds the first error lines.

    Attributes
    ----------
    reason
        The first of them.
    passing
        Whether it may go well another time: the compiler was stopped, or disk or memory were full.
    """

    def __init__(self, command: Sequence[str], lines: Sequence[str]) -> None:
        said = " / ".join(lines)
        usual = "is it a C compiler (CC, TUSSIS_TOOLCHAIN), the project unchanged? else export again"
        remedy = next((remedy for word, remedy in _REMEDIES if word in said), usual)
        super().__init__(command[0], f"cannot compile: {said}", remedy=remedy)
        self.reason = lines[0]
        self.passing = any(word in said for word in _PASSING)


def how_it_ended(code: int) -> str:
    """Say how a process ended by its exit code; shells add 128 to the number of the signal that ended it.

    Examples
    --------
    >>> how_it_ended(-9), how_it_ended(137), how_it_ended(1)
    ('ended by signal SIGKILL', 'ended by signal SIGKILL', 'ended with code 1')
    """
    number = -code if code < 0 else code - 128
    try:
        return f"ended by signal {signal.Signals(number).name}"
    except ValueError:
        return f"ended with code {code}"


def run_compiler(command: Sequence[str], output: Path) -> None:
    """Run a compiler that is to write a file.

    Parameters
    ----------
    command
        The program and its arguments.
    output
        The file.

    Raises
    ------
    CompileError
        It cannot be started, was killed, reports errors, ended without a word, or wrote nothing.
    """
    try:
        done = _done(command, _FILE_S)
    except OSError as error:
        raise CompileError(command, [f"it cannot be started: {error.strerror or error}"]) from error
    except subprocess.TimeoutExpired:
        raise CompileError(command, [f"it did not end within {_FILE_S:g} s"]) from None
    if done.returncode == 0:
        if not output.is_file():
            raise CompileError(command, [f"it ended well and wrote no {output.name}"])
        return
    lines = _words(done.stderr or done.stdout).splitlines()
    errors = [line for line in lines if "error" in line or "undefined" in line] or lines
    if full := [line for line in lines if _FULL in line]:
        raise CompileError(command, full[:1])
    ended = how_it_ended(done.returncode)
    if "signal" in ended or not errors:
        errors = [f"it {ended}" + ("" if errors else " and said nothing"), *errors]
    raise CompileError(command, errors[:_LINES])


def said_by(command: Sequence[str]) -> tuple[str, str]:
    """Return what a program writes to stdout, and what is wrong with it; one of both is empty.

    Parameters
    ----------
    command
        The program and its arguments; it gets a minute.
    """
    try:
        done = _done(command, _TRY_S)
    except OSError as error:
        return "", f"cannot be started: {error.strerror or error}"
    except subprocess.TimeoutExpired:
        return "", f"did not end within {_TRY_S:g} s"
    said = _words(done.stdout)
    if done.returncode == 0 and said:
        return said, ""
    words = _words(done.stderr or done.stdout).splitlines()
    return "", f"{how_it_ended(done.returncode)}: {words[0] if words else 'it said nothing'}"


def preprocessed(command: Sequence[str], source: Path) -> bytes | None:
    """Return the text of a C file after the preprocessor; None where that fails, as compiling then will."""
    try:
        done = _done([*command, "-E", "-P", str(source)], _FILE_S)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


@functools.cache
def compiler_version(command: tuple[str, ...]) -> str:
    """Return the first line of ``--version``; ``unknown`` where it says none."""
    said, _ = said_by([*command, "--version"])
    return said.splitlines()[0] if said else "unknown"


def _words(said: bytes) -> str:
    """Return what was said, in any encoding: names of files, words of another language."""
    return said.decode(errors="backslashreplace").strip()


_running: set[subprocess.Popen[bytes]] = set()
_ending = threading.Lock()
_interrupted = threading.Event()


def compiled_together(compile_one: Callable[[Path], _Built], sources: Sequence[Path]) -> list[_Built]:
    """Compile files, two at a time, and return the results in order.

    An interrupt ends the compilers that threads have started, which would hold the command up.

    Parameters
    ----------
    compile_one
        Calls `run_compiler`.
    sources
        What it is called with.
    """
    pool = ThreadPoolExecutor(max_workers=2)
    is_first = False
    try:
        return list(pool.map(compile_one, sources))
    except KeyboardInterrupt:
        is_first = not _interrupted.is_set()
        _interrupted.set()
        for process in tuple(_running):
            _end(process)
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        if is_first:
            _interrupted.clear()


def _done(command: Sequence[str], most_s: float) -> subprocess.CompletedProcess[bytes]:
    """Run a compiler, and end it with all that it has started if it takes too long or we are interrupted."""
    if _interrupted.is_set():
        raise KeyboardInterrupt
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        process_group=0,  # a driver starts the compiler proper, which must end with it
    ) as process:
        _running.add(process)
        try:
            said = process.communicate(timeout=most_s)
        except BaseException:
            _end(process)
            raise
        finally:
            _running.discard(process)
    return subprocess.CompletedProcess(command, process.returncode, *said)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask a process and what it has started to end, and see to it; nothing where it has ended."""
    with _ending:
        for number, patience_s in ((signal.SIGTERM, _TIDY_S), (signal.SIGKILL, None)):
            if process.poll() is not None:
                return
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience_s)
