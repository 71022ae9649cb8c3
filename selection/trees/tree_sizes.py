"""What the cost of a tree ensemble depends on: counts of trees, nodes, levels and columns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .tree_ensemble import LEAF, TreeEnsemble

__all__ = ["PADDING_WORTH", "TreeSizes", "tree_sizes"]

PADDING_WORTH = 1.5
"""A padded table may be this much larger than a sparse one: it takes half the instructions or less.

The exporter decides by bytes; the sizes here do by those of a rounded model, which is the same for it.
"""

_SLOT_BYTES, _INNER_BYTES, _LEAF_BYTES, _COUNT_BYTES = 4, 4, 1, 1
"""Of a rounded model: a slot is a column, a short key and a leaf; an inner node a column, a short key and
a count."""


class TreeSizes(NamedTuple):
    """What the cost of an ensemble depends on.

    Parameters
    ----------
    trees, nodes
        Number of trees and of nodes.
    columns
        Features that are compared.
    levels, slots
        Sums over trees of the depth and of ``2**depth``.
    steps
        Sum over trees of the comparisons of a row that goes left as often as right.
    """

    trees: int
    nodes: int
    columns: int
    levels: int
    slots: int
    steps: float

    @property
    def padded(self) -> bool:
        """Whether the exporter pads the trees."""
        leaves = (self.nodes + self.trees) // 2
        sparse = _INNER_BYTES * (self.nodes - leaves) + _LEAF_BYTES * leaves + _COUNT_BYTES * self.trees
        return _SLOT_BYTES * self.slots <= PADDING_WORTH * sparse


def tree_sizes(model: TreeEnsemble) -> TreeSizes:
    """Measure an ensemble."""
    inner = model.left != LEAF
    depth = np.zeros(len(model.left), np.int64)
    for node in np.flatnonzero(inner).tolist():  # children always follow their parent
        depth[model.left[node]] = depth[model.right[node]] = depth[node] + 1
    deepest = np.maximum.reduceat(depth, model.root)
    return TreeSizes(
        model.n_trees,
        len(model.left),
        len(np.unique(model.feature[inner])),
        int(deepest.sum()),
        int((1 << deepest).sum()),
        float((depth[~inner] * 0.5 ** depth[~inner]).sum()),
    )
