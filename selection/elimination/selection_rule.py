"""How small a set to take, given held-out scores along a path of ever smaller sets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .criteria import RULES

__all__ = ["choose_point"]


def choose_point(
    scores: NDArray[np.float64], allowed: Sequence[int], rule: str, max_loss: float = 0.01
) -> int:
    """Index of the point to take.

    Parameters
    ----------
    scores : ndarray of float64, shape (n_points, n_folds)
        Held-out scores, sets getting smaller; NaN where a fold has none.
    allowed
        Points to choose from, at least one.
    rule
        ``"best"``: the highest mean. ``"1se"``: the last point whose mean is within one standard error of
        the best (L. Breiman et al., "Classification and regression trees", 1984); the error is that of the
        difference by fold, for folds differ in difficulty and that is not the question here. ``"loss"``:
        the last point whose mean is at most `max_loss` of the best mean below it.
    max_loss
        Relative, for ``"loss"``.

    Raises
    ------
    ValueError
        No such rule.
    """
    mean = scores.mean(axis=1)
    best = max(allowed, key=lambda point: mean[point])
    behind = scores[best] - scores
    if rule == "best":
        return best
    if rule == "1se":
        error = behind.std(axis=1, ddof=1) / np.sqrt(scores.shape[1])
        return max(point for point in allowed if behind[point].mean() <= error[point])
    if rule == "loss":
        return max(point for point in allowed if mean[point] >= (1.0 - max_loss) * mean[best])
    raise ValueError(f"{rule!r} is not a rule; choose from {', '.join(RULES)}")
