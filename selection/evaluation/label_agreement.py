"""How well two label tracks of the same recording agree: of two people, or of a person and a detector."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.recording import Label
from ...data.scored_coughs import joined_coughs
from ..training.event_counts import TOLERANCE_START_S

__all__ = ["GRID_S", "LabelAgreement", "cohens_kappa", "compare_labels", "joined_agreement", "matched_coughs"]

GRID_S = 0.1
"""Kappa is over cells of this length: a third of a cough, as long as the steps of event scoring."""


@dataclass(frozen=True)
class LabelAgreement:
    """Agreement of two tracks, A and B; add them up over recordings with `joined_agreement`.

    Parameters
    ----------
    name
        Of the recording.
    duration_s
        Length that kappa is over, in seconds.
    coughs_a, coughs_b
        Coughs in each track; labels that overlap are one.
    onset_s, offset_s : tuple of float
        Of each pair, B minus A, in seconds.
    cells
        Cells of `GRID_S` in which both, only A, only B, and neither has a cough.
    """

    name: str
    duration_s: float
    coughs_a: int
    coughs_b: int
    onset_s: tuple[float, ...]
    offset_s: tuple[float, ...]
    cells: tuple[int, int, int, int]

    @property
    def pairs(self) -> int:
        """Coughs that both have."""
        return len(self.onset_s)

    @property
    def positive_agreement(self) -> float | None:
        """Share of all coughs that are in pairs, the F1 of either against the other; None without coughs.

        Where what is no event cannot be counted, it is what kappa tends to (G. Hripcsak, A. S. Rothschild,
        Agreement, the F-measure, and reliability in information retrieval, JAMIA 12, 2005).
        """
        coughs = self.coughs_a + self.coughs_b
        return 2 * self.pairs / coughs if coughs else None

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa over cells of `GRID_S`; None where neither track has a cough."""
        return cohens_kappa(*self.cells)

    def as_dict(self) -> dict[str, Any]:
        """Render for JSON; undefined figures are null."""
        both, only_a, only_b, neither = self.cells
        return {
            "name": self.name,
            "duration_s": self.duration_s,
            "coughs_a": self.coughs_a,
            "coughs_b": self.coughs_b,
            "pairs": self.pairs,
            "only_a": self.coughs_a - self.pairs,
            "only_b": self.coughs_b - self.pairs,
            "positive_agreement": self.positive_agreement,
            "onset_difference_s": _spread(self.onset_s),
            "offset_difference_s": _spread(self.offset_s),
            "kappa": self.kappa,
            "grid_s": GRID_S,
            "cells": {"both": both, "only_a": only_a, "only_b": only_b, "neither": neither},
        }


def compare_labels(
    name: str,
    a: Iterable[Label],
    b: Iterable[Label],
    duration_s: float,
    tolerance_s: float = TOLERANCE_START_S,
) -> LabelAgreement:
    """Compare the coughs of two tracks.

    Parameters
    ----------
    name
        Of the recording.
    a, b
        Labels in any order. Only coughs count; those that overlap within a track are one.
    duration_s
        Length of the recording in seconds.
    tolerance_s
        Two coughs are the same one if they overlap, or if their onsets differ by at most this.

    Examples
    --------
    >>> a = [Label(1.0, 1.4, "cough"), Label(3.0, 3.3, "cough")]
    >>> b = [Label(1.05, 1.4, "cough"), Label(7.0, 7.2, "cough")]
    >>> found = compare_labels("s1", a, b, 10.0)
    >>> found.pairs, [round(value, 2) for value in found.onset_s], round(found.kappa, 2)
    (1, [0.05], 0.59)
    """
    coughs_a = joined_coughs(label for label in a if label.is_cough)
    coughs_b = joined_coughs(label for label in b if label.is_cough)
    pairs = matched_coughs(coughs_a, coughs_b, tolerance_s)
    cells = max(int(np.ceil(duration_s / GRID_S - 1e-9)), 1)
    on_a, on_b = _on_grid(coughs_a, cells), _on_grid(coughs_b, cells)
    both = int((on_a & on_b).sum())
    only_a, only_b = int(on_a.sum()) - both, int(on_b.sum()) - both
    return LabelAgreement(
        name,
        duration_s,
        len(coughs_a),
        len(coughs_b),
        tuple(coughs_b[j][0] - coughs_a[i][0] for i, j in pairs),
        tuple(coughs_b[j][1] - coughs_a[i][1] for i, j in pairs),
        (both, only_a, only_b, cells - both - only_a - only_b),
    )


