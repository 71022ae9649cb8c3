"""What a modality's features and models cost by the cost table, and what a budget allows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .budget import Budget, DevicePrice, PathBudget
from .candidates import Limits, PathCost
from .cost_table import CostTable, Memory
from .dataset_features import Modality
from .training_plan import TrainingPlan

__all__ = ["path_cost", "path_limits"]

MEMORIES: tuple[Memory, ...] = ("flash_bytes", "ram_bytes")


def path_cost(costs: CostTable, name: Modality, plan: TrainingPlan, ids: Sequence[str]) -> PathCost:
    """Lay the costs of a cost table out over the columns of a table of windows."""
    own = plan.audio_plan if name == "audio" else plan.imu_plan
    window_hz = 1.0 / own.hop_s

    flash, ram = (replace(costs.memory(resource, name, own).columns(ids), base=0.0) for resource in MEMORIES)
    return PathCost(costs.graph(name, own).columns(ids), flash, ram, costs.model, window_hz)


def path_limits(
    name: Modality,
    budget: Budget,
    path: PathCost,
    costs: CostTable,
    plan: TrainingPlan,
    price: DevicePrice | None,
) -> Limits:
    """Bring a modality's limits to cycles, features and bytes; the tightest of those on cycles counts.

    Raises
    ------
    ValueError
        Limits in uJ and ms without the price of a device.
    """
    own: PathBudget = getattr(budget, name)
    if price is None and (own.needs_device or budget.total.uj_per_second is not None):
        raise ValueError("limits in uJ and ms need the price of a device")
    keys = ("cycles_per_second", "uj_per_second", "ms_per_window")
    single = {
        key: PathBudget(**{key: getattr(own, key)}).most_cycles(path.window_hz, price)
        for key in keys
        if getattr(own, key) is not None
    }
    tightest = min(single, key=lambda key: single[key], default="cycles_per_second")
    units = {"cycles_per_second": ("cycles per second", 1.0)}
    if price is not None:
        units["uj_per_second"] = ("uJ per second", price.uj_per_cycle)
        units["ms_per_window"] = ("ms per window", 1e3 / (price.clock_hz * path.window_hz))
    total = budget.total
    return Limits(
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
