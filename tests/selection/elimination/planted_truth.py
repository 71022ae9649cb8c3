"""Data of which is known which columns matter; `benchmarks/peers.py` takes it too."""

from __future__ import annotations

import numpy as np


def planted(seed: int, columns: int) -> tuple[np.ndarray, np.ndarray, set[int], set[int]]:
    """Nine linear columns, three pairs that matter as products only, noisy copies of all 15, and noise."""
    rng, rows = np.random.default_rng(seed), 3000
    X = rng.standard_normal((rows, columns))
    X[:, 15:30] = X[:, :15] + 0.5 * rng.standard_normal((rows, 15))
    margin = X[:, :9] @ (rng.uniform(0.5, 1.0, 9) * rng.choice([-1, 1], 9))
    margin += sum(1.2 * X[:, a] * X[:, a + 1] for a in (9, 11, 13))
    y = rng.random(rows) < 1.0 / (1.0 + np.exp(1.5 - 1.5 * margin))
    order = rng.permutation(columns)
    place = np.argsort(order)
    truth, copies = set(place[:15].tolist()), set(place[15:30].tolist())
    return X[:, order].astype(np.float32), y.astype(int), truth, copies
