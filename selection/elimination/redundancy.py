"""How much of a column another one says already: copies must not be kept for the importance they share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

__all__ = ["MOST_ROWS", "own_importance", "squared_rank_correlation"]

MOST_ROWS = 10_000
"""Rows that are looked at, evenly spaced: a correlation is then known to 0.01."""


def squared_rank_correlation(X: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return Spearman's correlation of each two columns, squared.

    Ranks, because trees do not see more of a column than its order. A missing value ranks highest.

    Parameters
    ----------
    X : ndarray of float32, shape (n, n_features)
        Feature values; NaN is a missing one.

    Returns
    -------
    ndarray of float64, shape (n_features, n_features)
        From 0 to 1, with 1 on the diagonal; 0 for a column of one value.

    Examples
    --------
    >>> X = np.array([[1, 10, 3], [2, 40, 1], [3, 90, 3]], np.float32)
    >>> squared_rank_correlation(X).round(2).tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    rows = X[:: max(len(X) // MOST_ROWS, 1)]
    ranks = rankdata(np.nan_to_num(rows, nan=np.inf), axis=0)
    ranks -= ranks.mean(axis=0)
    length = np.linalg.norm(ranks, axis=0)
    ranks /= np.where(length > 0.0, length, 1.0)
    squared = np.square(ranks.T @ ranks)
    np.fill_diagonal(squared, 1.0)
    return np.asarray(np.minimum(squared, 1.0))


def own_importance(
    importance: NDArray[np.float64],
    shared: NDArray[np.float64],
    exponent: float = 1.0,
    price: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Take from each column's importance what a better column says as well.

    Column ``j`` keeps ``importance[j] * (1 - max_k shared[j, k]) ** exponent``, where ``k`` runs over the
    columns of more importance for their price (the lower number first where two are equal). With an exponent
    of 1 this is relevance without redundancy, as in C. Ding and H. Peng, "Minimum redundancy feature
    selection from microarray gene expression data", Journal of Bioinformatics and Computational Biology 3,
    2005, by the largest correlation instead of the mean: a single original suffices to expose its copy.

    Parameters
    ----------
    importance : ndarray of float64, shape (n,)
        Importance of each column, at least 0.
    shared : ndarray of float64, shape (n, n)
        Share of each column that each other one explains.
    exponent
        0 leaves the importance as it is.
    price : ndarray of float64, shape (n,), optional
        What each column costs, above 0; None: all cost the same.

    Returns
    -------
    ndarray of float64, shape (n,)

    Examples
    --------
    >>> shared = np.array([[1.0, 0.8], [0.8, 1.0]])
    >>> own_importance(np.array([3.0, 5.0]), shared).round(2).tolist()
    [0.6, 5.0]
    """
    if exponent == 0.0:
        return importance
    order = np.argsort(-importance if price is None else -importance / price, kind="stable")
    before = np.tril(shared[np.ix_(order, order)], -1)
    own = np.empty_like(importance)
    own[order] = importance[order] * (1.0 - before.max(axis=1)) ** exponent
    return own
