"""Sample weights: what each window counts for in training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.input_error import InputError
from .names import Names
from .window_targets import POSITIVE

__all__ = ["CollectionShares", "shared_with", "window_weights"]


@dataclass(frozen=True)
class CollectionShares:
    """Shares of the weight by collection; where there are none, every window counts the same.

    Parameters
    ----------
    coughs, others
        Share of each collection among coughs, and among all other windows; their sums do not matter.
    """

    coughs: Mapping[str, float] = field(default_factory=dict)
    others: Mapping[str, float] = field(default_factory=dict)


def window_weights(
    target: NDArray[Any],
    kind: NDArray[np.str_] | Names,
    subject: NDArray[np.str_] | Names,
    *,
    positive_share: float = 0.4,
    evenness: float = 0.0,
    emphasis: Mapping[str, float] | None = None,
    collection: NDArray[np.str_] | Names | None = None,
    shares: CollectionShares | None = None,
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
    collection : ndarray of str, shape (n,)
        Collection of each window.
    shares
        Share of each collection; needs `collection`.

    Returns
    -------
    ndarray of float32, shape (n,)
        Weights of mean 1.

    Raises
    ------
    InputError
        A collection has windows and no share.
    """
    shares, kinds, subjects = shares or CollectionShares(), Names.of(kind), Names.of(subject)
    collections = None if collection is None else Names.of(collection)
    weight = np.zeros(len(target), np.float64)
    positive = np.asarray(target) == POSITIVE
    for rows, share, parts in (
        (positive, positive_share, shares.coughs),
        (~positive, 1.0 - positive_share, shares.others),
    ):
        if not rows.any():
            continue
        even = np.ones(int(rows.sum()))
        if evenness:
            cells = subjects.number[rows] * np.int64(len(kinds.known)) + kinds.number[rows]
            _, cell, count = np.unique(cells, return_inverse=True, return_counts=True)
            even = count[cell].astype(np.float64) ** -evenness
        for name, factor in (emphasis or {}).items():
            even[(kinds.known == name)[kinds.number[rows]]] *= factor
        if parts and collections is not None:
            even = _shared(even, collections[rows], parts)
        weight[rows] = share * even / even.sum()
    scaled: NDArray[np.float32] = (weight * (len(weight) / weight.sum())).astype(np.float32)
    return scaled


def _shared(
    weight: NDArray[np.float64], collection: Names, shares: Mapping[str, float]
) -> NDArray[np.float64]:
    """Scale weights so that each collection has its share."""
    totals = np.bincount(collection.number, weight, minlength=len(collection.known))
    there = np.bincount(collection.number, minlength=len(totals)) > 0
    missing = [str(name) for name in collection.known[there] if str(name) not in shares]
    if missing:
        raise InputError(
            "recipe",
            f"the collection {missing[0]!r} has windows and no share (there are: {', '.join(shares)})",
            remedy="give it one, 0 to leave it out",
        )
    wanted = np.array([shares.get(str(name), 0.0) for name in collection.known])
    return np.asarray(weight * (wanted / np.maximum(totals, 1e-300))[collection.number])


def shared_with(
    weight: NDArray[np.float32], cell: NDArray[np.integer[Any]], copied: NDArray[np.bool_], share: float
) -> NDArray[np.float32]:
    """Give copies a share of the weight of what they are copies of.

    Parameters
    ----------
    weight : ndarray of float32, shape (n,)
        Weights, each of the two parts for itself.
    cell : ndarray of int, shape (n,)
        Windows that share: those of one class and collection.
    copied : ndarray of bool, shape (n,)
        Windows of copies.
    share
        Their part of a cell's weight, above 0 and below 1; a cell without copies keeps its weight.

    Returns
    -------
    ndarray of float32, shape (n,)
        The sum of each cell is that of its windows that are no copies.

    Examples
    --------
    >>> weight, cell = np.float32([1, 3, 5, 5, 2]), np.array([0, 0, 0, 0, 1])
    >>> shared_with(weight, cell, np.array([False, False, True, True, False]), 0.25).tolist()
    [0.75, 2.25, 0.5, 0.5, 2.0]
    """
    whole = np.bincount(cell, weight * ~copied)
    late = np.bincount(cell, weight * copied, minlength=len(whole))
    both = (whole > 0) & (late > 0)
    factor = np.where(both, 1.0 - share, 1.0)[cell]
    factor[copied] = np.divide(share * whole, late, out=np.zeros_like(whole), where=both)[cell[copied]]
    return np.asarray(weight * factor, np.float32)
