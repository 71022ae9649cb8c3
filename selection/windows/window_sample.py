"""A bounded sample of a dataset's windows: what elimination looks at where there are more."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .window_targets import POSITIVE

__all__ = ["drawn_windows", "kept_shares", "window_numbers"]

_LEFT_BITS = np.uint64(0x9E3779B97F4A7C15)


def window_numbers(keys: Sequence[str], counts: Sequence[int]) -> NDArray[np.uint64]:
    """Give each window a number that looks random and depends on its session's content and its place there.

    The session's number is the first eight bytes of a SHA-256, the window's is that of SplitMix64 (G. Steele
    et al., "Fast splittable pseudorandom number generators", OOPSLA 2014) after as many steps as its place.

    Parameters
    ----------
    keys
        Hash of the content of each session.
    counts
        Windows of each session.

    Returns
    -------
    ndarray of uint64, shape (sum of counts,)

    Examples
    --------
    >>> one, other = window_numbers(["a"], [3]), window_numbers(["b", "a"], [2, 3])
    >>> bool((other[2:] == one).all())
    True
    """
    starts = [int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "little") for key in keys]
    numbers = np.empty(int(np.sum(counts, dtype=np.int64)), np.uint64)
    first = 0
    for start, count in zip(starts, counts, strict=True):
        steps = np.arange(1, count + 1, dtype=np.uint64) * _LEFT_BITS + np.uint64(start)
        steps = (steps ^ (steps >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        steps = (steps ^ (steps >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        numbers[first : first + count] = steps ^ (steps >> np.uint64(31))
        first += count
    return numbers


def drawn_windows(
    target: NDArray[Any], stratum: NDArray[np.integer[Any]], number: NDArray[np.uint64], most: int
) -> NDArray[np.intp]:
    """Draw windows: all coughs up to half of the sample, the others in proportion to each stratum.

    A class that fills less than its half leaves the rest to the other one. Within a class and a stratum
    those of the smallest numbers are taken, at least one.

    Parameters
    ----------
    target : ndarray, shape (n,)
        1 for a cough, 0 for none.
    stratum : ndarray of int, shape (n,)
        What each window is of, from 0: its collection.
    number : ndarray of uint64, shape (n,)
        Of `window_numbers`.
    most
        Windows to draw at most; at least two for each stratum.

    Returns
    -------
    ndarray of int
        Rows, ascending; all where there are no more than `most`.

    Examples
    --------
    >>> target, number = np.array([1, 0, 0, 0, 1]), np.array([9, 5, 3, 4, 1], np.uint64)
    >>> drawn_windows(target, np.zeros(5, int), number, 4).tolist()
    [0, 2, 3, 4]
    """
    if len(target) <= most:
        return np.arange(len(target))
    positive = np.asarray(target) == POSITIVE
    n_coughs, n_others = int(positive.sum()), int((~positive).sum())
    coughs = min(n_coughs, max(most // 2, most - n_others))
    drawn = [
        _smallest(np.flatnonzero(rows), stratum, number, quota)
        for rows, quota in ((positive, coughs), (~positive, most - coughs))
    ]
    return np.sort(np.concatenate(drawn))


def _smallest(
    rows: NDArray[np.intp], stratum: NDArray[np.integer[Any]], number: NDArray[np.uint64], quota: int
) -> NDArray[np.intp]:
    """Take rows of one class: from each stratum its share of the quota, at least one."""
    if len(rows) <= quota:
        return rows
    own = stratum[rows]
    names, counts = np.unique(own, return_counts=True)
    room = max(quota - len(names), 0)
    drawn = []
    for name, count in zip(names.tolist(), counts.tolist(), strict=True):
        among = rows[own == name]
        take = min(1 + room * count // len(rows), count)
        drawn.append(among[np.argsort(number[among], kind="stable")[:take]])
    return np.concatenate(drawn)


def kept_shares(
    weight: NDArray[np.float32],
    target: NDArray[Any],
    stratum: NDArray[np.integer[Any]],
    drawn: NDArray[np.intp],
) -> NDArray[np.float32]:
    """Weigh drawn windows so that each class of each stratum keeps its share of all weight.

    Parameters
    ----------
    weight, target, stratum : ndarray, shape (n,)
        Of all windows.
    drawn : ndarray of int
        Rows of the sample.

    Returns
    -------
    ndarray of float32, shape (n_drawn,)
        Their mean is that of `weight`: a leaf's least weight then means as many windows as without the
        sample.
    """
    cell = 2 * stratum.astype(np.int64) + (np.asarray(target) == POSITIVE)
    wanted = np.bincount(cell, weight)
    there = np.bincount(cell[drawn], weight[drawn], minlength=len(wanted))
    factor = np.divide(wanted, there, out=np.zeros_like(wanted), where=there > 0)
    scaled = weight[drawn] * factor[cell[drawn]] * (len(drawn) / len(weight))
    return np.asarray(scaled, np.float32)
