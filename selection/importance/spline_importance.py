"""Spline importance: how much of an additive model's answer each column's curve makes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["spline_importance"]

N_KNOTS, DEGREE = 5, 3
INVERSE_PENALTY = 0.6
"""scikit-learn's ``C`` per row, over which it then is the same for any number of rows: ``C = 0.6 * 1000 /
n``."""

MOST_ITERATIONS = 200


def spline_importance(
    X: NDArray[np.float64],
    y: NDArray[Any],
    weight: NDArray[Any],
    train: NDArray[np.intp],
    test: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Score columns by the spread of their curves, in log-odds, over rows that the curves were not fitted to.

    The model is logistic in a cubic spline of each column: a generalized additive model (T. Hastie, R.
    Tibshirani, Statistical Science 1, 1986), and a Kolmogorov-Arnold network of one layer (Z. Liu et al.,
    "KAN: Kolmogorov-Arnold networks", ICLR 2025), whose edges are scored by the mean absolute value of what
    they give. A. Akazan, V. Mbingui, "Splines-based feature importance in Kolmogorov-Arnold networks" (arXiv
    2509.23366, 2025) compares that with other criteria. It sees no products of columns.

    Parameters
    ----------
    X : ndarray of float64, shape (n, n_features)
        Normal scores (`tussis.selection.importance.normal_scores`).
    y : ndarray, shape (n,)
        0 or 1.
    weight : ndarray, shape (n,)
        Sample weights.
    train, test : ndarray of int
        Rows to fit and rows to judge by.

    Returns
    -------
    ndarray of float64, shape (n_features,)
        Mean absolute deviation of each curve from its mean.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import SplineTransformer

    knots = np.linspace(-2.5, 2.5, N_KNOTS)[:, None] * np.ones(X.shape[1])
    splines = SplineTransformer(
        degree=DEGREE, knots=knots, extrapolation="linear", include_bias=False, order="F"
    )
    basis = splines.fit_transform(X)
    penalty = INVERSE_PENALTY * 1000 / len(train)
    model = LogisticRegression(C=penalty, max_iter=MOST_ITERATIONS, tol=1e-3)
    share = weight[train] / np.mean(weight[train])
    model.fit(basis[train], y[train], sample_weight=share)
    n_terms = basis.shape[1] // X.shape[1]
    curves = (basis[test] * model.coef_[0]).reshape(len(test), X.shape[1], n_terms).sum(axis=2)
    apart = np.abs(curves - np.average(curves, axis=0, weights=weight[test]))
    return np.asarray(np.average(apart, axis=0, weights=weight[test]))
