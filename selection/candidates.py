"""Detectors of one modality to choose from: features, number of trees and their depth together, with costs.

A model's own cycles and flash count, so a few more trees may cost what ten features do. Sets come from the
path of a cost-aware elimination, sizes from a small grid; every combination is scored on held-out subjects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.progress import Progress, silent
from .booster import BoosterPlan
from .budget import Excess
from .budgeted_rfecv import BudgetedRFECV
from .cost_graph import ColumnCosts
from .fold_models import FoldModels
from .folds import Fold, grouped_folds
from .tree_costs import ModelCosts, TreeSizes, full_trees

__all__ = ["Candidate", "Limits", "PathCost", "Search", "explore", "model_plan"]

TREES = (20, 40, 80, 120)
DEPTHS = (3, 4, 5)
MAX_SETS = 6
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
    cycles_per_second, flash_bytes, ram_bytes
        Predicted cost; bytes without the image's base.
    """

    columns: NDArray[np.intp]
    plan: BoosterPlan
    scores: NDArray[np.float64]
    margins: NDArray[np.float32]
    cycles_per_second: float
    flash_bytes: float
    ram_bytes: float

    @property
    def score(self) -> float:
        """Mean held-out average precision."""
        return float(self.scores.mean())


@dataclass(frozen=True)
class Search:
    """Data and choices of a search.

    Parameters
    ----------
    X : ndarray of float32, shape (n, n_features)
        Feature values of the windows that have a target.
    y, weight : ndarray, shape (n,)
        Target (0, 1) and sample weight.
    groups : ndarray, shape (n,)
        Subject.
    booster
        Regularisation; trees, depth and learning rate are chosen.
    n_splits, step, min_features, ranking, seed
        Of the elimination.
    trees, depths
        The grid.
    checkpoint
        File of the elimination's finished points.
    source
        The dataset, for messages.
    progress
        Told after each fit.
    """

    X: NDArray[np.float32]
    y: NDArray[Any]
    weight: NDArray[np.float32]
    groups: NDArray[Any]
    booster: BoosterPlan
    n_splits: int = 5
    step: float = 0.15
    min_features: int = 3
    ranking: str = "gain"
    seed: int = 0
    trees: Sequence[int] = TREES
    depths: Sequence[int] = DEPTHS
    checkpoint: Path | None = None
    source: str = "dataset"
    progress: Progress = silent

    def folds(self) -> list[Fold]:
        """Folds of whole subjects."""
        return grouped_folds(self.y, self.groups, self.n_splits, self.seed, source=self.source)


def explore(
    search: Search, costs: PathCost, limits: Limits, refuse: Callable[[Excess], Exception]
) -> list[Candidate]:
    """Find candidates within limits, dearest set first.

    Parameters
    ----------
    search
        Data and choices.
    costs
        Of features and trees.
    limits
        What a candidate may cost.
    refuse
        Makes the exception to raise from the limit that nothing meets.

    Returns
    -------
    list of Candidate
        At least one.
    """
    plans = [model_plan(search.booster, n, depth) for depth in search.depths for n in search.trees]
    smallest = min(plans, key=lambda plan: plan.n_trees * 2**plan.max_depth)
    affordable = _affordable(costs, limits, smallest, refuse)
    room = limits.cycles_per_second - costs.cycles.base
    trees = costs.model.cycles(full_trees(smallest, 1)) * costs.window_hz
    capacity = costs.cycles.base + room / (1.0 + BAND) - trees
    limited = np.isfinite(min(room, limits.flash_bytes, limits.ram_bytes))
    elimination = BudgetedRFECV(
        step=search.step,
        min_features_to_select=1 if limited or limits.features < search.min_features else search.min_features,
        max_features=None if np.isinf(limits.features) else int(limits.features),
        costs=costs.cycles.only(affordable),
        max_cost=capacity if np.isfinite(capacity) else None,
        cv=search.n_splits,
        rule="best",
        ranking=search.ranking,
        booster=search.booster,
        random_state=search.seed,
        checkpoint=search.checkpoint,
        source=search.source,
        progress=search.progress,
    )
    elimination.fit(search.X[:, affordable], search.y, search.groups, search.weight)
    path = [affordable[columns] for columns in elimination.path_]
    sets = [columns for columns in path if _fits(columns, smallest, costs, limits)]
    found = list(_grid(search, costs, limits, _spread(sets), plans))
    if not found:  # trees that did not grow full cost more than full ones
        needs = _needs(sets[-1], full_trees(smallest, len(sets[-1])), costs, limits)
        raise refuse(max(needs, key=_overrun))
    return found


