"""XGBoost's matrix made of batches of rows, so that chosen rows are never copied as a whole."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..windows.row_file import Rows

if TYPE_CHECKING:
    from xgboost import DataIter, DMatrix

__all__ = ["quantile_matrix", "row_batches"]

BATCH_ROWS = 1 << 16
BATCH_VALUES = 1 << 22
"""A batch has no more rows, and as float32 takes no more than 16 MB."""

MOST_BINS = 1 << 26
"""A matrix has two bytes for each value, and two are in use; one of more values is kept on disk, in pages."""


@contextmanager
def quantile_matrix(
    X: Rows,
    y: NDArray[Any],
    weight: NDArray[Any] | None,
    rows: NDArray[np.intp] | None = None,
    *,
    max_bin: int,
    threads: int,
) -> Iterator[DMatrix]:
    """Make XGBoost's matrix of some rows.

    The bins, and so the model, are those of all rows at once: the sketch of quantiles takes value after
    value, and a batch's end means nothing to it (measured, up to a million rows, in memory and on disk).

    Parameters
    ----------
    X : ndarray of float32 or RowFile, shape (n, n_features)
        Feature values.
    y, weight : ndarray, shape (n,)
        Target, and sample weights if there are any.
    rows : ndarray of int
        Rows to take, in order, ascending for a file; None takes all.
    max_bin, threads
        As XGBoost's.
    """
    import xgboost

    n = len(X) if rows is None else len(rows)

    def batch(part: slice) -> dict[str, Any]:
        taken = part if rows is None else rows[part]
        return {"data": X[taken], "label": y[taken], "weight": None if weight is None else weight[taken]}

    options = {"max_bin": max_bin, "nthread": threads}
    if n * X.shape[1] <= MOST_BINS:
        yield xgboost.QuantileDMatrix(row_batches(n, X.shape[1], batch), **options)
        return
    with tempfile.TemporaryDirectory(prefix="tussis-") as folder:
        yield xgboost.ExtMemQuantileDMatrix(row_batches(n, X.shape[1], batch, f"{folder}/bins"), **options)


def row_batches(
    n: int, columns: int, batch: Callable[[slice], dict[str, Any]], cache: str | None = None
) -> DataIter:
    """Hand over rows a batch at a time; XGBoost goes through them more than once.

    Parameters
    ----------
    n, columns
        Number of rows, and of columns.
    batch
        Gives the arguments of XGBoost's ``input_data`` for a stretch of rows.
    cache
        Where files of bins begin that are kept on disk; None keeps bins in memory.
    """
    import xgboost

    at_once = min(BATCH_ROWS, max(BATCH_VALUES // max(columns, 1), 1))

    class Batches(xgboost.DataIter):
        """Rows from the first to the last."""

        def __init__(self) -> None:
            self.first = 0
            super().__init__(cache_prefix=cache)

        def next(self, input_data: Callable[..., Any]) -> bool:
            if self.first >= n:
                return False
            part = slice(self.first, min(self.first + at_once, n))
            input_data(**batch(part))
            self.first = part.stop
            return True

        def reset(self) -> None:
            self.first = 0

    return Batches()
