"""Thresholds to choose from, each with the coughs it finds and the false events per hour it costs.

A *sweep* holds what a model did at every threshold of a grid, out of fold. Three named points are rows of it
that training chose by their false events per hour (`tussis.selection.training.operating_points`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from ...data.input_error import InputError
from ...signal.feature import Modality
from .point_name import POINT_NAMES, PointName
from .section import Probability, Section

__all__ = [
    "Background",
    "ModalityPoint",
    "OperatingPoint",
    "OperatingPoints",
    "Sweep",
    "SweepRow",
    "continue_at",
    "row_within",
    "rows_within",
]

NonNegative = Annotated[float, Field(ge=0.0)]
Background = Literal["dataset", "synthetic"]
"""Where false events were counted: in the dataset, or in synthetic sound where it has no background."""


class SweepRow(NamedTuple):
    """One threshold (probability), the share of reference coughs found, and false events per hour."""

    threshold: Probability
    sensitivity: Probability
    false_per_hour: NonNegative


SweepRows = Annotated[tuple[SweepRow, ...], Field(min_length=1)]


class ModalityPoint(Section):
    """The thresholds of one model at a point, and what they were measured to do out of fold.

    Parameters
    ----------
    threshold, continue_threshold
        Probabilities.
    sensitivity
        Share of the reference coughs that were found.
    false_per_hour
        Events outside labelled coughs, per hour.
    hours
        Hours in which false events were counted.
    background
        What those hours are.
    """

    threshold: Probability
    continue_threshold: Probability
    sensitivity: Probability
    false_per_hour: NonNegative
    hours: NonNegative
    background: Background = "dataset"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.continue_threshold > self.threshold:
            raise ValueError("continue_threshold is above threshold")
        return self


class OperatingPoint(Section):
    """A named point: thresholds of the audio model, and of the IMU model in mode ``imu``."""

    audio: ModalityPoint | None
    imu: ModalityPoint | None


class Sweep(Section):
    """Rows of each model, from the lowest threshold to the highest."""

    audio: SweepRows | None
    imu: SweepRows | None

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name, rows in (("audio", self.audio), ("imu", self.imu)):
            if rows and any(high.threshold <= low.threshold for low, high in pairwise(rows)):
                raise ValueError(f"{name}: thresholds do not rise from row to row")
        return self


class OperatingPoints(Section):
    """The three named points and the sweeps they were chosen from. The gate's threshold is none of them."""

    sensitive: OperatingPoint
    balanced: OperatingPoint
    specific: OperatingPoint
    sweep: Sweep

    @model_validator(mode="after")
    def _check(self) -> Self:
        for modality in ("audio", "imu"):
            points = [getattr(self.named(name), modality) for name in POINT_NAMES]
            present = [point is not None for point in (*points, getattr(self.sweep, modality))]
            if any(present) and not all(present):
                raise ValueError(f"{modality}: in some of the points or the sweep, and not in others")
            for name, low, high in zip(POINT_NAMES[1:], points, points[1:], strict=False):
                if low is not None and high.threshold < low.threshold:
                    raise ValueError(f"{name}.{modality}: threshold is below that of the point before it")
        return self

    def named(self, name: PointName) -> OperatingPoint:
        """Return a point by its name."""
        point: OperatingPoint = getattr(self, name)
        return point

    def rows(self, modality: Modality) -> tuple[SweepRow, ...] | None:
        """Return a model's sweep; None where it has none."""
        return self.sweep.audio if modality == "audio" else self.sweep.imu


def continue_at(threshold: float, like: tuple[float, float]) -> float:
    """Return the continue threshold that keeps its odds ratio to the threshold.

    With ``odds(p) = p / (1 - p)``: ``odds(continue) = odds(threshold) * odds(c) / odds(t)``, to six digits.

    Parameters
    ----------
    threshold
        The new threshold, a probability above 0 and below 1.
    like
        Threshold t and continue threshold c whose ratio is kept. A t of 1 has no odds: then both are equal.

    Examples
    --------
    >>> continue_at(0.8, like=(0.5, 0.2))
    0.5
    """
    t, c = like
    ratio = c * (1.0 - t) / (t * (1.0 - c)) if c < t < 1.0 else 1.0
    odds = ratio * threshold / (1.0 - threshold)
    return min(float(f"{odds / (1.0 + odds):.6g}"), threshold)


def rows_within(rows: Sequence[SweepRow], false_per_hour: float) -> Sequence[SweepRow]:
    """Rows from the lowest threshold on from which no higher one gives more false events per hour than asked.

    Low thresholds merge sounds to long regions with few events: fewer false events below a threshold that has
    more of them are none to choose.
    """
    first = len(rows)
    while first and rows[first - 1].false_per_hour <= false_per_hour:
        first -= 1
    return rows[first:]


def row_within(rows: Sequence[SweepRow], false_per_hour: float) -> SweepRow:
    """Return the row of lowest threshold with at most so many false events per hour (`rows_within`).

    Raises
    ------
    InputError
        Below what the sweep reaches.
    """
    if not 0.0 <= false_per_hour < float("inf"):
        raise InputError("--false-per-hour", f"{false_per_hour} is not a number from 0 up")
    within = rows_within(rows, false_per_hour)
    if not within:
        least = rows[-1]
        raise InputError(
            "--false-per-hour",
            f"{false_per_hour:g} is less than was measured at any threshold",
            remedy=f"the least is {least.false_per_hour:.4g}, at threshold {least.threshold:g}",
        )
    return within[0]
