"""One table of feature values, binned once; XGBoost matrices of any of its columns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .booster import N_THREADS

if TYPE_CHECKING:
    from xgboost import QuantileDMatrix

__all__ = ["BinnedTable", "MatrixPool", "bin_columns"]


def bin_columns(X: NDArray[np.float32], max_bin: int) -> NDArray[np.float32]:
    """Replace each value by the number of its quantile bin; NaN stays NaN.

    Parameters
    ----------
    X : ndarray of float32, shape (n, n_columns)
        Feature values.
    max_bin
        Most bins of a column.

    Returns
    -------
    ndarray of float32, shape (n, n_columns), Fortran order
        Bin numbers; columns of few values have a bin for each.
    """
    binned = np.empty(X.shape, np.float32, order="F")
    shares = np.arange(1, max_bin) / max_bin
    for number, column in enumerate(X.T):
        known = column[~np.isnan(column)]
        values = np.unique(known)
        edges = values if len(values) <= max_bin else np.unique(np.quantile(known, shares, method="lower"))
        codes = np.searchsorted(edges, column, side="left").astype(np.float32)
        codes[np.isnan(column)] = np.nan
        binned[:, number] = codes
    return binned


class BinnedTable:
    """Values as bin numbers, with their target.

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
        self._target = np.asarray(y, np.float32)
        self._top = np.fmax.reduce(self._codes, axis=0)

    def __len__(self) -> int:
        return len(self._target)

    def codes(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.float32]:
        """Bin numbers of some rows and columns, shape (n_rows, n_columns)."""
        return self._codes[np.ix_(rows, columns)]

    def matrix(self, columns: NDArray[np.intp]) -> QuantileDMatrix:
        """Make XGBoost's matrix of all rows and some columns.

        XGBoost would look for quantiles again, at half the price of the whole matrix; a ruler, as many rows
        as there are bins, gives it the bins instead.
        """
        import xgboost

        options = {"max_bin": self.max_bin, "nthread": N_THREADS}
        marks = np.arange(self.max_bin, dtype=np.float32)[:, None]
        ruler = xgboost.QuantileDMatrix(np.minimum(marks, self._top[columns]), **options)
        return xgboost.QuantileDMatrix(self._codes[:, columns], self._target, ref=ruler, **options)


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
