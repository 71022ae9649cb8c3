"""Where the command line's words go: results to stdout, everything else to stderr.

Nothing else in the package prints: all that reaches a terminal goes through here, where it is made harmless.
"""

from __future__ import annotations

import io
import logging
import math
import os
import sys
import time
import traceback
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TextIO, cast

from ..data.extras import EXTRA_OF, install_line
from ..data.input_error import DISK_FULL, InputError, full_place
from ..data.json_text import json_text
from ..data.local_workers import prepare_workers

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

__all__ = [
    "ProgressDisplay",
    "busy",
    "explain",
    "is_fault",
    "live_console",
    "note",
    "prepare_streams",
    "print_json",
    "print_json_line",
    "print_line",
    "printable",
    "show",
]

_PIPE_WIDTH = 120
_LEAST_WIDTH = 40
"""Narrower than this lines are drawn at this width, and a terminal breaks them; nothing is lost."""

_OFF = ("", "0", "no", "off", "false")
"""What `TUSSIS_DEBUG` may hold to be off, in any case."""

_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode categories that a terminal obeys instead of showing: controls, bidirectional marks, surrogates."""

_SHOWN = "\n\t\u200c\u200d"
"""Those of them that do no harm; without the last two, words of some scripts are spelt wrongly."""

_NO_TEMPORARY = "No usable temporary directory"
"""How Python says that no folder takes temporary files."""

_LINE_EVERY_S = 60.0
_WIDE = 80
_BUG_EXIT = 3


def printable(text: str) -> str:
    r"""Show what a terminal would obey: names come from files and boards, and may hold anything.

    Parameters
    ----------
    text
        Words for a terminal; line ends and tabs stay.

    Returns
    -------
    str
        The same, with each control, bidirectional mark and lone surrogate as its escape in Python.

    Examples
    --------
    >>> printable("s1" + chr(27) + "[2J")
    's1\\x1b[2J'
    """
    return "".join(_escape(c) if unicodedata.category(c) in _HIDDEN and c not in _SHOWN else c for c in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def prepare_streams() -> None:
    """Let every word be printed: as an escape where the encoding lacks it, nowhere without a stream.

    What libraries log or warn of becomes a line on stderr like every other, in processes that work too.
    """
    prepare_workers(prepare_streams)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the caller; stays open, so that no other file takes its descriptor
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    logging.lastResort = _Noted(logging.WARNING)
    warnings.showwarning = _note_warning


class _Noted(logging.Handler):
    """Prints what is logged and nobody else takes."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            fault = record.exc_info[1] if record.exc_info else None
            note(record.getMessage() + (f": {type(fault).__name__}: {fault}" if fault else ""))
        except Exception:  # a library that logs wrongly ends nothing
            note(f"{record.name}: {record.msg}")


def _note_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    note(f"{category.__name__}: {message}")


def _console(*, stderr: bool) -> Console:
    """Return a console for which words are data: no markup, no emoji codes, no control sequences."""
    from rich.console import Console, ConsoleOptions
    from rich.segment import Segment
    from rich.text import Text

    class PlainConsole(Console):
        def render_str(self, text: str, **settings: Any) -> Text:
            return super().render_str(printable(text), **settings)

        def render(
            self, renderable: RenderableType, options: ConsoleOptions | None = None
        ) -> Iterable[Segment]:
            for segment in super().render(renderable, options):
                if segment.control:
                    yield segment
                else:
                    yield Segment(printable(segment.text), segment.style)

    stream = sys.stderr if stderr else sys.stdout
    shown = cast("TextIO", _Shown(stream)) if stderr else None
    console = PlainConsole(file=shown, stderr=stderr, highlight=False, markup=False, emoji=False)
    if not stderr:
        is_pipe = not stream.isatty() and "COLUMNS" not in os.environ
        console.width = _PIPE_WIDTH if is_pipe else max(console.width, _LEAST_WIDTH)
    return console


