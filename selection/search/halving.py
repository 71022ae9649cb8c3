"""Successive halving: every candidate is judged on a few folds, and only the promising ones on all.

K. Jamieson, A. Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization", AISTATS
2016, where what is given out is folds. A candidate is compared with those that cost no more, because the
search wants the best at every cost: it falls behind by as much as the best of them is better. Half of the
candidates goes on, and with them all that fall behind by no more than one standard error.

All models that wait at a time are fitted together, over all sets of features, those of the best prospects
first: as many workers as there are sets have work. Who does it, and in what order, changes no result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...data.progress import Progress, silent
from ..budget.modality_costs import ModalityCosts, ModalityLimits
from ..models.booster import BoosterPlan
from ..trees.tree_sizes import TreeSizes
from .candidates import Candidate
from .climb import Sizes, climb, next_wish
from .cross_validated_scorer import CrossValidatedScorer, FoldScore

__all__ = ["halve", "rungs", "survivors"]

FIRST_FOLDS = 2
"""Folds that every candidate gets: one alone has not a standard error."""


def rungs(n_folds: int) -> list[int]:
    """Folds done after each round: two, then twice as many each time, then all.

    Examples
    --------
    >>> rungs(5), rungs(3), rungs(2)
    ([2, 4, 5], [2, 3], [2])
    """
    steps = [FIRST_FOLDS]
    while steps[-1] < n_folds:
        steps.append(min(2 * steps[-1], n_folds))
    return steps


def survivors(scores: NDArray[np.float64], prices: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say which candidates go on.

    Parameters
    ----------
    scores : ndarray of float64, shape (n_candidates, n_folds)
        On the folds done, at least two.
    prices : ndarray of float64, shape (n_candidates, n_prices)
        What each costs, in several respects.

    Returns
    -------
    ndarray of bool, shape (n_candidates,)

    Examples
    --------
    >>> scores = np.array([[0.80, 0.81], [0.90, 0.92], [0.85, 0.86], [0.5, 0.52]])
    >>> survivors(scores, np.array([[1.0], [2.0], [3.0], [3.0]])).tolist()
    [True, True, False, False]
    """
    mean = scores.mean(axis=1)
    behind, spread = np.zeros(len(scores)), np.zeros(len(scores))
    for one, price in enumerate(prices):
        among = np.flatnonzero((prices <= price).all(axis=1))
        best = among[np.argmax(mean[among])]
        behind[one] = mean[best] - mean[one]
        spread[one] = np.var(scores[best] - scores[one], ddof=1)
    half = np.sort(behind)[(len(behind) - 1) // 2]
    # A single difference on few folds knows its own spread badly: those of the better half say it together.
    # What is far behind differs from fold to fold by more.
    least = np.min(behind[behind > 0], initial=1.0)
    near = (behind > 0) & (behind <= max(half, least))
    error = np.sqrt(spread[near].mean() / scores.shape[1]) if near.any() else 0.0
    return np.asarray((behind <= half) | (behind <= error))


@dataclass
class _Arm:
    """A model on a set of features, with the folds that it was judged on."""

    place: int
    plan: BoosterPlan
    found: list[FoldScore] = field(default_factory=list)

    @property
    def score(self) -> float:
        return float(np.mean([one.score for one in self.found]))


def halve(
    sets: Sequence[NDArray[np.intp]],
    prospects: Sequence[float],
    sizes: Sizes,
    costs: ModalityCosts,
    limits: ModalityLimits,
    scorer: CrossValidatedScorer,
    progress: Progress = silent,
) -> Iterator[Candidate]:
    """Yield the candidates that were judged on all folds and keep the limits.

    Parameters
    ----------
    sets
        Sets of features.
    prospects
        What each is expected to score, from the path that it is of.
    sizes, costs, limits
        As for `tussis.selection.search.climb.climb`.
    scorer
        Judges a model on a fold.
    progress
        Called after each round of fits.
    """
    steps = rungs(scorer.n_folds)
    arms = _climbed(sets, prospects, sizes, costs, limits, scorer, progress)
    for number, done in enumerate(steps[1:], 1):
        price = [costs.cost(sets[arm.place], max(_sizes(arm), key=costs.model.cycles)) for arm in arms]
        if not arms:
            return
        scores = np.array([[one.score for one in arm.found] for arm in arms])
        goes_on = survivors(scores, np.array(price))
        arms = [arm for arm, alive in zip(arms, goes_on, strict=True) if alive]
        _judge(arms, range(steps[number - 1], done), sets, scorer)
        progress("halving", number, len(steps) - 1)
    for arm in arms:
        largest = max(_sizes(arm), key=costs.model.cycles)
        if limits.keep(sets[arm.place], largest, costs):
            scores, margins = scorer.joined(arm.found)
            cost = costs.cost(sets[arm.place], largest)
            yield Candidate(sets[arm.place], arm.plan, scores, margins, largest, *cost)


def _sizes(arm: _Arm) -> list[TreeSizes]:
    return [one.sizes for one in arm.found]


def _climbed(
    sets: Sequence[NDArray[np.intp]],
    prospects: Sequence[float],
    sizes: Sizes,
    costs: ModalityCosts,
    limits: ModalityLimits,
    scorer: CrossValidatedScorer,
    progress: Progress,
) -> list[_Arm]:
    """Climb on all sets at once, on the first folds; return what counts, set by set."""
    climbs = {place: climb(columns, sizes, costs, limits) for place, columns in enumerate(sets)}
    arms: dict[tuple[int, BoosterPlan], _Arm] = {}
    counted: set[tuple[int, BoosterPlan]] = set()
    waiting = {place: next(one, None) for place, one in climbs.items()}
    hope = dict(enumerate(prospects))
    while wishes := {place: wish for place, wish in waiting.items() if wish is not None}:
        new = [_Arm(place, wish.plan) for place, wish in wishes.items() if (place, wish.plan) not in arms]
        _judge(sorted(new, key=lambda arm: (-hope[arm.place], arm.place)), range(FIRST_FOLDS), sets, scorer)
        arms.update({(arm.place, arm.plan): arm for arm in new})
        for place, wish in wishes.items():
            hope[place] = arms[place, wish.plan].score
            if wish.counts:
                counted.add((place, wish.plan))
            waiting[place] = next_wish(climbs[place], hope[place])
        progress("candidates", sum(wish is None for wish in waiting.values()), len(sets))
    return [arms[key] for key in arms if key in counted]


def _judge(
    arms: Sequence[_Arm], folds: range, sets: Sequence[NDArray[np.intp]], scorer: CrossValidatedScorer
) -> None:
    """Judge models on further folds, in the order given."""
    tasks = [(arm, fold) for arm in arms for fold in folds]
    found = scorer.folds([(sets[arm.place], arm.plan, fold) for arm, fold in tasks])
    for (arm, _), one in zip(tasks, found, strict=True):
        arm.found.append(one)
