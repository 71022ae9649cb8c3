"""IMU files: comma-separated text with a header row, of sessions and of the edge-AI recordings."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..input_error import InputError, OnFault, reading, refuse
from ..recording import IMU_COLUMNS, IMU_RATE_HZ
from ..remote.cached_file import fetched
from .imu_grid import on_uniform_grid, uniform_times
from .imu_units import check_units, edge_ai_in_si
from .text_file import as_decimal, lines_of, read_text

__all__ = ["EDGE_AI_COLUMNS", "EDGE_AI_RATE_HZ", "TIME_COLUMN", "read_imu"]

TIME_COLUMN = "time_s"
EDGE_AI_COLUMNS = ("Accel x", "Accel y", "Accel z", "Gyro Y", "Gyro P", "Gyro R")
EDGE_AI_RATE_HZ = 100.0

_ACC_COLUMNS = (TIME_COLUMN, *IMU_COLUMNS[:3])

_CLOCK = re.compile(r"\d+:\d+|\d+[-/.]\d+[-/.]\d+")
"""A time of day, or a date: ISO 8601 and what spreadsheets make of it."""

_LONGEST_LINE = 4096
"""A line is read so far at once, so that a file without line ends takes no memory."""

_LOOKED_AT = 20
"""First rows in which a fault that all rows have is looked for."""

_MOST_NAMED = 10_000
"""Bad cells or rows of a file that are named; an inventory says one of each kind and how many more."""


@dataclass(frozen=True)
class _Table:
    path: Path
    columns: tuple[str, ...]
    values: NDArray[np.float64]  # (rows, columns), in the order of `columns`
    line_numbers: NDArray[np.int64]  # (rows,), counted from 1

    @property
    def is_edge_ai(self) -> bool:
        return self.columns == EDGE_AI_COLUMNS


_BEYOND = 1e30
"""No sensor measures this, nor does a clock count so far; float32 and its squares overflow not far above."""


def read_imu(
    path: str | os.PathLike[str],
    *,
    duration_s: float,
    imu_rate_hz: float = IMU_RATE_HZ,
    on_fault: OnFault = refuse,
) -> NDArray[np.float32] | None:
    """Read an IMU file onto a uniform grid that starts with the audio.

    The columns are found by name, whatever their order and case; further columns are ignored. Session files
    hold ``time_s`` (0 at the first audio sample), acceleration with gravity in m/s^2 and, where there was a
    gyroscope, angular rate in deg/s. Files with the edge-AI columns have no time and run at 100 Hz; see
    `edge_ai_in_si` for their units.

    Parameters
    ----------
    path
        The CSV file.
    duration_s
        Length of the audio; rows after it are left out. Infinite keeps them.
    imu_rate_hz
        Rate of the grid.
    on_fault
        Called with every fault.

    Returns
    -------
    NDArray[np.float32] | None
        Shape ``(m, 6)``: acceleration x y z in m/s^2, angular rate x y z in deg/s (NaN in a file without
        these columns). None where `on_fault`
        returned from a fault that leaves no signal.

    Raises
    ------
    InputError
        By the default `on_fault`: columns missing or given twice, a cell that is not a finite number, a row
        cut short, time that does not rise, a gap of more than 3 samples, a rate too low, units that cannot
        be.
    """
    faults: list[InputError] = []

    def note(fault: InputError) -> None:
        faults.append(fault)
        on_fault(fault)

    table = _read_table(Path(path), note)
    if table is None or faults:
        return None
    if table.is_edge_ai:
        times = uniform_times(len(table.values), EDGE_AI_RATE_HZ)
        signal = edge_ai_in_si(table.path, table.values, EDGE_AI_RATE_HZ, on_fault=note)
    else:
        times, signal = table.values[:, 0], table.values[:, 1:]
        if table.columns == _ACC_COLUMNS:  # no gyroscope: angular rates that nobody measured
            signal = np.pad(signal, ((0, 0), (0, 3)), constant_values=np.nan)
    grid = on_uniform_grid(
        table.path, times, signal, table.line_numbers, duration_s, imu_rate_hz, on_fault=note
    )
    if not table.is_edge_ai:
        check_units(table.path, signal, table.line_numbers, on_fault=note)
    return None if faults else grid


def _read_table(path: Path, on_fault: OnFault) -> _Table | None:
    if (table := _plain_table(path)) is not None:
        return table
    try:
        lines = lines_of(read_text(path))
    except InputError as fault:
        on_fault(fault)
        return None
    numbers = [number for number, line in enumerate(lines, start=1) if line.strip()]
    if not numbers:
        on_fault(InputError(path, "the file is empty", remedy=f"its first row should be {_header_row()}"))
        return None
    header = lines[numbers[0] - 1]
    try:
        columns, places = _find_columns(path, header)
    except InputError as fault:
        on_fault(fault)
        return None
    rows = [lines[number - 1] for number in numbers[1:]]
    line_numbers = np.array(numbers[1:], dtype=np.int64)
    if not rows:
        on_fault(InputError(path, "no samples: only a header row", remedy="record again"))
        return None
    if not _rows_are_whole(path, rows, line_numbers, header.count(",") + 1, on_fault):
        return None
    common = _fault_of_column(path, rows, line_numbers, columns, places)
    if common is not None:
        on_fault(common)  # one fault of all rows is said once, not row by row
        return None
    values = _parse_cells(path, rows, line_numbers, columns, places, on_fault)
    return None if values is None else _Table(path, columns, values, line_numbers)


def _plain_table(path: Path) -> _Table | None:
    """Read a file of numbers row by row, in little memory; None where anything is unusual or wrong."""
    try:
        with reading(path), fetched(path), path.open(encoding="utf-8") as file:
            lines = iter(lambda: file.readline(_LONGEST_LINE), "")
            header = next(lines, "")
            columns, places = _find_columns(path, header)
            rows = _whole_rows(lines, header.count(","))
            values = np.loadtxt(rows, delimiter=",", usecols=places, dtype=np.float64, ndmin=2, comments=None)
    except ValueError:  # InputError among them: what follows says what is wrong
        return None
    if not len(values) or not (np.abs(values) < _BEYOND).all():  # NaN among them
        return None
    return _Table(path, columns, values, np.arange(2, len(values) + 2))


def _whole_rows(lines: Iterable[str], commas: int) -> Iterator[str]:
    """Yield lines that have as many commas as the header; a blank line and any other is an error."""
    line = ""
    for line in lines:
        if line.count(",") != commas:
            raise ValueError("a row of another length")
        yield line
    if not line:
        raise ValueError("no row")


def _find_columns(path: Path, header: str) -> tuple[tuple[str, ...], list[int]]:
    """Return the known column set the header holds, and where each of its columns stands."""
    if "," not in header:
        found = next((name for mark, name in ((";", "semicolons"), ("\t", "tabs")) if mark in header), None)
        if found:
            raise InputError(
                path,
                f"the columns are separated by {found}",
                field="line 1",
                remedy="export with commas between columns and a decimal point in numbers",
            )
    names = [_clean(cell).casefold() for cell in header.split(",")]
    known = [(TIME_COLUMN, *IMU_COLUMNS), EDGE_AI_COLUMNS]
    if not any(name in names for name in IMU_COLUMNS[3:]):
        known.append(_ACC_COLUMNS)
    for columns in known:
        wanted = [name.casefold() for name in columns]
        if all(name in names for name in wanted):
            twice = [name for name in wanted if names.count(name) > 1]
            if twice:
                raise InputError(
                    path, f"the column {twice[0]} is there twice", field="line 1", remedy="delete one of them"
                )
            return columns, [names.index(name) for name in wanted]
    raise _missing_columns(path, names)


def _missing_columns(path: Path, names: list[str]) -> InputError:
    if all(_is_number(name) for name in names):
        return InputError(
            path, "no header row", field="line 1", remedy=f"begin the file with {_header_row()}"
        )
    like_edge_ai = any(name.casefold() in names for name in EDGE_AI_COLUMNS)
    wanted = EDGE_AI_COLUMNS if like_edge_ai else (TIME_COLUMN, *IMU_COLUMNS)
    missing = [name for name in wanted if name.casefold() not in names]
    shown = ", ".join(name or "(no name)" for name in names[:10]) + (", ..." if len(names) > 10 else "")
    return InputError(
        path,
        f"no column {', '.join(missing)} (there are: {shown})",
        field="line 1",
        remedy="name the columns so; units are s, m/s2 with gravity, and deg/s",
    )


def _fault_of_column(
    path: Path,
    rows: list[str],
    line_numbers: NDArray[np.int64],
    columns: tuple[str, ...],
    places: list[int],
) -> InputError | None:
    """Look for a row of units, and for a column that holds no number in the first rows."""
    first = [[_clean(row.split(",")[place]) for place in places] for row in rows[:_LOOKED_AT]]
    field = f"line {line_numbers[0]}"
    if not any(map(_is_number, first[0])) and (len(first) == 1 or all(map(_is_number, first[1]))):
        shown = ", ".join(first[0])
        problem = f"the row holds no number ({shown:.40}): units or a second header"
        return InputError(path, problem, field=field, remedy="delete the row")
    for at, column in enumerate(columns):
        texts = [cells[at] for cells in first]
        if any(map(_is_number, texts)) or not all(texts):
            continue
        problem, field = f"no row holds a number, the first {texts[0]!r:.40}", f"column {column}"
        if column == TIME_COLUMN and any(map(_CLOCK.search, texts)):
            problem = f"holds the time of a clock ({texts[0]!r:.40}), not seconds"
            remedy = "write seconds since the first audio sample, like 0.00, 0.01, 0.02"
        else:
            remedy = "write numbers with a decimal point in all rows"
        return InputError(path, problem, field=field, remedy=remedy)
    return None


def _rows_are_whole(
    path: Path, rows: list[str], line_numbers: NDArray[np.int64], fields: int, on_fault: OnFault
) -> bool:
    counts = np.fromiter((row.count(",") + 1 for row in rows), dtype=np.int64, count=len(rows))
    bad = np.flatnonzero(counts != fields)
    if len(bad) and all(
        counts[at] > fields and not "".join(rows[at].split(",")[fields:]).strip() for at in bad
    ):
        field = f"line {line_numbers[bad[0]]}"
        problem = f"{len(bad)} of {len(rows)} rows have a trailing comma"
        problem += f": {counts[bad[0]]} fields, the header has {fields}"
        on_fault(InputError(path, problem, field=field, remedy="delete the comma at the end of these rows"))
        return False
    for at in bad[:_MOST_NAMED]:
        is_last = at == len(rows) - 1 and counts[at] < fields
        problem = f"{counts[at]} fields, the header has {fields}"
        many = "write numbers with a decimal point, not a comma, and one value per column"
        few = "delete the row or complete it"
        on_fault(
            InputError(
                path,
                f"the last line is cut short: {problem}" if is_last else problem,
                field=f"line {line_numbers[at]}",
                remedy="delete it" if is_last else many if counts[at] > fields else few,
            )
        )
    return len(bad) == 0


def _parse_cells(
    path: Path,
    rows: list[str],
    line_numbers: NDArray[np.int64],
    columns: tuple[str, ...],
    places: list[int],
    on_fault: OnFault,
) -> NDArray[np.float64] | None:
    try:
        values = np.loadtxt(rows, delimiter=",", usecols=places, dtype=np.float64, ndmin=2, comments=None)
        if (np.abs(values) < _BEYOND).all():
            return values
    except ValueError:
        pass
    # Something is not a number: find out cell by cell what and where, or accept what only loadtxt dislikes.
    parsed = np.empty((len(rows), len(columns)))
    faults = 0
    for at, row in enumerate(rows):
        cells = row.split(",")
        for column, place in enumerate(places):
            fault = None
            text = _clean(cells[place])
            if _is_number(text) and abs(float(text)) < _BEYOND:
                parsed[at, column] = float(text)
            else:
                fault = _bad_cell(path, text, f"line {line_numbers[at]}, {columns[column]}")
            if fault is not None and faults < _MOST_NAMED:
                faults += 1
                on_fault(fault)
    return None if faults else parsed


def _bad_cell(path: Path, text: str, field: str) -> InputError:
    if not text:
        problem = "the cell is empty"
    elif _is_number(text):
        problem = f"the value is {text}"
    else:
        problem = f"{text[:40]!r} is not a number"
    return InputError(
        path,
        problem,
        field=field,
        remedy="correct the value, or delete the row (up to 3 in a row are bridged)",
    )


def _clean(cell: str) -> str:
    return cell.strip().strip('"').strip()


def _is_number(text: str) -> bool:
    try:
        as_decimal(text)
    except ValueError:
        return False
    return True


def _header_row() -> str:
    return ",".join((TIME_COLUMN, *IMU_COLUMNS))
