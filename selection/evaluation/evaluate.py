"""A finished detector on recordings that it was not trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

from ...data.cache_place import cache_place
from ...data.code_hash import code_hash
from ...data.dataset import find_sessions
from ...data.input_error import InputError
from ...data.kept_tasks import KeptRun, worked_once
from ...data.left_out import LeftOut
from ...data.progress import Progress, silent
from ...data.session_ref import SessionRef
from ...data.shell_line import shell_word
from ...data.unread_files import warnings_about_dataset
from ...data.warnings import warnings_about
from ...data.work import Poison
from ...signal.feature import Modality
from ...signal.motion_sensor import MotionSensor, as_sensed
from ..detector.detector_file import Detector
from ..detector.events import EventPlan
from ..detector.inference import detect
from ..detector.mode import Mode
from ..training.scoring import CODE
from .answer import Answer, make_answer
from .answer_document import as_answer, as_document
from .evaluation import Evaluation, compile_evaluation
from .threshold_rows import swept_plans

__all__ = ["evaluate", "labelled_recordings"]


def evaluate(
    dataset: str | PathLike[str],
    detector: Detector,
    mode: Mode | None = None,
    *,
    motion_sensor: MotionSensor | None = None,
    cache_folder: Path | None = None,
    progress: Progress = silent,
) -> Evaluation:
    """Run a detector on every labelled recording of a dataset and say what it is worth there.

    One recording is held in memory at a time. Recordings that cannot be read, or lack what the mode needs,
    are listed and passed over. An interrupted call, repeated, goes on where it stopped.

    Parameters
    ----------
    dataset
        Anything `tussis.data.dataset.iter_dataset` reads: sessions, clips, motion only. The detector should
        not have been trained on it.
    detector
        The detector, at the thresholds to evaluate.
    mode
        As in `tussis.selection.detector.inference.detect`; recordings of motion only are run in mode ``imu``
        where it is ``gated``. None chooses a mode for each recording.
    motion_sensor
        Sensor that motion is played through; None: as recorded.
    cache_folder
        Folder that keeps finished recordings until all are; None is the user's cache folder.
    progress
        Called after each recording.

    Returns
    -------
    Evaluation

    Raises
    ------
    InputError
        No recording is labelled, or none can be evaluated.

    Examples
    --------
    >>> from tussis import load_detector, write_dataset
    >>> folder = write_dataset("recordings", subjects=1, sessions_per_subject=1, session_s=10.0)
    >>> evaluate(folder, load_detector("default"), "audio").recordings
    1
    """
    left_out: list[LeftOut] = []
    labelled, unlabelled, doubts = labelled_recordings(dataset, left_out)
    plans = swept_plans(detector)
    answers: list[Answer] = []
    progress("evaluate", 0, len(labelled))
    terms = (detector.model_dump_json(), mode, motion_sensor and motion_sensor.key)
    found = worked_once(
        _answer,
        labelled,
        KeptRun(
            cache_folder or cache_place(), f"evaluate {code_hash(*CODE)} {terms}", as_document, as_answer
        ),
        shared=_Asked(detector, mode, motion_sensor, plans),
        stage="evaluate",
    )
    for number, (reference, one) in enumerate(zip(labelled, found, strict=True)):
        progress("evaluate", number + 1, len(labelled))
        if isinstance(one, Answer):
            answers.append(one)
        else:  # one broken recording must not cost the others
            reason = one.reason if isinstance(one, Poison) else str(one)
            left_out.append(LeftOut(reference.name, reference.collection, reason))
    if not answers:
        raise nothing_left(dataset, left_out[0].reason)
    return compile_evaluation(
        answers, detector, "held out", left_out=left_out, unlabelled=unlabelled, doubts=doubts
    )


@dataclass(frozen=True, eq=False)
class _Asked:
    """What all recordings are asked with."""

    detector: Detector
    mode: Mode | None
    motion_sensor: MotionSensor | None
    plans: Mapping[Modality, Sequence[EventPlan]]


def _answer(asked: _Asked, reference: SessionRef) -> Answer | str:
    """Return the answer to one recording, or say why there is none."""
    run: Mode | None = "imu" if asked.mode == "gated" and reference.audio_path is None else asked.mode
    try:
        recording = reference.load(**asked.detector.rates)
        known = asked.detector.provenance.was_trained_on(recording)
        sensed = as_sensed(recording, asked.motion_sensor)
        detection = detect(sensed, asked.detector, run)
        doubts = tuple(map(str, warnings_about(reference, recording, alone=True)))
    except InputError as fault:
        return str(fault)
    labels, duration_s = recording.labels, recording.duration_s
    answer = make_answer(
        reference, labels, duration_s, detection, asked.detector, asked.plans, trained_on=known
    )
    return replace(answer, doubts=doubts)


def nothing_left(dataset: str | PathLike[str], reason: str) -> InputError:
    """Say that no recording of a dataset can be evaluated, and why the first cannot."""
    problem = f"no recording can be evaluated; the first: {reason}"
    return InputError(dataset, problem, remedy=f"all problems: tussis info {shell_word(str(dataset))}")


def labelled_recordings(
    dataset: str | PathLike[str], left_out: list[LeftOut]
) -> tuple[list[SessionRef], list[str], list[str]]:
    """Find the recordings with labels, the names of those without, and what may be wrong with the dataset.

    Parameters
    ----------
    dataset
        Anything `tussis.data.dataset.iter_dataset` reads.
    left_out
        Gets the folders that cannot be read.

    Raises
    ------
    InputError
        No recording has labels.
    """

    def note(fault: InputError) -> None:
        left_out.append(LeftOut(fault.path, "", str(fault)))

    found = find_sessions(dataset, on_fault=note)
    labelled = [reference for reference in found if reference.labelled]
    if not labelled and left_out:
        raise nothing_left(dataset, left_out[0].reason)
    if not labelled:
        remedy = "add a labels.txt to each session (tussis detect --labels DIR proposes), or sort clips"
        raise InputError(dataset, "no recording has labels to evaluate against", remedy=remedy)
    unlabelled = [reference.name for reference in found if not reference.labelled]
    return labelled, unlabelled, [str(doubt) for doubt in warnings_about_dataset(dataset, found)]
