"""What trees cost on the device: padded to full depth where that is small, else node by node."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ..models.booster import BoosterPlan
from ..trees.tree_sizes import TreeSizes

__all__ = ["Cost", "ModelCosts", "full_trees"]

Cost = Annotated[float, Field(ge=0, le=1e12)]
"""Cycles or bytes; no kernel and no image has more."""


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

    window: Cost
    column: Cost
    tree: Cost
    level: Cost
    sparse_tree: Cost
    sparse_step: Cost
    slot_bytes: Cost
    node_bytes: Cost
    sparse_tree_bytes: Cost

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


def full_trees(plan: BoosterPlan, columns: int) -> TreeSizes:
    """Sizes of an ensemble whose trees are all full, or have all leaves that they may have."""
    n, depth = plan.n_trees, plan.max_depth
    leaves = min(plan.max_leaves or 1 << depth, 1 << depth)
    return TreeSizes(
        n, n * (2 * leaves - 1), columns, n * depth, n << depth, n * min(float(depth), math.log2(leaves))
    )