def model_plan(booster: BoosterPlan, n_trees: int, max_depth: int) -> BoosterPlan:
    """Resize a model; the product of learning rate and number of trees is kept, within 0.05 to 0.4."""
    rate = booster.learning_rate * booster.n_trees / n_trees
    return replace(
        booster, n_trees=n_trees, max_depth=max_depth, learning_rate=float(np.clip(rate, 0.05, 0.4))
    )


def _affordable(
    costs: PathCost, limits: Limits, smallest: BoosterPlan, refuse: Callable[[Excess], Exception]
) -> NDArray[np.intp]:
    """Columns that keep the limits alone with the smallest model: no others can be in a set that does.

    Elimination among them ends at one of them, so that its path has a set within the limits.
    """
    single = np.arange(len(costs.cycles.leaves))[:, None]
    found = [int(one[0]) for one in single if _fits(one, smallest, costs, limits)]
    if not found:
        sizes = full_trees(smallest, 1)
        worst = [max(_needs(one, sizes, costs, limits), key=_overrun) for one in single]
        raise refuse(min(worst, key=_overrun))
    return np.array(found, np.intp)


def _overrun(excess: Excess) -> float:
    return excess.needed / excess.allowed


def _needs(
    columns: NDArray[np.intp], sizes: TreeSizes, costs: PathCost, limits: Limits
) -> tuple[Excess, ...]:
    """Set what a set of columns with a model needs against all limits, kept or not."""
    cycles, flash, ram = costs.cost(columns, sizes)
    return (
        limits.cycles_excess(costs.guarded(cycles)),
        Excess(f"{limits.name}.features", limits.features, len(columns), "features"),
        Excess("total.flash_bytes", limits.flash_bytes, limits.flash_base + flash, "bytes"),
        Excess("total.ram_bytes", limits.ram_bytes, limits.ram_base + ram, "bytes"),
    )


def _keeps(columns: NDArray[np.intp], sizes: TreeSizes, costs: PathCost, limits: Limits) -> bool:
    return all(excess.needed <= excess.allowed for excess in _needs(columns, sizes, costs, limits))


def _fits(columns: NDArray[np.intp], plan: BoosterPlan, costs: PathCost, limits: Limits) -> bool:
    """Say whether the columns with full trees keep the limits."""
    return _keeps(columns, full_trees(plan, len(columns)), costs, limits)


def _spread(sets: list[NDArray[np.intp]]) -> list[NDArray[np.intp]]:
    """Take a few sets, evenly along the path, first and last included."""
    places = np.unique(np.linspace(0, len(sets) - 1, MAX_SETS).round().astype(int))
    return [sets[place] for place in places]


def _grid(
    search: Search,
    costs: PathCost,
    limits: Limits,
    sets: Sequence[NDArray[np.intp]],
    plans: Sequence[BoosterPlan],
) -> Iterator[Candidate]:
    from sklearn.metrics import average_precision_score

    folds = search.folds()
    y, weight = search.y, search.weight
    models = FoldModels(search.X, y, weight, folds, search.booster)
    wanted = [(columns, plan) for columns in sets for plan in plans if _fits(columns, plan, costs, limits)]
    for number, (columns, plan) in enumerate(wanted):
        search.progress("candidates", number, len(wanted))
        margins = np.zeros(len(y), np.float32)
        scores = []
        sizes = []
        for (_, test), model in zip(folds, models.fit(columns, plan=plan, trees=True), strict=True):
            margins[test] = model.margins
            scores.append(average_precision_score(y[test], model.margins, sample_weight=weight[test]))
            assert model.sizes is not None
            sizes.append(model.sizes)
        largest = max(sizes, key=costs.model.cycles)
        if _keeps(columns, largest, costs, limits):
            yield Candidate(columns, plan, np.array(scores), margins, *costs.cost(columns, largest))
    search.progress("candidates", len(wanted), len(wanted))
