"""The search for detectors of one modality: features, number of trees and their depth together, with costs.

A model's own cycles and flash count, so a few more trees may cost what ten features do. Sets come from the
paths of eliminations that no limit bends, from one that does not ask what a feature costs to one that asks
importance per cycle: which of them finds the better sets differs by modality, data and size. Of all points on
the paths those are taken that no cheaper one equals; on each such set trees are added, then levels, as long
as that raises the held-out score. What is tried within a limit is therefore tried within any wider one as
well: a wider budget never finds less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...data.progress import Progress, silent
from ..budget.budget import Excess
from ..budget.modality_costs import BAND, ModalityCosts, ModalityLimits
from ..budget.tree_costs import full_trees
from ..elimination.budgeted_rfecv import BudgetedRFECV
from ..models.booster import BoosterPlan
from ..models.cross_validation import CrossValidation
from .candidates import Candidate, model_plan
from .climb import Sizes, climb, next_wish
from .cross_validated_scorer import CrossValidatedScorer
from .halving import halve
from .search_method import SearchMethod

__all__ = ["DEPTHS", "TREES", "Exploration", "Search", "explore"]

TREES = (20, 40, 80, 160, 320, 640)
DEPTHS = (3, 4, 5, 6)
Sets = list[tuple[NDArray[np.intp], float]]
"""Sets of columns with the scores of the paths that they are of."""

THRIFTS = (0.0, 0.25, 0.5, 1.0)
"""How much cost counts along each path, from not at all to importance per unit of cost."""


@dataclass(frozen=True)
class Search:
    """Data and choices of a search.

    Parameters
    ----------
    data
        Windows that have a target, and their folds.
    booster
        Regularisation; trees, depth and learning rate are chosen.
    step, ranking
        Step and ranking of the elimination.
    trees, depths
        Numbers of trees and of levels, rising.
    folder
        Folder for finished steps; None keeps none.
    name
        Name of the modality and the data, for files in the folder.
    method
        ``"exhaustive"``: every candidate is judged on all folds. ``"halving"``: the promising ones are
        (`tussis.selection.search.halving`).
    progress
        Called after each fit.
    """

    data: CrossValidation
    booster: BoosterPlan
    step: float = 0.15
    ranking: str = "gain"
    trees: Sequence[int] = TREES
    depths: Sequence[int] = DEPTHS
    folder: Path | None = None
    name: str = "search"
    method: SearchMethod = "exhaustive"
    progress: Progress = silent


@dataclass(frozen=True)
class Exploration:
    """What a search found, and where it ended.

    Parameters
    ----------
    candidates
        Within the limits, at least one.
    sets
        All sets of columns that could be tried, smallest first.
    search, costs, limits
        The arguments of the search.
    fits
        Models of single folds that were fitted for it, besides those of eliminations.
    """

    candidates: list[Candidate]
    sets: list[NDArray[np.intp]]
    search: Search
    costs: ModalityCosts
    limits: ModalityLimits
    fits: int = 0

    def obstacle(self, one: Candidate) -> Excess | None:
        """Find the limit that keeps more features, trees and levels out; None if none does."""
        found = []
        for columns, plan in self._next(one):
            excess = self.limits.worst(columns, plan, self.costs)
            if excess.overrun > 1.0:
                found.append(excess)
        return min(found, key=lambda excess: excess.overrun, default=None)

    def _next(self, one: Candidate) -> Iterator[tuple[NDArray[np.intp], BoosterPlan]]:
        """Yield all that is larger in one respect."""
        booster = self.search.booster
        yield from ((columns, one.plan) for columns in self.sets if len(columns) > len(one.columns))
        for n in self.search.trees:
            if n > one.plan.n_trees:
                yield one.columns, model_plan(booster, n, one.plan.max_depth)
        for depth in self.search.depths:
            if depth > one.plan.max_depth:
                yield one.columns, model_plan(booster, one.plan.n_trees, depth)


def explore(
    search: Search, costs: ModalityCosts, limits: ModalityLimits, refuse: Callable[[Excess], Exception]
) -> Exploration:
    """Find candidates within limits.

    Parameters
    ----------
    search
        Data and choices.
    costs
        Costs of features and trees.
    limits
        What a candidate may cost.
    refuse
        Makes the exception to raise from the limit that nothing meets.
    """
    smallest = model_plan(search.booster, min(search.trees), min(search.depths))
    affordable = _affordable(costs, limits, smallest, refuse)
    everything = np.arange(len(costs.cycles.leaves))
    scorer = CrossValidatedScorer(search.data, search.booster, search.folder)
    sets = _sets(search, costs, limits, everything, None)
    found = _found(search, costs, limits, sets, scorer)
    if not found:  # a limit so tight that paths of its own are needed to have sets within it
        room = limits.cycles_per_second - costs.cycles.base
        trees = costs.model.cycles(full_trees(smallest, 1)) * costs.window_hz
        sets = _sets(search, costs, limits, affordable, costs.cycles.base + room / (1.0 + BAND) - trees)
        found = _found(search, costs, limits, sets, scorer)
    if not found:  # trees that did not grow full cost more than full ones
        raise refuse(limits.worst(sets[0][0], smallest, costs))
    return Exploration(found, [columns for columns, _ in sets], search, costs, limits, scorer.fits)


def _affordable(
    costs: ModalityCosts, limits: ModalityLimits, smallest: BoosterPlan, refuse: Callable[[Excess], Exception]
) -> NDArray[np.intp]:
    """Columns that keep the limits alone with the smallest model: no others can be in a set that does."""
    worst = [limits.worst(np.array([one]), smallest, costs) for one in range(len(costs.cycles.leaves))]
    found = [one for one, excess in enumerate(worst) if excess.overrun <= 1.0]
    if not found:
        raise refuse(min(worst, key=lambda excess: excess.overrun))
    return np.array(found, np.intp)


def _sets(
    search: Search,
    costs: ModalityCosts,
    limits: ModalityLimits,
    among: NDArray[np.intp],
    capacity: float | None,
) -> Sets:
    """Walk all paths among some columns and give the sets to try, smallest first, with their scores."""
    points: dict[tuple[int, ...], float] = {}
    for cost_exponent in THRIFTS:
        for columns, score in _path(search, costs, limits, among, capacity, cost_exponent):
            points.setdefault(tuple(columns.tolist()), score)
    rows = [(np.array(columns, np.intp), score) for columns, score in points.items()]
    return sorted(_unbeaten(rows, costs, limits), key=lambda row: (len(row[0]), row[0].tolist()))


def _path(
    search: Search,
    costs: ModalityCosts,
    limits: ModalityLimits,
    among: NDArray[np.intp],
    capacity: float | None,
    cost_exponent: float,
) -> Iterator[tuple[NDArray[np.intp], float]]:
    """Eliminate among some columns; yield sets, largest first, one of as many as are allowed, and scores."""
    bent = capacity is not None and np.isfinite(capacity)
    file = f"{search.name}-{'within' if bent else 'free'}-{cost_exponent:g}.json"
    data = search.data
    elimination = BudgetedRFECV(
        step=search.step,
        max_features=None if np.isinf(limits.features) else int(limits.features),
        costs=costs.cycles.only(among),
        max_cost=capacity if bent else None,
        cost_exponent=cost_exponent,
        redundancy=0.0,
        cv=data.n_splits,
        rule="best",
        ranking=search.ranking,
        booster=search.booster,
        random_state=data.seed,
        checkpoint=None if search.folder is None else search.folder / "elimination" / file,
        source=data.source,
        progress=search.progress,
    )
    elimination.fit(data.X[:, among], data.y, data.groups, data.weight)
    scores = elimination.cv_results_["mean_test_score"]
    for columns, score in zip(elimination.path_, scores, strict=True):
        yield among[columns], float(score)


def _unbeaten(
    points: Sequence[tuple[NDArray[np.intp], float]], costs: ModalityCosts, limits: ModalityLimits
) -> Iterator[tuple[NDArray[np.intp], float]]:
    """Yield sets that no other one equals without costing more, and those of as many as are allowed."""
    prices = np.array([_price(columns, costs, np.isfinite(limits.features)) for columns, _ in points])
    scores = np.array([score for _, score in points])
    for (columns, score), price in zip(points, prices, strict=True):
        no_dearer = (prices <= price).all(axis=1)
        better = (scores > score) | ((scores == score) & (prices < price).any(axis=1))
        if not (no_dearer & better).any() or len(columns) == limits.features:
            yield columns, score


def _price(columns: NDArray[np.intp], costs: ModalityCosts, counted: bool) -> tuple[float, ...]:
    """Cycles, flash and RAM, and the number of features where that is limited: sets are poor by it alone."""
    parts = (costs.cycles, costs.flash, costs.ram)
    return (float(len(columns)) if counted else 0.0, *(part.total(columns) for part in parts))


def _found(
    search: Search, costs: ModalityCosts, limits: ModalityLimits, sets: Sets, scorer: CrossValidatedScorer
) -> list[Candidate]:
    """Judge models on the sets, by the method of the search."""
    sizes = Sizes(search.trees, search.depths, search.booster)
    if search.method == "halving":
        prospects = [score for _, score in sets]
        columns = [columns for columns, _ in sets]
        return [*halve(columns, prospects, sizes, costs, limits, scorer, search.progress)]
    return [*_climbed(search, sizes, costs, limits, sets, scorer)]


def _climbed(
    search: Search,
    sizes: Sizes,
    costs: ModalityCosts,
    limits: ModalityLimits,
    sets: Sets,
    scorer: CrossValidatedScorer,
) -> Iterator[Candidate]:
    """Yield candidates on each set, each judged on all folds, one after the other."""
    most = len(sets) * len(sizes.depths)
    for place, (columns, _) in enumerate(sets):
        judged: dict[BoosterPlan, Candidate] = {}
        climbing = climb(columns, sizes, costs, limits)
        wish = next(climbing, None)
        while wish is not None:
            level = sizes.depths.index(wish.plan.max_depth)
            search.progress("candidates", place * len(sizes.depths) + level, most)
            if wish.plan not in judged:
                judged[wish.plan] = _judged(columns, wish.plan, costs, scorer)
            one = judged[wish.plan]
            if wish.counts and limits.keep(columns, one.sizes, costs):
                yield one
            wish = next_wish(climbing, one.score)
    search.progress("candidates", most, most)


def _judged(
    columns: NDArray[np.intp], plan: BoosterPlan, costs: ModalityCosts, scorer: CrossValidatedScorer
) -> Candidate:
    """Judge one model on a set, on all folds."""
    found = scorer.score(columns, plan)
    largest = max(found.sizes, key=costs.model.cycles)
    return Candidate(columns, plan, found.scores, found.margins, largest, *costs.cost(columns, largest))
