"""Neural mutual information: gates on columns, closed one after the other while a network estimates it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.progress import Progress, silent

__all__ = ["donsker_varadhan", "neural_information"]

N_HIDDEN, BATCH = 32, 512
OPEN_STEPS, CLOSING_STEPS = 300, 600
LEARNING_RATE, DECAY = 0.01, 1e-3
GATE_STEP, SMOOTHING = 0.05, 0.95
HIGHEST_PRICE = 100.0
"""Of an open gate at the end, over the largest gradient by a gate at first."""


def neural_information(
    X: NDArray[np.float64], y: NDArray[Any], seed: int, progress: Progress = silent
) -> NDArray[np.float64]:
    """Score columns by how long their gates stay open while open gates cost more and more.

    T. Muvunza et al., "MINERVA: mutual information neural estimation for supervised feature selection",
    arXiv 2510.02610, 2025, at small scale: one hidden layer in NumPy. A network estimates the mutual
    information of the gated columns and the class by Donsker's and Varadhan's bound (`donsker_varadhan`),
    first with all gates open, then with gates that learn too, under a price on open ones. The price rises
    here until all are closed, so that all columns are ordered. It looks at columns together and may see
    products of them.

    Parameters
    ----------
    X : ndarray of float64, shape (n, n_features)
        Normal scores (`tussis.selection.importance.normal_scores`).
    y : ndarray, shape (n,)
        0 or 1.
    seed
        Seed of weights and batches.
    progress
        Called now and then.

    Returns
    -------
    ndarray of float64, shape (n_features,)
        0..1: mean opening of the gate while gates close.
    """
    draw = np.random.default_rng(seed)
    one = np.asarray(y) > 0
    share = np.array([1.0 - one.mean(), one.mean()])
    n_features, total = X.shape[1], OPEN_STEPS + CLOSING_STEPS
    weights = [
        draw.standard_normal((n_features, N_HIDDEN)) / np.sqrt(n_features),
        np.zeros(N_HIDDEN),
        draw.standard_normal((N_HIDDEN, 2)) * 0.1,
        np.zeros(2),
    ]
    moments = [(np.zeros_like(each), np.zeros_like(each)) for each in weights]
    gates, opened, smooth = np.ones(n_features), np.zeros(n_features), np.zeros(n_features)
    prices = np.ones(CLOSING_STEPS)
    for step in range(total):
        rows = draw.integers(0, len(X), BATCH)
        slopes, by_gate = _slopes(weights, X[rows], one[rows], gates, share)
        _adam(weights, slopes, moments, step)
        smooth += (1.0 - SMOOTHING) * (by_gate - smooth)
        if step == OPEN_STEPS:
            useful = np.maximum(smooth, 1e-9)
            prices = np.geomspace(np.quantile(useful, 0.1), HIGHEST_PRICE * useful.max(), CLOSING_STEPS)
        if step >= OPEN_STEPS:
            push = np.clip(smooth / prices[step - OPEN_STEPS] - 1.0, -1.0, 1.0)
            gates = np.clip(gates + GATE_STEP * push, 0.0, 1.0)
            opened += gates / CLOSING_STEPS
            if not gates.any():
                break
        if step % 50 == 0:
            progress("neural information", step, total)
    progress("neural information", total, total)
    return opened


def donsker_varadhan(
    answers: NDArray[np.float64], one: NDArray[np.bool_], share: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Lower bound of mutual information in nats from a critic's answers, and its gradient by them.

    ``mean T(x, y) - log mean of exp T(x, y')``, y' drawn without regard to x: M. Donsker, S. Varadhan,
    Communications on Pure and Applied Mathematics 36, 1983; M. Belghazi et al., "Mutual information neural
    estimation", ICML 2018. With two classes the second mean is summed over both, so nothing is drawn.

    Parameters
    ----------
    answers : ndarray of float64, shape (n, 2)
        T for each row and class.
    one : ndarray of bool, shape (n,)
        The row's class.
    share : ndarray of float64, shape (2,)
        Shares of the classes.

    Examples
    --------
    >>> one = np.array([True, False])
    >>> answers = np.where(one[:, None] == [False, True], 9.0, -9.0)
    >>> round(donsker_varadhan(answers, one, np.array([0.5, 0.5]))[0], 3)
    0.693
    """
    rows = np.arange(len(one))
    top = answers.max()
    powers = share * np.exp(answers - top)
    bound = answers[rows, one.astype(int)].mean() - float(np.log(powers.sum() / len(one)) + top)
    gradient = -powers / powers.sum()
    gradient[rows, one.astype(int)] += 1.0 / len(one)
    return float(bound), gradient


def _slopes(
    weights: list[NDArray[np.float64]],
    X: NDArray[np.float64],
    one: NDArray[np.bool_],
    gates: NDArray[np.float64],
    share: NDArray[np.float64],
) -> tuple[list[NDArray[np.float64]], NDArray[np.float64]]:
    """Gradients of the bound by the weights, and by the gates."""
    gated = X * gates
    hidden = np.maximum(gated @ weights[0] + weights[1], 0.0)
    _, by_answer = donsker_varadhan(hidden @ weights[2] + weights[3], one, share)
    by_hidden = (by_answer @ weights[2].T) * (hidden > 0)
    slopes = [gated.T @ by_hidden, by_hidden.sum(axis=0), hidden.T @ by_answer, by_answer.sum(axis=0)]
    by_gate = np.einsum("kh,kh->k", X.T @ by_hidden, weights[0])
    return slopes, by_gate


def _adam(
    weights: list[NDArray[np.float64]],
    slopes: list[NDArray[np.float64]],
    moments: list[tuple[NDArray[np.float64], NDArray[np.float64]]],
    step: int,
) -> None:
    """Climb by Adam with decoupled decay.

    D. Kingma, J. Ba, "Adam", ICLR 2015; I. Loshchilov, F. Hutter, "Decoupled weight decay", ICLR 2019.
    """
    for weight, slope, (mean, square) in zip(weights, slopes, moments, strict=True):
        mean += 0.1 * (slope - mean)
        square += 0.001 * (slope**2 - square)
        steady = mean / (1.0 - 0.9 ** (step + 1))
        spread = np.sqrt(square / (1.0 - 0.999 ** (step + 1))) + 1e-8
        weight += LEARNING_RATE * (steady / spread - DECAY * weight)
