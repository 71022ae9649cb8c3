"""Figures about a detector: which features carry it, what each threshold does, where it was chosen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.figure import COLOURS, new_figure, styled
from ...data.input_error import InputError
from ...selection.detector.detector_file import Detector
from ...selection.detector.point_name import POINT_NAMES
from ..report.detector_sections import importances

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["MODELS", "plot_front", "plot_importance", "plot_threshold", "shown_features"]

MODELS = {"audio": "sound model", "imu": "motion model"}
MARKERS = {"audio": "o", "imu": "s"}
_LEAST_SHOWN_PER_HOUR = 0.1


def shown_features(detector: Detector, most: int) -> dict[str, dict[str, float]]:
    """Give the most important features of each model, and their shares of the gain of all splits.

    Parameters
    ----------
    detector
        Whose features.
    most
        How many of each model.
    """
    models = {"audio": detector.audio, "imu": detector.imu}
    return {
        name: dict(list(importances(model.model, model.features).items())[:most])
        for name, model in models.items()
        if model is not None
    }


@styled
def plot_importance(detector: Detector, most: int = 20) -> Figure:
    """Draw the share that each feature has in the gain of all splits.

    Parameters
    ----------
    detector
        Whose features.
    most
        How many of each model.
    """
    shown = shown_features(detector, most)
    figure, panels = new_figure(tuple(0.5 + 0.13 * len(shares) for shares in shown.values()))
    for panel, (name, shares) in zip(panels, shown.items(), strict=True):
        model = detector.audio if name == "audio" else detector.imu
        assert model is not None
        panel.barh(list(shares), [100 * share for share in shares.values()], color=COLOURS[0])
        panel.invert_yaxis()
        panel.tick_params(axis="y", labelsize=6)
        panel.grid(visible=False, axis="y")
        panel.set_title(f"{MODELS[name]}: {len(shares)} of {len(model.features)} features")
        panel.set_xlabel("share of the gain of all splits, %")
    return figure


@styled
def plot_threshold(detector: Detector, where: str = "detector") -> Figure:
    """Draw the share of coughs found against false events per hour, out of fold, with the named points.

    Parameters
    ----------
    detector
        Whose thresholds.
    where
        What to name in an error.

    Raises
    ------
    InputError
        The detector has no operating points.
    """
    points = detector.operating_points
    if points is None:
        raise InputError(where, "the detector file has no operating points", remedy="train it again")
    figure, (panel,) = new_figure((3.0,))
    for number, name in enumerate(MODELS):
        rows = points.rows("audio" if name == "audio" else "imu")
        if rows is None:
            continue
        colour = COLOURS[number]
        rates = [max(row.false_per_hour, _LEAST_SHOWN_PER_HOUR) for row in rows]
        found = [100 * row.sensitivity for row in rows]
        panel.plot(rates, found, color=colour, linestyle=("-", "--")[number], label=MODELS[name])
        for point_name in POINT_NAMES:
            point = getattr(points.named(point_name), name)
            at = (max(point.false_per_hour, _LEAST_SHOWN_PER_HOUR), 100 * point.sensitivity)
            panel.plot(*at, marker=MARKERS[name], color=colour, markerfacecolor="white")
            above = point_name == "sensitive"  # it may stand close to its neighbour
            panel.annotate(
                point_name,
                at,
                xytext=(-5, 4) if above else (4, -9),
                ha="right" if above else "left",
                textcoords="offset points",
                fontsize=6,
                color=colour,
            )
    panel.set_xscale("log")
    panel.set_ylim(0, 100)
    panel.set_xlabel(f"false events per hour; {_LEAST_SHOWN_PER_HOUR:g} stands for fewer and for none")
    panel.set_ylabel("coughs found, %")
    panel.set_title("Thresholds, on people held out in training")
    panel.legend(loc="lower right")
    return figure


@styled
def plot_front(document: Mapping[str, Any], path: Path) -> Figure:
    """Draw what each detector within a budget costs and scores, from ``DETECTOR.front.json``.

    Parameters
    ----------
    document
        What the file holds.
    path
        The file, to be named in an error.

    Raises
    ------
    InputError
        It is no front.
    """
    front = document.get("front") if isinstance(document, Mapping) else None
    if not isinstance(front, list) or not front:
        remedy = "give the DETECTOR.front.json that tussis train --budget writes"
        raise InputError(path, "holds no front", remedy=remedy)
    energy = all(point.get("uj_per_second") is not None for point in front)
    key, label = (
        ("uj_per_second", "energy of computing, µJ per second")
        if energy
        else ("cycles_per_second", "cycles per second")
    )
    figure, panels = new_figure((2.0, 2.0))
    for panel, cost, text in zip(panels, (key, "flash_bytes"), (label, "flash, bytes"), strict=True):
        _front(panel, front, cost)
        panel.set_xlabel(text)
        panel.set_ylabel("event F1")
    panels[0].set_title("Detectors within the budget, on people held out; filled: chosen")
    panels[0].legend(loc="lower right")
    return figure


def _front(panel: Axes, front: list[dict[str, Any]], cost: str) -> None:
    for number, (name, title) in enumerate(MODELS.items()):
        rows = sorted((row for row in front if row["modality"] == name), key=lambda row: float(row[cost]))
        if not rows:
            continue
        x, y = [row[cost] for row in rows], [row["event_f1"] for row in rows]
        spread = [
            [row["event_f1"] - _or(row["event_f1_low"], row["event_f1"]) for row in rows],
            [_or(row["event_f1_high"], row["event_f1"]) - row["event_f1"] for row in rows],
        ]
        look: dict[str, Any] = {"color": COLOURS[number], "marker": MARKERS[name]}
        panel.errorbar(
            x, y, spread, **look, markerfacecolor="white", linewidth=0.7, elinewidth=0.5, capsize=2
        )
        chosen = [row for row in rows if row["chosen"]]
        panel.plot(
            [row[cost] for row in chosen],
            [row["event_f1"] for row in chosen],
            **look,
            linestyle="",
            label=title,
        )


def _or(value: float | None, other: float) -> float:
    return other if value is None else value
