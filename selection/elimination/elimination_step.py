"""Which columns to give up next: those that lose least importance for the cost they save."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..budget.cost_graph import ColumnCosts

__all__ = ["drop_columns"]

LEAST_IMPORTANCE = 1e-6
"""Share of all importance given to a useless column: of two such the more expensive one goes first."""

TINY = float(np.finfo(float).tiny)


def drop_columns(
    kept: NDArray[np.intp],
    importance: NDArray[np.float64],
    costs: ColumnCosts,
    n_drop: int,
    *,
    cost_exponent: float = 1.0,
    stop_at_cost: float | None = None,
) -> NDArray[np.intp]:
    """Drop `n_drop` columns, one bundle after the other, each the cheapest loss at its time.

    A bundle is one column, or all columns left that need a node, whose cost is then saved as well. A bundle
    too large for what may still be dropped gives its least worthy columns first.

    Parameters
    ----------
    kept : ndarray of int, shape (n_kept,)
        Columns left, ascending.
    importance : ndarray of float64, shape (n_kept,)
        Worth of each, at least 0.
    costs
        Costs of all columns.
    n_drop
        Number of columns to drop, fewer than `n_kept`.
    cost_exponent
        Exponent of the cost saved: the bundle goes whose importance over ``saved ** cost_exponent`` is
        least. 1 is importance per unit of cost; 0 does not ask what a column costs.
    stop_at_cost
        Stop as soon as the columns left cost no more than this.

    Returns
    -------
    ndarray of int
        Columns left then, ascending.
    """
    importance = np.maximum(importance, LEAST_IMPORTANCE * max(float(importance.sum()), LEAST_IMPORTANCE))
    needs, leaves = costs.needs[kept], costs.leaves[kept]
    alive = np.ones(len(kept), np.bool_)
    least_left = len(kept) - n_drop
    while alive.sum() > least_left:
        bundles = _bundles(alive, importance, needs, leaves, costs.nodes, cost_exponent)
        bundle = min(bundles, key=lambda found: found[:2])[2]
        for column in bundle[np.argsort(importance[bundle], kind="stable")][: int(alive.sum()) - least_left]:
            alive[column] = False
            if stop_at_cost is not None and costs.total(kept[alive]) <= stop_at_cost:
                return kept[alive]
    return kept[alive]


def _bundles(
    alive: NDArray[np.bool_],
    importance: NDArray[np.float64],
    needs: NDArray[np.bool_],
    leaves: NDArray[np.float64],
    nodes: NDArray[np.float64],
    cost_exponent: float,
) -> Iterator[tuple[float, int, NDArray[np.intp]]]:
    """Yield loss for what is saved, first column, and columns: the cheapest single one, then each node's."""
    users = needs[alive].sum(axis=0)
    own = leaves + (needs & (users == 1)) @ nodes
    ratio = np.where(alive, importance / np.maximum(own, TINY) ** cost_exponent, np.inf)
    single = int(ratio.argmin())
    yield float(ratio[single]), single, np.array([single], np.intp)
    for node in np.flatnonzero(users > 1):
        bundle = np.flatnonzero(alive & needs[:, node])
        if len(bundle) == alive.sum():
            continue
        unused = users == needs[bundle].sum(axis=0)
        saved = float(leaves[bundle].sum() + nodes[unused].sum())
        if saved > 0:
            yield float(importance[bundle].sum()) / saved**cost_exponent, int(bundle[0]), bundle
