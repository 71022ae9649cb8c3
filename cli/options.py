"""Options that several verbs share, and their choices."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from ..data.input_error import InputError
from ..selection.detector.mode import Mode
from ..selection.detector.point_name import PointName

if TYPE_CHECKING:
    from ..selection.detector.detector_file import Detector
    from ..selection.detector.microphone import Microphone
    from ..selection.training.training_plan import TrainingPlan
    from ..signal.feature import Modality
    from ..signal.motion_sensor import MotionSensor

__all__ = [
    "MOST_SEED",
    "Dataset",
    "FalsePerHourOption",
    "Json",
    "JsonLines",
    "MicrophoneOption",
    "ModeOption",
    "Model",
    "MotionSensorOption",
    "PointOption",
    "Project",
    "ThresholdOption",
    "at_thresholds",
    "detector_and_microphone",
    "motion_sensor_for",
    "one_of",
    "refuse_several_thresholds",
    "taught_plan",
    "times_real_time",
]


MOST_SEED = 2**31 - 1
"""Largest seed: NumPy and XGBoost take it, and what is counted up from it."""

_THRESHOLDS = "Thresholds (one of these)"


def one_of(choices: Any) -> dict[str, Any]:
    """Arguments of a `typer.Option` that is given several times, each time with one value of a `Literal`.

    Typer takes a `Literal` by itself, but no list of one.
    """
    values = get_args(choices)

    def parse(word: str) -> str:
        if word not in values:
            raise typer.BadParameter(f"{word!r} is not one of {', '.join(map(repr, values))}.")
        return word

    return {"parser": parse, "metavar": f"<list[{'|'.join(values)}]>"}


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
JsonLines = Annotated[
    bool, typer.Option("--json", help="Print one JSON document per line on stdout, when it happens.")
]
Model = Annotated[str, typer.Option(help="A detector file; 'default' or 'default-large' ship with tussis.")]
ModeOption = Annotated[
    Mode | None,
    typer.Option(help="Which models decide. Default: gated where a session has an IMU file, else audio."),
]
MicrophoneOption = Annotated[
    str,
    typer.Option(
        metavar="always|gated[:MS]|wake[:MS]",
        help="In gated mode: always on; off until motion opens the gate and MS more ms have passed (32); or "
        "off until the motion sensor's own comparator wakes it, which is sooner.",
    ),
]
MotionSensorOption = Annotated[
    str | None,
    typer.Option(
        metavar="PART[:MODE]",
        help="Play motion through a sensor of devices.toml, like lis2dh12:low-power-50: its bandwidth, rate,"
        " range, noise and bits. Default: as recorded.",
    ),
]
PointOption = Annotated[
    PointName | None,
    typer.Option(
        help="Thresholds of a named point that training measured, for both models. Default: the file's own,"
        " which are those of balanced as trained.",
        rich_help_panel=_THRESHOLDS,
    ),
]
ThresholdOption = Annotated[
    float | None,
    typer.Option(
        metavar="P",
        help="Probability, above 0 and below 1, from which the model that decides opens an event.",
        rich_help_panel=_THRESHOLDS,
    ),
]
FalsePerHourOption = Annotated[
    float | None,
    typer.Option(
        metavar="X",
        help="The lowest threshold that gave at most X false events per hour in training.",
        rich_help_panel=_THRESHOLDS,
    ),
]
Dataset = Annotated[Path, typer.Argument(help="A folder of sessions, one session, or one WAV file.")]
Project = Annotated[Path, typer.Argument(help="A folder that `tussis export` wrote.")]


def detector_and_microphone(
    model: str,
    microphone: str,
    *,
    mode: Mode | None = None,
    point: PointName | None = None,
    threshold: float | None = None,
    false_per_hour: float | None = None,
) -> tuple[Detector, Microphone]:
    """Read what runs on this machine, with the thresholds asked for, and how its microphone follows the gate.

    Parameters
    ----------
    model, microphone
        As on the command line.
    mode
        Whose model `threshold` and `false_per_hour` are for: the IMU's in mode ``imu``, else the audio's; the
        IMU's also where the detector has no other.
    point, threshold, false_per_hour
        At most one; none leaves the detector's own thresholds.
    """
    from ..selection.detector.detector_file import load_detector
    from ..selection.detector.microphone import Microphone

    hearing = Microphone.parse(microphone)
    refuse_several_thresholds(point, threshold, false_per_hour)
    detector = at_thresholds(
        load_detector(model), mode=mode, point=point, threshold=threshold, false_per_hour=false_per_hour
    )
    return detector, hearing


def motion_sensor_for(detector: Detector, words: str | None) -> MotionSensor | None:
    """Return the sensor that motion is played through before a detector sees it; None as recorded."""
    from ..export.estimate.sensor_choice import motion_sensor

    return None if words is None else motion_sensor(words, detector.motion_need)


def taught_plan(plan: TrainingPlan, recipe: Path | None, motion_sensor: str | None) -> TrainingPlan:
    """Return a plan with what a recipe says, and at the operating point that it or an option names."""
    from ..export.estimate.sensor_choice import motion_sensor as sensor_named
    from ..selection.detector.motion_need import MotionNeed
    from ..selection.training.recipe import load_recipe

    if recipe is not None:
        loaded = load_recipe(recipe)
        plan = loaded.applied_to(plan)
        motion_sensor = motion_sensor or loaded.motion_sensor
    if motion_sensor is None:
        return plan
    return replace(plan, motion_sensor=sensor_named(motion_sensor, MotionNeed.of(plan.imu_plan)))


def refuse_several_thresholds(
    point: PointName | None, threshold: float | None, false_per_hour: float | None
) -> None:
    """Refuse more than one of the options that choose thresholds."""
    asked = {"--point": point, "--threshold": threshold, "--false-per-hour": false_per_hour}
    given = [name for name, value in asked.items() if value is not None]
    if len(given) > 1:
        raise InputError(" and ".join(given), "exclude each other", remedy="give one of them")


def at_thresholds(
    detector: Detector,
    *,
    mode: Mode | None,
    point: PointName | None,
    threshold: float | None,
    false_per_hour: float | None,
) -> Detector:
    """Set a detector's thresholds; arguments as for `detector_and_microphone`."""
    deciding: Modality = "imu" if mode == "imu" or detector.audio is None else "audio"
    if point is not None:
        return detector.at_point(point)
    if threshold is not None:
        return detector.at_threshold(threshold, deciding)
    if false_per_hour is not None:
        return detector.at_false_per_hour(false_per_hour, deciding)
    return detector


def times_real_time(speed: str) -> float:
    """Read ``--speed``: a number, or infinity for the word ``max``."""
    try:
        return math.inf if speed == "max" else float(speed)
    except ValueError:
        raise InputError("--speed", f"{speed!r} is not a number", remedy="use 1, 5, ... or max") from None
