"""What a modality's features and models cost by the cost table, and what a budget allows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...signal.feature import Modality
from ...signal.plan import AudioPlan, ImuPlan
from ..models.booster import BoosterPlan
from ..trees.tree_sizes import TreeSizes
from .budget import Budget, DevicePrice, Excess, ModalityBudget
from .cost_graph import ColumnCosts
from .cost_table import CostTable, Memory
from .tree_costs import ModelCosts, full_trees

__all__ = ["ModalityCosts", "ModalityLimits", "modality_costs", "modality_limits"]

MEMORIES: tuple[Memory, ...] = ("flash_bytes", "ram_bytes")
BAND = 0.1
"""Share by which the cost of features and trees may be predicted too low: it is kept free of the limit."""


@dataclass(frozen=True)
class ModalityCosts:
    """What a modality's features and models cost.

    Parameters
    ----------
    cycles
        Cycles per second by column; the base is the path without features and model.
    flash, ram
        Bytes by column, without the image's base.
    model
        Costs of trees.
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
class ModalityLimits:
    """What one modality may cost; infinite where there is no limit.

    Parameters
    ----------
    cycles_per_second
        Most cycles per second of the modality while it runs, model included.
    features
        Number of features.
    flash_bytes, ram_bytes
        Most bytes of the image.
    flash_base, ram_base
        What of them an image without features takes.
    name
        The table of the budget file, for messages.
    cycles_key, unit, unit_per_cycle
        Key of the budget file that limits cycles, its unit, and one cycle per second in that unit.
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

    def needs(self, columns: NDArray[np.intp], sizes: TreeSizes, costs: ModalityCosts) -> tuple[Excess, ...]:
        """Set what a set of columns with a model needs against all limits, kept or not."""
        cycles, flash, ram = costs.cost(columns, sizes)
        return (
            self.cycles_excess(costs.guarded(cycles)),
            Excess(f"{self.name}.features", self.features, len(columns), "features"),
            Excess("total.flash_bytes", self.flash_bytes, self.flash_base + flash, "bytes"),
            Excess("total.ram_bytes", self.ram_bytes, self.ram_base + ram, "bytes"),
        )

    def worst(self, columns: NDArray[np.intp], plan: BoosterPlan, costs: ModalityCosts) -> Excess:
        """Find the limit that the columns with full trees exceed most, or come nearest to."""
        needs = self.needs(columns, full_trees(plan, len(columns)), costs)
        return max(needs, key=lambda excess: excess.overrun)

    def keep(self, columns: NDArray[np.intp], sizes: TreeSizes, costs: ModalityCosts) -> bool:
        """Say whether a set of columns with a model keeps all limits."""
        return all(excess.overrun <= 1.0 for excess in self.needs(columns, sizes, costs))


def modality_costs(
    costs: CostTable, name: Modality, plan: AudioPlan | ImuPlan, ids: Sequence[str]
) -> ModalityCosts:
    """Lay the costs of a cost table out over the columns of a table of windows."""
    window_hz = 1.0 / plan.hop_s
    flash, ram = (replace(costs.memory(resource, name, plan).columns(ids), base=0.0) for resource in MEMORIES)
    return ModalityCosts(costs.graph(name, plan).columns(ids), flash, ram, costs.model, window_hz)


def modality_limits(
    name: Modality,
    budget: Budget,
    path: ModalityCosts,
    costs: CostTable,
    price: DevicePrice | None,
) -> ModalityLimits:
    """Bring a modality's limits to cycles, features and bytes; the tightest of those on cycles counts.

    Raises
    ------
    ValueError
        Limits in uJ and ms without the price of a device.
    """
    own: ModalityBudget = getattr(budget, name)
    if price is None and (own.needs_device or budget.total.uj_per_second is not None):
        raise ValueError("limits in uJ and ms need the price of a device")
    keys = ("cycles_per_second", "uj_per_second", "ms_per_window")
    single = {
        key: ModalityBudget(**{key: getattr(own, key)}).most_cycles(path.window_hz, price)
        for key in keys
        if getattr(own, key) is not None
    }
    tightest = min(single, key=lambda key: single[key], default="cycles_per_second")
    units = {"cycles_per_second": ("cycles per second", 1.0)}
    if price is not None:
        units["uj_per_second"] = ("uJ per second", price.uj_per_cycle)
        units["ms_per_window"] = ("ms per window", 1e3 / (price.clock_hz * path.window_hz))
    total = budget.total
    return ModalityLimits(
        cycles_per_second=min(single.values(), default=np.inf),
        features=own.features or np.inf,
        flash_bytes=np.inf if total.flash_bytes is None else total.flash_bytes,
        flash_base=costs.flash.base,
        ram_bytes=np.inf if total.ram_bytes is None else total.ram_bytes,
        ram_base=costs.ram.base,
        name=name,
        cycles_key=tightest,
        unit=units[tightest][0],
        unit_per_cycle=units[tightest][1],
    )
