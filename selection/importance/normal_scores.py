"""Columns on one scale that keeps their order, and rows in proportion to their weights.

Trees see no more of a column than its order. The rankings in this room learn with weights and products, for
which units and long tails would decide; so they are given each value's normal score instead.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["drawn_rows", "normal_scores", "one_thread"]


def one_thread() -> AbstractContextManager[object]:
    """Let NumPy's linear algebra use one thread, whatever the machine.

    The order of its sums depends on the number of threads, and so would the scores. At the sizes here one is
    faster, too.
    """
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(1, "blas")
    return limits


def normal_scores(X: NDArray[Any]) -> NDArray[np.float64]:
    """Give each value the quantile of the normal distribution that its rank in the column stands for.

    B. L. van der Waerden, "Order tests for the two-sample problem and their power", Indagationes Mathematicae
    14, 1952: the quantile of ``rank / (n + 1)``. Equal values share the mean of their ranks. Columns are then
    centred and scaled to a variance of 1.

    Parameters
    ----------
    X : ndarray, shape (n, n_features)
        Finite values.

    Returns
    -------
    ndarray of float64, shape (n, n_features)
        0 throughout for a column of one value.

    Examples
    --------
    >>> normal_scores(np.array([[1.0, 7.0], [30.0, 7.0], [2.0, 7.0]])).round(2).tolist()
    [[-1.22, 0.0], [1.22, 0.0], [0.0, 0.0]]
    """
    from scipy.special import ndtri
    from scipy.stats import rankdata

    found = np.asarray(ndtri(rankdata(X, axis=0) / (len(X) + 1)))
    found -= found.mean(axis=0)
    spread = found.std(axis=0)
    found /= np.where(spread > 1e-9, spread, np.inf)
    return found


def drawn_rows(weight: NDArray[Any], most: int, seed: int) -> NDArray[np.intp]:
    """Draw rows in proportion to their weights, in random order; a row of great weight may come repeatedly.

    Systematic sampling: one random offset, then even steps along the summed weights, so that each row is
    drawn as often as its share of the weight says, but for rounding.

    Parameters
    ----------
    weight : ndarray, shape (n,)
        At least 0.
    most
        Number of rows to draw, if there are as many; else as many as there are.
    seed
        Seed of the offset and the order.

    Returns
    -------
    ndarray of int, shape (min(n, most),)

    Examples
    --------
    >>> np.bincount(drawn_rows(np.array([1.0, 2.0, 1.0, 0.0]), 4, seed=0)).tolist()
    [1, 2, 1]
    """
    draw = np.random.default_rng(seed)
    n_drawn = min(len(weight), most)
    sums = np.cumsum(np.asarray(weight, np.float64))
    places = (np.arange(n_drawn) + draw.random()) * (sums[-1] / n_drawn)
    rows = np.minimum(np.searchsorted(sums, places, side="right"), len(weight) - 1)
    return draw.permutation(rows)
