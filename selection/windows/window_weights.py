"""Sample weights: what each window counts for in training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .window_targets import POSITIVE

__all__ = ["window_weights"]


def window_weights(
    target: NDArray[Any],
    kind: NDArray[np.str_],
    subject: NDArray[np.str_],
    *,
    positive_share: float = 0.4,
    evenness: float = 0.0,
    emphasis: Mapping[str, float] | None = None,
) -> NDArray[np.float32]:
    """Weigh windows so that each subject and each kind of sound matters, however long it lasted.

    Coughs get `positive_share` of the total. Within coughs, and within all other windows, a cell is one
    kind of sound of one subject; a cell's total grows with its number of windows to the power
    ``1 - evenness``: with 0 every window counts the same, with 1 every cell does.

    Parameters
    ----------
    target : ndarray, shape (n,)
        1 for a cough, 0 for none.
    kind, subject : ndarray of str, shape (n,)
        Kind of sound (``""``: no label) and subject of each window.
    positive_share
        Share of the total weight that coughs get, 0..1.
    evenness
        Exponent of the number of windows of a cell, see above, 0 to 1.
    emphasis
        Factors by kind on top, e.g. for sounds that are more frequent in use than in the data.

    Returns
    -------
    ndarray of float32, shape (n,)
        Weights of mean 1.
    """
    weight = np.zeros(len(target), np.float64)
    positive = np.asarray(target) == POSITIVE
    for rows, share in ((positive, positive_share), (~positive, 1.0 - positive_share)):
        if not rows.any():
            continue
        cells = np.char.add(np.char.add(subject[rows], "\0"), kind[rows])
        _, cell, count = np.unique(cells, return_inverse=True, return_counts=True)
        even = count[cell].astype(np.float64) ** -evenness
        for name, factor in (emphasis or {}).items():
            even[kind[rows] == name] *= factor
        weight[rows] = share * even / even.sum()
    scaled: NDArray[np.float32] = (weight * (len(weight) / weight.sum())).astype(np.float32)
    return scaled
