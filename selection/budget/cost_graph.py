"""What a set of features costs when shared work is paid once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["ColumnCosts", "CostGraph"]


@dataclass(frozen=True)
class ColumnCosts:
    """Costs by column of a table: each column's own, and those of nodes that several columns share.

    Parameters
    ----------
    leaves : ndarray of float64, shape (n_columns,)
        A column's own cost.
    nodes : ndarray of float64, shape (n_nodes,)
        Cost of shared work, paid once if any column kept needs it.
    needs : ndarray of bool, shape (n_columns, n_nodes)
        Which nodes each column needs.
    base
        Paid even where no column is left.
    """

    leaves: NDArray[np.float64]
    nodes: NDArray[np.float64]
    needs: NDArray[np.bool_]
    base: float = 0.0

    def __post_init__(self) -> None:
        if self.needs.shape != (len(self.leaves), len(self.nodes)):
            wanted = (len(self.leaves), len(self.nodes))
            raise ValueError(f"needs has shape {self.needs.shape}, not {wanted}: columns, nodes")
        if (self.leaves < 0).any() or (self.nodes < 0).any() or self.base < 0:
            raise ValueError("costs cannot be negative")

    @classmethod
    def uniform(cls, n_columns: int) -> ColumnCosts:
        """Count columns: each costs 1 and nothing is shared."""
        return cls(np.ones(n_columns), np.zeros(0), np.zeros((n_columns, 0), np.bool_))

    def only(self, columns: NDArray[np.intp]) -> ColumnCosts:
        """Costs of some of the columns, in their order."""
        return ColumnCosts(self.leaves[columns], self.nodes, self.needs[columns], self.base)

    def total(self, columns: NDArray[np.intp] | NDArray[np.bool_]) -> float:
        """Cost of a set of columns, given as indices or as a mask."""
        nodes = self.nodes[self.needs[columns].any(axis=0)]
        return float(self.base + self.leaves[columns].sum() + nodes.sum())


@dataclass(frozen=True)
class CostGraph:
    """Costs of features by id, of one resource (cycles per second, flash bytes, RAM bytes).

    Parameters
    ----------
    needs
        Nodes of each feature.
    nodes
        Cost of each node.
    leaves
        A feature's own cost.
    base
        Cost of the image or of a second of running without any feature.
    """

    needs: Mapping[str, frozenset[str]]
    nodes: Mapping[str, float]
    leaves: Mapping[str, float]
    base: float = 0.0

    def cost(self, ids: Iterable[str]) -> float:
        """Cost of a set of features: the base, the union of their nodes, and their leaves.

        Raises
        ------
        KeyError
            A feature or node without a cost.
        """
        chosen = set(ids)
        shared: set[str] = set().union(*(self.needs[name] for name in chosen)) if chosen else set()
        return (
            self.base
            + sum(self.nodes[node] for node in sorted(shared))
            + sum(self.leaves[name] for name in sorted(chosen))
        )

    def columns(self, ids: Iterable[str]) -> ColumnCosts:
        """Lay the costs of `ids` out by column."""
        ids = tuple(ids)
        names = sorted(set().union(*(self.needs[name] for name in ids)))
        return ColumnCosts(
            np.array([self.leaves[name] for name in ids], np.float64),
            np.array([self.nodes[node] for node in names], np.float64),
            np.array([[node in self.needs[name] for node in names] for name in ids], np.bool_).reshape(
                len(ids), len(names)
            ),
            self.base,
        )
