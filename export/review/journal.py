"""Decisions of a review, each on the disk before it counts: a file of JSON lines that only grows."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from ...data.input_error import InputError
from ...data.json_text import json_text
from ...data.recording import Label

__all__ = ["JOURNAL_NAME", "Action", "Entry", "Journal", "Kind", "opened_journal"]

JOURNAL_NAME = "tussis-review.jsonl"

Kind = Literal["missed", "false", "found", "unsure", "agreed", "added"]
"""What a person is asked about.

``missed``: a labelled cough that no event touches. ``false``: an event that touches no label of a cough.
``found``: an event in a recording without labels. ``unsure``: a label that says that it is one, or has a
confidence below 1. ``agreed``: a labelled cough with an event. ``added``: what the person marked.
"""

Action = Literal["accept", "move", "reject", "add", "undo", "saved"]


@dataclass(frozen=True)
class Entry:
    """One line of the journal.

    Attributes
    ----------
    number
        Its place, from 1.
    session
        Name of the recording.
    action
        What was decided; ``saved`` says that the recording's label track was written with all before it.
    kind, start_s, end_s
        What it was decided about, as it was proposed; seconds.
    confidence
        Of the proposal; None where it has none.
    before, after
        The label that stood for it and the one that stands for it now; None: no label.
    undoes
        Numbers of the entries that an ``undo`` takes back.
    sha256
        Of the track that was saved.
    """

    number: int
    session: str
    action: Action
    kind: Kind | None = None
    start_s: float = 0.0
    end_s: float = 0.0
    confidence: float | None = None
    before: Label | None = None
    after: Label | None = None
    undoes: tuple[int, ...] = ()
    sha256: str = ""


class Journal:
    """The file of a review, open and locked; made by `opened_journal`.

    Attributes
    ----------
    path
        The file.
    entries
        All entries, in order.
    """

    def __init__(self, path: Path, handle: int, entries: list[Entry], size: int) -> None:
        self.path = path
        self.entries = entries
        self._handle = handle
        self._size = size

    def append(self, entry: Entry) -> None:
        """Put an entry on the disk; it counts when this returns.

        Raises
        ------
        InputError
            It cannot be written; the file is then as before.
        """
        line = _line(entry)
        try:
            written = os.pwrite(self._handle, line, self._size)
            if written < len(line):
                raise OSError(f"only {written} of {len(line)} bytes were taken")
            os.fsync(self._handle)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._handle, self._size)
            raise InputError(
                self.path, f"cannot be written: {error.strerror or error}", remedy="make room; decide again"
            ) from error
        self._size += len(line)
        self.entries.append(entry)


@contextlib.contextmanager
def opened_journal(path: Path) -> Iterator[Journal]:
    """Open a journal, new or to go on with, and hold it.

    A last line without its end was never confirmed to anybody; it is taken away.

    Parameters
    ----------
    path
        The file; its folder is made.

    Raises
    ------
    InputError
        It cannot be written, another process holds it, or a line is not an entry.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise InputError(
            path,
            f"cannot be written: {error.strerror or error}",
            remedy="name a folder for tracks and journal with --out",
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(
                path, "another review of this dataset is open", remedy="end it, or use its page"
            ) from error
        entries, size = _read(path, handle)
        os.ftruncate(handle, size)
        _sync_folder(path.parent)
        journal = Journal(path, handle, entries, size)
        yield journal
        if not journal.entries:
            path.unlink(missing_ok=True)
    finally:
        os.close(handle)


def _line(entry: Entry) -> bytes:
    plain = {key: value for key, value in asdict(entry).items() if value not in (None, (), "")}
    return (json_text(plain) + "\n").encode()


def _read(path: Path, handle: int) -> tuple[list[Entry], int]:
    from pydantic import TypeAdapter, ValidationError

    with open(handle, "rb", closefd=False) as file:
        data = file.read()
    whole = data[: data.rfind(b"\n") + 1]
    parse = TypeAdapter(Entry).validate_json
    entries = []
    for number, line in enumerate(whole.splitlines(), start=1):
        try:
            entry = parse(line)
        except ValidationError as error:
            problem = f"is not an entry of a review: {error.errors()[0]['msg']}"
            raise _broken(path, number, problem) from error
        if entry.number != number:
            raise _broken(path, number, f"has the number {entry.number}")
        entries.append(entry)
    return entries, len(whole)


def _broken(path: Path, number: int, problem: str) -> InputError:
    remedy = "move the file away to start again; decisions that are not in the label tracks are in it only"
    return InputError(path, problem, field=f"line {number}", remedy=remedy)


def _sync_folder(folder: Path) -> None:
    """Have the file's name on the disk as well."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
