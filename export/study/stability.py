"""How far sets of features chosen from resampled data agree, corrected for chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["kuncheva_index", "stability"]


def kuncheva_index(one: NDArray[np.intp], other: NDArray[np.intp], n_features: int) -> float:
    """Consistency of two sets of the same size.

    With k features in each of n and r in both it is ``(r n - k^2) / (k (n - k))``: 1 for equal sets, about 0
    for sets drawn by chance. L. I. Kuncheva, "A stability index for feature selection", IASTED Artificial
    Intelligence and Applications 2007.

    Parameters
    ----------
    one, other : ndarray of int, shape (k,)
        The features of each, without repetition.
    n_features
        Features that there were to choose from.

    Raises
    ------
    ValueError
        The sets differ in size.

    Examples
    --------
    >>> kuncheva_index(np.array([0, 1]), np.array([1, 2]), 6)
    0.25
    """
    k = len(one)
    if len(other) != k:
        raise ValueError(f"sets of {k} and {len(other)} features; the index is for sets of one size")
    if k in (0, n_features):
        return 1.0
    common = len(np.intersect1d(one, other))
    return (common * n_features - k**2) / (k * (n_features - k))


def stability(sets: Sequence[NDArray[np.intp]], n_features: int) -> float:
    """Agreement of sets of any sizes; of sets of one size it is the mean of Kuncheva's index over all pairs.

    ``1 - mean_f s_f^2 / (m (1 - m))`` with ``s_f^2`` the unbiased variance, over sets, of whether feature f
    is in them, and m the mean share of features in a set. S. Nogueira, K. Sechidis, G. Brown, "On the
    stability of feature selection algorithms", Journal of Machine Learning Research 18, 2018, eq. 4 and
    theorem 8.

    Parameters
    ----------
    sets
        Features of each set; at least two sets.
    n_features
        Features that there were to choose from.

    Raises
    ------
    ValueError
        Fewer than two sets.

    Examples
    --------
    >>> round(stability([np.array([0, 1]), np.array([1, 2])], 6), 3)
    0.25
    """
    if len(sets) < 2:
        raise ValueError("stability needs at least two sets")
    chosen = np.zeros((len(sets), n_features))
    for row, found in zip(chosen, sets, strict=True):
        row[found] = 1.0
    share = float(chosen.mean())
    if share in (0.0, 1.0):
        return 1.0
    return float(1.0 - chosen.var(axis=0, ddof=1).mean() / (share * (1.0 - share)))
