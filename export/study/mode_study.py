"""Modes compared: audio, motion and gated, with N and both thresholds; event F1 against energy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from ...data.cache_place import cache_place
from ...data.input_error import InputError
from ...data.progress import Progress, silent
from ...selection.budget.budget import DevicePrice
from ...selection.budget.cost_table import load_cost_table
from ...selection.budget.gated_cost import GatedCost
from ...selection.detector.detector_file import MODALITIES, Detector
from ...selection.detector.event_settings import event_plan
from ...selection.detector.events import EventPlan
from ...selection.detector.pre_roll import PRE_ROLLS, PreRoll
from ...selection.detector.segmentation import segment
from ...selection.models.fitted_model import answered
from ...selection.training.event_counts import Counts, count_events
from ...selection.training.gate_trial import run_gate
from ...selection.training.session_tracks import session_tracks
from ...selection.training.thresholds import Track
from ...selection.training.training import assemble, fit_modality
from ...selection.training.training_plan import TrainingPlan
from ...selection.windows.dataset_features import DatasetFeatures
from ..report.scatter import Mark, Series, scatter
from .pareto_files import device_price
from .study import Study

__all__ = ["REFERENCE_LOSS", "REFERENCE_SAVING", "mode_study"]

DEVICE = "nrf5340"
CONSECUTIVE = (1, 2, 4, 8)
GATE_THRESHOLDS = (0.01, 0.03, 0.07, 0.14, 0.27, 0.45, 0.65, 0.75, 0.85, 0.92)
HOLDS_S = (0.128, 0.256, 0.384, 0.512)
THRESHOLD_ODDS = (0.5, 1.0, 2.0)
"""Odds of the audio threshold against those of the detector's own."""

REFERENCE_SAVING, REFERENCE_LOSS = 0.7056, 0.0126
"""Energy saved by gating and relative loss of F1 in S. Albini et al., "Cough-E", IEEE JBHI 2025."""


def mode_study(
    data: DatasetFeatures,
    plan: TrainingPlan,
    cache_folder: Path | None = None,
    progress: Progress = silent,
    detector: Detector | None = None,
) -> Study:
    """Compare modes on the margins of one pair of models.

    Parameters
    ----------
    data
        Its features are those of `detector`'s plans where one is given.
    plan
        Plan of the models that are trained where no detector is given; their margins are out of fold.
    cache_folder
        Folder for finished elimination steps; None is the user's cache folder.
    progress
        Called with the progress.
    detector
        A finished one, trained on other data than this.

    Raises
    ------
    InputError
        No session has motion, or the detector lacks a model.
    """
    folder = cache_folder or cache_place()
    if not any(session.imu is not None for session in data.sessions):
        raise InputError(data.source, "has no motion to gate by", remedy="add sessions with an imu.csv")
    if detector is None:
        audio, imu = (fit_modality(data, name, plan, folder, progress) for name in MODALITIES)
        detector = assemble(data, plan, audio, imu, progress=progress)
    elif detector.audio is None or detector.imu is None:
        problem = "this study needs a detector with an audio and a motion model"
        raise InputError("--model", problem, remedy="train one on sessions with imu.csv, or use `default`")
    else:
        audio, imu = answered(data, "audio", detector.audio), answered(data, "imu", detector.imu)
    tracks = session_tracks(data, "audio", audio), session_tracks(data, "imu", imu)
    table = load_cost_table()
    cycles = {name: GatedCost.of_detector(detector, table, name) for name in PRE_ROLLS}
    price = device_price(DEVICE)
    assert price is not None
    rows = list(_rows(detector, tracks, cycles, price, progress))
    return Study("mode", tuple(rows), _plot(rows), _finding(rows, cycles), "f1")


def _rows(
    detector: Detector,
    tracks: tuple[Mapping[int, Track], Mapping[int, Track]],
    cycles: Mapping[PreRoll, GatedCost],
    price: DevicePrice,
    progress: Progress,
) -> Iterator[dict[str, Any]]:
    audio, imu = tracks
    assert detector.audio is not None
    assert detector.imu is not None
    plans = detector.audio.plan, detector.imu.plan
    both = {number: audio[number] for number in sorted(audio.keys() & imu.keys())}
    motion = [imu[number] for number in both]
    usual, raw = cycles["decimated"], cycles["raw"]
    own = detector.gating
    n_own = own.max_consecutive_audio_windows
    for odds in THRESHOLD_ODDS:
        events, threshold = _events(detector, odds)
        counts = _ungated(list(both.values()), events, plans[0].frame_s)
        yield _row("audio", threshold, counts, usual.audio, price)
    counts = _ungated(motion, detector.imu_events, plans[1].frame_s)
    yield _row("imu", None, counts, usual.imu, price, imu_threshold=detector.imu.threshold)
    gates = [
        (hold, n)
        for hold, n in product(_with(HOLDS_S, own.hold_s), _with(CONSECUTIVE, n_own))
        if hold == own.hold_s or n == n_own
    ]
    settings = list(product(THRESHOLD_ODDS, gates, _with(GATE_THRESHOLDS, own.threshold)))
    for done, (odds, (hold_s, consecutive), gate) in enumerate(settings):
        progress("modes", done, len(settings))
        events, threshold = _events(detector, odds)
        gating = own.model_copy(
            update={"threshold": gate, "hold_s": hold_s, "max_consecutive_audio_windows": consecutive}
        )
        trial = run_gate(both, imu, plans, gating, events)
        more = {
            "imu_threshold": gate,
            "hold_s": hold_s,
            "max_consecutive": consecutive,
            "audio_duty": trial.window_duty,
            "as_trained": odds == 1.0 and gating == own,
            "raw_uj_per_second": round(raw.gated(*trial.duties) * price.uj_per_cycle, 2),
        }
        for prefix, one in (("", usual), ("raw_", raw)):
            more[f"{prefix}saving_vs_audio"] = 1.0 - one.gated(*trial.duties) / usual.audio
            more[f"{prefix}saving_away_from_coughs"] = 1.0 - one.gated(*trial.away_duties) / usual.audio
        yield _row("gated", threshold, trial.counts, usual.gated(*trial.duties), price, **more)
    progress("modes", len(settings), len(settings))