def joined_agreement(parts: Sequence[LabelAgreement], name: str = "all") -> LabelAgreement:
    """Add agreements of several recordings up; kappa is over all their cells."""
    return LabelAgreement(
        name,
        sum(part.duration_s for part in parts),
        sum(part.coughs_a for part in parts),
        sum(part.coughs_b for part in parts),
        tuple(value for part in parts for value in part.onset_s),
        tuple(value for part in parts for value in part.offset_s),
        (
            sum(part.cells[0] for part in parts),
            sum(part.cells[1] for part in parts),
            sum(part.cells[2] for part in parts),
            sum(part.cells[3] for part in parts),
        ),
    )


def matched_coughs(
    a: Sequence[tuple[float, float]], b: Sequence[tuple[float, float]], tolerance_s: float
) -> list[tuple[int, int]]:
    """Pair coughs of two tracks, each at most once, those with the nearest onsets first.

    Parameters
    ----------
    a, b
        Start and end of each cough in seconds, in order, not overlapping.
    tolerance_s
        As in `compare_labels`.

    Returns
    -------
    list[tuple[int, int]]
        Places of the pairs in `a` and `b`, in order.
    """
    near: list[tuple[float, int, int]] = []
    first = 0
    for i, (start_s, end_s) in enumerate(a):
        while first < len(b) and b[first][1] < start_s and b[first][0] < start_s - tolerance_s - 1e-9:
            first += 1
        for j in range(first, len(b)):
            other_start_s, other_end_s = b[j]
            if other_start_s > max(end_s, start_s + tolerance_s + 1e-9):
                break
            apart_s = abs(other_start_s - start_s)
            if apart_s <= tolerance_s + 1e-9 or (other_start_s < end_s and other_end_s > start_s):
                near.append((apart_s, i, j))
    taken_a: set[int] = set()
    taken_b: set[int] = set()
    pairs = []
    for _, i, j in sorted(near):
        if i not in taken_a and j not in taken_b:
            taken_a.add(i)
            taken_b.add(j)
            pairs.append((i, j))
    return sorted(pairs)


def cohens_kappa(both: int, only_a: int, only_b: int, neither: int) -> float | None:
    """Agreement beyond chance, ``(p_o - p_e) / (1 - p_e)``.

    J. Cohen, A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20,
    1960.

    Parameters
    ----------
    both, only_a, only_b, neither
        Counts of the fourfold table.

    Returns
    -------
    float or None
        At most 1; None where chance alone explains everything, as where neither track has a cough.

    Examples
    --------
    >>> cohens_kappa(20, 5, 10, 15)
    0.4
    """
    n = both + only_a + only_b + neither
    # In integers up to the division: n^2 p_o and n^2 p_e.
    observed = n * (both + neither)
    expected = (both + only_a) * (both + only_b) + (only_b + neither) * (only_a + neither)
    return (observed - expected) / (n * n - expected) if n * n != expected else None


def _on_grid(coughs: Sequence[tuple[float, float]], cells: int) -> NDArray[np.bool_]:
    """Cells whose middle lies in a cough."""
    middles = (np.arange(cells) + 0.5) * GRID_S
    on = np.zeros(cells, np.bool_)
    for start_s, end_s in coughs:
        first, last = np.searchsorted(middles, [start_s, end_s])
        on[first:last] = True
    return on


def _spread(values: Sequence[float]) -> dict[str, float] | None:
    """Median, quartiles and the largest difference; None without pairs."""
    if not values:
        return None
    low, median, high = np.quantile(values, [0.25, 0.5, 0.75])
    return {
        "median": float(median),
        "lower_quartile": float(low),
        "upper_quartile": float(high),
        "most": float(max(values, key=abs)),
    }