class _Shown:
    """A stream whose reader, a terminal that may be closed, need not be there any more."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with suppress(OSError):
            return self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def live_console() -> Console:
    """Return a console on stderr for what is drawn again and again; words are data there too."""
    return _console(stderr=True)


def show(*things: RenderableType) -> None:
    """Print tables or text to stdout; brackets and colons in them are text, not markup."""
    console = _console(stderr=False)
    for thing in things:
        console.print(thing)


def note(text: str) -> None:
    """Print one plain line to stderr; where nobody reads that any more, the work goes on without words."""
    with suppress(OSError):
        print(printable(text), file=sys.stderr, flush=True)


def print_line(text: str) -> None:
    """Print plain text to stdout as it is, neither wrapped nor cut, at once."""
    print(printable(text), flush=True)


def print_json(document: Mapping[str, object]) -> None:
    """Print one JSON document to stdout; NaN and infinity, for which JSON has no word, become null."""
    _write_json(json_text(document, 2))


def print_json_line(document: Mapping[str, object], kind: str | None = None) -> None:
    """Print one line of JSON Lines to stdout; its `kind`, for verbs that tell what happens, comes first."""
    _write_json(json_text(document if kind is None else {"kind": kind, **document}))


def _write_json(text: str) -> None:
    """Write JSON, in which one control character may stand as it is: delete."""
    sys.stdout.write(text.replace("\x7f", "\\u007f") + "\n")
    sys.stdout.flush()


class ProgressDisplay:
    """Draw long work on stderr: bars with the time left on a terminal, elsewhere a line a minute.

    An instance is a `tussis.data.progress.Progress`. Use it as a context manager, so that the bars are
    taken down before anything else is printed.
    """

    def __init__(self) -> None:
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}
        self._started: dict[str, float] = {}
        self._said: dict[str, float] = {}

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._bars = _bars()
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()
            self._bars = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show that `done` of `total` steps of `stage` are finished (`total` 0: not known)."""
        if self._bars is not None:
            if stage not in self._tasks:
                self._tasks[stage] = self._bars.add_task(stage, total=total or None)
            self._bars.update(self._tasks[stage], completed=done, total=total or None)
        else:
            self._line(stage, done, total)

    def say(self, text: str) -> None:
        """Print one line to stderr above the bars."""
        if self._bars is not None:
            self._bars.console.print(text)
        else:
            note(text)

    def show(self, *things: RenderableType) -> None:
        """Print results to stdout while the work goes on."""
        self.aside(lambda: show(*things))

    def aside(self, action: Callable[[], object]) -> None:
        """Do something that prints, with the bars taken down meanwhile."""
        if self._bars is None:
            action()
            return
        self._bars.live.transient = True
        self._bars.stop()
        action()
        self._bars.live.transient = False
        self._bars.start()

    def _line(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage not in self._started:
            self._started[stage] = self._said[stage] = now
        elif done == total and total:
            if self._started[stage] < self._said[stage] < math.inf:
                note(f"{stage}: done, {_duration(now - self._started[stage])}")
            self._said[stage] = math.inf  # the last word
        elif now - self._said[stage] >= _LINE_EVERY_S:
            self._said[stage] = now
            left = (now - self._started[stage]) / done * (total - done) if done and total else None
            more = f", about {_duration(left)} left" if left is not None else ""
            note(f"{stage}: {done} of {total}{more}" if total else f"{stage}: {done}")


@contextmanager
def busy(stage: str) -> Iterator[None]:
    """Show that something goes on of which nobody knows how long it takes."""
    with ProgressDisplay() as progress:
        progress(stage, 0, 0)
        yield
        progress(stage, 1, 1)


def _bars() -> Bars:
    """Return bars that fit the terminal: stage, bar, steps, and the time left, or taken once it is done."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = _console(stderr=True)
    is_wide = console.width >= _WIDE
    return Progress(
        TextColumn("{task.description:<28}" if is_wide else "{task.description}", markup=False),
        BarColumn(bar_width=30 if is_wide else 6),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        console=console,
    )


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60.0)
    if seconds < 90.0:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def explain(error: BaseException) -> int:
    """Say on stderr, in one line, why a command ended, and return its exit code.

    Returns
    -------
    int
        2 for anything the user can correct: bad usage, bad input, a file that cannot be read or written, a
        missing dependency. 3 for a fault of ours; the traceback is shown if ``TUSSIS_DEBUG`` is set, and
        not to 0.
    """
    text, code = _reason(error)
    if os.environ.get("TUSSIS_DEBUG", "").strip().lower() not in _OFF:
        note("".join(traceback.format_exception(error)).rstrip())
    note("tussis: " + " ".join(text.split()))
    return code


def is_fault(error: BaseException) -> bool:
    """Whether `explain` would call it a fault of ours."""
    return _reason(error)[1] == _BUG_EXIT


def _reason(error: BaseException) -> tuple[str, int]:
    format_message = getattr(error, "format_message", None)  # click's errors, wherever typer keeps them
    if isinstance(error, InputError):
        text, code = str(error), 2
    elif callable(format_message):
        text, code = _usage(error, str(format_message())), 2
    elif isinstance(error, ModuleNotFoundError) and not str(error.name).startswith("tussis"):
        module = str(error.name).partition(".")[0]
        again = "it" if module in EXTRA_OF else "tussis again"
        text, code = f"the module {module} is missing; install {again}: {install_line(module)}", 2
    elif isinstance(error, OSError) and error.strerror:
        full = error.errno in DISK_FULL
        if error.filename is None and isinstance(error, FileNotFoundError) and not _has_folder():
            error.filename = "the folder in which the command is given"
        place = full_place(error) if full else error.filename
        where = f"{place}: " if place else ""
        room = "; make room for the output, for TMPDIR and TUSSIS_CACHE" if full else ""
        text, code = f"{where}{error.strerror}{room}", 2
        if error.filename is None and error.strerror.startswith(_NO_TEMPORARY):
            text = f"TMPDIR: {error.strerror}; set it to a folder that can be written"
    elif isinstance(error, MemoryError):
        text, code = "out of memory; use fewer or shorter recordings", 2
    else:
        text, code = _bug(error), _BUG_EXIT
    return text, code


def _has_folder() -> bool:
    try:
        os.getcwd()
    except OSError:
        return False
    return True


def _usage(error: BaseException, message: str) -> str:
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "tussis"
    said = message.rstrip(".").replace(": Value error, ", ": ")  # what typer puts before a choice's own words
    see = " See" if said.endswith("?") else "; see"
    return f"{said}{see} {command} --help"


def _bug(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return (
        f"internal error{where}: {type(error).__name__}: {error}; this is a fault of tussis, please report it"
        " with the output of the same command under TUSSIS_DEBUG=1"
    )
