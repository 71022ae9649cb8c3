"""What trees cost on the device: padded to full depth where that is small, else node by node."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict

from .booster import BoosterPlan
from .tree_model import LEAF, TreeEnsemble

__all__ = ["ModelCosts", "TreeSizes", "full_trees", "tree_sizes"]

PADDING_WORTH = 1.3
"""A padded table may be this much larger than a sparse one: the exporter's rule for rounded models."""


class TreeSizes(NamedTuple):
    """What the cost of an ensemble depends on.

    Parameters
    ----------
    trees, nodes
        Their number.
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


class ModelCosts(BaseModel):
    """Cycles of one evaluation of a model, and its bytes of flash.

    Attributes
    ----------
    window, column
        Cycles of an evaluation, and of each feature compared.
    tree, level
        Cycles of padded trees.
    sparse_tree, sparse_step
        Cycles of sparse trees.
    slot_bytes, node_bytes, sparse_tree_bytes
        Flash of padded trees; of sparse trees.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    window: float
    column: float
    tree: float
    level: float
    sparse_tree: float
    sparse_step: float
    slot_bytes: float
    node_bytes: float
    sparse_tree_bytes: float

    def cycles(self, sizes: TreeSizes) -> float:
        """Cycles of one evaluation."""
        start = self.window + self.column * sizes.columns
        if sizes.padded:
            return start + self.tree * sizes.trees + self.level * sizes.levels
        return start + self.sparse_tree * sizes.trees + self.sparse_step * sizes.steps

    def flash(self, sizes: TreeSizes) -> float:
        """Bytes of flash."""
        if sizes.padded:
            return self.slot_bytes * sizes.slots
        return self.node_bytes * sizes.nodes + self.sparse_tree_bytes * sizes.trees


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


def full_trees(plan: BoosterPlan, columns: int) -> TreeSizes:
    """Sizes of an ensemble whose trees are all full."""
    n, depth = plan.n_trees, plan.max_depth
    return TreeSizes(n, n * ((2 << depth) - 1), columns, n * depth, n << depth, float(n * depth))
