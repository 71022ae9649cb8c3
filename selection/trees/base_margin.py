"""The margin before the first tree of an XGBoost model, with the bits of XGBoost's own."""

from __future__ import annotations

import ctypes
import math
import sys
from collections.abc import Callable
from functools import cache

import numpy as np

__all__ = ["SMALLEST_BASE_SCORE", "base_margin"]

SMALLEST_BASE_SCORE = np.float32(1e-6)
"""XGBoost 3.2 and later take a base score nearer to 0 or 1 than this for one that lies so far from it."""


def base_margin(base_score: float, *, clamped: bool) -> np.float32:
    """Margin of a base score as XGBoost computes it: ``-logf(1 / p - 1)``, each step rounded to float32.

    The last bit depends on the C library's ``logf``. XGBoost calls the one of the machine it runs on, and so
    does this.

    Parameters
    ----------
    base_score
        Probability; rounded to float32 first.
    clamped
        Whether scores below ``1e-6`` and above ``1 - 1e-6`` are moved there, as XGBoost 3.2 does.

    Returns
    -------
    float32
        +0.0 for 0.5. Not finite for a score that is not clamped and is 0, 1 or too near to either.

    Examples
    --------
    >>> [float(base_margin(p, clamped=True)) for p in (0.0, 0.5, 1.0)]
    [-13.815509796142578, 0.0, 13.745160102844238]
    """
    one, probability = np.float32(1.0), np.float32(base_score)
    if clamped:
        probability = np.clip(probability, SMALLEST_BASE_SCORE, one - SMALLEST_BASE_SCORE)
    with np.errstate(divide="ignore", over="ignore"):
        odds_against = one / probability - one
    if not 0.0 < odds_against < np.inf:
        return np.float32(-np.inf if odds_against > 0.0 else np.inf)
    return np.float32(0.0 - _logf()(float(odds_against)))


@cache
def _logf() -> Callable[[float], float]:
    """Return the C library's logarithm of a float; in double where there is none, off in one of 400."""
    names = {"win32": ["ucrtbase"], "darwin": ["libSystem.dylib"]}.get(sys.platform, ["libm.so.6", None])
    for name in names:
        try:
            function = ctypes.CDLL(name).logf
        except (OSError, AttributeError):
            continue
        function.restype, function.argtypes = ctypes.c_float, [ctypes.c_float]
        return function
    return math.log
