"""How well two counts of the same thing agree: concordance, bias with limits, slope."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Agreement", "agreement", "bland_altman", "concordance", "regression"]


@dataclass(frozen=True)
class Agreement:
    """Agreement of detected counts with labelled ones.

    Parameters
    ----------
    n
        Number of pairs.
    labelled, detected
        Sums of both counts.
    concordance
        Lin's concordance correlation coefficient.
    bias, low, high
        Mean of detected minus labelled, and the 95 % limits of agreement, in counts.
    slope, intercept
        Least-squares line of detected on labelled counts.
    """

    n: int
    labelled: int
    detected: int
    concordance: float | None
    bias: float | None
    low: float | None
    high: float | None
    slope: float | None
    intercept: float | None


def agreement(labelled: NDArray[np.int64], detected: NDArray[np.int64]) -> Agreement:
    """Compare two counts, pair by pair.

    Parameters
    ----------
    labelled, detected : ndarray of int64, shape (n,)
        Counts of the same stretches.
    """
    bias, low, high = bland_altman(labelled, detected)
    slope, intercept = regression(labelled, detected)
    return Agreement(
        n=len(labelled),
        labelled=int(labelled.sum()),
        detected=int(detected.sum()),
        concordance=concordance(labelled, detected),
        bias=bias,
        low=low,
        high=high,
        slope=slope,
        intercept=intercept,
    )


def concordance(x: NDArray[np.int64], y: NDArray[np.int64]) -> float | None:
    """Lin's concordance correlation coefficient: closeness to the line of equality.

    ``2 s_xy / (s_x^2 + s_y^2 + (mean_x - mean_y)^2)`` with moments over n (L. I.-K. Lin, A concordance
    correlation coefficient to evaluate reproducibility, Biometrics 45, 1989).

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Pairs of values.

    Returns
    -------
    float or None
        -1 to 1; None for fewer than two pairs, and where all values are one and the same.

    Examples
    --------
    >>> round(concordance(np.array([1, 2, 3]), np.array([2, 3, 4])), 4)
    0.5714
    """
    if len(x) < 2:
        return None
    spread = float(np.var(x) + np.var(y) + (np.mean(x) - np.mean(y)) ** 2)
    if spread == 0.0:
        return None
    common = float(np.mean((x - np.mean(x)) * (y - np.mean(y))))
    return 2.0 * common / spread


def bland_altman(
    x: NDArray[np.int64], y: NDArray[np.int64]
) -> tuple[float | None, float | None, float | None]:
    """Bias and 95 % limits of agreement: mean of ``y - x``, and 1.96 standard deviations to both sides.

    J. M. Bland, D. G. Altman, Statistical methods for assessing agreement between two methods of clinical
    measurement, Lancet 327, 1986; the standard deviation is over n - 1.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Pairs of values.

    Returns
    -------
    bias, low, high : float or None
        None without pairs; limits are None for a single pair.

    Examples
    --------
    >>> [round(value, 3) for value in bland_altman(np.array([0, 0]), np.array([1, 3]))]
    [2.0, -0.772, 4.772]
    """
    if not len(x):
        return None, None, None
    difference = (y - x).astype(np.float64)
    bias = float(difference.mean())
    if len(x) < 2:
        return bias, None, None
    half = 1.96 * float(difference.std(ddof=1))
    return bias, bias - half, bias + half


def regression(x: NDArray[np.int64], y: NDArray[np.int64]) -> tuple[float | None, float | None]:
    """Least-squares line ``y = slope * x + intercept`` through all pairs.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Pairs of values.

    Returns
    -------
    slope, intercept : float or None
        None where x has fewer than two different values.

    Examples
    --------
    >>> regression(np.array([0, 1, 2]), np.array([1, 3, 5]))
    (2.0, 1.0)
    """
    if len(np.unique(x)) < 2:
        return None, None
    slope = float(np.mean((x - x.mean()) * (y - y.mean())) / np.var(x))
    return slope, float(y.mean() - slope * x.mean())
