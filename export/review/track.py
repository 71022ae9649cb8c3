"""The label track of a recording under review: rows that nobody touches stay as they are."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...data.atomic import write_bytes_whole
from ...data.backup import back_up
from ...data.formats.labels import check_labels, label_of_row, label_row
from ...data.formats.session_folder import LABELS_FILE, find_file
from ...data.formats.text_file import lines_of, read_text
from ...data.input_error import InputError
from ...data.recording import Label, Recording
from ...data.session_ref import SessionRef

__all__ = ["Track", "exact", "read_track", "track_place"]


def exact(label: Label) -> Label:
    """Round a label's times to what a track holds, 0.1 ms."""
    return replace(label, start_s=round(label.start_s, 4), end_s=round(label.end_s, 4))


@dataclass(frozen=True)
class _Row:
    """A row as it stands in the file, with the rows of spectral selections behind it, and what it says."""

    text: str
    label: Label


@dataclass(eq=False)
class Track:
    """Labels of a recording and where they are written.

    Attributes
    ----------
    path
        The file.
    annotated
        Whether somebody has labelled the recording: then what has no label is no cough.
    sha256
        Of the file as it was read or written last; empty where there is none.
    """

    path: Path
    annotated: bool
    sha256: str = ""
    _rows: list[_Row] = field(default_factory=list)

    @property
    def labels(self) -> tuple[Label, ...]:
        """Labels in order of their start."""
        return tuple(sorted((row.label for row in self._rows), key=lambda one: (one.start_s, one.end_s)))

    @property
    def text(self) -> str:
        """The whole track."""
        rows = sorted(self._rows, key=lambda row: (row.label.start_s, row.label.end_s))
        return "".join(row.text for row in rows)

    def change(self, before: Label | None, after: Label | None) -> bool:
        """Put one label in the place of another; None stands for no label.

        Returns
        -------
        bool
            Whether `before` was there, or `after` was already. If not, `after` is added all the same.
        """
        at = next((at for at, row in enumerate(self._rows) if row.label == before), None)
        if at is not None and after == before:
            return True
        there = any(row.label == after for row in self._rows)
        if at is not None:
            del self._rows[at]
        if after is not None and not there:
            self._rows.append(_Row(label_row(after), after))
        return at is not None or before is None or there or after is None

    def write(self, *, keep: bool) -> None:
        """Write the track, whole or not at all.

        Parameters
        ----------
        keep
            Whether the file that stands there is somebody's work, of which a copy is kept.

        Raises
        ------
        InputError
            The file is another than the one that was read, or cannot be written.
        """
        if _sha256(self.path) != self.sha256:
            raise InputError(
                self.path,
                "was changed by another program during the review, and is left as it is",
                remedy="start tussis review again; no decision is lost",
            )
        if keep and self.sha256:
            back_up(self.path)
        data = self.text.encode()
        write_bytes_whole(self.path, data)
        self.sha256 = hashlib.sha256(data).hexdigest()
        self.annotated = True


def track_place(reference: SessionRef, out: Path | None) -> Path:
    """Say where a recording's track is: beside its sound where it is read, or in a folder of tracks.

    Raises
    ------
    InputError
        Tracks beside recordings of this layout would not be read, and `out` is None.
    """
    if out is not None:
        return out / f"{reference.name}.txt"
    if reference.layout == "session":
        return find_file(reference.path, LABELS_FILE) or reference.path / LABELS_FILE
    if reference.layout == "clip":
        return reference.path.with_suffix(".txt")
    raise InputError(
        reference.path,
        "label tracks beside recordings of this layout are not read",
        remedy="name a folder for the tracks with --out",
    )


def read_track(reference: SessionRef, recording: Recording, out: Path | None) -> Track:
    """Read a recording's track, or begin one with the labels that the recording has otherwise.

    Raises
    ------
    InputError
        As `track_place`; a row is at fault.
    """
    path = track_place(reference, out)
    if not path.exists():
        known = [exact(label) for label in recording.labels if not label.weak]
        weak = len(known) < len(recording.labels)
        rows = [_Row(label_row(label), label) for label in known]
        return Track(path, recording.labelled and not weak, "", rows)
    text = read_text(path)
    return Track(path, True, _sha256(path), _rows(path, lines_of(text), recording.duration_s))


def _rows(path: Path, lines: Sequence[str], duration_s: float) -> list[_Row]:
    rows: list[_Row] = []
    for number, line in enumerate(lines, start=1):
        if line.startswith("\\") and rows:
            rows[-1] = replace(rows[-1], text=f"{rows[-1].text}{line}\n")
        elif line.strip() and not line.startswith("\\"):
            found = (f"line {number}", label_of_row(path, number, line))
            (label,) = check_labels(path, [found], duration_s or math.inf)
            rows.append(_Row(f"{line}\n", exact(label)))
    return rows


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
