"""The front of a budgeted training on disk: JSON, CSV and a plot next to the detector."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...data.atomic import write_text_whole
from ...data.input_error import InputError
from ...data.json_text import json_text
from ...selection.budget.budget import DevicePrice
from ...selection.detector.detector_file import MODALITIES
from ...selection.search.budgeted_training import BudgetedTraining
from ...selection.search.pareto_points import ParetoPoint
from ..estimate.devices import load_profiles
from ..report.chart import Spec
from ..report.scatter import Mark, Series, panels, scatter_panel

__all__ = ["device_price", "table_csv", "write_front"]


def device_price(name: str | None, source: str | Path = "budget") -> DevicePrice | None:
    """Look up what computing costs on a device at its default clock; None for no device.

    Parameters
    ----------
    name
        Name of the device.
    source
        The budget file that names it, for messages.

    Raises
    ------
    InputError
        No such device.
    """
    if name is None:
        return None
    profiles = load_profiles()
    if name not in profiles.devices:
        known = ", ".join(sorted(profiles.devices))
        raise InputError(source, f"{name!r} is unknown", field="device", remedy=f"use one of {known}")
    device = profiles.device(name)
    clock = device.clock()
    return DevicePrice(name, clock.clock_hz, clock.active_ua.value * device.supply_v.value)


def write_front(training: BudgetedTraining, stem: Path) -> tuple[Path, ...]:
    """Write ``STEM.front.json``, ``.csv`` and ``.svg``; give their paths.

    Parameters
    ----------
    training
        A detector, its predicted cost and its front.
    stem
        The detector file; its suffix is replaced.
    """
    points = [asdict(point) for point in training.front]
    document = {"cost": asdict(training.cost), "bounds": list(training.bounds), "front": points}
    paths = tuple(stem.with_name(f"{stem.stem}.front.{kind}") for kind in ("json", "csv", "svg"))
    write_text_whole(paths[0], json_text(document, 1) + "\n")
    rows = [point | {"features": " ".join(point["features"])} for point in points]
    write_text_whole(paths[1], table_csv(rows))
    write_text_whole(paths[2], front_plot(training.front))
    return paths


def front_plot(front: Sequence[ParetoPoint]) -> str:
    """Plot event F1 with its interval against energy (cycles where no device is given), flash and RAM."""
    energy = all(point.uj_per_second is not None for point in front)
    costs: list[tuple[str, Callable[[ParetoPoint], float]]] = [
        ("energy of computing, uJ per second", lambda point: point.uj_per_second or 0.0)
        if energy
        else ("million cycles per second", lambda point: point.cycles_per_second / 1e6),
        ("flash of an image with this path alone, KB", lambda point: point.flash_bytes / 1000),
        ("RAM without stack of such an image, KB", lambda point: point.ram_bytes / 1000),
    ]
    return panels([_panel(front, label, cost) for label, cost in costs])


def _panel(front: Sequence[ParetoPoint], label: str, cost: Callable[[ParetoPoint], float]) -> Spec:
    series = []
    for modality in MODALITIES:
        marks = tuple(
            Mark(
                cost(point),
                point.event_f1,
                point.event_f1_low,
                point.event_f1_high,
                _note(point),
                point.chosen,
            )
            for point in front
            if point.modality == modality
        )
        if marks:
            series.append(Series(modality, marks))
    return scatter_panel(
        series,
        title="Detectors within the budget; the ring marks the chosen ones",
        x_label=label,
        y_label="event F1 ungated, subjects held out (bars: 95 % over subjects)",
    )


def _note(point: ParetoPoint) -> str:
    return (
        f"{point.modality}: {len(point.features)} features, {point.n_trees} trees of depth {point.max_depth};"
        f" event F1 {point.event_f1:.3f} ({point.event_f1_low:.3f} to {point.event_f1_high:.3f}), average"
        f" precision {point.average_precision:.3f} ({point.average_precision_low:.3f} to"
        f" {point.average_precision_high:.3f}),"
        f" {point.cycles_per_second:,.0f} cycles/s, flash {point.flash_bytes:,.0f},"
        f" RAM {point.ram_bytes:,.0f} bytes"
    )


def table_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Render rows with the same keys as CSV with a header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
