"""Figures about an evaluation: what is taken for a cough, and whether probabilities mean what they say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.figure import COLOURS, new_figure, styled
from ...data.input_error import InputError
from .model_figures import MARKERS, MODELS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_calibration", "plot_confusion"]

_MOST_SOUNDS = 25
_REMEDY = "give the output of tussis evaluate --json"


@styled
def plot_confusion(document: Mapping[str, Any], path: Path) -> Figure:
    """Draw by class of sound how often it is taken for a cough, and the coughs that are found.

    Parameters
    ----------
    document
        Output of ``tussis evaluate --json``.
    path
        The file, to be named in an error.

    Raises
    ------
    InputError
        It says neither for clips nor for labels what was taken for a cough.
    """
    parts: list[tuple[str, str, float, list[dict[str, Any]]]] = []
    modes = [
        {"name": name, "ratio": {"value": score["event"]["sensitivity"], "low": None}}
        for name, score in (_part(document, path, "events") or {}).items()
        if score["event"]["sensitivity"] is not None
    ]
    if modes:
        parts.append(("Labelled coughs, by mode", "found, %", 100.0, modes))
    clips, false = _part(document, path, "clips"), _part(document, path, "false_events")
    if clips:
        rows = [*clips["coughs_by_collection"], *_worst(clips["others_by_class"])]
        parts.append(("Clips by class", "clips with an event, %", 100.0, rows))
    if false and false["by_sound"]:
        heard = [row for row in false["by_sound"] if row["ratio"]["counted"]]
        silent = len(false["by_sound"]) - len(heard)
        title = f"False events by what they lie in; {silent} other sounds have none"
        parts.append((title, "false events per hour", 1.0, _worst(heard)))
    if not parts:
        raise InputError(path, "has neither clips nor false events by sound", remedy=_REMEDY)
    figure, panels = new_figure(tuple(0.5 + 0.15 * len(rows) for *_, rows in parts))
    for panel, (title, axis, per, rows) in zip(panels, parts, strict=True):
        _bars(panel, rows, per)
        panel.set_title(title)
        panel.set_xlabel(axis)
    return figure


def _part(document: Mapping[str, Any], path: Path, key: str) -> dict[str, Any] | None:
    if not isinstance(document, Mapping) or key not in document:
        raise InputError(path, "is not an evaluation", field=key, remedy=_REMEDY)
    value: dict[str, Any] | None = document[key]
    return value


def _worst(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    known = [row for row in rows if row["ratio"]["value"] is not None]
    return sorted(known, key=lambda row: (-row["ratio"]["value"], row["name"]))[:_MOST_SOUNDS]


def _bars(panel: Axes, rows: list[dict[str, Any]], per: float) -> None:
    """Draw ratios with their intervals, and what they were counted in."""
    for number, row in enumerate(rows):
        ratio = row["ratio"]
        if ratio["value"] is None:
            continue
        value = per * ratio["value"]
        panel.barh(number, value, color=COLOURS[0])
        if ratio["low"] is not None:
            spread = [[value - per * ratio["low"]], [per * ratio["high"] - value]]
            panel.errorbar(value, number, xerr=spread, color=COLOURS[6], linewidth=0.7, capsize=2)
    panel.set_yticks(range(len(rows)), [row["name"] or "nothing labelled" for row in rows])
    panel.tick_params(axis="y", labelsize=6)
    panel.invert_yaxis()
    panel.grid(visible=False, axis="y")
    panel.set_xlim(0, 100 if per == 100.0 else None)


@styled
def plot_calibration(document: Mapping[str, Any], path: Path) -> Figure:
    """Draw the share of coughs among windows against the probability that the model gave them.

    Parameters
    ----------
    document
        Output of ``tussis evaluate --json``.
    path
        The file, to be named in an error.

    Raises
    ------
    InputError
        It has no windows of both kinds.
    """
    windows = _part(document, path, "windows")
    if not windows:
        raise InputError(path, "has no windows with and without coughs", remedy="label more recordings")
    figure, (panel, counts) = new_figure((2.6, 0.8), share_x=True)
    panel.plot([0, 1], [0, 1], color="#888888", linestyle=":", label="as said")
    for number, (name, title) in enumerate(MODELS.items()):
        if name not in windows:
            continue
        bins = [one for one in windows[name]["calibration"] if one["probability"] is not None]
        error = windows[name]["expected_calibration_error"]
        x = [one["probability"] for one in bins]
        look: dict[str, Any] = {
            "color": COLOURS[number],
            "marker": MARKERS[name],
            "linestyle": ("-", "--")[number],
        }
        panel.plot(x, [one["coughs"] for one in bins], **look, label=f"{title}, expected error {error:.3f}")
        counts.plot(x, [one["windows"] for one in bins], **look)
    panel.set_ylabel("share of coughs")
    panel.set_ylim(0, 1)
    panel.legend(loc="upper left")
    panel.set_title("Calibration of windows")
    counts.set_yscale("log")
    counts.yaxis.set_minor_formatter("")
    counts.set_ylabel("windows")
    counts.set_xlabel("probability that the model gave")
    counts.set_xlim(0, 1)
    return figure
