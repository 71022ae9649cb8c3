"""How much single columns and pairs of columns say about a class, in closed form."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["distance_correlations", "fisher_criteria", "path_energies"]

DISCOUNT = 0.9
"""Share of the largest stable factor by which each step of a path counts less than the one before."""

RELEVANCE_SHARE = 0.8
"""Share of an edge's weight that is its ends' relevance; the rest is how little they repeat each other."""


def distance_correlations(X: NDArray[Any], y: NDArray[Any]) -> NDArray[np.float64]:
    """Distance correlation of each column with a class of two values.

    Distances of one column are sums over its sorted values, so that no matrix of distances is built:
    O(n log n) a column (X. Huo, G. Székely, "Fast computing for distance covariance", Technometrics 58,
    2016). The population statistic with divisor n (V-statistic), square root taken.

    Parameters
    ----------
    X : ndarray, shape (n, n_features)
        Feature values.
    y : ndarray, shape (n,)
        0 or 1.

    Returns
    -------
    ndarray of float64, shape (n_features,)
        0..1; 0 for constant columns.
    """
    one = np.asarray(y) > 0
    n = len(one)
    share = float(one.mean())
    to_class = np.where(one, 1.0 - share, share)  # mean distance of each row to all others, in y
    variance_y = 2 * share * (1 - share)
    variance_y += variance_y**2 - 2 * float((to_class**2).mean())
    found = np.zeros(X.shape[1])
    for number, column in enumerate(np.asarray(X, np.float64).T):
        values = column - column.mean()
        order = np.argsort(values, kind="stable")
        ordered, ones = values[order], one[order]
        distance = _mean_distances(ordered)
        apart = 2.0 / n**2 * float(_summed_distances(ordered, ordered[~ones])[ones].sum())
        mean = float(distance.mean())
        covariance = apart + mean * 2 * share * (1 - share) - 2 * float((distance * to_class[order]).mean())
        variance_x = 2 * float((values**2).mean()) + mean**2 - 2 * float((distance**2).mean())
        scale = np.sqrt(max(variance_x, 0.0) * max(variance_y, 0.0))
        if scale > 0 and covariance > 0:
            found[number] = np.sqrt(covariance / scale)
    return found


def _mean_distances(ordered: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean absolute difference of each of the sorted values to all of them."""
    return _summed_distances(ordered, ordered) / len(ordered)


def _summed_distances(ordered: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of absolute differences of each value to all `others`; both are sorted."""
    below = np.searchsorted(others, ordered, side="right")
    sums = np.concatenate([[0.0], np.cumsum(others)])
    difference: NDArray[np.float64] = ordered * (2 * below - len(others)) + sums[-1] - 2 * sums[below]
    return difference


def fisher_criteria(
    X: NDArray[Any], y: NDArray[Any], weight: NDArray[Any] | None = None
) -> NDArray[np.float64]:
    """Squared distance of the class means over the sum of the class variances, by column.

    R. A. Fisher, "The use of multiple measurements in taxonomic problems", Annals of Eugenics 7, 1936.

    Parameters
    ----------
    X : ndarray, shape (n, n_features)
        Feature values.
    y : ndarray, shape (n,)
        0 or 1.
    weight : ndarray, shape (n,), optional
        Sample weights.

    Returns
    -------
    ndarray of float64, shape (n_features,)
    """
    one = np.asarray(y) > 0
    weight = np.ones(len(one)) if weight is None else np.asarray(weight, np.float64)
    values = np.asarray(X, np.float64)
    means, variances = [], []
    for rows in (one, ~one):
        mean = np.average(values[rows], axis=0, weights=weight[rows])
        means.append(mean)
        variances.append(np.average((values[rows] - mean) ** 2, axis=0, weights=weight[rows]))
    spread = variances[0] + variances[1]
    criteria: NDArray[np.float64] = (means[0] - means[1]) ** 2 / np.where(spread > 0, spread, np.inf)
    return criteria


def path_energies(X: NDArray[Any], relevance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Value of all paths of any length that start at each column: Inf-FS in closed form.

    The edge between columns i and j weighs ``0.8 h_i h_j + 0.2 (1 - |rho_ij|)``: h the relevance over the
    largest one, rho Spearman's rank correlation. With A of these weights and r = 0.9 over the largest
    eigenvalue of A the sum of ``(r A)^l`` over all lengths l is ``(I - r A)^-1 - I``; its row sums are the
    scores. The paper's further term, the larger standard deviation of the two columns, is left out: units of
    features are arbitrary here.

    Parameters
    ----------
    X : ndarray, shape (n, n_features)
        Feature values.
    relevance : ndarray of float64, shape (n_features,)
        At least 0.

    Returns
    -------
    ndarray of float64, shape (n_features,)
    """
    from scipy.stats import rankdata

    ranks = rankdata(np.asarray(X, np.float64), axis=0)
    ranks -= ranks.mean(axis=0)
    length = np.sqrt((ranks**2).sum(axis=0))
    ranks /= np.where(length > 0, length, 1.0)
    apart = 1.0 - np.minimum(np.abs(ranks.T @ ranks), 1.0)
    importance = relevance / (relevance.max() or 1.0)
    edges = RELEVANCE_SHARE * np.outer(importance, importance) + (1.0 - RELEVANCE_SHARE) * apart
    radius = float(np.abs(np.linalg.eigvalsh(edges)).max()) or 1.0
    identity = np.eye(len(edges))
    paths = np.linalg.inv(identity - DISCOUNT / radius * edges) - identity
    energies: NDArray[np.float64] = paths.sum(axis=1)
    return energies
