"""Traces of a board's supply current, as a Nordic PPK2 or a Joulescope exports them."""

from __future__ import annotations

import csv
import math
import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...data.formats.text_file import as_decimal
from ...data.input_error import InputError, reading

__all__ = ["MARKERS", "CurrentTrace", "read_current"]

MARKERS = ("asleep", "motion", "audio")
"""What a column ``marker`` may say: the core sleeps, it computes while the gate is shut, the gate is open."""

_TIMES = {"timestamp(ms)": 1e-3, "time(ms)": 1e-3, "timestamp(s)": 1.0, "time(s)": 1.0, "time": 1.0}
_CURRENTS = {"current(ua)": 1.0, "current(ma)": 1e3, "current(a)": 1e6, "current": 1e6}
_REMEDY = "export Timestamp(ms),Current(uA) from a PPK2, or time,current (s, A) from a Joulescope"


@dataclass(frozen=True, eq=False)
class CurrentTrace:
    """A trace of current.

    Attributes
    ----------
    name
        Name of the file.
    seconds : ndarray of float64, shape (n,)
        For how long each sample stands: until the next one, the last as long as the one before.
    current_ua : ndarray of float64, shape (n,)
        Supply current.
    marker : ndarray of int8, shape (n,), or None
        Place in `MARKERS`, -1 for none of them; None without such a column.
    """

    name: str
    seconds: NDArray[np.float64]
    current_ua: NDArray[np.float64]
    marker: NDArray[np.int8] | None

    @property
    def step_s(self) -> float:
        """Usual time between samples."""
        return float(np.median(self.seconds))

    @property
    def duration_s(self) -> float:
        """Length."""
        return float(self.seconds.sum())


def read_current(path: str | os.PathLike[str]) -> CurrentTrace:
    """Read a trace.

    Parameters
    ----------
    path
        CSV with a header that names a time and a current, in any case and order: ``Timestamp(ms)`` and
        ``Current(uA)`` of a PPK2, ``time`` in s and ``current`` in A of a Joulescope, or either with another
        unit in brackets. A column ``marker`` may hold ``asleep``, ``motion`` or ``audio``, or nothing. Other
        columns are passed over.

    Raises
    ------
    InputError
        It cannot be read, a column is missing, a cell is not a number, time does not rise, or there are fewer
        than two samples.
    """
    file = Path(path)
    times, currents, marks = array("d"), array("d"), array("b")
    with reading(file), file.open(encoding="utf-8-sig", errors="replace", newline="") as text:
        rows = _rows(file, text)
        columns = _columns(file, next(rows, []))
        for number, row in enumerate(rows, start=2):
            if not row:
                continue
            times.append(_number(file, row, columns.time, number) * columns.time_scale)
            currents.append(_number(file, row, columns.current, number) * columns.current_scale)
            if len(times) > 1 and times[-1] <= times[-2]:
                raise InputError(file, "time does not rise", field=f"row {number}", remedy=_REMEDY)
            if columns.marker is not None:
                marks.append(_mark(file, row, columns.marker, number))
    if len(times) < 2:
        raise InputError(file, "fewer than two samples", remedy=_REMEDY)
    gaps = np.diff(np.frombuffer(times))
    return CurrentTrace(
        file.name,
        np.append(gaps, gaps[-1]),
        np.frombuffer(currents).copy(),
        np.frombuffer(marks, np.int8).copy() if columns.marker is not None else None,
    )


def _rows(file: Path, text: Iterable[str]) -> Iterator[list[str]]:
    reader = csv.reader(text)
    try:
        yield from reader
    except csv.Error as error:
        problem, field = f"not a row of numbers: {error}", f"row {reader.line_num or 1}"
        raise InputError(file, problem, field=field, remedy=_REMEDY) from None


@dataclass(frozen=True)
class _Columns:
    time: int
    time_scale: float
    current: int
    current_scale: float
    marker: int | None


def _columns(file: Path, header: Sequence[str]) -> _Columns:
    names = ["".join(cell.lower().replace("µ", "u").replace("#", "").split()) for cell in header]
    found = []
    for what, known in (("time", _TIMES), ("current", _CURRENTS)):
        place = next((at for at, name in enumerate(names) if name in known), None)
        if place is None:
            given = ", ".join(header) or "nothing"
            raise InputError(file, f"the header has no {what}: {given}", field="row 1", remedy=_REMEDY)
        found += [place, known[names[place]]]
    marker = names.index("marker") if "marker" in names else None
    return _Columns(int(found[0]), found[1], int(found[2]), found[3], marker)


def _number(file: Path, row: Sequence[str], at: int, number: int) -> float:
    cell = row[at] if at < len(row) else ""
    try:
        value = as_decimal(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(file, f"{cell!r} is not a number", field=f"row {number}", remedy=_REMEDY)
    return value


def _mark(file: Path, row: Sequence[str], at: int, number: int) -> int:
    word = row[at].strip().lower() if at < len(row) else ""
    if word and word not in MARKERS:
        raise InputError(
            file, f"{word!r} is unknown", field=f"row {number}, marker", remedy=f"use {', '.join(MARKERS)}"
        )
    return MARKERS.index(word) if word else -1
