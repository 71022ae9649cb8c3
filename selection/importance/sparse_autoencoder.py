"""QuickSelection: how strongly a sparse autoencoder that learns its own wiring ties in each column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.progress import Progress, silent

__all__ = ["quick_selection"]

N_HIDDEN = 200
DENSITY = 13
"""Connections of a layer, over the sum of its two numbers of neurons."""

REPLACED = 0.2
"""Share of the connections of a layer, the weakest, that other places get after each epoch."""

NOISE = 0.2
"""Standard deviation of what is added to the input, over that of the input."""

FIRST_WEIGHT = 0.05
"""Standard deviation of weights at first, over the root of a neuron's connections: what was learned must
outweigh it."""

EPOCHS, BATCHES, BATCH, LEARNING_RATE, MOMENTUM = 10, 20, 128, 0.01, 0.9
"""Few steps, whatever the number of rows: first the network learns what columns have in common, and later,
with as many neurons, to pass on each by itself, the ones of pure noise most of all."""


@dataclass
class _Layer:
    """Connections of one layer: places, weights, speeds of the weights."""

    source: NDArray[np.intp]
    goal: NDArray[np.intp]
    weight: NDArray[np.float64]
    speed: NDArray[np.float64]
    shape: tuple[int, int]

    def matrix(self) -> Any:
        """Weights as a SciPy sparse matrix, goals by sources."""
        from scipy.sparse import csr_array

        return csr_array((self.weight, (self.goal, self.source)), shape=self.shape[::-1])


def quick_selection(X: NDArray[np.float64], seed: int, progress: Progress = silent) -> NDArray[np.float64]:
    """Score columns by the strength of their neurons in a sparse denoising autoencoder.

    Z. Atashgahi et al., "Quick and robust feature selection: the strength of energy-efficient sparse
    training for autoencoders", Machine Learning 111, 2022. One hidden layer of sigmoid neurons gives back
    the input from a noisy copy. After each epoch the weakest connections are taken out and as many put in
    elsewhere (D. C. Mocanu et al., Nature Communications 9, 2018), so that connections gather where they
    help. The strength of a column's neuron is the sum of its absolute weights. The class is not used: what
    is found stands for the other columns, whether or not it tells coughs.

    Parameters
    ----------
    X : ndarray of float64, shape (n, n_features)
        Normal scores (`tussis.selection.importance.normal_scores`).
    seed
        Seed of wiring, weights, noise and batches.
    progress
        Called after each epoch.

    Returns
    -------
    ndarray of float64, shape (n_features,)
    """
    draw = np.random.default_rng(seed)
    n_features = X.shape[1]
    layers = _layer(n_features, N_HIDDEN, draw), _layer(N_HIDDEN, n_features, draw)
    for epoch in range(EPOCHS):
        for _ in range(BATCHES):
            batch = X[draw.integers(0, len(X), BATCH)].T
            _learn(layers, batch, batch + NOISE * draw.standard_normal(batch.shape))
        if epoch < EPOCHS - 1:  # what is new has learned nothing yet
            layers = _rewired(layers[0], draw), _rewired(layers[1], draw)
        progress("sparse autoencoder", epoch + 1, EPOCHS)
    strength = np.bincount(layers[0].source, np.abs(layers[0].weight), n_features)
    return np.asarray(strength, np.float64)


def _layer(n_sources: int, n_goals: int, draw: np.random.Generator) -> _Layer:
    everywhere = n_sources * n_goals
    n = min(DENSITY * (n_sources + n_goals), everywhere)
    places = np.sort(draw.choice(everywhere, n, replace=False))
    weight = FIRST_WEIGHT * draw.standard_normal(n) / np.sqrt(n / n_goals)
    return _Layer(places % n_sources, places // n_sources, weight, np.zeros(n), (n_sources, n_goals))


def _learn(layers: tuple[_Layer, _Layer], clean: NDArray[np.float64], noisy: NDArray[np.float64]) -> None:
    """Take one step of gradient descent with momentum on the mean squared error of a batch, by columns."""
    first, second = layers
    back = second.matrix()
    hidden = 1.0 / (1.0 + np.exp(-np.clip(first.matrix() @ noisy, -30.0, 30.0)))
    error = (back @ hidden - clean) / clean.shape[1]
    deeper = (back.T @ error) * hidden * (1.0 - hidden)
    for layer, inputs, slope in ((first, noisy, deeper), (second, hidden, error)):
        everywhere = slope @ inputs.T  # at this size faster than at the connections alone
        gradient = everywhere[layer.goal, layer.source]
        layer.speed = MOMENTUM * layer.speed - LEARNING_RATE * gradient
        layer.weight = layer.weight + layer.speed


def _rewired(layer: _Layer, draw: np.random.Generator) -> _Layer:
    """Replace the weakest connections by new ones, of weight 0 at first, at places that are free."""
    n_sources, n_goals = layer.shape
    places = layer.goal * n_sources + layer.source
    free = np.setdiff1d(np.arange(n_sources * n_goals), places)
    n = min(int(REPLACED * len(places)), len(free))
    kept = np.sort(np.argsort(np.abs(layer.weight), kind="stable")[n:])
    new = draw.choice(free, n, replace=False)
    places = np.concatenate([places[kept], new])
    weight = np.concatenate([layer.weight[kept], np.zeros(n)])
    speed = np.concatenate([layer.speed[kept], np.zeros(n)])
    order = np.argsort(places)
    places = places[order]
    return _Layer(places % n_sources, places // n_sources, weight[order], speed[order], layer.shape)
