"""Training's own answers to recordings of groups that the answering model was not trained on."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path

import numpy as np

from ...data.cache_place import cache_place
from ...data.left_out import LeftOut
from ...data.progress import Progress, silent
from ...data.recording import Label
from ...data.session_ref import SessionRef
from ..detector.detector_file import Detector
from ..detector.inference import Detection, timed_events
from ..detector.mode import Mode
from ..detector.segmentation import hits_in_audio, segment, segment_gated
from ..training.session_tracks import session_tracks
from ..training.thresholds import Track
from ..training.training import assemble, fit_modality, labelled_features
from ..training.training_plan import TrainingPlan
from ..windows.session_features import SessionFeatures
from .answer import Answer, make_answer
from .evaluate import labelled_recordings, nothing_left
from .evaluation import Evaluation, compile_evaluation
from .threshold_rows import swept_plans

__all__ = ["evaluate_out_of_fold"]


def evaluate_out_of_fold(
    dataset: str | PathLike[str],
    mode: Mode | None = None,
    *,
    plan: TrainingPlan | None = None,
    adjust: Callable[[Detector], Detector] | None = None,
    cache_folder: Path | None = None,
    progress: Progress = silent,
) -> Evaluation:
    """Train as `tussis.train` does and say what its models are worth for groups they never met.

    Features, thresholds and the gate are chosen once, on all groups, as training chooses them; the answers
    are those of one model per fold, each trained without the groups that it answers. What training leaves out
    is left out here, and so are recordings shorter than one window.

    Parameters
    ----------
    dataset
        Labelled recordings of at least two groups with coughs.
    mode
        As for `tussis.evaluate`.
    plan
        Every choice of the training; `TrainingPlan.n_splits` of at least the number of groups leaves one
        group out at a time.
    adjust
        Changes thresholds of the detector that training makes; None keeps them, which are those of the point
        ``balanced``.
    cache_folder
        Folder for features and finished elimination steps; None is the user's cache folder.
    progress
        Called with the progress of each stage.

    Returns
    -------
    Evaluation

    Raises
    ------
    InputError
        As `tussis.train`; no recording can be evaluated.

    Examples
    --------
    >>> from tussis import TrainingPlan, write_dataset
    >>> folder = write_dataset("recordings", subjects=3, sessions_per_subject=1, session_s=20.0)
    >>> plan = TrainingPlan(n_splits=2, step=0.95)
    >>> evaluate_out_of_fold(folder, "audio", plan=plan).method
    'out of fold'
    """
    plan, folder = plan or TrainingPlan(), cache_folder or cache_place()
    references = {one.name: one for one in labelled_recordings(dataset, [])[0]}
    data = labelled_features(dataset, plan, folder, progress, training=True)
    audio = fit_modality(data, "audio", plan, folder, progress)
    with_motion = any(session.imu is not None for session in data.sessions)
    imu = fit_modality(data, "imu", plan, folder, progress) if with_motion else None
    detector = assemble(data, plan, audio, imu, progress=progress)
    detector = adjust(detector) if adjust is not None else detector
    heard = session_tracks(data, "audio", audio)
    moved = session_tracks(data, "imu", imu) if imu is not None else {}
    plans = swept_plans(detector)
    answers: list[Answer] = []
    left_out = [*data.left_out, *data.unreadable]
    for number, session in enumerate(data.sessions):
        progress("evaluate", number, len(data.sessions))
        if session.variant_of:
            continue
        detection = _decide(detector, mode, heard.get(number), moved.get(number))
        if isinstance(detection, str):
            left_out.append(LeftOut(session.name, session.collection, detection))
            continue
        reference = references[session.name]
        labels = _own_labels(reference, session)
        answers.append(make_answer(reference, labels, session.duration_s, detection, detector, plans))
    progress("evaluate", len(data.sessions), len(data.sessions))
    if not answers:
        raise nothing_left(dataset, left_out[0].reason)
    return compile_evaluation(
        answers,
        detector,
        "out of fold",
        left_out=left_out,
        unlabelled=data.unlabelled,
        doubts=data.doubts,
    )


def _own_labels(reference: SessionRef, session: SessionFeatures) -> tuple[Label, ...]:
    """Labels as the dataset has them: in clips of coughs training has put proposals in their place."""
    return session.labels if reference.clip is None else reference.clip.labels(session.duration_s)


def _decide(
    detector: Detector, mode: Mode | None, heard: Track | None, moved: Track | None
) -> Detection | str:
    """Turn margins out of fold into events, or say why the mode cannot run."""
    if mode is None or (mode == "gated" and heard is None):
        mode = "audio" if moved is None else "imu" if heard is None else "gated"
    if mode != "imu" and heard is None:
        return f"mode {mode} needs sound and there is none"
    if mode != "audio" and moved is None:
        return f"mode {mode} needs motion and there is none"
    heard, moved = None if mode == "imu" else heard, None if mode == "audio" else moved
    deciding = moved if mode == "imu" else heard
    assert deciding is not None
    if not len(deciding.margins):
        return "shorter than one window"
    nothing = np.zeros(0, np.float32)
    hits = np.zeros(0 if moved is None else len(moved.margins), np.bool_)
    evaluated = np.ones(0 if heard is None else len(heard.margins), np.bool_)
    if heard is None or detector.audio is None:
        assert moved is not None
        frames = segment(moved.margins, moved.level, detector.imu_events)
    elif moved is None or detector.imu is None:
        frames = segment(heard.margins, heard.level, detector.audio_events)
    else:
        audio, imu = detector.audio.plan, detector.imu.plan
        hits = detector.gating.fired(moved.margins, imu.hop_s)
        asked = hits_in_audio(audio, imu, detector.gating, len(heard.margins), hits)
        most = detector.gating.max_consecutive_audio_windows
        frames, evaluated = segment_gated(heard.margins, heard.level, detector.audio_events, asked, most)
    model = detector.imu if mode == "imu" else detector.audio
    assert model is not None
    return Detection(
        mode=mode,
        events=timed_events(frames, model.plan),
        event_frames=tuple(frames),
        audio_features=np.zeros((len(evaluated), 0), np.float32),
        audio_margins=nothing if heard is None else heard.margins,
        evaluated=evaluated,
        imu_features=np.zeros((len(hits), 0), np.float32),
        imu_margins=nothing if moved is None else moved.margins,
        imu_hits=hits,
        audio_level=nothing if heard is None else heard.level,
        imu_level=nothing if moved is None else moved.level,
        imu_evaluated=np.ones(len(hits), np.bool_),
    )
