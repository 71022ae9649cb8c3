"""What the cost of a tree ensemble depends on: counts of trees, nodes, levels and columns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .tree_ensemble import LEAF, TreeEnsemble

__all__ = ["PADDING_WORTH", "TreeSizes", "tree_sizes"]

PADDING_WORTH = 1.3
"""A padded table may be this much larger than a sparse one: it takes half the instructions.

The exporter decides by bytes; the sizes here do by slots and nodes, which is the same for rounded models.
"""


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
        return self.slots <= PADDING_WORTH * self.nodes


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
