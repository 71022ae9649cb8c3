"""Shares and rates with an interval over groups: people, or sources of clips."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..training.event_counts import BOOTSTRAP_DRAWS, BOOTSTRAP_SEED

__all__ = ["Ratio", "ratio"]


@dataclass(frozen=True)
class Ratio:
    """One sum divided by another.

    Parameters
    ----------
    value
        The ratio; None where the total is 0.
    low, high
        95 % interval over groups; None with fewer than two groups that add to the total.
    counted, total
        Both sums.
    groups
        Number of groups that add to the total.
    """

    value: float | None
    low: float | None
    high: float | None
    counted: float
    total: float
    groups: int


def ratio(rows: Iterable[tuple[str, float, float]], *, per: float = 1.0) -> Ratio:
    """Divide sums, with a percentile bootstrap over whole groups (B. Efron, Annals of Statistics 7, 1979).

    Parameters
    ----------
    rows
        Group, what is counted, and what it is counted in.
    per
        Factor on the ratio: 3600 makes a rate per second one per hour.

    Examples
    --------
    >>> found = ratio([("anna", 1, 2), ("ben", 2, 2)])
    >>> found.value, found.low, found.high
    (0.75, 0.5, 1.0)
    """
    sums: dict[str, list[float]] = {}
    for group, counted, total in rows:
        both = sums.setdefault(group, [0.0, 0.0])
        both[0] += counted
        both[1] += total
    table = np.array([both for _, both in sorted(sums.items()) if both[1] > 0]).reshape(-1, 2)
    counted, total = table.sum(axis=0).tolist()
    value = per * counted / total if total else None
    low = high = None
    if len(table) >= 2:
        rng = np.random.default_rng(BOOTSTRAP_SEED)
        drawn = np.array(
            [table[rng.integers(len(table), size=len(table))].sum(axis=0) for _ in range(BOOTSTRAP_DRAWS)]
        )
        low, high = (per * np.quantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975])).tolist()
    return Ratio(value, low, high, counted, total, len(table))
