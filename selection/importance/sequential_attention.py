"""Sequential attention: forward selection in which attention learns which column to take next."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.progress import Progress, silent

__all__ = ["attended_order", "hermite_terms", "sequential_attention"]

MOST_CHOSEN = 64
"""Columns that are chosen one by one; the others follow by their last attention."""

ATTENTION_STEPS = 4
WEIGHT_STEP, LOGIT_STEP = 1e-4, 0.1
"""Of a gradient step: weights stay so small that columns do not yet take from each other what they explain,
and the largest logit rises by a tenth at first."""

RIDGE = 1e-6
NEWTON_STEPS = 3


def sequential_attention(
    X: NDArray[np.float64], y: NDArray[Any], progress: Progress = silent
) -> NDArray[np.float64]:
    """Score columns by the loss that each removes when sequential attention takes it.

    T. Yasuda et al., "Sequential attention for feature selection", ICLR 2023. The model is logistic in the
    first two Hermite polynomials of each column, which share one attention, so a column that tells by its
    middle counts as well; it sees no products of columns.

    Parameters
    ----------
    X : ndarray of float64, shape (n, n_features)
        Normal scores (`tussis.selection.importance.normal_scores`).
    y : ndarray, shape (n,)
        0 or 1.
    progress
        Called after each choice.

    Returns
    -------
    ndarray of float64, shape (n_features,)
        Loss removed, in nats per row, sorted into the order of choice; columns that were not chosen score
        less than all that were, by their attention.
    """
    n_features = X.shape[1]
    terms, owner = hermite_terms(X)
    order, removed, attention = attended_order(
        terms, y, owner, min(MOST_CHOSEN, n_features), logistic=True, progress=progress
    )
    rest = np.setdiff1d(np.arange(n_features), order)
    scores = np.zeros(n_features)
    gains = np.sort(np.maximum(removed, 0.0))[::-1]
    least = float(gains[-1]) if gains[-1] > 0 else 1e-12
    scores[order] = np.maximum(gains, least) * (1.0 + 1e-9 * np.arange(len(order), 0, -1))
    scores[rest] = 0.5 * least * attention[rest] / (attention[rest].max(initial=0.0) or 1.0)
    return scores


def hermite_terms(X: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Lay out the first two Hermite polynomials of each column, orthonormal under the normal distribution.

    Returns
    -------
    terms : ndarray of float64, shape (n, 2 * n_features)
    owner : ndarray of int, shape (2 * n_features,)
        Column that each term belongs to.
    """
    second = (X**2 - 1.0) / np.sqrt(2.0)
    second -= second.mean(axis=0)
    numbers = np.arange(X.shape[1])
    return np.concatenate([X, second], axis=1), np.concatenate([numbers, numbers])


