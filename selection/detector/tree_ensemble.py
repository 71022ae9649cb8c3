"""XGBoost's own JSON model, 2.x and 3.x, as plain arrays, with a float32 margin that C must equal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.input_error import InputError

__all__ = ["LEAF", "TreeEnsemble", "logit32", "read_xgboost"]

LEAF = -1
"""Child index of a node that has no children."""


@dataclass(frozen=True)
class TreeEnsemble:
    """Binary decision trees of one boosted classifier, all nodes in one set of arrays.

    Nodes of a tree are consecutive, breadth-first (XGBoost's own order unless it grew the tree by loss);
    child indices are absolute.
    A row goes left where ``x[feature] < threshold`` (both float32) and, if the value is NaN, where
    ``default_left``.

    Parameters
    ----------
    root : ndarray of int32, shape (n_trees,)
        Index of each tree's root.
    feature : ndarray of int32, shape (n_nodes,)
        Column compared at an inner node; 0 at a leaf.
    threshold : ndarray of float32, shape (n_nodes,)
        Split value at an inner node; 0 at a leaf.
    left, right : ndarray of int32, shape (n_nodes,)
        Child indices, `LEAF` at a leaf.
    leaf : ndarray of float32, shape (n_nodes,)
        Log-odds added by a leaf; 0 at an inner node.
    default_left : ndarray of bool, shape (n_nodes,)
        Where a missing value (NaN) goes.
    base_margin : float32
        Log-odds before the first tree.
    n_features : int
        Columns the model was trained on.
    """

    root: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    leaf: NDArray[np.float32]
    default_left: NDArray[np.bool_]
    base_margin: np.float32
    n_features: int

    @property
    def n_trees(self) -> int:
        """Number of trees."""
        return len(self.root)

    @property
    def n_nodes(self) -> int:
        """Number of nodes, leaves included."""
        return len(self.feature)

    @property
    def depth(self) -> int:
        """Largest number of comparisons on a path from a root to a leaf."""
        level = np.zeros(self.n_nodes, np.int32)
        for node in range(self.n_nodes):  # children always follow their parent
            if self.left[node] != LEAF:
                level[[self.left[node], self.right[node]]] = level[node] + 1
        return int(level.max(initial=0))

    def leaves(self, X: NDArray[np.float32]) -> NDArray[np.int32]:
        """Find the leaf every row falls into.

        Parameters
        ----------
        X : ndarray of float32, shape (n, n_features)
            Feature values; NaN is a missing value.

        Returns
        -------
        ndarray of int32, shape (n, n_trees)
            Node indices.
        """
        X = np.ascontiguousarray(X, np.float32)
        if X.ndim != 2 or X.shape[1] != self.n_features:
            raise ValueError(f"expected shape (n, {self.n_features}), got {X.shape}")
        node = np.broadcast_to(self.root, (len(X), self.n_trees)).copy()
        rows = np.arange(len(X))[:, None]
        for _ in range(self.depth):
            value = X[rows, self.feature[node]]
            goes_left = np.where(np.isnan(value), self.default_left[node], value < self.threshold[node])
            child = np.where(goes_left, self.left[node], self.right[node])
            node = np.where(child == LEAF, node, child)
        return node

    def margin(self, X: NDArray[np.float32]) -> NDArray[np.float32]:
        """Log-odds of every row: float32 sum, in tree order, starting from `base_margin`.

        Parameters
        ----------
        X : ndarray of float32, shape (n, n_features)
            Feature values; NaN is a missing value.

        Returns
        -------
        ndarray of float32, shape (n,)
            Margins; the generated C gives the same bits.
        """
        margins = np.empty(len(X), np.float32)
        for first in range(0, len(X), _ROWS_AT_ONCE):
            chunk = slice(first, first + _ROWS_AT_ONCE)
            values = self.leaf[self.leaves(X[chunk])]
            start = np.full((len(values), 1), self.base_margin, np.float32)
            margins[chunk] = np.add.accumulate(np.hstack([start, values]), axis=1)[:, -1]
        return margins


_ROWS_AT_ONCE = 16384


def logit32(probability: float) -> np.float32:
    """Log-odds of a probability, rounded once to float32.

    0 gives minus infinity and 1 plus infinity, so a threshold of 0 always and one of 1 never fires.
    """
    if probability <= 0.0:
        return np.float32(-np.inf)
    if probability >= 1.0:
        return np.float32(np.inf)
    return np.float32(math.log(probability) - math.log1p(-probability))


def read_xgboost(model: Mapping[str, Any], *, source: str = "model", field: str = "model") -> TreeEnsemble:
    """Read a binary classifier out of XGBoost's JSON model (``Booster.save_raw("json")``, parsed).

    Parameters
    ----------
    model
        The parsed document.
    source, field
        File and key to name in an error.

    Returns
    -------
    TreeEnsemble

    Raises
    ------
    InputError
        Not an XGBoost model, or one with more than this reads: another booster (dart, gblinear), another
        objective than ``binary:logistic``, several outputs, categorical splits, a malformed tree.
    """
    try:
        learner = model["learner"]
        booster = learner["gradient_booster"]
        booster_name = str(booster["name"])
        objective = str(learner["objective"]["name"])
        parameters = learner["learner_model_param"]
        n_features = int(parameters["num_feature"])
        n_classes = int(parameters.get("num_class", 0))
        n_targets = int(parameters.get("num_target", 1))
        base_score = _base_score(parameters["base_score"])
        trees = booster["model"]["trees"] if booster_name == "gbtree" else []
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise InputError(
            source,
            f"not an XGBoost JSON model ({error!r})",
            field=field,
            remedy="save it by XGBoost >= 2.0",
        ) from error
    for found, wanted, what in (
        (booster_name, "gbtree", "booster"),
        (objective, "binary:logistic", "objective"),
        (n_classes, 0, "num_class"),
        (n_targets, 1, "num_target"),
    ):
        if found != wanted:
            raise InputError(source, f"{what} {found} is not supported", field=field, remedy=f"use {wanted}")
    if not 0.0 < base_score < 1.0:
        raise InputError(
            source,
            f"base_score {base_score} is not a probability",
            field=field,
            remedy="train with base_score 0.5",
        )
    return _join_trees(trees, n_features, logit32(base_score), source, field)


def _base_score(text: Any) -> float:
    """Parse ``"5E-1"`` (2.x) or ``"[5E-1]"`` (3.1 and later)."""
    values = [float(part) for part in str(text).strip("[]").split(",")]
    if len(values) != 1:
        raise ValueError(f"base_score {text} has {len(values)} values")
    return values[0]


def _join_trees(
    trees: Sequence[Mapping[str, Any]], n_features: int, base_margin: np.float32, source: str, field: str
) -> TreeEnsemble:
    parts: list[tuple[NDArray[Any], ...]] = []
    root: list[int] = []
    offset = 0
    for number, tree in enumerate(trees):
        where = f"{field}.learner.gradient_booster.model.trees[{number}]"
        try:
            part = _one_tree(tree, offset, n_features)
        except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
            raise InputError(source, f"malformed tree: {error}", field=where) from error
        parts.append(part)
        root.append(offset)
        offset += len(part[0])
    if not parts:
        raise InputError(source, "the model has no trees", field=field)
    feature, threshold, left, right, leaf, default_left = (
        np.concatenate(columns) for columns in zip(*parts, strict=True)
    )
    return TreeEnsemble(
        np.array(root, np.int32), feature, threshold, left, right, leaf, default_left, base_margin, n_features
    )


def _one_tree(tree: Mapping[str, Any], offset: int, n_features: int) -> tuple[NDArray[Any], ...]:
    left = np.array(tree["left_children"], np.int32)
    right = np.array(tree["right_children"], np.int32)
    condition = np.array(tree["split_conditions"], np.float32)
    feature = np.array(tree["split_indices"], np.int32)
    default_left = np.array(tree["default_left"], np.int32).astype(bool)
    if not len(left) or len({len(left), len(right), len(condition), len(feature), len(default_left)}) != 1:
        raise ValueError("its arrays differ in length or are empty")
    if any(tree.get("split_type", ())) or tree.get("categories"):
        raise ValueError("categorical splits are not supported")
    order = _breadth_first(left, right)
    renumbered = np.full(len(left) + 1, LEAF, np.int32)  # the last entry keeps LEAF (-1) as it is
    renumbered[order] = np.arange(len(order), dtype=np.int32) + offset
    condition, feature, default_left = condition[order], feature[order], default_left[order]
    is_leaf = left[order] == LEAF
    if (~is_leaf & ((feature < 0) | (feature >= n_features))).any():
        raise ValueError(f"a split names a feature outside 0..{n_features - 1}")
    if not np.isfinite(condition).all():
        raise ValueError("a threshold or leaf is not finite")
    zero = np.float32(0.0)
    return (
        np.where(is_leaf, 0, feature).astype(np.int32),
        np.where(is_leaf, zero, condition),
        renumbered[left[order]],
        renumbered[right[order]],
        np.where(is_leaf, condition, zero),
        default_left,
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
