"""Everything that an evaluation says, and how it is put together from answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ...data.left_out import LeftOut
from ...signal.feature import Modality
from ..detector.detector_file import Detector
from ..detector.mode import Mode
from ..training.scoring import Score
from .answer import Answer, EventError
from .count_agreement import CountAgreement, count_agreement
from .event_figures import NamedRatio, clip_shares, event_scores, false_by_sound, false_per_hour
from .gate_figures import GateFigures, gate_figures
from .ratio import Ratio, ratio
from .risk_coverage import RiskCoverage, risk_coverage
from .threshold_rows import ThresholdRow, threshold_rows
from .window_figures import WindowFigures, window_figures

__all__ = ["ClipFigures", "Evaluation", "FalseEvents", "Method", "compile_evaluation"]

Method = Literal["held out", "out of fold"]
"""Answers of one finished detector, or of models that were each trained without the recording's group."""


@dataclass(frozen=True)
class ClipFigures:
    """Clips: cough clips by collection in which an event touches a cough, and others with a false event."""

    coughs: Ratio
    others: Ratio
    coughs_by_collection: tuple[NamedRatio, ...]
    others_by_collection: tuple[NamedRatio, ...]
    others_by_class: tuple[NamedRatio, ...]


@dataclass(frozen=True)
class FalseEvents:
    """False events per hour: over all, by class or label, by collection, and by condition of sessions.

    Hours are those in which an event could be false: a clip that only says cough has none.
    """

    all: Ratio
    by_sound: tuple[NamedRatio, ...]
    by_collection: tuple[NamedRatio, ...]
    by_movement: tuple[NamedRatio, ...]
    by_background: tuple[NamedRatio, ...]


@dataclass(frozen=True)
class Evaluation:
    """What `tussis.evaluate` found.

    Parameters
    ----------
    method
        Who answered.
    thresholds
        Probability from which each model opens an event.
    recordings, groups, hours
        What was evaluated.
    events
        Event counts of recordings with bounds, by the mode that ran.
    clips
        None where there are no clips.
    false_events
        Of recordings with sound; None where there are none.
    motion
        False events per hour of recordings with motion only, by movement; None where there are none.
    windows, risk_coverage, sweep, agreement
        By the model that decides.
    gate
        None where no motion model ran.
    errors
        Missed coughs and false events, recording after recording.
    left_out
        Recordings that could not be evaluated, and why.
    unlabelled
        Recordings without labels.
    trained_on
        Recordings that the detector was trained on.
    doubts
        What need not be wrong in the dataset and its recordings and probably is, each in one line.
    """

    method: Method
    thresholds: dict[Modality, float]
    recordings: int
    groups: int
    hours: float
    events: dict[Mode, Score]
    clips: ClipFigures | None
    false_events: FalseEvents | None
    motion: tuple[NamedRatio, ...] | None
    windows: dict[Modality, WindowFigures]
    risk_coverage: dict[Modality, RiskCoverage]
    sweep: dict[Modality, tuple[ThresholdRow, ...]]
    agreement: dict[Modality, CountAgreement]
    gate: GateFigures | None
    errors: tuple[EventError, ...]
    left_out: tuple[LeftOut, ...] = ()
    unlabelled: tuple[str, ...] = ()
    trained_on: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Render for JSON; the keys are the fields, figures that are undefined are null."""
        scores = {mode: score.as_dict() for mode, score in self.events.items()}
        for document in scores.values():
            del document["unlabelled"]  # they are listed once, for all modes
        return asdict(self) | {"events": scores}


def compile_evaluation(
    answers: Sequence[Answer],
    detector: Detector,
    method: Method,
    *,
    left_out: Sequence[LeftOut] = (),
    unlabelled: Sequence[str] = (),
    doubts: Sequence[str] = (),
) -> Evaluation:
    """Compute every figure.

    Parameters
    ----------
    answers
        At least one.
    detector
        Whose thresholds and gate gave them.
    method, left_out, unlabelled
        As in `Evaluation`.
    doubts
        Those that do not come with an answer.
    """
    models = {"audio": detector.audio, "imu": detector.imu}
    modalities: tuple[Modality, ...] = ("audio", "imu")
    by_model = {
        modality: decided
        for modality in modalities
        if (decided := [answer for answer in answers if answer.modality == modality])
    }
    thresholds = {name: model.threshold for name in modalities if (model := models[name]) is not None}
    windows = {name: window_figures(answers, name) for name in modalities}
    risks = {name: risk_coverage(decided, thresholds[name]) for name, decided in by_model.items()}
    counts = {name: count_agreement(decided) for name, decided in by_model.items()}
    return Evaluation(
        method=method,
        thresholds=thresholds,
        recordings=len(answers),
        groups=len({answer.group for answer in answers}),
        hours=sum(answer.duration_s for answer in answers) / 3600.0,
        events=event_scores(answers),
        clips=_clips([answer for answer in answers if answer.is_clip]),
        false_events=_false_events([answer for answer in answers if not answer.is_motion_only]),
        motion=_motion([answer for answer in answers if answer.is_motion_only]),
        windows={name: found for name, found in windows.items() if found is not None},
        risk_coverage={name: curve for name, curve in risks.items() if curve is not None},
        sweep={name: threshold_rows(decided) for name, decided in by_model.items()},
        agreement={name: found for name, found in counts.items() if found is not None},
        gate=gate_figures(answers, detector.gating),
        errors=tuple(error for answer in answers for error in (*answer.missed, *answer.false_errors)),
        left_out=tuple(left_out),
        unlabelled=tuple(unlabelled),
        trained_on=tuple(answer.reference.name for answer in answers if answer.trained_on),
        doubts=(*doubts, *(doubt for answer in answers for doubt in answer.doubts)),
    )


def _clips(clips: Sequence[Answer]) -> ClipFigures | None:
    if not clips:
        return None
    coughs = [clip for clip in clips if clip.has_coughs]
    others = [clip for clip in clips if not clip.has_coughs]

    def collection(answer: Answer) -> str:
        return answer.reference.collection

    return ClipFigures(
        coughs=ratio((clip.group, clip.heard, 1) for clip in coughs),
        others=ratio((clip.group, clip.heard, 1) for clip in others),
        coughs_by_collection=clip_shares(coughs, collection),
        others_by_collection=clip_shares(others, collection),
        others_by_class=clip_shares(others, lambda clip: clip.sound),
    )


def _false_events(answers: Sequence[Answer]) -> FalseEvents | None:
    if not answers:
        return None
    sessions = [answer for answer in answers if not answer.is_clip]
    return FalseEvents(
        all=ratio(((one.group, int(one.is_false.sum()), one.judged_s) for one in answers), per=3600.0),
        by_sound=false_by_sound(answers),
        by_collection=false_per_hour(answers, lambda answer: answer.reference.collection),
        by_movement=false_per_hour(sessions, lambda answer: answer.reference.movement),
        by_background=false_per_hour(sessions, lambda answer: answer.reference.background),
    )


def _motion(answers: Sequence[Answer]) -> tuple[NamedRatio, ...] | None:
    return false_by_sound(answers) if answers else None
