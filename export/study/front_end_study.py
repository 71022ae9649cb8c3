"""Front ends compared: mel bands against MFCC at equal cost, window lengths and hops, input rates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from ...data.cache_place import cache_place
from ...data.input_error import InputError
from ...data.progress import Progress, silent, staged
from ...selection.budget.cost_table import load_cost_table
from ...selection.budget.modality_costs import ModalityLimits, modality_costs
from ...selection.detector.detector_file import MODALITIES, Detector
from ...selection.models.fitted_model import FittedModel
from ...selection.search.model_search import Search, explore
from ...selection.search.pareto import subject_interval
from ...selection.training.event_counts import f1_interval
from ...selection.training.known_windows import candidate_columns, known_windows
from ...selection.training.session_tracks import session_tracks
from ...selection.training.thresholds import FrameGrid, choose_events, track_counts
from ...selection.training.training import assemble, fit_modality, labelled_features
from ...selection.training.training_plan import TrainingPlan
from ...selection.windows.dataset_features import DatasetFeatures
from ...signal.catalogue import audio_catalogue
from ..build.toolchain import find_arm_toolchain
from ..calibration.calibration import measure_detector
from ..report.scatter import Mark, Series, scatter
from .study import Study

__all__ = ["mel_mfcc_study", "rate_study", "window_study"]

ROOM = (15_000.0, 30_000.0, 60_000.0)
"""Cycles per second for features and model, beyond those of the bare audio path."""

SETS: Mapping[str, tuple[str, ...]] = {"mel": ("mel",), "MFCC": ("mfcc",), "both": ("mel", "mfcc")}
_TREES, _DEPTHS = (40,), (3, 4)

WINDOW_BLOCKS = (2, 3, 4, 6, 8)
HOP_BLOCKS = (1, 2, 3)
"""Window lengths and hops in blocks of 0.128 s; the kernels' blocks are of one length."""

RATES_HZ = (8000, 16000)


def mel_mfcc_study(
    data: DatasetFeatures, plan: TrainingPlan, cache_folder: Path | None = None, progress: Progress = silent
) -> Study:
    """Compare mel-band statistics with MFCC statistics, both within the same cycles."""
    folder = cache_folder or cache_place()
    rows = [row for name in SETS for row in _family_rows(data, plan, name, folder, progress)]
    series = [
        Series(name, tuple(_mark(row, "average_precision") for row in rows if row["features"] == name), True)
        for name in SETS
    ]
    plot = scatter(
        series,
        title="Mel bands against MFCC at equal cost (bars: 95 % over subjects)",
        x_label="million cycles per second of the audio path",
        y_label="average precision, subjects held out",
    )
    finding = _best(rows, "features", "average_precision")
    return Study("mel-mfcc", tuple(rows), plot, finding, "average_precision")


def _family_rows(
    data: DatasetFeatures, plan: TrainingPlan, name: str, folder: Path, progress: Progress
) -> Iterator[dict[str, Any]]:
    """Find the best model of one set of families within each limit."""
    table = data.table("audio")
    catalogue = audio_catalogue(plan.audio_plan)
    allowed = candidate_columns(data, "audio", plan)
    columns = np.array([k for k in allowed if catalogue[table.ids[k]].family in SETS[name]], np.intp)
    costs = modality_costs(load_cost_table(), "audio", plan.audio_plan, [table.ids[k] for k in columns])
    windows = known_windows(data, "audio", columns, plan)
    search = Search(
        windows,
        plan.audio.booster,
        step=plan.step,
        trees=_TREES,
        depths=_DEPTHS,
        folder=folder,
        name=f"{data.kept_under('audio')}-{name}",
        progress=staged(progress, "audio"),
    )
    for room in ROOM:
        limits = ModalityLimits(cycles_per_second=costs.cycles.base + room)
        found = explore(search, costs, limits, lambda excess: InputError(data.source, str(excess)))
        best = max(found.candidates, key=lambda one: one.score)
        judged = windows.y, best.margins, windows.weight, windows.groups
        low, high = subject_interval(*judged, seed=plan.seed)
        yield {
            "features": name,
            "limit_cycles_per_second": round(costs.cycles.base + room),
            "cycles_per_second": round(best.cycles_per_second),
            "n_features": len(best.columns),
            "average_precision": best.score,
            "low": low,
            "high": high,
        }


def window_study(
    dataset: str | PathLike[str],
    plan: TrainingPlan,
    cache_folder: Path | None = None,
    progress: Progress = silent,
) -> Study:
    """Compare window lengths and hops: event F1 of detectors trained with each, cost measured on the core.

    The firmware evaluates every window; for a longer hop the events are chosen again on every second or third
    window, and features and model are paid for as often.
    """
    folder = cache_folder or cache_place()
    rows = [
        row
        for blocks in WINDOW_BLOCKS
        for row in _window_rows(dataset, _with_audio(plan, window_blocks=blocks), folder, progress)
    ]
    series = [
        Series(f"hop {hop:g} s", tuple(_mark(row, "f1") for row in rows if row["hop_s"] == hop))
        for hop in sorted({row["hop_s"] for row in rows})
    ]
    plot = _event_plot(series, "Window length and hop")
    return Study("window", tuple(rows), plot, _best(rows, "window_s", "f1"), "f1")


