"""From a labelled dataset to a detector: features, elimination, fit, thresholds, gate."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.cache_place import cache_place
from ...data.input_error import InputError
from ...data.progress import Progress, silent, staged
from ...signal.catalogue import needs_gyroscope
from ...signal.feature import Modality
from ..budget.cost_table import load_cost_table
from ..budget.modality_costs import modality_costs
from ..detector.detector_file import AudioModel, Detector, EventSettings, ImuModel
from ..detector.gate_settings import Gating
from ..detector.motion_need import MotionNeed
from ..detector.provenance import PathPoint, Provenance
from ..models.fitted_model import FittedModel
from ..models.out_of_fold import fit_out_of_fold
from ..windows.dataset_features import DatasetFeatures, dataset_features
from .event_counts import Counts
from .first_check import check_first, no_coughs
from .gate_choice import GATE_THRESHOLDS, GateChoice, GateTrack, choose_gate, gate_hits
from .known_windows import candidate_columns, known_windows, table_weights
from .operating_points import MIN_BACKGROUND_S, ModalityPoints, background_s, choose_points, join_points
from .plan_names import names_without_data
from .reference_sound import reference_tracks
from .session_tracks import drawn_tracks, frame_grid, session_tracks
from .teaching_material import doubts_about, sources_of
from .thresholds import (
    CONTINUE_ODDS,
    EventChoice,
    Track,
    choose_events,
    continue_threshold,
)
from .training_plan import ModalityPlan, TrainingPlan
from .unlabelled import learned_from_unlabelled
from .weak_labels import with_strong_labels

if TYPE_CHECKING:
    from ..elimination.budgeted_rfecv import BudgetedRFECV

COST_EXPONENT = 0.5
"""Exponent of a feature's price against its importance, where the plan limits cycles."""

__all__ = ["assemble", "fit_modality", "labelled_features", "train"]


def train(
    dataset: str | PathLike[str],
    *,
    plan: TrainingPlan | None = None,
    unlabelled: str | PathLike[str] | None = None,
    budget: dict[str, Any] | None = None,
    cache_folder: Path | None = None,
    command: str = "",
    progress: Progress = silent,
) -> Detector:
    """Train a detector. An interrupted call, repeated, goes on where it stopped.

    Parameters
    ----------
    dataset
        Labelled sessions of at least two subjects with coughs; five or more are wanted. Where no session
        has an IMU file the detector is audio only.
    plan
        Every other choice.
    unlabelled
        Recordings without labels, whose confident windows the audio model may learn from
        (`tussis.selection.training.unlabelled`); kept only if held-out scores rise.
    budget
        Kept in the detector as it is.
    cache_folder
        Folder for features and finished elimination steps; None is the user's cache folder.
    command
        Command that makes the detector again; kept in its provenance.
    progress
        Called with the progress of each stage.

    Returns
    -------
    Detector

    Raises
    ------
    InputError
        No labels, too few subjects with coughs, a fold with one class. Sessions that cannot be read are
        passed over and listed among the doubts.

    Examples
    --------
    >>> from tussis import TrainingPlan, write_dataset
    >>> folder = write_dataset("recordings", subjects=3, sessions_per_subject=1, session_s=20.0)
    >>> plan = TrainingPlan(n_splits=2, step=0.95)
    >>> detector = train(folder, plan=plan)
    >>> len(detector.audio.features) > 0
    True
    """
    plan = plan or TrainingPlan()
    folder = cache_folder or cache_place()
    data = labelled_features(dataset, plan, folder, progress, training=True)
    audio, trial = fit_modality(data, "audio", plan, folder, progress), None
    if unlabelled is not None:
        audio, trial = learned_from_unlabelled(
            data, audio, unlabelled, plan, folder, staged(progress, "unlabelled")
        )
    with_motion = any(session.imu is not None for session in data.sessions)
    imu = fit_modality(data, "imu", plan, folder, progress) if with_motion else None
    detector = assemble(data, plan, audio, imu, budget=budget, command=command, progress=progress)
    if trial is None:
        return detector
    scores = {**detector.provenance.scores, "unlabelled": trial.as_dict()}
    provenance = detector.provenance.model_copy(update={"scores": scores})
    return detector.model_copy(update={"provenance": provenance})


def labelled_features(
    dataset: str | PathLike[str],
    plan: TrainingPlan,
    folder: Path,
    progress: Progress = silent,
    *,
    training: bool = False,
) -> DatasetFeatures:
    """Compute or read the features of a dataset that has coughs, and label the coughs of clips.

    Parameters
    ----------
    dataset, plan, folder, progress
        As in `train`, `folder` being the cache.
    training
        Whether a detector is trained: two subjects are needed, and sessions that cannot be read are passed
        over and listed. Else one of them is refused, after all features.

    Raises
    ------
    InputError
        No labels, or none of a cough, before any feature; unreadable sessions.
    """
    check_first(dataset, plan=plan, by_subject=training)
    data = dataset_features(
        dataset,
        audio_plan=plan.audio_plan,
        imu_plan=plan.imu_plan,
        motion_sensor=plan.motion_sensor,
        variants=plan.variants,
        late_copies=plan.late_copies,
        cache_folder=folder,
        pass_over=training,
        progress=progress,
    )
    if not any(session.coughs for session in data.sessions):
        raise no_coughs(dataset, set())
    return with_strong_labels(data, plan, folder, staged(progress, "weak labels"))