def attended_order(
    terms: NDArray[np.float64],
    y: NDArray[Any],
    owner: NDArray[np.intp],
    n_chosen: int,
    *,
    logistic: bool,
    progress: Progress = silent,
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Choose columns one after the other, each the one with the largest attention.

    A phase fits the weights of the terms chosen so far. Then all others join with weight 0 under the mask
    ``softmax(logits)``, logits 0, and a few gradient steps train weights and logits together; the column
    with the largest logit is taken. Where all is even at first, a logit grows with the square of the loss's
    gradient by its column's weights, so with squared loss and one term a column the choice is that of
    orthogonal matching pursuit (Y. C. Pati et al., Asilomar 1993), which the paper proves of its linear
    form. Unlike there, attention starts again in each phase.

    Parameters
    ----------
    terms : ndarray of float64, shape (n, n_terms)
        Centred, of variance 1.
    y : ndarray, shape (n,)
        0 or 1 for logistic loss; any values for squared loss.
    owner : ndarray of int, shape (n_terms,)
        Column of each term: those of one column share its logit.
    n_chosen
        Columns to choose.
    logistic
        Logistic loss, else squared loss.

    Returns
    -------
    order : ndarray of int, shape (n_chosen,)
        Columns in the order of choice.
    removed : ndarray of float64, shape (n_chosen,)
        Mean loss that each removed.
    attention : ndarray of float64, shape (n_features,)
        Mask of the last phase; 0 for what was chosen before it.
    """
    target = np.asarray(y, np.float64)
    n_features = int(owner.max()) + 1
    taken = np.zeros(n_features, np.bool_)
    attention = np.zeros(n_features)
    order: list[int] = []
    losses: list[float] = []
    base = np.full(len(target), target.mean() if not logistic else _log_odds(target.mean()))
    weights = np.zeros(0)
    for number in range(n_chosen + 1):
        inside = np.flatnonzero(np.isin(owner, order))
        weights = _fit(terms[:, inside], target, base, logistic)
        fitted = base + terms[:, inside] @ weights
        losses.append(_loss(fitted, target, logistic))
        if number == n_chosen:
            break
        attention = _attention(terms, target, fitted, owner, taken, logistic)
        order.append(int(np.argmax(np.where(taken, -1.0, attention))))
        taken[order[-1]] = True
        progress("sequential attention", number + 1, n_chosen)
    return np.array(order, np.intp), -np.diff(losses), attention


def _attention(
    terms: NDArray[np.float64],
    target: NDArray[np.float64],
    fitted: NDArray[np.float64],
    owner: NDArray[np.intp],
    taken: NDArray[np.bool_],
    logistic: bool,
) -> NDArray[np.float64]:
    """Train the mask over the columns not taken; return it."""
    outside = np.flatnonzero(~taken[owner])
    free = terms if len(outside) == len(owner) else terms[:, outside]
    own = owner[outside]
    weights = np.zeros(len(outside))
    logits = np.where(taken, -np.inf, 0.0)
    mask, logit_step = _softmax(logits), 0.0
    for _ in range(ATTENTION_STEPS):
        margin = fitted + free @ (mask[own] * weights)
        slope = free.T @ (_mean(margin, logistic) - target) / len(target)
        by_mask = np.asarray(np.bincount(own, weights * slope, len(taken)), np.float64)
        by_logit = mask * (by_mask - mask @ by_mask)
        weights = weights - WEIGHT_STEP * mask[own] * slope
        if by_logit.min() < 0.0:  # from the second step on: at first all weights are 0
            logit_step = logit_step or LOGIT_STEP / -float(by_logit.min())
            logits = logits - logit_step * by_logit
            mask = _softmax(logits)
    return mask


def _fit(
    terms: NDArray[np.float64], target: NDArray[np.float64], base: NDArray[np.float64], logistic: bool
) -> NDArray[np.float64]:
    """Weights of least loss beside the constant `base`: one solution, or Newton's steps."""
    weights = np.zeros(terms.shape[1])
    ridge = RIDGE * len(target) * np.eye(len(weights))
    for _ in range(NEWTON_STEPS if logistic and len(weights) else 1):
        mean = _mean(base + terms @ weights, logistic)
        curvature = (mean * (1.0 - mean))[:, None] if logistic else 1.0
        hessian = terms.T @ (terms * curvature) + ridge
        weights = weights + np.linalg.solve(hessian, terms.T @ (target - mean) - np.diag(ridge) * weights)
    return weights


def _mean(margin: NDArray[np.float64], logistic: bool) -> NDArray[np.float64]:
    if not logistic:
        return margin
    mean: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-np.clip(margin, -30.0, 30.0)))
    return mean


def _loss(margin: NDArray[np.float64], target: NDArray[np.float64], logistic: bool) -> float:
    if logistic:
        return float((np.logaddexp(0.0, margin) - target * margin).mean())
    return float(((target - margin) ** 2).mean())


def _log_odds(share: float) -> float:
    share = min(max(share, 1e-9), 1 - 1e-9)
    return float(np.log(share / (1.0 - share)))


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum())
