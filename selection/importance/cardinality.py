"""Mutual information less what a column of as many values would seem to have by chance: OutRank."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["binned", "cardinality_aware", "information"]

MOST_VALUES = 64
"""Values of a column kept apart; what has more of them is cut into as many bins of equal number of rows."""

N_SHUFFLES = 8


def cardinality_aware(X: NDArray[Any], y: NDArray[Any], seed: int) -> NDArray[np.float64]:
    """Score columns by mutual information with the class above that of shuffled classes, in nats.

    B. Škrlj, B. Mramor, "OutRank: speeding up AutoML-based model search for large sparse data sets with
    cardinality-aware feature ranking", RecSys 2023. A column of many values seems to tell more of any class,
    of a shuffled one too; the difference is what it tells. OutRank shuffles by one rotation of the rows,
    this by the mean of eight random orders. One column at a time, so blind to columns that help only beside
    others.

    Parameters
    ----------
    X : ndarray, shape (n, n_features)
        Finite values; counts and flags keep their values, others are binned.
    y : ndarray, shape (n,)
        0 or 1.
    seed
        Seed of the shuffles.

    Returns
    -------
    ndarray of float64, shape (n_features,)
        About 0 for columns that tell nothing, however many values they have.
    """
    draw = np.random.default_rng(seed)
    one = np.asarray(y) > 0
    shuffled = [draw.permutation(one) for _ in range(N_SHUFFLES)]
    scores = np.zeros(X.shape[1])
    for number, column in enumerate(np.asarray(X).T):
        codes = binned(column)
        by_chance = np.mean([information(codes, other) for other in shuffled])
        scores[number] = information(codes, one) - by_chance
    return scores


def binned(column: NDArray[Any]) -> NDArray[np.intp]:
    """Give a column's values numbers; where they are too many, bins of equal number of rows."""
    values, codes = np.unique(column, return_inverse=True)
    if len(values) <= MOST_VALUES:
        return codes
    edges = np.unique(np.quantile(column, np.arange(1, MOST_VALUES) / MOST_VALUES))
    return np.searchsorted(edges, column, side="right")


def information(codes: NDArray[np.intp], one: NDArray[np.bool_]) -> float:
    """Mutual information of two discrete variables, in nats, from their frequencies.

    Parameters
    ----------
    codes : ndarray of int, shape (n,)
        Values numbered from 0.
    one : ndarray of bool, shape (n,)
        The class.

    Examples
    --------
    >>> round(information(np.array([0, 0, 1, 1]), np.array([True, True, False, False])), 3)
    0.693
    """
    all_rows = np.bincount(codes)
    ones = np.bincount(codes, one, len(all_rows))
    counts = np.stack([ones, all_rows - ones])
    expected = counts.sum(axis=1, keepdims=True) * all_rows / len(codes)
    seen = counts > 0
    return float((counts[seen] * np.log(counts[seen] / expected[seen])).sum() / len(codes))
