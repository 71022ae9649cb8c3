"""`tussis study`: each comparison that the literature asks for, as one command."""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from pathlib import Path

from ...data.cache_place import cache_place
from ...data.input_error import InputError
from ...data.progress import Progress, silent
from ...selection.detector.detector_file import Detector, load_detector
from ...selection.training.training import labelled_features
from ...selection.training.training_plan import TrainingPlan
from ...signal.motion_sensor import MotionSensor
from .front_end_study import mel_mfcc_study, rate_study, window_study
from .mode_study import mode_study
from .ranking_study import ranking_study
from .study import Study, write_study
from .study_name import STUDIES, StudyName
from .wake_study import wake_study

__all__ = ["Study", "run_study", "write_study"]


def run_study(
    name: StudyName,
    dataset: str | PathLike[str],
    *,
    plan: TrainingPlan | None = None,
    seed: int = 0,
    detector: Detector | None = None,
    device: str = "nrf5340",
    battery: str = "lipo100",
    motion_sensor: MotionSensor | None = None,
    sound_threshold: str | None = None,
    cache_folder: Path | None = None,
    progress: Progress = silent,
) -> Study:
    """Run a study on a dataset.

    Parameters
    ----------
    name
        One of `STUDIES`.
    dataset
        Labelled sessions of several subjects.
    plan
        Choices of training; None is the default with `seed`.
    seed
        Seed of folds and models.
    detector
        A finished one to study: for ``"mode"`` instead of one trained on the dataset, for ``"wake"`` instead
        of the shipped one.
    device, battery
        What the board of ``"wake"`` has.
    motion_sensor
        Sensor that motion is played through in ``"wake"``; None: as recorded.
    sound_threshold
        Of microphones that sound wakes in ``"wake"``; None: the lowest of each.
    cache_folder
        Folder for features and finished elimination steps; None is the user's cache folder.
    progress
        Called with the progress of each stage.

    Raises
    ------
    InputError
        The dataset cannot be learned from.
    ValueError
        No such study.
    """
    if name not in STUDIES:
        raise ValueError(f"{name!r} is not a study; choose from {', '.join(STUDIES)}")
    if detector is not None and name not in ("mode", "wake"):
        problem = "only the studies of modes and of waking take a detector"
        raise InputError("--model", problem, remedy="leave it out")
    if motion_sensor is not None and name != "wake":
        problem = "only the study of waking plays motion through a sensor"
        raise InputError("--motion-sensor", problem, remedy="leave it out")
    if sound_threshold is not None and name != "wake":
        problem = "only the study of waking has microphones that sound wakes"
        raise InputError("--sound-threshold", problem, remedy="leave it out")
    if name == "wake":
        whose = detector or load_detector("default")
        return wake_study(
            dataset,
            whose,
            device,
            battery,
            progress,
            motion_sensor=motion_sensor,
            sound_threshold=sound_threshold,
        )
    plan = plan or TrainingPlan(seed=seed)
    if detector is not None and detector.audio is not None and detector.imu is not None:
        plan = replace(plan, audio_plan=detector.audio.plan, imu_plan=detector.imu.plan)
    if name == "window":
        return window_study(dataset, plan, cache_folder, progress)
    if name == "rate":
        return rate_study(dataset, plan, cache_folder, progress)
    data = labelled_features(dataset, plan, cache_folder or cache_place(), progress)
    if name == "rankings":
        return ranking_study(data, plan, cache_folder, progress)
    if name == "mel-mfcc":
        return mel_mfcc_study(data, plan, cache_folder, progress)
    return mode_study(data, plan, cache_folder, progress, detector)