def _with(values: Sequence[float], own: float) -> list[Any]:
    """Return the values to try, the detector's own among them."""
    return sorted({*values, own})


def _events(detector: Detector, odds: float) -> tuple[EventPlan, float]:
    """Return the audio segmenter with its thresholds' odds multiplied, and the threshold."""
    assert detector.audio is not None
    model = detector.audio

    def scaled(threshold: float) -> float:
        return odds * threshold / (1.0 - threshold + odds * threshold)

    plan = event_plan(
        detector.events.audio,
        scaled(model.threshold),
        scaled(model.continue_threshold),
        frame_s=model.plan.frame_s,
        hop_frames=model.plan.block_frames,
        window_frames=model.plan.window_frames,
    )
    return plan, round(scaled(model.threshold), 4)


def _ungated(tracks: Sequence[Track], events: EventPlan, frame_s: float) -> Counts:
    counts = Counts()
    for track in tracks:
        found = segment(track.margins, track.level, events)
        times = [(event.start * frame_s, event.end * frame_s) for event in found]
        counts += count_events(track.references, times, track.duration_s)
    return counts


def _row(
    mode: str, threshold: float | None, counts: Counts, cycles: float, price: DevicePrice, **gated: Any
) -> dict[str, Any]:
    score = counts.as_dict()
    gate = ("imu_threshold", "hold_s", "max_consecutive")
    gains = ("audio_duty", "saving_vs_audio", "raw_saving_vs_audio", "saving_away_from_coughs")
    more = ("raw_saving_away_from_coughs", "raw_uj_per_second", "as_trained")
    return {
        "mode": mode,
        "audio_threshold": threshold,
        **{key: gated.get(key) for key in gate},
        "f1": score["f1"] or 0.0,
        "sensitivity": score["sensitivity"],
        "precision": score["precision"],
        "fp_per_hour": score["fp_per_hour"],
        "cycles_per_second": round(cycles),
        "uj_per_second": round(cycles * price.uj_per_cycle, 2),
        **{key: gated.get(key) for key in (*gains, *more)},
    }


def _plot(rows: Sequence[Mapping[str, Any]]) -> str:
    series = []
    for mode in MODALITIES:
        series.append(Series(mode, tuple(_mark(row) for row in rows if row["mode"] == mode)))
    for hold_s in sorted({row["hold_s"] for row in rows if row["mode"] == "gated"}):
        marks = tuple(_mark(row) for row in rows if row["hold_s"] == hold_s)
        series.append(Series(f"gated, hold {hold_s:g} s", marks))
    gated = [{**row, "uj_per_second": row["raw_uj_per_second"]} for row in rows if row["mode"] == "gated"]
    series.append(Series("gated, raw pre-roll", tuple(_mark(row) for row in gated)))
    return scatter(
        series,
        title=f"Modes: event F1 against energy of computing on {DEVICE} (ring: as trained)",
        x_label="uJ per second",
        y_label="event F1, subjects held out",
    )


def _mark(row: Mapping[str, Any]) -> Mark:
    note = ", ".join(f"{key} {value}" for key, value in row.items() if value is not None)
    return Mark(row["uj_per_second"], row["f1"], note=note, chosen=bool(row["as_trained"]))


def _finding(rows: Sequence[Mapping[str, Any]], cycles: Mapping[PreRoll, GatedCost]) -> str:
    """Sum up: what gating saves as trained, at the reference's loss, and at most, with each pre-roll."""
    audio = max(row["f1"] for row in rows if row["mode"] == "audio")
    gated = [row for row in rows if row["mode"] == "gated"]
    parts = [f"audio alone: F1 {audio:.3f}"]
    parts += [f"gated as trained: {_saved(row)}" for row in gated if row["as_trained"]]
    kept = [row for row in gated if row["f1"] >= (1.0 - REFERENCE_LOSS) * audio]
    if kept:
        best = max(kept, key=lambda row: row["saving_vs_audio"])
        parts.append(f"at most {100 * REFERENCE_LOSS:.2f} % of F1 lost: {_saved(best)}")
    else:
        best = max(gated, key=lambda row: row["f1"])
        parts.append(f"gating costs at least {100 * (1 - best['f1'] / audio):.2f} % of F1 here")
    usual, raw = (1.0 - (one.imu + one.asleep) / cycles["decimated"].audio for one in cycles.values())
    parts.append(f"a gate that never wakes saves {100 * usual:.1f} %, with a raw pre-roll {100 * raw:.1f} %")
    parts.append(f"the reference saved {100 * REFERENCE_SAVING:.2f} % at {100 * REFERENCE_LOSS:.2f} %")
    return "; ".join(parts)


def _saved(row: Mapping[str, Any]) -> str:
    return (
        f"saves {100 * row['saving_vs_audio']:.1f} % ({100 * row['saving_away_from_coughs']:.1f} % away from"
        f" coughs), with a raw pre-roll {100 * row['raw_saving_vs_audio']:.1f} %"
        f" ({100 * row['raw_saving_away_from_coughs']:.1f} %), at F1 {row['f1']:.3f}"
    )