def _window_rows(
    dataset: str | PathLike[str], plan: TrainingPlan, folder: Path, progress: Progress
) -> Iterator[dict[str, Any]]:
    """Train with one window length and score every hop."""
    data, audio, detector = _audio_and_detector(dataset, plan, folder, progress)
    core = measure_detector(detector, find_arm_toolchain())
    own = plan.audio_plan
    for every in (hop for hop in HOP_BLOCKS if hop <= own.window_blocks):
        windows = core.stages["audio_window"] + core.stages["audio_model"]
        cycles = core.audio_rest + core.stages["audio_front"] / own.frame_s + windows / (every * own.hop_s)
        yield {
            "window_s": own.window_s,
            "hop_s": every * own.hop_s,
            **_event_scores(data, plan, audio, every, progress),
            "window_average_precision": audio.average_precision,
            "n_features": len(audio.features),
            "cycles_per_second": round(cycles),
        }


def _event_scores(
    data: DatasetFeatures, plan: TrainingPlan, audio: FittedModel, every: int, progress: Progress
) -> dict[str, Any]:
    """Choose the events of every so many windows; event F1 with its 95 % interval over subjects, and more."""
    own = plan.audio_plan
    grid = FrameGrid(own.frame_s, every * own.block_frames, own.window_frames)
    tracks = [
        (data.sessions[number].subject, replace(track, margins=track.margins[::every]))
        for number, track in session_tracks(data, "audio", audio).items()
    ]
    choice = choose_events([track for _, track in tracks], grid, plan.audio.events, progress=progress)
    events = choice.plan(grid)
    counts = [(subject, track_counts(track, events, grid.frame_s)) for subject, track in tracks]
    found = choice.counts.as_dict()
    low, high = f1_interval(counts) or (found["f1"], found["f1"])
    rest = {key: found[key] for key in ("sensitivity", "precision", "fp_per_hour")}
    return {"f1": found["f1"], "low": low, "high": high, **rest}


def _with_audio(plan: TrainingPlan, **changes: Any) -> TrainingPlan:
    return replace(plan, audio_plan=replace(plan.audio_plan, **changes))


def rate_study(
    dataset: str | PathLike[str],
    plan: TrainingPlan,
    cache_folder: Path | None = None,
    progress: Progress = silent,
) -> Study:
    """Compare input rates; the kernels work at 8 kHz behind the decimator."""
    folder = cache_folder or cache_place()
    rows = [
        {"input_rate_hz": rate_hz}
        | _trained(dataset, _with_audio(plan, input_rate_hz=rate_hz), folder, progress)
        for rate_hz in RATES_HZ
    ]
    series = [Series(f"{row['input_rate_hz']} Hz", (_mark(row, "f1"),)) for row in rows]
    return Study(
        "rate", tuple(rows), _event_plot(series, "Input rate"), _best(rows, "input_rate_hz", "f1"), "f1"
    )


def _trained(
    dataset: str | PathLike[str], plan: TrainingPlan, folder: Path, progress: Progress
) -> dict[str, Any]:
    """Train with one plan and score its events; cost measured on the core."""
    data, audio, detector = _audio_and_detector(dataset, plan, folder, progress)
    return {
        **_event_scores(data, plan, audio, 1, progress),
        "window_average_precision": audio.average_precision,
        "n_features": len(audio.features),
        "cycles_per_second": round(measure_detector(detector, find_arm_toolchain()).audio_second),
    }


def _audio_and_detector(
    dataset: str | PathLike[str], plan: TrainingPlan, folder: Path, progress: Progress
) -> tuple[DatasetFeatures, FittedModel, Detector]:
    data = labelled_features(dataset, plan, folder, progress)
    if all(session.imu is None for session in data.sessions):
        raise InputError(dataset, "has no motion", remedy="this study needs sessions with an imu.csv")
    audio, imu = (fit_modality(data, name, plan, folder, progress) for name in MODALITIES)
    return data, audio, assemble(data, plan, audio, imu, progress=progress)


def _mark(row: Mapping[str, Any], score: str) -> Mark:
    note = ", ".join(f"{key} {value:.4g}" for key, value in row.items() if isinstance(value, (int, float)))
    return Mark(row["cycles_per_second"] / 1e6, row[score], row.get("low"), row.get("high"), note)


def _event_plot(series: Sequence[Series], title: str) -> str:
    return scatter(
        series,
        title=f"{title}: event F1 against cost",
        x_label="million cycles per second of the audio path, measured on the emulated core",
        y_label="event F1, subjects held out (bars: 95 % over subjects)",
    )


def _best(rows: Sequence[Mapping[str, Any]], key: str, score: str) -> str:
    best = max(rows, key=lambda row: row[score])
    return f"best: {key} {best[key]}, {score} {best[score]:.3f} at {best['cycles_per_second']:,} cycles/s"
