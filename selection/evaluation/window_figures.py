"""How well a model's windows are ranked, and how far their probabilities are what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...signal.feature import Modality
from ..windows.window_targets import IGNORED
from .answer import Answer

__all__ = ["CalibrationBin", "WindowFigures", "calibration_curve", "expected_error", "window_figures"]

BINS = 10


@dataclass(frozen=True)
class CalibrationBin:
    """One bin of the calibration curve: its windows, their mean probability, and their share of coughs."""

    low: float
    high: float
    windows: int
    probability: float | None
    coughs: float | None


@dataclass(frozen=True)
class WindowFigures:
    """Figures of one model's windows.

    Parameters
    ----------
    windows, coughs
        Number of windows whose labels say what they are, and of those with a cough.
    average_precision, roc_auc
        How well windows with a cough are ranked before the others.
    calibration
        Ten bins of equal width.
    expected_calibration_error
        Mean distance of probability and share of coughs over the bins, weighted by their windows.
    """

    windows: int
    coughs: int
    average_precision: float
    roc_auc: float
    calibration: tuple[CalibrationBin, ...]
    expected_calibration_error: float


def window_figures(answers: Sequence[Answer], modality: Modality) -> WindowFigures | None:
    """Pool the windows of all recordings; None unless their labels know windows of both kinds."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    parts = [answer.windows[modality] for answer in answers if modality in answer.windows]
    if not parts:
        return None
    target = np.concatenate([part.target for part in parts])
    known = target != IGNORED
    y = target[known]
    probability = np.concatenate([part.probability for part in parts])[known]
    if not 0 < y.sum() < len(y):
        return None
    curve = calibration_curve(y, probability)
    return WindowFigures(
        windows=len(y),
        coughs=int(y.sum()),
        average_precision=float(average_precision_score(y, probability)),
        roc_auc=float(roc_auc_score(y, probability)),
        calibration=curve,
        expected_calibration_error=expected_error(curve),
    )


def calibration_curve(
    target: NDArray[np.int8], probability: NDArray[np.float32]
) -> tuple[CalibrationBin, ...]:
    """Mean probability against the share of coughs in ten bins of equal width.

    Parameters
    ----------
    target : ndarray of int8, shape (n,)
        1 for a cough, 0 for none.
    probability : ndarray of float32, shape (n,)
        What the model said.
    """
    number = np.minimum((probability.astype(np.float64) * BINS).astype(np.intp), BINS - 1)
    n = np.bincount(number, minlength=BINS)
    said = np.bincount(number, probability, BINS)
    coughs = np.bincount(number, target, BINS)
    return tuple(
        CalibrationBin(
            low=at / BINS,
            high=(at + 1) / BINS,
            windows=int(n[at]),
            probability=float(said[at] / n[at]) if n[at] else None,
            coughs=float(coughs[at] / n[at]) if n[at] else None,
        )
        for at in range(BINS)
    )


def expected_error(curve: Sequence[CalibrationBin]) -> float:
    """Compute the expected calibration error, ``sum_b n_b / n * |coughs_b - probability_b|``.

    M. P. Naeini, G. F. Cooper, M. Hauskrecht, Obtaining well calibrated probabilities using Bayesian binning,
    AAAI 2015.

    Examples
    --------
    >>> sure = CalibrationBin(0.9, 1.0, windows=30, probability=0.95, coughs=0.75)
    >>> round(expected_error([sure, CalibrationBin(0.0, 0.1, 10, 0.05, 0.05)]), 3)
    0.15
    """
    total = sum(part.windows for part in curve)
    distances = (
        part.windows * abs(part.coughs - part.probability)
        for part in curve
        if part.coughs is not None and part.probability is not None
    )
    return sum(distances) / total if total else 0.0