def assemble(
    data: DatasetFeatures,
    plan: TrainingPlan,
    audio: FittedModel,
    imu: FittedModel | None,
    *,
    budget: dict[str, Any] | None = None,
    command: str = "",
    progress: Progress = silent,
) -> Detector:
    """Choose thresholds, event parameters and the gate of fitted models, and make the detector.

    Parameters
    ----------
    data, plan
        What the models were trained on, and how.
    audio, imu
        Models with their out-of-fold margins; None for no motion.
    budget, command
        Kept in the detector as they are.
    progress
        Called after each candidate.
    """
    audio_points = _choose(data, plan, "audio", audio, progress)
    audio_choice, imu_points = audio_points.balanced, None
    scores: dict[str, Any] = {"audio": _scores(audio_points, audio)}
    imu_model, gating, imu_events = None, Gating(), plan.imu.events
    if imu is not None:
        imu_points = _choose(data, plan, "imu", imu, progress)
        imu_choice = imu_points.balanced
        imu_model = ImuModel(plan=plan.imu_plan, **_decisions(imu, imu_choice))
        imu_events = imu_choice.parameters
        gate = _gate(data, plan, audio, imu, audio_choice, progress)
        gating = Gating(
            threshold=gate.threshold,
            hold_s=gate.hold_s,
            max_consecutive_audio_windows=plan.max_consecutive_audio_windows,
            busy_threshold=plan.busy_threshold,
        )
        scores["imu"] = _scores(imu_points, imu)
        scores["gated"] = gate.counts.as_dict() | {"audio_duty": gate.audio_duty}
    return Detector(
        audio=AudioModel(plan=plan.audio_plan, **_decisions(audio, audio_choice)),
        imu=imu_model,
        gating=gating,
        sound_level=plan.sound_level,
        motion_sensor=None if imu is None else _motion_need(plan, imu),
        events=EventSettings(audio=audio_choice.parameters, imu=imu_events),
        operating_points=join_points(audio_points, imu_points),
        budget=budget,
        provenance=_provenance(data, plan, scores, command, fitted={"audio": audio, "imu": imu}),
    )


def _motion_need(plan: TrainingPlan, imu: FittedModel) -> MotionNeed:
    """State what the model needs: the operating point it was taught at, and whether a gyroscope."""
    return MotionNeed.of(plan.imu_plan, plan.motion_sensor, gyroscope=needs_gyroscope(imu.features))


def _choose(
    data: DatasetFeatures, plan: TrainingPlan, modality: Modality, fitted: FittedModel, progress: Progress
) -> ModalityPoints:
    """Choose one modality's event parameters and operating points, on margins out of fold."""
    wanted, grid = plan.modality(modality), frame_grid(plan, modality)
    by_session = session_tracks(data, modality, fitted)
    staged_progress = staged(progress, modality)
    if wanted.search_events:
        drawn = drawn_tracks(data, modality, by_session, plan.max_rows)
        choice = choose_events(list(drawn.values()), grid, wanted.events, progress=staged_progress)
    else:
        choice = EventChoice(0.5, continue_threshold(0.5, CONTINUE_ODDS[1]), wanted.events, Counts())
    tracks = _measured(data, wanted, by_session)
    synthetic = None if background_s(tracks) >= MIN_BACKGROUND_S else reference_tracks(plan, modality, fitted)
    targets = wanted.false_per_hour or plan.false_per_hour
    return choose_points(tracks, grid, choice, targets, synthetic=synthetic, progress=staged_progress)


def _measured(data: DatasetFeatures, plan: ModalityPlan, tracks: Mapping[int, Track]) -> list[Track]:
    """Take the tracks that operating points are measured on, and say on which false events are counted."""
    if not plan.found_on and not plan.false_on:
        return list(tracks.values())
    measured = []
    for number, track in tracks.items():
        collection = data.sessions[number].collection
        counts_false = not plan.false_on or collection in plan.false_on
        counts_found = not plan.found_on or collection in plan.found_on
        if counts_false or (counts_found and track.references):
            references = track.references if counts_found else [r for r in track.references if r.is_unsure]
            measured.append(replace(track, references=references, hours_weight=float(counts_false)))
    return measured


def _decisions(fitted: FittedModel, choice: EventChoice) -> dict[str, Any]:
    """Collect what a model of the detector holds besides its front-end plan."""
    return {
        "features": fitted.features,
        "model": fitted.document,
        "threshold": choice.threshold,
        "continue_threshold": choice.continue_threshold,
    }


