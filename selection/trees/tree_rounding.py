"""Models that fit in half the flash: thresholds of 16 bits and leaves of 8, decided at training time.

A float32 has 32 bits and a threshold needs few of them. If a threshold's *key* (its bits in an order in
which integers compare as the floats do) is zero in its lower half, then comparing upper halves decides alike
for every float32 value, and the exporter stores 16 bits. Likewise, if all leaves are multiples of one power
of two, their float32 sum rounds nothing, and the exporter stores and adds small integers.

Nothing is approximated at export: the rounding below changes the XGBoost model itself, and whoever evaluates
that model sees what the device does. Train on ``floor_to_half_keys(X)`` and the thresholds lie there
already; the trained model then gives the same answers for ``X`` itself.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .tree_ensemble import LEAF

__all__ = ["float_keys", "floor_to_half_keys", "key_floats", "round_model"]

_SIGN = np.uint32(0x80000000)


def float_keys(x: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Order-preserving unsigned keys of float32 values; both zeros get the key of +0.0.

    Examples
    --------
    >>> import numpy as np
    >>> [hex(int(k)) for k in float_keys(np.float32([-1.0, 0.0, 1.0]))]
    ['0x407fffff', '0x80000000', '0xbf800000']
    """
    x = np.asarray(x, np.float32)
    bits = np.where(x == 0, np.float32(0.0), x).astype(np.float32).view(np.uint32)
    return np.where(bits & _SIGN, ~bits, bits | _SIGN).astype(np.uint32)


def key_floats(keys: NDArray[np.uint32]) -> NDArray[np.float32]:
    """Values of keys: the inverse of `float_keys`."""
    keys = np.asarray(keys, np.uint32)
    return np.where(keys & _SIGN, keys ^ _SIGN, ~keys).astype(np.uint32).view(np.float32)


def floor_to_half_keys(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round values down to the next one whose key is zero in its lower half: seven bits behind the first.

    Parameters
    ----------
    x : ndarray of float32
        Feature values; NaN stays NaN.

    Returns
    -------
    ndarray of float32
        Not above `x`, less than 2**-7 of its size below it.
    """
    x = np.asarray(x, np.float32)
    floor = key_floats(float_keys(x) & np.uint32(0xFFFF0000))
    return np.where(np.isnan(x), x, floor)


def round_model(model: Mapping[str, Any], *, leaf_bits: int = 8) -> dict[str, Any]:
    """Round the thresholds up to half keys and the leaves to one binary grid.

    Parameters
    ----------
    model
        XGBoost's JSON model, parsed. Train with ``base_score`` 0.5, so that the sum starts at zero.
    leaf_bits
        Bits of a signed leaf: 8 or 16.

    Returns
    -------
    dict
        A model of the same shape. On data from `floor_to_half_keys` every row falls into the same leaves as
        before; a leaf moves by at most half a unit of the grid.
    """
    rounded = copy.deepcopy(dict(model))
    trees = rounded["learner"]["gradient_booster"]["model"]["trees"]
    leaves = [np.array(tree["left_children"]) == LEAF for tree in trees]
    values = [np.array(tree["split_conditions"], np.float32) for tree in trees]
    largest = max(
        (float(np.abs(v[leaf]).max(initial=0.0)) for v, leaf in zip(values, leaves, strict=True)), default=0
    )
    unit = 2.0 ** np.ceil(np.log2(largest / (2 ** (leaf_bits - 1) - 1))) if largest else 1.0
    for tree, value, leaf in zip(trees, values, leaves, strict=True):
        thresholds = _ceil_to_half_keys(value)
        steps = np.rint(value.astype(np.float64) / unit) * unit
        tree["split_conditions"] = [float(v) for v in np.where(leaf, steps, thresholds).astype(np.float32)]
    return rounded


def _ceil_to_half_keys(x: NDArray[np.float32]) -> NDArray[np.float32]:
    keys = float_keys(x).astype(np.uint64)
    return key_floats((((keys + 0xFFFF) >> 16) << 16).astype(np.uint32))
