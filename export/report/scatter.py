"""Scatter plots as SVG files that stand alone: no script, no network, dark on white for screen and paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .chart import DASHES, SHAPES, Spec

__all__ = ["Mark", "Series", "panels", "scatter", "scatter_panel"]

_WIDTH, _HEIGHT = 620, 330
_COLOURS = ("#2563eb", "#b45309", "#047857", "#be185d", "#6d28d9", "#0e7490", "#4d7c0f", "#b91c1c")
_PAGE = {"background": "white", "padding": 12, "config": {"view": {"stroke": None}, "font": "sans-serif"}}


@dataclass(frozen=True)
class Mark:
    """One point: its place, an interval of y or none, a note for the pointer, whether it stands out."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None
    note: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class Series:
    """Points of one kind; `line` joins them in order."""

    name: str
    marks: tuple[Mark, ...]
    line: bool = False


def scatter(series: Sequence[Series], *, title: str, x_label: str, y_label: str) -> str:
    """Draw series of points with error bars.

    Parameters
    ----------
    series
        At least one with at least one mark; at most eight keep different colours.
    title, x_label, y_label
        Words of the plot.

    Returns
    -------
    str
        An SVG document.
    """
    return panels([scatter_panel(series, title=title, x_label=x_label, y_label=y_label)])


def panels(plots: Sequence[Spec]) -> str:
    """Draw what `scatter_panel` gives, side by side in one SVG document."""
    from vl_convert import vegalite_to_svg

    resolve = {"scale": {"color": "independent", "shape": "independent", "strokeDash": "independent"}}
    return str(vegalite_to_svg({**_PAGE, "hconcat": list(plots), "resolve": resolve})) + "\n"


def scatter_panel(series: Sequence[Series], *, title: str, x_label: str, y_label: str) -> Spec:
    """Give the specification that `scatter` draws; series differ by colour, shape and dashes."""
    names = [one.name for one in series]
    values = [
        {"series": one.name, "order": number, **vars(mark), "line": one.line}
        for one in series
        for number, mark in enumerate(one.marks)
    ]
    x: Spec = {"field": "x", "type": "quantitative", "title": x_label, "scale": {"zero": False}}
    y: Spec = {"field": "y", "type": "quantitative", "title": y_label, "scale": {"zero": False}}
    colour = _by_series(names, list(_COLOURS))
    about = {"field": "note", "type": "nominal"}
    layers: list[Spec] = []
    if any(one.line for one in series):
        dash = _by_series(names, [list(dash) for dash in DASHES])
        encoding = {"x": x, "y": y, "color": colour, "strokeDash": dash, "order": {"field": "order"}}
        layers.append({"transform": [{"filter": "datum.line"}], "mark": "line", "encoding": encoding})
    if any(mark.high is not None for one in series for mark in one.marks):
        ends = {"y": {**y, "field": "low"}, "y2": {"field": "high"}}
        bar = {"type": "rule", "opacity": 0.6}
        filled = [{"filter": "isValid(datum.low) && isValid(datum.high)"}]
        layers.append({"transform": filled, "mark": bar, "encoding": {"x": x, "color": colour, **ends}})
    point = {"type": "point", "filled": True, "size": 60, "opacity": 1}
    shape = _by_series(names, list(SHAPES))
    encoding = {"x": x, "y": y, "color": colour, "shape": shape, "description": about}
    layers.append({"mark": point, "encoding": encoding})
    if any(mark.chosen for one in series for mark in one.marks):
        ring = {"type": "point", "shape": "circle", "size": 260, "color": "black", "description": "chosen"}
        layers.append({"transform": [{"filter": "datum.chosen"}], "mark": ring, "encoding": {"x": x, "y": y}})
    view: Spec = {"title": title, "width": _WIDTH, "height": _HEIGHT, "data": {"values": values}}
    return view | {"layer": layers}


def _by_series(names: Sequence[str], choices: Sequence[object]) -> Spec:
    """Give every series one of the choices, in order."""
    chosen = [choices[number % len(choices)] for number in range(len(names))]
    legend = {"title": None, "orient": "top", "labelLimit": 300, "columns": 4}
    scale = {"domain": list(names), "range": chosen}
    return {"field": "series", "type": "nominal", "scale": scale, "legend": legend}