def fit_modality(
    data: DatasetFeatures, modality: Modality, plan: TrainingPlan, folder: Path, progress: Progress
) -> FittedModel:
    """Eliminate features and fit one modality."""
    from ..elimination.budgeted_rfecv import BudgetedRFECV, NoSetAllowedError

    wanted = plan.modality(modality)
    table = data.table(modality)
    columns = candidate_columns(data, modality, plan)
    windows = known_windows(data, modality, columns, plan)
    staged_progress = staged(progress, modality)
    ids = [table.ids[column] for column in columns]
    limited = wanted.cycles_per_second is not None
    elimination = BudgetedRFECV(
        step=plan.step,
        min_features_to_select=wanted.min_features,
        max_features=wanted.max_features,
        costs=modality_costs(load_cost_table("gcc"), modality, plan.window_plan(modality), ids).cycles
        if limited
        else None,
        max_cost=wanted.cycles_per_second,
        cost_exponent=COST_EXPONENT,
        redundancy=0.0,  # mel bands side by side are alike, and each says a little more
        cv=plan.n_splits,
        rule=plan.rule,
        max_loss=plan.max_loss,
        ranking=plan.ranking,
        booster=wanted.booster,
        random_state=plan.seed,
        checkpoint=folder / "elimination" / f"{data.kept_under(modality)}-{modality}.json",
        source=data.source,
        progress=staged_progress,
    )
    try:
        elimination.fit(windows.X, windows.y, windows.groups, windows.weight)
    except NoSetAllowedError as error:
        raise InputError(
            "recipe",
            str(error),
            field=f"{modality}.cycles_per_second",
            remedy="raise it, or lower min_features",
        ) from None
    support = np.zeros(len(table.ids), np.bool_)
    support[columns[elimination.support_]] = True
    taught = data.table(modality, late=True)
    fitted = fit_out_of_fold(
        taught,
        support,
        table_weights(taught, plan, modality),
        wanted.booster,
        plan.n_splits,
        source=data.source,
        progress=staged_progress,
    )
    return replace(fitted, path=_path(elimination, priced=limited))


def _path(elimination: BudgetedRFECV, *, priced: bool) -> tuple[PathPoint, ...]:
    """Keep what selection measured, to the digits that its spread leaves any meaning."""
    found = elimination.cv_results_
    columns = ("n_features", "mean_test_score", "std_test_score", "cost")
    return tuple(
        PathPoint(
            n_features=int(size),
            score=round(float(score), 5),
            deviation=round(float(deviation), 5),
            cycles_per_second=round(float(cost)) if priced else None,
            chosen=bool(size == elimination.n_features_),
        )
        for size, score, deviation, cost in zip(*(found[name] for name in columns), strict=True)
    )


def _gate(
    data: DatasetFeatures,
    plan: TrainingPlan,
    audio: FittedModel,
    imu: FittedModel,
    audio_choice: EventChoice,
    progress: Progress,
) -> GateChoice:
    """Choose the gate on the sessions that have both sound and motion."""
    audio_tracks, imu_tracks = session_tracks(data, "audio", audio), session_tracks(data, "imu", imu)
    audio_grid = frame_grid(plan, "audio")
    with_motion = {number: audio_tracks[number] for number in sorted(audio_tracks.keys() & imu_tracks.keys())}
    drawn = drawn_tracks(data, "audio", with_motion, plan.max_rows)
    return choose_gate(
        [GateTrack(track, imu_tracks[number].margins) for number, track in drawn.items()],
        partial(gate_hits, plan.audio_plan, plan.imu_plan, plan.busy_threshold),
        audio_choice.plan(audio_grid),
        audio_grid.frame_s,
        plan.max_consecutive_audio_windows,
        max_loss=plan.max_gate_loss,
        thresholds=GATE_THRESHOLDS if plan.gate_threshold is None else (plan.gate_threshold,),
        progress=progress,
    )


def _scores(chosen: ModalityPoints, fitted: FittedModel) -> dict[str, Any]:
    """Collect the counts at the point ``balanced``, the model's average precision, and all points."""
    return chosen.balanced.counts.as_dict() | {
        "window_average_precision": fitted.average_precision,
        "points": chosen.as_scores(),
    }


def _provenance(
    data: DatasetFeatures,
    plan: TrainingPlan,
    scores: dict[str, Any],
    command: str,
    fitted: Mapping[str, FittedModel | None],
) -> Provenance:
    import xgboost

    versions = {"tussis": version("tussis"), "xgboost": str(xgboost.__version__)}  # or xgboost-cpu
    versions |= {name: version(name) for name in ("scikit-learn", "numpy", "scipy", "timescoring")}
    return Provenance(
        data_hash=data.data_hash,
        versions=versions | {"python": platform.python_version()},
        seed=plan.seed,
        scores={"out_of_fold": scores},
        command=command,
        created_by=f"tussis {version('tussis')}",
        sources=[
            source.model_copy(update={"licence": licence, "url": url})
            for source in sources_of(data)
            for licence, url in [plan.sources.get(source.collection, ("", ""))]
        ],
        doubts=[*doubts_about(data), *names_without_data(data, plan)],
        recordings=sorted({one.samples_hash for one in data.sessions if not one.variant_of}),
        selection={name: list(model.path) for name, model in fitted.items() if model and model.path},
    )
