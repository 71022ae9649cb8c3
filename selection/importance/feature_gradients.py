"""Feature gradients: the choice of a subset relaxed to shares between 0 and 1, and followed by gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.progress import Progress, silent

__all__ = ["explained", "feature_gradients"]

RIDGE = 0.05
"""Added to the covariance, whose diagonal is 1."""

N_PRICES, STEPS_PER_PRICE, STEP_SIZE = 60, 5, 0.2


def feature_gradients(
    X: NDArray[np.float64], y: NDArray[Any], progress: Progress = silent
) -> NDArray[np.float64]:
    """Score columns by how long their share lasts while each unit of share costs more and more.

    R. Sheth, N. Fusi, "Differentiable feature selection by discrete relaxation", AISTATS 2020 (arXiv
    1908.10382: "Feature gradients"). They climb, by its gradient, an estimate of what a subset can explain,
    less a price for its size, over shares in 0..1. Their estimate is Kong's and Valiant's polynomial of
    moments, for fewer rows than columns or more; here rows are many, and the ridge solution (`explained`)
    takes its place. One price gives a subset. So the price rises from almost none until no share is left,
    and a score is the mean share on the way. The estimate is linear in normal scores and blind to products
    of columns.

    Parameters
    ----------
    X : ndarray of float64, shape (n, n_features)
        Normal scores (`tussis.selection.importance.normal_scores`).
    y : ndarray, shape (n,)
        0 or 1.
    progress
        Called after each price.

    Returns
    -------
    ndarray of float64, shape (n_features,)
        0..1.
    """
    target = np.asarray(y, np.float64) - np.mean(y)
    target /= target.std() or 1.0
    covariance = X.T @ X / len(X)
    with_target = X.T @ target / len(X)
    shares = np.ones(X.shape[1])
    total = np.zeros(X.shape[1])
    first = explained(shares, covariance, with_target)[1]
    highest = 4.0 * float(np.max(with_target**2, initial=0.0)) / RIDGE
    lowest = max(float(np.quantile(first, 0.1)), 1e-9 * (highest or 1.0), 1e-15)
    for number, price in enumerate(np.geomspace(lowest, max(highest, 2 * lowest), N_PRICES)):
        for _ in range(STEPS_PER_PRICE):
            gradient = explained(shares, covariance, with_target)[1]
            shares = np.clip(shares + STEP_SIZE * np.clip(gradient / price - 1.0, -1.0, 1.0), 0.0, 1.0)
            total += shares
        progress("feature gradients", number + 1, N_PRICES)
        if not shares.any():
            break
    return total / (N_PRICES * STEPS_PER_PRICE) + 1e-9 * first / (first.max() or 1.0)


def explained(
    shares: NDArray[np.float64], covariance: NDArray[np.float64], with_target: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Share of the target's variance that columns explain, each multiplied by its share, and its gradient.

    With S the diagonal matrix of shares, C the covariance of the columns and b that with the target it is
    ``(S b)' z`` with ``z = (S C S + r I)^-1 S b``, r = 0.05, and its gradient ``2 z (b - C S z)`` by
    elements.

    Parameters
    ----------
    shares : ndarray of float64, shape (n_features,)
        0..1.
    covariance : ndarray of float64, shape (n_features, n_features)
        Of columns of variance 1.
    with_target : ndarray of float64, shape (n_features,)
        Covariance of each column with a target of variance 1.

    Returns
    -------
    value : float
    gradient : ndarray of float64, shape (n_features,)

    Examples
    --------
    >>> value, gradient = explained(np.array([1.0, 0.0]), np.eye(2), np.array([0.5, 0.5]))
    >>> round(value, 3), gradient.round(4).tolist()
    (0.238, [0.0227, 0.0])
    """
    scaled = shares * with_target
    matrix = shares[:, None] * covariance * shares + RIDGE * np.eye(len(shares))
    weights = np.linalg.solve(matrix, scaled)
    gradient = 2.0 * weights * (with_target - covariance @ (shares * weights))
    return float(scaled @ weights), gradient
