"""Sections about a detector file: importance of features, operating points, the front, provenance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from ...selection.detector.detector_file import Detector
from .chart import Chart, Table, bars, curves, points
from .report_page import Section

__all__ = ["detector_sections", "front_section", "importances"]

_FEATURES_SHOWN = 15
_NAMES = {"audio": "audio model", "imu": "motion model"}


def detector_sections(detector: Detector) -> tuple[Section, ...]:
    """Show what a detector file says about itself."""
    found = [_importance(detector)]
    if detector.provenance.selection:
        found.append(_selection(detector))
    if detector.operating_points is not None:
        found.append(_operating(detector))
    found.append(_provenance(detector))
    return tuple(found)


def importances(model: Mapping[str, Any], features: Sequence[str]) -> dict[str, float]:
    """Sum the gain of every split by feature and divide by the sum over all, largest first.

    Parameters
    ----------
    model
        An XGBoost model as its JSON document. ``loss_changes`` is the gain of a split (T. Chen and
        C. Guestrin, XGBoost, KDD 2016, equation 7).
    features
        Names of its columns.
    """
    gains: defaultdict[str, float] = defaultdict(float)
    for tree in model["learner"]["gradient_booster"]["model"]["trees"]:
        splits = zip(tree["left_children"], tree["split_indices"], tree["loss_changes"], strict=True)
        for left, column, gain in splits:
            if left != -1:
                gains[features[column]] += gain
    total = sum(gains.values()) or 1.0
    return {name: gains[name] / total for name in sorted(features, key=lambda name: (-gains[name], name))}


def _importance(detector: Detector) -> Section:
    charts: list[Chart] = []
    for key, model in (("audio", detector.audio), ("imu", detector.imu)):
        if model is None:
            continue
        shares = importances(model.model, model.features)
        rows = [
            {"name": name, "value": 100 * share, "text": f"{100 * share:.1f} %"}
            for name, share in list(shares.items())[:_FEATURES_SHOWN]
        ]
        title = f"{_NAMES[key].capitalize()}: {min(len(shares), _FEATURES_SHOWN)} of {len(shares)} features"
        axis = "share of the gain of all splits, %"
        charts.append(bars(title, rows, axis=axis, columns=("feature", "share of the gain")))
    text = "How much each feature's splits reduce the training loss, summed over all trees."
    return Section("Feature importance", text, tuple(charts))


def _selection(detector: Detector) -> Section:
    """Show the sets of features that selection tried, smallest first, with a ring around the chosen one."""
    charts = []
    for key, path in detector.provenance.selection.items():
        rows = [
            {
                "series": _NAMES.get(key, key),
                "x": point.n_features,
                "y": point.score,
                "low": point.score - point.deviation,
                "high": point.score + point.deviation,
                "chosen": point.chosen,
                "note": ""
                if point.cycles_per_second is None
                else f"{point.cycles_per_second:,.0f} cycles per second",
            }
            for point in sorted(path, key=lambda point: point.n_features)
        ]
        title = f"{_NAMES.get(key, key).capitalize()}: sets of features"
        charts.append(points(title, rows, x="features", y="average precision", zero=False))
    text = (
        "Features were dropped step by step, those first that say little for the cycles that they take. Each"
        " set was scored on people held out; bars are one standard deviation over the folds, a ring marks the"
        " chosen set."
    )
    return Section("Feature selection", text, tuple(charts))


def _operating(detector: Detector) -> Section:
    assert detector.operating_points is not None
    document = detector.operating_points.model_dump(mode="json")
    rows = [
        {"series": _NAMES[key], "x": false, "y": sensitivity}
        for key, swept in (document.get("sweep") or {}).items()
        for _, sensitivity, false in swept or ()
    ]
    charts: tuple[Chart, ...] = ()
    if rows:
        chart = curves(
            "Thresholds", rows, x="false events per hour", y="share of coughs found", logarithmic=True
        )
        charts = (chart,)
    head = ("point", "model", "threshold", "coughs found", "false per hour", "hours", "background")
    cells = tuple(
        (
            name,
            _NAMES[key],
            f"{point[key]['threshold']:.4f}",
            f"{point[key]['sensitivity']:.3f}",
            f"{point[key]['false_per_hour']:.2f}",
            f"{point[key]['hours']:.2f}",
            str(point[key]["background"]),
        )
        for name, point in document.items()
        if name != "sweep" and isinstance(point, Mapping)
        for key in _NAMES
        if point.get(key)
    )
    text = "What training measured on people that each model had not seen."
    return Section("Operating points", text, charts, (Table(head, cells, "Operating points"),))


def _provenance(detector: Detector) -> Section:
    origin = detector.provenance
    rows = [("command", origin.command), ("created by", origin.created_by), ("data hash", origin.data_hash)]
    rows += [("seed", str(origin.seed))]
    rows += [(f"version of {name}", number) for name, number in sorted(origin.versions.items())]
    rows += [("doubt", doubt) for doubt in origin.doubts]
    facts = Table(("what", "value"), tuple((name, value) for name, value in rows if value), "Provenance")
    head = ("collection", "recordings", "people or groups", "hours", "coughs", "left out", "licence")
    sources = tuple(
        (
            source.collection or "this dataset",
            str(source.recordings),
            str(source.groups),
            f"{source.hours:.2f}",
            str(source.coughs),
            str(source.left_out),
            source.licence,
        )
        for source in origin.sources
    )
    return Section("Provenance", tables=(Table(head, sources, "Trained on"), facts))


def front_section(document: Mapping[str, Any]) -> Section:
    """Show the front that a training within a budget found, from ``DETECTOR.front.json``."""
    front = document["front"]
    energy = all(point["uj_per_second"] is not None for point in front)
    key, words = (
        ("uj_per_second", "energy of computing, µJ per second")
        if energy
        else ("cycles_per_second", "cycles per second")
    )
    charts = []
    for cost, label in ((key, words), ("flash_bytes", "flash, bytes"), ("ram_bytes", "RAM, bytes")):
        rows = [
            {
                "series": _NAMES[point["modality"]],
                "x": point[cost],
                "y": point["event_f1"],
                "low": point["event_f1_low"],
                "high": point["event_f1_high"],
                "chosen": point["chosen"],
                "note": f"{len(point['features'])} features, {point['n_trees']} trees of depth"
                f" {point['max_depth']}",
            }
            for point in front
        ]
        charts.append(points(f"Front: {label}", rows, x=label, y="event F1, ungated", zero=False))
    text = "Detectors within the budget, scored on people held out; a ring marks the chosen ones."
    return Section("Front", text, tuple(charts))
