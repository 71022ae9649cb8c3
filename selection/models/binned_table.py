"""One table of feature values, binned once; XGBoost matrices of any of its columns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from .booster import N_THREADS
from .row_batches import row_batches

if TYPE_CHECKING:
    from xgboost import QuantileDMatrix

__all__ = ["BinnedTable", "MatrixPool", "bin_columns"]


MOST_SMALL_BINS = 255
"""So many bins are counted in a byte, whose last value means that a value is missing."""


def bin_columns(X: NDArray[np.float32], max_bin: int) -> NDArray[np.unsignedinteger[Any]]:
    """Replace each value by the number of its quantile bin.

    Parameters
    ----------
    X : ndarray of float32, shape (n, n_columns)
        Feature values; NaN is a missing one.
    max_bin
        Most bins of a column.

    Returns
    -------
    ndarray of uint8 or uint16, shape (n, n_columns), Fortran order
        Bin numbers; columns of few values have a bin for each. The type's greatest value is a missing one.
    """
    kind: type[np.uint8 | np.uint16] = np.uint8 if max_bin <= MOST_SMALL_BINS else np.uint16
    binned = np.empty(X.shape, kind, order="F")
    shares = np.arange(1, max_bin) / max_bin
    for number, column in enumerate(X.T):
        missing = np.isnan(column)
        known = column[~missing]
        values = np.unique(known)
        edges = values if len(values) <= max_bin else np.unique(np.quantile(known, shares, method="lower"))
        codes = np.searchsorted(edges, column, side="left")
        binned[:, number] = np.where(missing, np.iinfo(kind).max, codes)
    return binned


class BinnedTable:
    """Values as bin numbers, with their target; a byte for each value.

    Parameters
    ----------
    X : ndarray of float32, shape (n, n_columns)
        Values; binned once, here. Bin edges are quantiles of all rows; they know nothing of the classes.
    y : ndarray, shape (n,)
        1 for a cough, 0 for none.
    max_bin
        Most bins of a column.
    """

    def __init__(self, X: NDArray[np.float32], y: NDArray[Any], max_bin: int) -> None:
        self.max_bin = max_bin
        self._codes = bin_columns(X, max_bin)
        self._missing = np.iinfo(self._codes.dtype).max
        self._target = np.asarray(y, np.float32)
        self._top = np.array([self._highest(column) for column in self._codes.T], np.float32)

    def __len__(self) -> int:
        return len(self._target)

    def codes(self, rows: NDArray[np.intp] | slice, columns: NDArray[np.intp]) -> NDArray[np.float32]:
        """Bin numbers of some rows and columns, NaN where one is missing, shape (n_rows, n_columns)."""
        place = (rows, columns) if isinstance(rows, slice) else np.ix_(rows, columns)
        taken = self._codes[place]
        found = taken.astype(np.float32)
        found[taken == self._missing] = np.nan
        return found

    def _highest(self, codes: NDArray[np.unsignedinteger[Any]]) -> float:
        known = codes[codes != self._missing]
        return float(known.max()) if len(known) else np.nan

    def matrix(self, columns: NDArray[np.intp]) -> QuantileDMatrix:
        """Make XGBoost's matrix of all rows and some columns.

        XGBoost would look for quantiles again, at half the price of the whole matrix; a ruler, as many rows
        as there are bins, gives it the bins instead. Batches are given as sparse rows without a gap, because
        XGBoost reads those in two thirds of the time: it asks for no type of number and place of each value.
        """
        import xgboost

        options = {"max_bin": self.max_bin, "nthread": N_THREADS}
        marks = np.arange(self.max_bin, dtype=np.float32)[:, None]
        ruler = xgboost.QuantileDMatrix(np.minimum(marks, self._top[columns]), **options)

        def batch(part: slice) -> dict[str, Any]:
            return {"data": full_rows(self.codes(part, columns)), "label": self._target[part]}

        return xgboost.QuantileDMatrix(row_batches(len(self), len(columns), batch), ref=ruler, **options)


def full_rows(values: NDArray[np.float32]) -> csr_matrix:
    """Give a table as sparse rows that hold every value, NaN too."""
    n, n_columns = values.shape
    places = np.tile(np.arange(n_columns, dtype=np.int32), n)
    ends = np.arange(0, values.size + 1, max(n_columns, 1), dtype=np.int32)
    return csr_matrix((values.ravel(), places, ends), shape=values.shape)


class MatrixPool:
    """Equal matrices of some columns, made as they are needed: one for each fit that runs at a time.

    A matrix carries the weights and the base margin of the fit that uses it.
    """

    def __init__(self, table: BinnedTable, columns: NDArray[np.intp]) -> None:
        self._table = table
        self._columns = columns
        self._idle: SimpleQueue[QuantileDMatrix] = SimpleQueue()

    @contextmanager
    def one(self) -> Iterator[QuantileDMatrix]:
        """Lend a matrix that is not in use."""
        try:
            matrix = self._idle.get_nowait()
        except Empty:
            matrix = self._table.matrix(self._columns)
        yield matrix
        self._idle.put(matrix)
