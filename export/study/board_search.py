"""A search within a budget for a board: a board from the device profiles, and operating points in turn."""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from pathlib import Path

from ...data.input_error import InputError
from ...data.progress import Progress, silent, staged
from ...selection.budget.budget import Budget, DevicePrice
from ...selection.budget.cost_table import CostTable
from ...selection.detector.motion_need import MotionNeed
from ...selection.search.budgeted_training import BudgetedTraining, train_within
from ...selection.search.operating_points import best_operating_point
from ...selection.search.search_method import SearchMethod
from ...selection.training.training_plan import TrainingPlan
from ...signal.motion_sensor import MotionSensor
from ..estimate.sensor_choice import board_choice, motion_sensor

__all__ = ["search_within"]


def search_within(
    dataset: str | PathLike[str],
    limits: Budget,
    *,
    source: Path,
    plan: TrainingPlan,
    costs: CostTable,
    price: DevicePrice | None = None,
    battery: str = "lipo100",
    method: SearchMethod = "exhaustive",
    command: str = "",
    progress: Progress = silent,
) -> BudgetedTraining:
    """Train the best detector that keeps a budget, at the best operating point that the budget names.

    Parameters
    ----------
    dataset, costs, price, method, command, progress
        As for `tussis.selection.search.budgeted_training.train_within`.
    limits, source
        The budget, and the file that it was read from.
    plan
        How to train; its motion sensor where the budget names no operating points.
    battery
        What feeds the board, as for `tussis.export.estimate.estimate.price`.

    Raises
    ------
    InputError
        The dataset cannot be learned from, nothing keeps the budget, an unknown part, or operating points in
        the budget and in the plan.
    """
    points = limits.sensors.operating_points
    if points is not None and plan.motion_sensor is not None:
        problem = "names operating points, and so does --motion-sensor or the recipe"
        raise InputError(source, problem, field="sensors.operating_points", remedy="leave one of them out")

    def search_at(sensor: MotionSensor | None, progress: Progress) -> BudgetedTraining:
        need = MotionNeed.of(plan.imu_plan, sensor)
        return train_within(
            dataset,
            limits,
            source=str(source),
            price=price,
            plan=replace(plan, motion_sensor=sensor),
            costs=costs,
            board=board_choice(limits, need, source=source, battery=battery),
            method=method,
            command=command,
            progress=progress,
        )

    if points is None:
        return search_at(plan.motion_sensor, progress)
    need = MotionNeed.of(plan.imu_plan)
    sensors = {name: _named(name, need, source) for name in points}
    return best_operating_point(tuple(sensors), lambda name: search_at(sensors[name], staged(progress, name)))


def _named(name: str, need: MotionNeed, source: Path) -> MotionSensor:
    try:
        return motion_sensor(name, need)
    except InputError as error:  # it speaks of an option
        raise InputError(
            source, f"{name!r} {error.problem}", field="sensors.operating_points", remedy=error.remedy
        ) from None
