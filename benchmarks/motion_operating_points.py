"""What the gate loses on motion as a sensor delivers it, by grouped cross-validation.

    python benchmarks/motion_operating_points.py TRAINING

TRAINING holds the collections `synthetic` (coughs), `daily` and `chest_rest` (real motion), as `make
default-detector` lays them out; at least one session must have sound, which is not looked at. The motion
model has the shipped detector's features, size and weights. Each line is one operating point: how many
synthetic coughs have a window that opens the gate, and for how much of the real motion the gate is awake,
hold and stuck axes included; for models that were taught at the point, and for models that were taught by
recordings as they are. Nobody is in training and test.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tussis.data.dataset import iter_dataset
from tussis.export.estimate.sensor_choice import motion_sensor
from tussis.selection.detector.blind import stuck
from tussis.selection.detector.detector_file import Detector, load_detector
from tussis.selection.detector.gate_settings import Gating
from tussis.selection.models.booster import booster_json, fit_booster
from tussis.selection.training.known_windows import table_weights
from tussis.selection.training.recipe import load_recipe
from tussis.selection.training.training_plan import TrainingPlan
from tussis.selection.trees.tree_rounding import floor_to_half_keys, round_model
from tussis.selection.trees.xgboost_reader import read_xgboost
from tussis.selection.windows.dataset_features import DatasetFeatures, dataset_features
from tussis.selection.windows.folds import grouped_folds
from tussis.selection.windows.window_targets import IGNORED
from tussis.signal.motion_sensor import MotionSensor, as_sensed

RECIPE = Path(__file__).parents[1] / "selection" / "training" / "default_recipe.toml"
POINTS = (
    "lis2dh12:low-power-50",
    "lis2dh12:low-power-100",
    "lis2dh12:normal-50",
    "lis2dh12:normal-100",
    "lis2dh12:high-resolution-100",
    "adxl367:measure-100",
    "bmi270:accelerometer-100",
    "lsm6dso32:accelerometer-104",
)
GRID_S = 0.016
KINDS = ("sitting", "standing", "lying", "walking")


def answers(taught: DatasetFeatures, asked: DatasetFeatures, plan: TrainingPlan, names: tuple[str, ...]):
    """Margins of all windows of `asked` by models of the other groups that were taught by `taught`."""
    table, other = taught.table("imu"), asked.table("imu")
    support = np.isin(table.ids, names)
    X, Z = (floor_to_half_keys(one.columns(support)) for one in (table, other))
    weight = table_weights(table, plan, "imu")
    known = np.flatnonzero(table.target != IGNORED)
    folds = grouped_folds(table.target[known], table.group[known], plan.n_splits, plan.seed, source="x")
    margins = np.full(len(Z), np.nan, np.float32)
    for train, test in folds:
        rows = known[train]
        model = fit_booster(X[rows], table.target[rows], weight[rows], plan.imu.booster)
        held_out = np.isin(other.group, table.group[known[test]])
        margins[held_out] = read_xgboost(round_model(booster_json(model))).margin(Z[held_out])
    assert not np.isnan(margins).any()
    return margins


def stuck_windows(
    dataset: Path, detector: Detector, sensor: MotionSensor | None
) -> dict[str, NDArray[np.bool_]]:
    """Windows of each session in which an axis has stood still for too long."""
    return {
        ref.name: stuck(as_sensed(ref.load(**detector.rates), sensor), detector)
        for ref in iter_dataset(dataset)
    }


def outcome(
    data: DatasetFeatures, margins: NDArray[np.float32], gating: Gating, held: dict[str, NDArray[np.bool_]]
) -> dict[str, float]:
    """Share of coughs found, and of each kind of real motion awake."""
    found = coughs = first = 0
    awake: dict[str, list[NDArray[np.bool_]]] = defaultdict(list)
    hop_s = data.imu_plan.hop_s
    for session in data.sessions:
        windows = session.imu
        if windows is None:
            continue
        own, first = margins[first : first + len(windows)], first + len(windows)
        if session.variant_of:
            continue
        opened = gating.fired(own, hop_s) | held[session.name][: len(own)]
        if session.collection == "synthetic":
            for cough in session.coughs:
                near = (windows.end_s > cough.start_s) & (windows.start_s < cough.end_s)
                coughs += 1
                found += bool((opened & near).any())
            continue
        time = np.arange(0.0, session.duration_s, GRID_S)
        ends = windows.end_s[opened]
        newest = np.searchsorted(ends, time, side="right") - 1
        held_open = (newest >= 0) & (time - np.append(ends, 0.0)[newest] < gating.hold_s)
        if session.collection == "chest_rest":
            awake["chest, lying"].append(held_open)
        for label in session.labels:
            awake[label.name].append(held_open[(time >= label.start_s) & (time < label.end_s)])
    shares = {kind: float(np.concatenate(rows).mean()) for kind, rows in awake.items() if rows}
    return {"coughs": found / coughs, **shares}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("dataset", type=Path)
    dataset = parser.parse_args().dataset
    plan = load_recipe(RECIPE).applied_to(TrainingPlan(seed=0))
    detector = load_detector()
    assert detector.imu is not None
    plain = dataset_features(dataset, variants=plan.variants, pass_over=True)
    need = detector.motion_need
    print("| sensor | taught at | coughs |", " | ".join((*KINDS, "chest, lying")), "| stuck |")
    for words in ("", *POINTS):
        sensor = motion_sensor(words, need) if words else None
        data = dataset_features(dataset, motion_sensor=sensor, variants=plan.variants, pass_over=True)
        held = stuck_windows(dataset, detector, sensor)
        still = np.concatenate(list(held.values())).mean()
        for name, taught in (("itself", data), ("as recorded", plain))[: 2 if words else 1]:
            margins = answers(taught, data, plan, detector.imu.features)
            got = outcome(data, margins, detector.gating, held)
            cells = [f"{100 * got.get(kind, float('nan')):.1f} %" for kind in (*KINDS, "chest, lying")]
            print(
                f"| {words or 'as recorded'} | {name} | {100 * got['coughs']:.1f} % |",
                " | ".join(cells),
                end=" | ",
            )
            print(f"{100 * still:.2f} % |", flush=True)


if __name__ == "__main__":
    main()
