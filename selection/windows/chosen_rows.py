"""Chosen columns of all windows: in memory while they are small, else in a file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .dataset_features import WindowTable
from .row_file import MOST_BYTES, RowFile, Rows

__all__ = ["chosen_rows"]


@contextmanager
def chosen_rows(
    table: WindowTable,
    columns: NDArray[Any],
    change: Callable[[NDArray[np.float32]], NDArray[np.float32]],
) -> Iterator[Rows]:
    """Lend some columns of all windows, each value changed by a function.

    A file stands beside the features, which all workers can reach, and goes with the context.

    Parameters
    ----------
    table
        All windows.
    columns : ndarray of int or bool
        As for `tussis.selection.windows.dataset_features.WindowTable.columns`.
    change
        Applied to the rows of one session after the other.
    """
    names = np.array(table.ids)[columns].tolist()
    shape = len(table.target), len(names)
    if 4 * shape[0] * shape[1] <= MOST_BYTES:
        values = np.empty(shape, np.float32)
        for first, own in table.by_session(names):
            values[first : first + len(own)] = change(own)
        yield values
        return
    place = table.parts[0].store.folder
    with tempfile.TemporaryDirectory(prefix=".rows-", dir=place) as folder:
        path = Path(folder) / "rows"
        with path.open("wb") as file:
            for first, own in table.by_session(names):
                file.seek(4 * shape[1] * first)
                file.write(np.ascontiguousarray(change(own), np.float32).tobytes())
        yield RowFile(path, shape)
