"""A model for sound and one for motion that fit an image together, in the order in which to assemble them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from ..budget.budget import Budget, Excess, refuse_excess
from ..elimination.selection_rule import choose_point
from ..training.training_plan import TrainingPlan
from .finalists import Finalist

__all__ = ["Pair", "cheaper_pairs"]

Pair = tuple[Finalist, ...]
"""A finalist of each modality that there is."""

MAX_ASSEMBLIES = 5
CHEAPER = 0.9
"""Each pair that is assembled in turn costs at most this share of the one before, or of its cycles."""


def cheaper_pairs(
    found: Sequence[Sequence[Finalist]],
    base: tuple[float, float],
    budget: Budget,
    source: str,
    plan: TrainingPlan,
    bounds: list[str],
    cost: Callable[[Pair], float] | None = None,
) -> Iterator[Pair]:
    """Yield combinations that keep flash and RAM, best first by the rule, each cheaper than the last.

    Parameters
    ----------
    found
        Finalists of each modality.
    base
        Bytes of flash and of RAM that any image takes.
    budget, source
        The limits, and what to name in an error about them.
    plan
        Training plan with the rule that chooses.
    bounds
        Called with the pairs that flash or RAM keep out and that would have been better.
    cost
        What a pair costs, by which they are ordered; its cycles per second where it is left out.

    Raises
    ------
    InputError
        No combination keeps a limit.
    """
    pairs: list[Pair] = list(product(*found))
    best = max(map(_score, pairs))
    for key, own in (("flash_bytes", base[0]), ("ram_bytes", base[1])):
        allowed = getattr(budget.total, key)
        if allowed is None:
            continue
        sizes = [own + sum(getattr(one.candidate, key) for one in pair) for pair in pairs]
        cheapest = Excess(f"total.{key}", allowed, min(sizes), "bytes")
        if cheapest.overrun > 1.0:
            raise refuse_excess(source, cheapest)
        over = [size for pair, size in zip(pairs, sizes, strict=True) if _score(pair) >= best]
        pairs = [pair for pair, size in zip(pairs, sizes, strict=True) if size <= allowed]
        if min(over, default=0.0) > allowed:
            better = replace(cheapest, needed=min(over))
            bounds.append(f"both: {better.limit} binds; {better.binding}")
    cost = cost or _cycles
    pairs.sort(key=lambda pair: -cost(pair))
    scores = np.array([np.mean([one.fold_scores for one in pair], axis=0) for pair in pairs])
    first = choose_point(scores, range(len(pairs)), plan.rule, plan.max_loss)
    cheaper = sorted(range(first + 1, len(pairs)), key=lambda number: -_score(pairs[number]))
    given: list[Pair] = []
    for number in [first, *cheaper]:
        if not given or any(one(pairs[number]) < CHEAPER * one(given[-1]) for one in (cost, _cycles)):
            given.append(pairs[number])
    yield from given[:MAX_ASSEMBLIES]


def _cycles(pair: Pair) -> float:
    return sum(one.candidate.cycles_per_second for one in pair)


def _score(pair: Pair) -> float:
    return float(np.mean([one.event_f1 for one in pair]))
