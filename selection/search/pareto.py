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
    names, which = np.unique(groups, return_inverse=True)
    draw = np.random.default_rng([9, seed])
    falling = np.argsort(-margins, kind="stable")
    last_of_equals = np.append(np.diff(margins[falling]) != 0, True)
    which, positive = which[falling], np.asarray(y, np.bool_)[falling]
    share = np.asarray(weight, np.float64)[falling]
    found = []
    for _ in range(N_RESAMPLES):
        drawn = np.bincount(draw.integers(0, len(names), len(names)), minlength=len(names))
        above = np.cumsum(share * drawn[which])[last_of_equals]
        hits = np.cumsum(share * drawn[which] * positive)[last_of_equals]
        if 0 < hits[-1] < above[-1]:
            found.append(_average_precision(hits, above))
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _average_precision(hits: NDArray[np.float64], above: NDArray[np.float64]) -> float:
    """Sum of precision times the gain in recall, threshold by threshold, as scikit-learn defines it.

    Its function sorts and checks its input each time, which is most of the work where subjects are drawn two
    hundred times.
    """
    gained = np.diff(hits, prepend=0.0)
    precision = np.divide(hits, above, out=np.zeros_like(hits), where=above > 0)
    return float((gained * precision).sum() / hits[-1])
