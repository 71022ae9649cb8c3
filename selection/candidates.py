"""A detector of one modality to choose from, what it costs, and what it may cost."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .booster import BoosterPlan
from .budget import Excess
from .cost_graph import ColumnCosts
from .tree_costs import ModelCosts, TreeSizes, full_trees

__all__ = ["Candidate", "Limits", "PathCost", "model_plan"]

BAND = 0.1
"""Share by which the cost of features and trees may be predicted too low: it is kept free of the limit."""


@dataclass(frozen=True)
class PathCost:
    """What a modality's features and models cost.

    Parameters
    ----------
    cycles
        Cycles per second by column; the base is the path without features and model.
    flash, ram
        Bytes by column, without the image's base.
    model
        Of trees.
    window_hz
        Evaluations of the model per second.
    """

    cycles: ColumnCosts
    flash: ColumnCosts
    ram: ColumnCosts
    model: ModelCosts
    window_hz: float

    def cost(self, columns: NDArray[np.intp], sizes: TreeSizes) -> tuple[float, float, float]:
        """Cycles per second, flash and RAM bytes of a set of columns with a model."""
        cycles = self.cycles.total(columns) + self.model.cycles(sizes) * self.window_hz
        return cycles, self.flash.total(columns) + self.model.flash(sizes), self.ram.total(columns)

    def guarded(self, cycles: float) -> float:
        """Cost to hold against a limit: the prediction, and the band above it for all but the base."""
        return self.cycles.base + (1.0 + BAND) * (cycles - self.cycles.base)


@dataclass(frozen=True)
class Limits:
    """What one modality may cost; infinite where there is no limit.

    Parameters
    ----------
    cycles_per_second
        Of the path while it runs, model included.
    features
        Number of features.
    flash_bytes, ram_bytes
        Of the image.
    flash_base, ram_base
        What of them an image without features takes.
    name
        The table of the budget file, for messages.
    cycles_key, unit, unit_per_cycle
        Its key that limits cycles, in which unit it does, and a cycle per second in that unit.
    """

    cycles_per_second: float = np.inf
    features: float = np.inf
    flash_bytes: float = np.inf
    ram_bytes: float = np.inf
    flash_base: float = 0.0
    ram_base: float = 0.0
    name: str = "audio"
    cycles_key: str = "cycles_per_second"
    unit: str = "cycles per second"
    unit_per_cycle: float = 1.0

    def cycles_excess(self, needed: float) -> Excess:
        """Say by how many of the file's own units a need exceeds the limit on cycles."""
        scale = self.unit_per_cycle
        key = f"{self.name}.{self.cycles_key}"
        return Excess(key, self.cycles_per_second * scale, needed * scale, self.unit)

    def needs(self, columns: NDArray[np.intp], sizes: TreeSizes, costs: PathCost) -> tuple[Excess, ...]:
        """Set what a set of columns with a model needs against all limits, kept or not."""
        cycles, flash, ram = costs.cost(columns, sizes)
        return (
            self.cycles_excess(costs.guarded(cycles)),
            Excess(f"{self.name}.features", self.features, len(columns), "features"),
            Excess("total.flash_bytes", self.flash_bytes, self.flash_base + flash, "bytes"),
            Excess("total.ram_bytes", self.ram_bytes, self.ram_base + ram, "bytes"),
        )

    def worst(self, columns: NDArray[np.intp], plan: BoosterPlan, costs: PathCost) -> Excess:
        """Find the limit that the columns with full trees exceed most, or come nearest to."""
        needs = self.needs(columns, full_trees(plan, len(columns)), costs)
        return max(needs, key=lambda excess: excess.overrun)

    def keep(self, columns: NDArray[np.intp], sizes: TreeSizes, costs: PathCost) -> bool:
        """Say whether a set of columns with a model keeps all limits."""
        return all(excess.overrun <= 1.0 for excess in self.needs(columns, sizes, costs))


@dataclass(frozen=True)
class Candidate:
    """One detector of a modality.

    Parameters
    ----------
    columns : ndarray of int, shape (n_features,)
        Of the table, ascending.
    plan
        Model.
    scores : ndarray of float64, shape (n_folds,)
        Held-out average precision.
    margins : ndarray of float32, shape (n,)
        Held-out log-odds of every row.
    sizes
        Of the dearest fold's trees.
    cycles_per_second, flash_bytes, ram_bytes
        Predicted cost; bytes without the image's base.
    """

    columns: NDArray[np.intp]
    plan: BoosterPlan
    scores: NDArray[np.float64]
    margins: NDArray[np.float32]
    sizes: TreeSizes
    cycles_per_second: float
    flash_bytes: float
    ram_bytes: float

    @property
    def score(self) -> float:
        """Mean held-out average precision."""
        return float(self.scores.mean())


def model_plan(booster: BoosterPlan, n_trees: int, max_depth: int) -> BoosterPlan:
    """Resize a model; the product of learning rate and number of trees is kept, within 0.05 to 0.4."""
    rate = booster.learning_rate * booster.n_trees / n_trees
    return replace(
        booster, n_trees=n_trees, max_depth=max_depth, learning_rate=float(np.clip(rate, 0.05, 0.4))
    )
