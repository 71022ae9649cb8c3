"""One tree as a reader finds it in a model, and the ensemble that such trees are joined to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...data.input_error import InputError
from .tree_ensemble import LEAF, Link, TreeEnsemble

__all__ = ["TreeNodes", "join_trees", "nodes_at_most", "strict_thresholds"]

Source = TypeVar("Source")


class TreeNodes(NamedTuple):
    """Nodes of one tree in any order, the root first; child indices count from it.

    Parameters
    ----------
    left, right : ndarray of int32, shape (n,)
        Children; `LEAF` for both at a leaf.
    feature : ndarray of int32, shape (n,)
        Column compared; not looked at in a leaf.
    threshold : ndarray of float32, shape (n,)
        A row goes left where ``x < threshold``; not looked at in a leaf.
    leaf : ndarray of float32, shape (n,)
        Value of a leaf; not looked at in an inner node.
    default_left : ndarray of bool, shape (n,)
        Whether NaN goes left.
    """

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float32]
    leaf: NDArray[np.float32]
    default_left: NDArray[np.bool_]


def strict_thresholds(threshold: ArrayLike) -> NDArray[np.float32]:
    """Turn the bounds of ``x <= bound`` into those of ``x < threshold`` that decide alike for all float32 x.

    That is the float32 next above the largest float32 that is not above the bound.

    Parameters
    ----------
    threshold : array_like of float64
        Bounds below plus infinity: no float32 is above every value that ``x <= inf`` lets through.

    Returns
    -------
    ndarray of float32
        Thresholds, +0.0 for either zero.

    Examples
    --------
    >>> strict_thresholds([0.0, -1e-60, 1e300]).tolist()
    [1.401298464324817e-45, 0.0, inf]
    """
    bound = np.asarray(threshold, np.float64)
    with np.errstate(over="ignore", under="ignore"):
        nearest = bound.astype(np.float32)
        largest = np.where(nearest > bound, np.nextafter(nearest, np.float32(-np.inf)), nearest)
        return np.nextafter(largest, np.float32(np.inf)) + np.float32(0.0)


def nodes_at_most(
    *,
    left: ArrayLike,
    right: ArrayLike,
    feature: ArrayLike,
    threshold: ArrayLike,
    leaf: ArrayLike,
    default_left: ArrayLike,
) -> TreeNodes:
    """Nodes of a library that goes left where ``x <= threshold``, in float64, as `TreeNodes`.

    A bound of plus infinity lets every number through and only NaN may go right (scikit-learn splits
    missing values from the others so). Such a node gets its children swapped and the threshold minus
    infinity, below which there is no number either.

    Parameters
    ----------
    left, right, feature, threshold, leaf, default_left : array_like, shape (n,)
        As in `TreeNodes`, but threshold and leaf in float64.

    Raises
    ------
    ValueError
        A threshold is NaN.
    """
    left, right = np.asarray(left, np.int32), np.asarray(right, np.int32)
    bound, goes_left = np.asarray(threshold, np.float64), np.asarray(default_left, np.bool_)
    if np.isnan(bound[left != LEAF]).any():
        raise ValueError("a threshold is NaN")
    all_left = np.isposinf(bound)
    return TreeNodes(
        np.where(all_left, right, left),
        np.where(all_left, left, right),
        np.asarray(feature, np.int32),
        np.where(all_left, np.float32(-np.inf), strict_thresholds(bound)),
        _single(leaf),
        goes_left ^ all_left,
    )


def _single(values: ArrayLike) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # an infinity is refused by `join_trees`
        return np.asarray(values, np.float64).astype(np.float32)


def join_trees(
    sources: Iterable[Source],
    read: Callable[[Source], TreeNodes],
    base_margin: float | np.float32,
    n_features: int,
    *,
    source: str,
    place: str,
    link: Link = "logit",
) -> TreeEnsemble:
    """Read trees one by one, check them and join them.

    Parameters
    ----------
    sources
        The trees as the model holds them.
    read
        Reads one; a KeyError, TypeError, ValueError, IndexError, AttributeError or OverflowError says what is
        wrong with it.
    base_margin
        Margin before the first tree.
    n_features
        Columns the model was trained on.
    source, place
        File, and where in it a tree stands (``"tree_info[{}]"``), to name in an error.
    link
        What a margin says.

    Raises
    ------
    InputError
        A tree cannot be read: it is malformed, or of a kind that is not supported; or there is none.
    """
    parts: list[tuple[NDArray[Any], ...]] = []
    root: list[int] = []
    offset = 0
    for number, tree in enumerate(sources):
        try:
            part = _ordered(read(tree), offset, n_features)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
            what = f"{error} is missing" if isinstance(error, KeyError) else error
            raise InputError(source, f"cannot read the tree: {what}", field=place.format(number)) from error
        parts.append(part)
        root.append(offset)
        offset += len(part[0])
    if not parts:
        raise InputError(source, "the model has no trees", field=place.format(0))
    feature, threshold, left, right, leaf, default_left = (
        np.concatenate(columns) for columns in zip(*parts, strict=True)
    )
    return TreeEnsemble(
        np.array(root, np.int32),
        feature,
        threshold,
        left,
        right,
        leaf,
        default_left,
        np.float32(base_margin),
        n_features,
        link,
    )


def _ordered(tree: TreeNodes, offset: int, n_features: int) -> tuple[NDArray[Any], ...]:
    """Columns of one tree as `TreeEnsemble` wants them."""
    left, right = tree.left, tree.right
    if not len(left) or len({len(column) for column in tree}) != 1:
        raise ValueError("its arrays differ in length or are empty")
    order = _breadth_first(left, right)
    renumbered = np.full(len(left) + 1, LEAF, np.int32)  # the last entry keeps LEAF (-1) as it is
    renumbered[order] = np.arange(len(order), dtype=np.int32) + offset
    feature, is_leaf = tree.feature[order], left[order] == LEAF
    if (~is_leaf & ((feature < 0) | (feature >= n_features))).any():
        raise ValueError(f"a split names a feature outside 0..{n_features - 1}")
    threshold, leaf = tree.threshold[order], tree.leaf[order]
    if not np.isfinite(leaf[is_leaf]).all() or np.isnan(threshold[~is_leaf]).any():
        raise ValueError("a threshold or leaf is not finite")
    zero = np.float32(0.0)
    return (
        np.where(is_leaf, 0, feature).astype(np.int32),
        np.where(is_leaf, zero, threshold),
        renumbered[left[order]],
        renumbered[right[order]],
        np.where(is_leaf, leaf, zero),
        tree.default_left[order],
    )


def _breadth_first(left: NDArray[np.int32], right: NDArray[np.int32]) -> NDArray[np.int32]:
    """Nodes that can be reached from the root, level by level; pruning leaves others behind in the file."""
    order = [0]
    for node in order:
        children = [int(left[node]), int(right[node])]
        if children == [LEAF, LEAF]:
            continue
        if min(children) < 1 or max(children) >= len(left):
            raise ValueError("a child is missing or out of range")
        order += children
        if len(order) > len(left):
            raise ValueError("its nodes form a loop")
    if len(set(order)) != len(order):
        raise ValueError("a node has two parents")
    return np.array(order, np.int32)
