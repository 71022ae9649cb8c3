"""The front of accuracy against cost, and how sure a score is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .candidates import Candidate

__all__ = ["pareto_front", "subject_interval"]

N_RESAMPLES = 200


def pareto_front(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Candidates that no other one beats in score, cycles and flash at once; cheapest first."""

    def beaten(one: Candidate) -> bool:
        return any(
            other.score >= one.score
            and other.cycles_per_second <= one.cycles_per_second
            and other.flash_bytes <= one.flash_bytes
            and other.ram_bytes <= one.ram_bytes
            and (other.score, -other.cycles_per_second, -other.flash_bytes, -other.ram_bytes)
            != (one.score, -one.cycles_per_second, -one.flash_bytes, -one.ram_bytes)
            for other in candidates
        )

    kept = [one for one in candidates if not beaten(one)]
    return sorted(kept, key=lambda one: (one.cycles_per_second, one.flash_bytes, -one.score))


def subject_interval(
    y: NDArray[Any],
    margins: NDArray[np.float32],
    weight: NDArray[np.float32],
    groups: NDArray[Any],
    *,
    seed: int = 0,
    level: float = 0.95,
) -> tuple[float, float]:
    """Interval of the average precision over subjects, by resampling subjects (percentile bootstrap).

    B. Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7, 1979, with whole
    subjects drawn: windows of one subject are no independent witnesses.
    """
    from sklearn.metrics import average_precision_score

    names, which = np.unique(groups, return_inverse=True)
    draw = np.random.default_rng([9, seed])
    found = []
    for _ in range(N_RESAMPLES):
        drawn = np.bincount(draw.integers(0, len(names), len(names)), minlength=len(names))
        rows = np.flatnonzero(drawn[which])
        if len(np.unique(y[rows])) == 2:
            share = weight[rows] * drawn[which[rows]]
            found.append(average_precision_score(y[rows], margins[rows], sample_weight=share))
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
