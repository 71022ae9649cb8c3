"""Tables of words that people write: a header row, then rows of cells, quoted where they hold a comma."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Literal

from ..input_error import InputError
from .text_file import read_text

__all__ = ["read_csv_table"]

Cells = Literal["exact", "at most", "any"]
Row = tuple[int, dict[str, str]]
"""Line in the file, and cells by column."""


def read_csv_table(
    path: Path, *, delimiters: str = ",", cells: Cells = "at most"
) -> tuple[list[str], list[Row]]:
    """Read a table, its cells without blanks around them. Rows without any word are passed over.

    Parameters
    ----------
    path
        File to read.
    delimiters
        What may stand between cells; the one that the header has most of counts.
    cells
        How many a row has: exactly those of the header, at most those (what is missing is empty), or any
        number (what is too much is left out).

    Returns
    -------
    list[str]
        Names of the columns.
    list[Row]
        Line numbers, from 1, and cells by column.

    Raises
    ------
    InputError
        The file cannot be read; quotes are not closed, or a cell is too long; two columns have one name; a
        row has not as many cells as the header.
    """
    text = read_text(path)
    delimiter = max(delimiters, key=(text.splitlines() or [""])[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: list[str] = []
    rows: list[Row] = []
    try:
        columns = [cell.strip() for cell in next(reader, [])]
        if len(set(columns)) < len(columns):
            raise InputError(path, "two columns have one name", field="line 1", remedy="rename one of them")
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            too_many = any(cell.strip() for cell in row[len(columns) :])
            if (cells == "exact" and len(row) != len(columns)) or (cells == "at most" and too_many):
                problem = f"{len(row)} cells, the head has {len(columns)}"
                remedy = "put a cell that holds a comma in quotes" if too_many else "correct it"
                raise InputError(path, problem, field=f"line {reader.line_num}", remedy=remedy)
            padded = [*map(str.strip, row), *[""] * (len(columns) - len(row))]
            rows.append((reader.line_num, dict(zip(columns, padded, strict=False))))
    except csv.Error as error:
        line = f"line {reader.line_num or 1}"
        problem = (
            "a quoted cell does not end" if "unexpected end" in str(error) else f"not a CSV row: {error}"
        )
        raise InputError(path, problem, field=line, remedy="correct it, or write the table again") from None
    return columns, rows
