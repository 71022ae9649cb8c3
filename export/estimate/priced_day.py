"""A day of life, priced: what the gate does in it, what that takes, and the ways to run the microphone."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from ...data.progress import Progress, silent
from ..codegen.project import load_project
from .day_cost import DayCost, day_cost
from .day_duty import day_duty
from .priced_measurement import PricedMeasurement
from .ways import WayCost, day_ways, ways_document

__all__ = ["PricedDay", "price_day"]


@dataclass(frozen=True)
class PricedDay:
    """A firmware's day.

    Attributes
    ----------
    cost
        The day with the microphone as the export runs it.
    ways
        Every way to run the microphone that was measured.
    """

    cost: DayCost
    ways: tuple[WayCost, ...]

    @property
    def microphone_on(self) -> float | None:
        """Share of the day in which a microphone is on that motion wakes; None where none was measured."""
        return next((way.microphone_on for way in self.ways if way.microphone.startswith("wake")), None)

    def as_dict(self) -> dict[str, Any]:
        """Return part ``day`` of the JSON document of an estimate."""
        return {**self.cost.as_dict(), **ways_document(self.ways)}


def price_day(
    found: PricedMeasurement,
    day: str | os.PathLike[str],
    sound_threshold: str | None = None,
    progress: Progress = silent,
) -> PricedDay:
    """Run the detector of a measured firmware over a day, and price it.

    Parameters
    ----------
    found
        A priced measurement that ran gated and with audio alone.
    day
        A dataset that `tussis synth --day` wrote.
    sound_threshold
        As for `tussis.export.estimate.ways.sound_wake`.
    progress
        Called before each session of each way.

    Raises
    ------
    InputError
        The detector lacks a model, or `day` was not written by `tussis synth --day`.
    """
    project = load_project(found.measurement.project)
    duty = day_duty(project.detector, day, project.microphone, progress)
    ways = day_ways(found, project.detector, day, (project.microphone, duty), sound_threshold, progress)
    return PricedDay(day_cost(found, duty), ways)
