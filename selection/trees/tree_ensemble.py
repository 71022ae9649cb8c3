"""Decision trees of one binary classifier as plain arrays, with a float32 margin that C must equal.

The arrays say nothing of the library that trained the model. Readers (`tussis.selection.trees.readers`) make
them, one per library; emitters (`tussis.export.codegen.tree_emitters`) turn them into C.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEAF", "Link", "TreeEnsemble", "logit32"]

LEAF = -1
"""Child index of a node that has no children."""

Link = Literal["logit", "votes"]
"""What a margin says of the positive class: its log-odds, or how many votes it has above one half."""


@dataclass(frozen=True)
class TreeEnsemble:
    """Binary decision trees of one classifier, all nodes in one set of arrays.

    Nodes of a tree are consecutive, breadth-first; child indices are absolute.
    A row goes left where ``x[feature] < threshold`` (both float32) and, if the value is NaN, where
    ``default_left``.

    Parameters
    ----------
    root : ndarray of int32, shape (n_trees,)
        Index of each tree's root.
    feature : ndarray of int32, shape (n_nodes,)
        Column compared at an inner node; 0 at a leaf.
    threshold : ndarray of float32, shape (n_nodes,)
        Split value at an inner node, possibly infinite; 0 at a leaf.
    left, right : ndarray of int32, shape (n_nodes,)
        Child indices, `LEAF` at a leaf.
    leaf : ndarray of float32, shape (n_nodes,)
        What a leaf adds to the margin; 0 at an inner node.
    default_left : ndarray of bool, shape (n_nodes,)
        Whether a missing value (NaN) goes left.
    base_margin : float32
        Margin before the first tree.
    n_features : int
        Columns the model was trained on.
    link : {"logit", "votes"}
        ``"logit"``: boosted trees, the probability is ``1 / (1 + exp(-margin))``. ``"votes"``: a forest whose
        leaves hold ``p - 0.5``, the probability is ``0.5 + margin / n_trees``. Either way the positive class
        is the likelier one where the margin is above zero.
    left_out : int
        Trees of the model that are not among these, because the library's own classifier does not use them:
        rounds after the best one of early stopping.

    Examples
    --------
    One stump, ``0.5 if x[0] < 1 else -0.5``:

    >>> import numpy as np
    >>> stump = TreeEnsemble(
    ...     root=np.int32([0]), feature=np.int32([0, 0, 0]), threshold=np.float32([1, 0, 0]),
    ...     left=np.int32([1, LEAF, LEAF]), right=np.int32([2, LEAF, LEAF]), leaf=np.float32([0, 0.5, -0.5]),
    ...     default_left=np.array([False] * 3), base_margin=np.float32(0.25), n_features=1,
    ... )
    >>> stump.margin(np.float32([[0.0], [1.0], [np.nan]])).tolist()
    [0.75, -0.25, -0.25]
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
    link: Link = "logit"
    left_out: int = 0

    @property
    def n_trees(self) -> int:
        """Number of trees."""
        return len(self.root)

    @property
    def n_nodes(self) -> int:
        """Number of nodes, leaves included."""
        return len(self.feature)

    @cached_property
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
        """Margin of every row: float32 sum, in tree order, starting from `base_margin`.

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
