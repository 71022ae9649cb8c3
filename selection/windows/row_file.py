"""Values of many windows, row after row, that lie in a file."""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["RowFile", "Rows", "empty_rows", "let_go", "row_blocks"]

MOST_BYTES = 1 << 26
"""More than this goes into a file."""

BLOCK_ROWS = 1 << 16


@dataclass(frozen=True)
class RowFile:
    """Float32 values in a file, read as an array is indexed.

    Parameters
    ----------
    path
        Nothing but the values, row by row.
    shape
        Rows and columns.
    """

    path: Path
    shape: tuple[int, int]

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice | NDArray[Any]) -> NDArray[np.float32]:
        """Read some rows: a stretch, those of a mask, or their numbers, ascending."""
        if isinstance(rows, slice):
            first, last, _ = rows.indices(len(self))
            return self._stretch(first, last)
        wanted = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        found = np.empty((len(wanted), self.shape[1]), np.float32)
        done = 0
        while done < len(wanted):
            first = int(wanted[done])
            end = int(np.searchsorted(wanted, first + BLOCK_ROWS))
            block = self._stretch(first, int(wanted[end - 1]) + 1)
            found[done:end] = block[wanted[done:end] - first]
            done = end
        return found

    def _stretch(self, first: int, last: int) -> NDArray[np.float32]:
        columns = self.shape[1]
        with self.path.open("rb") as file:
            file.seek(4 * columns * first)
            values = np.fromfile(file, np.float32, max(last - first, 0) * columns)
        return values.reshape(-1, columns)


Rows = NDArray[np.float32] | RowFile
"""Values of all windows, wherever they are."""


def empty_rows(
    shape: tuple[int, int], folder: Path, kind: type[np.floating[Any]] = np.float32
) -> NDArray[Any]:
    """Make an array to be filled; a large one lies in a file without a name, which goes with the array."""
    if np.dtype(kind).itemsize * shape[0] * shape[1] <= MOST_BYTES:
        return np.empty(shape, kind)
    with tempfile.TemporaryFile(dir=folder) as file:
        return np.memmap(file, kind, "w+", shape=shape)


def let_go(values: NDArray[Any]) -> None:
    """Leave an array of `empty_rows` to its file: it takes no memory until it is read again."""
    while isinstance(values.base, np.ndarray):
        values = values.base
    if isinstance(values.base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        values.base.flush()
        values.base.madvise(mmap.MADV_DONTNEED)


def row_blocks(rows: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Cut row numbers into blocks that may be read at once."""
    for first in range(0, len(rows), BLOCK_ROWS):
        yield rows[first : first + BLOCK_ROWS]
