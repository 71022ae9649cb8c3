"""How a number of a description is drawn: uniformly on a logarithmic scale."""

from __future__ import annotations

import numpy as np

__all__ = ["uniform_log"]


def uniform_log(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw from `low` to `high` (both > 0) uniformly on a logarithmic scale."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
