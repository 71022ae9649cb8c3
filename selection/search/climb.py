"""Which sizes of model are tried on one set of features, by the scores of those before."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..budget.modality_costs import ModalityCosts, ModalityLimits
from ..models.booster import BoosterPlan
from .candidates import model_plan

__all__ = ["Sizes", "Wish", "climb", "next_wish"]

RISE = 0.002
"""Average precision that twice the trees, or another level, must add for the search to go on."""

PROBE = 2
"""Place among the numbers of trees at which more levels are judged: they must raise the score there."""

STALLS = 2
"""The search stops after so many doublings of the trees without a rise: one may miss by chance."""


class Sizes(NamedTuple):
    """Numbers of trees and of levels to choose from, rising, and the model that they resize."""

    trees: Sequence[int]
    depths: Sequence[int]
    booster: BoosterPlan


class Wish(NamedTuple):
    """A model that a climb wants judged.

    Attributes
    ----------
    plan
        The model.
    counts
        Whether it is a candidate; else its score only says whether to go on.
    """

    plan: BoosterPlan
    counts: bool


def climb(
    columns: NDArray[np.intp], sizes: Sizes, costs: ModalityCosts, limits: ModalityLimits
) -> Generator[Wish, float, None]:
    """Wish for all numbers of trees at the fewest levels, and at more where these pay; be sent each score.

    A model whose full trees do not keep the limits is not wished for. A plan may be wished for twice.

    Parameters
    ----------
    columns : ndarray of int
        The features.
    sizes, costs, limits
        What there is to choose from, what it costs, and what it may cost.
    """
    probe = sizes.trees[min(PROBE, len(sizes.trees) - 1)]
    probed: list[float] = []
    for level, depth in enumerate(sizes.depths):
        if level > 0:
            plan = model_plan(sizes.booster, probe, depth)
            if limits.worst(columns, plan, costs).overrun > 1.0:
                return
            if (yield Wish(plan, counts=False)) < max(probed) + RISE:
                return
        scores: list[float] = []
        for n_trees in sizes.trees:
            plan = model_plan(sizes.booster, n_trees, depth)
            if limits.worst(columns, plan, costs).overrun > 1.0:
                break
            scores.append((yield Wish(plan, counts=True)))
            if not _rises(scores):
                break
        if len(scores) <= sizes.trees.index(probe):
            return
        probed.append(scores[sizes.trees.index(probe)])


def next_wish(climbing: Generator[Wish, float, None], score: float) -> Wish | None:
    """Send the score of the last wish; return the next one, or None where the climb is done."""
    try:
        return climbing.send(score)
    except StopIteration:
        return None


def _rises(scores: Sequence[float]) -> bool:
    """Say whether one of the last steps raised the score."""
    return len(scores) <= STALLS or max(scores[-STALLS:]) >= max(scores[:-STALLS]) + RISE
