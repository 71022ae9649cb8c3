"""What a monitor received, as JSON lines with times, and read again."""

from __future__ import annotations

import base64
import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ...data.input_error import InputError, reading
from ...data.json_text import json_text
from ...data.strict_values import as_number
from ...data.untrusted import json_document

__all__ = ["WatchLog", "opened_log", "read_log"]

_HEAD = "tussis_monitor"
_VERSION = 1
_MOST_LINE_BYTES = 1 << 20
"""A board sends some kB in the time that a line stands for."""


class WatchLog:
    """A file that grows by a line for everything that happens; made by `opened_log`."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def bytes_came(self, at_s: float, data: bytes) -> None:
        """Keep what came from the board, as it came: damaged messages too."""
        self._put({"t": round(at_s, 4), "in": base64.b64encode(data).decode()})

    def happened(self, at_s: float, word: str) -> None:
        """Keep what happened to the line: ``asked``, ``gone``, ``back``."""
        self._put({"t": round(at_s, 4), "is": word})

    def _put(self, line: dict[str, object]) -> None:
        self._file.write(json_text(line) + "\n")
        self._file.flush()


@contextlib.contextmanager
def opened_log(path: Path | None, port: str) -> Iterator[WatchLog | None]:
    """Begin a log; None without a path.

    Raises
    ------
    InputError
        The file exists, or cannot be written.
    """
    if path is None:
        yield None
        return
    try:
        file = path.open("x", encoding="utf-8")
    except FileExistsError as error:
        raise InputError(path, "exists", remedy="name a new file for --log") from error
    except OSError as error:
        raise InputError(path, f"cannot be written: {error.strerror or error}") from error
    with file:
        file.write(json_text({_HEAD: _VERSION, "port": port}) + "\n")
        yield WatchLog(file)


def read_log(path: Path) -> Iterator[tuple[float, bytes | str]]:
    """Read a log: times in seconds, each with the bytes that came or the word for what happened.

    A last line without its end, of a monitor that was killed, is left out.

    Raises
    ------
    InputError
        It cannot be read, or is not a log.
    """
    with reading(path), path.open("rb") as file:
        head = file.readline(_MOST_LINE_BYTES)
        if not head.startswith(b'{"tussis_monitor": 1'):
            raise InputError(path, "is not a log of tussis monitor", remedy="name a file that --log wrote")
        for number in itertools.count(2):
            line = file.readline(_MOST_LINE_BYTES)
            if len(line) < _MOST_LINE_BYTES and not line.endswith(b"\n"):
                return
            try:
                entry = json_document(line, path)
                at_s = as_number(entry["t"])
                told = base64.b64decode(entry["in"], validate=True) if "in" in entry else str(entry["is"])
            except (ValueError, KeyError, TypeError) as error:
                raise InputError(
                    path, "is not a line of a log", field=f"line {number}", remedy="delete the line"
                ) from error
            yield at_s, told
