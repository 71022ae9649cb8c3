"""The verb that says what a detector is worth on labelled recordings: evaluate."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..data.counted_words import counted
from ..data.input_error import InputError
from .console import ProgressDisplay, note, print_json, show
from .options import (
    FalsePerHourOption,
    Json,
    ModeOption,
    MotionSensorOption,
    PointOption,
    ThresholdOption,
    at_thresholds,
    motion_sensor_for,
    refuse_several_thresholds,
    taught_plan,
)
from .recordings import note_doubts, note_trained_on
from .report import ReportOption, write_score_report

if TYPE_CHECKING:
    from ..selection.evaluation.evaluation import Evaluation
    from ..selection.evaluation.listening import Excerpts
    from ..selection.training.training_plan import TrainingPlan

__all__ = ["evaluate"]

_CROSS_VALIDATION = "Cross-validation"
_LEFT_OUT_SHOWN = 5


def evaluate(
    dataset: Annotated[Path, typer.Argument(help="A folder of labelled sessions, clips or motion.")],
    model: Annotated[
        str | None,
        typer.Option(help="A detector file that was not trained on it. Default: the shipped one."),
    ] = None,
    mode: ModeOption = None,
    motion_sensor: MotionSensorOption = None,
    point: PointOption = None,
    threshold: ThresholdOption = None,
    false_per_hour: FalsePerHourOption = None,
    cross_validate: Annotated[
        bool,
        typer.Option(
            "--cross-validate",
            help="Train on DATASET; each group is answered by a model that was trained without it.",
            rich_help_panel=_CROSS_VALIDATION,
        ),
    ] = False,
    folds: Annotated[
        int | None,
        typer.Option(
            help="Folds, 5 by default; as many as there are groups leaves one out at a time.",
            min=2,
            rich_help_panel=_CROSS_VALIDATION,
        ),
    ] = None,
    recipe: Annotated[
        Path | None,
        typer.Option(help="The recipe of the training, as for `train`.", rich_help_panel=_CROSS_VALIDATION),
    ] = None,
    listen: Annotated[
        Path | None, typer.Option(help="A new folder for the errors as short WAVs.", metavar="DIR")
    ] = None,
    listen_most: Annotated[int, typer.Option(help="At most so many WAVs.", min=1)] = 200,
    report: ReportOption = None,
    as_json: Json = False,
) -> None:
    """Say what a detector is worth: events, false events per hour, calibration, counts, gate, errors."""
    from ..data.atomic import folder_whole
    from ..selection.detector.detector_file import Detector, load_detector
    from ..selection.detector.microphone import ALWAYS
    from ..selection.evaluation.evaluate import evaluate as evaluate_detector
    from ..selection.evaluation.listening import write_excerpts
    from ..selection.evaluation.out_of_fold import evaluate_out_of_fold
    from .evaluation_tables import evaluation_tables

    refuse_several_thresholds(point, threshold, false_per_hour)
    plan = _plan(
        model, cross_validate=cross_validate, folds=folds, recipe=recipe, motion_sensor=motion_sensor
    )

    def adjust(detector: Detector) -> Detector:
        return at_thresholds(
            detector, mode=mode, point=point, threshold=threshold, false_per_hour=false_per_hour
        )

    detector = adjust(load_detector(model or "default")) if plan is None else None
    with ExitStack() as stack:
        folder = stack.enter_context(folder_whole(listen)) if listen is not None else None
        progress = stack.enter_context(ProgressDisplay())
        if detector is not None:
            sensor = motion_sensor_for(detector, motion_sensor)
            found = evaluate_detector(dataset, detector, mode, motion_sensor=sensor, progress=progress)
        else:
            found = evaluate_out_of_fold(dataset, mode, plan=plan, adjust=adjust, progress=progress)
        written = (
            write_excerpts(found.errors, folder, most=listen_most, progress=progress)
            if folder is not None
            else None
        )
    note_trained_on(found.trained_on, found.recordings)
    note_doubts(found.doubts)
    _note_left_out(found)
    if as_json:
        print_json(found.as_dict())
    else:
        show(*evaluation_tables(found))
    if report is not None:
        write_score_report(
            report,
            dataset,
            detector=detector,
            mode=mode,
            microphone=ALWAYS,
            motion_sensor=motion_sensor_for(detector, motion_sensor) if detector is not None else None,
            evaluation=found.as_dict(),
        )
    if written is not None:
        _note_excerpts(written, listen)


def _note_excerpts(written: Excerpts, folder: Path | None) -> None:
    more = f"; {counted(written.more, 'more error')} (--listen-most)" if written.more else ""
    silent = f"; {counted(written.silent, 'error')} of motion without sound" if written.silent else ""
    note(f"written: {folder}, {counted(written.written, 'excerpt')}{more}{silent}")


def _plan(
    model: str | None,
    *,
    cross_validate: bool,
    folds: int | None,
    recipe: Path | None,
    motion_sensor: str | None,
) -> TrainingPlan | None:
    """Read the plan of a cross-validation; None where a finished detector is evaluated."""
    if not cross_validate:
        return None
    if model is not None:
        remedy = "leave one of them out: cross-validation trains its own models"
        raise InputError("--model and --cross-validate", "exclude each other", remedy=remedy)
    from dataclasses import replace

    from ..selection.training.training_plan import TrainingPlan

    plan = taught_plan(TrainingPlan(), recipe, motion_sensor)
    return plan if folds is None else replace(plan, n_splits=folds)


def _note_left_out(found: Evaluation) -> None:
    for left in found.left_out[:_LEFT_OUT_SHOWN]:
        note(f"left out: {left.name}: {left.reason}")
    if len(found.left_out) > _LEFT_OUT_SHOWN:
        note(f"left out: {len(found.left_out) - _LEFT_OUT_SHOWN} more; --json lists all")
    if found.unlabelled:
        note(f"left out: {counted(len(found.unlabelled), 'recording')} without labels; --json lists them")
