"""Charts of a report: Vega-Lite specifications with a table that says the same in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = [
    "COLOURS",
    "DASHES",
    "SHAPES",
    "Chart",
    "Spec",
    "Table",
    "bars",
    "curves",
    "points",
    "stacked",
    "view",
]

Spec = dict[str, Any]
"""A Vega-Lite 6 specification or a part of one, as https://vega.github.io/vega-lite/docs/ describes it.

The width ``"fit"`` becomes that of the page, and colours are variables of the page's style sheet.
"""

COLOURS = tuple(f"var(--series{number})" for number in range(6))
DASHES: tuple[tuple[int, ...], ...] = ((1, 0), (7, 3), (2, 2), (9, 3, 2, 3), (12, 4), (4, 2, 1, 2))
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
_ROW_PX = 34
_FONT_PX = 13
_LETTER = 0.024
"""Share of the width of a chart of half a page that a letter beside a bar takes."""


@dataclass(frozen=True)
class Table:
    """Rows of words and figures.

    Attributes
    ----------
    head
        Names of the columns; the first column names its row.
    rows
        Cells, as many as `head` has.
    caption
        What the rows are.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""


@dataclass(frozen=True)
class Chart:
    """A drawing and what stands for it where it cannot be seen.

    Attributes
    ----------
    title
        Above the drawing.
    summary
        What the drawing shows, in a sentence, for a screen reader.
    spec
        How it is drawn.
    table
        The same figures.
    """

    title: str
    summary: str
    spec: Spec
    table: Table


def bars(title: str, rows: Sequence[Mapping[str, Any]], *, axis: str, columns: tuple[str, str]) -> Chart:
    """Draw one horizontal bar per row, with its value beside it.

    Parameters
    ----------
    title
        Above the chart.
    rows
        ``name``, ``value`` and ``text`` of each bar from top to bottom; ``low`` and ``high`` where there is
        an interval, ``limit`` where there is a limit.
    axis
        What the length says, with its unit.
    columns
        Heads of the table: the name and the value.
    """
    y = {"field": "name", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 190}}
    x: Spec = {"field": "value", "type": "quantitative", "title": axis}
    layers: list[Spec] = [
        {"mark": {"type": "bar", "color": COLOURS[0], "height": 15}, "encoding": {"x": x}},
    ]
    if any(row.get("high") is not None for row in rows):
        interval = {"x": {"field": "low", "type": "quantitative"}, "x2": {"field": "high"}}
        layers.append(
            {"mark": {"type": "rule", "color": "var(--ink)", "strokeWidth": 2}, "encoding": interval}
        )
    if any(row.get("limit") is not None for row in rows):
        limit = {"x": {"field": "limit", "type": "quantitative"}}
        mark = {"type": "tick", "color": "var(--bad)", "thickness": 3, "size": 26}
        layers.append({"mark": mark, "encoding": limit})
    text = {"type": "text", "align": "left", "dx": 6, "color": "var(--ink)", "fontSize": _FONT_PX}
    ends = [{**row, "end": _end(row)} for row in rows]
    longest = max((row["end"] for row in ends), default=0.0) or 1.0
    room = min(_LETTER * max(len(row["text"]) for row in rows) + 0.04, 0.6) if rows else 0.0
    x["scale"] = {"domain": [0, longest / (1 - room)], "nice": False}
    words = {"x": {"field": "end", "type": "quantitative"}, "text": {"field": "text"}}
    layers.append({"mark": text, "encoding": words})
    spec = view(ends, height=_ROW_PX * len(rows)) | {"encoding": {"y": y}, "layer": layers}
    return Chart(title, f"Bars: {_sentence(rows)}.", spec, _table(columns, rows))


def _end(row: Mapping[str, Any]) -> float:
    """Where the words beside a bar begin."""
    return float(max(row[name] for name in ("value", "high", "limit") if row.get(name) is not None))


def _sentence(rows: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(f"{row['name']} {row['text']}" for row in rows[:6])


def _table(columns: tuple[str, str], rows: Sequence[Mapping[str, Any]]) -> Table:
    return Table(columns, tuple((str(row["name"]), str(row["text"])) for row in rows))


def view(values: Sequence[Mapping[str, Any]], *, height: int) -> Spec:
    """Begin a chart: its rows, its height in pixels, and the width that the page gives it."""
    return {"width": "fit", "height": height, "data": {"values": [dict(row) for row in values]}}


def stacked(title: str, rows: Mapping[str, Mapping[str, float]], *, axis: str, unit: str) -> Chart:
    """Draw rows of parts that add up; a part is named by its colour in the legend and by its number in it.

    Parameters
    ----------
    title
        Above the chart.
    rows
        Sizes of the parts, by row and part; all rows have the same parts in the same order.
    axis, unit
        What the length says; unit of the sizes in the table.
    """
    names = list(next(iter(rows.values())))
    values = [
        {"row": row, "part": f"{number + 1} {name}", "size": size, "number": str(number + 1)}
        for row, parts in rows.items()
        for number, (name, size) in enumerate(parts.items())
    ]
    most = max(sum(parts.values()) for parts in rows.values()) or 1.0
    x = {"field": "size", "type": "quantitative", "stack": "zero", "title": axis}
    order = {"field": "number", "type": "ordinal"}
    domain = [f"{number + 1} {name}" for number, name in enumerate(names)]
    colour = {
        "field": "part",
        "type": "nominal",
        "scale": {"domain": domain, "range": list(COLOURS[: len(names)])},
        "legend": {"title": None, "orient": "bottom", "columns": 2},
    }
    label = {
        "transform": [{"filter": f"datum.size > {most / 40}"}],
        "mark": {"type": "text", "color": "var(--page)", "fontSize": 11, "fontWeight": "bold"},
        "encoding": {
            "x": {**x, "bandPosition": 0.5},
            "text": {"field": "number"},
            "order": order,
            "detail": {"field": "part"},
        },
    }
    bar = {
        "mark": {"type": "bar", "height": 20, "stroke": "var(--page)"},
        "encoding": {"x": x, "color": colour, "order": order},
    }
    spec = view(values, height=(_ROW_PX + 4) * len(rows)) | {
        "encoding": {"y": {"field": "row", "type": "nominal", "sort": None, "title": None}},
        "layer": [bar, label],
    }
    sums = "; ".join(f"{row} {sum(parts.values()):,.0f} {unit}" for row, parts in rows.items())
    return Chart(title, f"Stacked bars: {sums}.", spec, _sizes(rows, unit))


def _sizes(rows: Mapping[str, Mapping[str, float]], unit: str) -> Table:
    """Put the parts of every row and their sum into a table."""
    head = ("", *next(iter(rows.values())), "sum")
    cells = tuple(
        (row, *(f"{size:,.1f}" for size in parts.values()), f"{sum(parts.values()):,.1f}")
        for row, parts in rows.items()
    )
    return Table(head, cells, f"Sizes in {unit}")


def points(title: str, rows: Sequence[Mapping[str, Any]], *, x: str, y: str, zero: bool = True) -> Chart:
    """Draw points of several series, which differ by shape, with intervals and a ring round the chosen ones.

    Parameters
    ----------
    title
        Above the chart.
    rows
        ``series``, ``x``, ``y`` of each point; ``low``, ``high``, ``chosen``, ``note`` where there are any.
    x, y
        Words of the axes.
    zero
        Whether both axes begin at zero.
    """
    names = list(dict.fromkeys(str(row["series"]) for row in rows))
    colour, shape = _by_series(names, COLOURS), _by_series(names, SHAPES)
    across = {"field": "x", "type": "quantitative", "title": x, "scale": {"zero": zero}}
    up = {"field": "y", "type": "quantitative", "title": y, "scale": {"zero": zero}}
    layers: list[Spec] = []
    if any(row.get("high") is not None for row in rows):
        interval = {"y": {"field": "low", "type": "quantitative", "title": y}, "y2": {"field": "high"}}
        layers.append(
            {"mark": {"type": "rule", "opacity": 0.6}, "encoding": {"x": across, "color": colour, **interval}}
        )
    mark = {"type": "point", "filled": True, "size": 70}
    tip = [{"field": "note", "title": "point"}] if any("note" in row for row in rows) else None
    layers.append(
        {"mark": mark, "encoding": {"x": across, "y": up, "color": colour, "shape": shape, "tooltip": tip}}
    )
    if any(row.get("chosen") for row in rows):
        ring = {"type": "point", "shape": "circle", "size": 280, "stroke": "var(--ink)", "strokeWidth": 2}
        layers.append(
            {"transform": [{"filter": "datum.chosen"}], "mark": ring, "encoding": {"x": across, "y": up}}
        )
    cells = tuple(
        (
            str(row["series"]) + (" (chosen)" if row.get("chosen") else ""),
            f"{row['x']:.4g}",
            f"{row['y']:.3f}",
        )
        for row in rows
    )
    spec = view(rows, height=280) | {"layer": layers}
    return Chart(title, f"{len(rows)} points of {', '.join(names)}.", spec, Table(("series", x, y), cells))


def _by_series(names: Sequence[str], choices: Sequence[Any]) -> Spec:
    chosen = [choices[number % len(choices)] for number in range(len(names))]
    legend = {"title": None, "orient": "top", "symbolStrokeWidth": 2}
    return {
        "field": "series",
        "type": "nominal",
        "scale": {"domain": list(names), "range": chosen},
        "legend": legend,
    }


def curves(
    title: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    x: str,
    y: str,
    diagonal: bool = False,
    logarithmic: bool = False,
) -> Chart:
    """Draw lines of several series, which differ by dashes and marks.

    Parameters
    ----------
    title
        Above the chart.
    rows
        ``series``, ``x`` and ``y`` of each point, in order.
    x, y
        Words of the axes.
    diagonal
        Also draw the line y = x.
    logarithmic
        Whether the x axis is logarithmic; points at or below zero are left out of the drawing then.
    """
    names = list(dict.fromkeys(str(row["series"]) for row in rows))
    drawn = [row for row in rows if not logarithmic or row["x"] > 0]
    scale: Spec = {"type": "log"} if logarithmic else {"zero": True}
    encoding = {
        "x": {"field": "x", "type": "quantitative", "title": x, "scale": scale},
        "y": {"field": "y", "type": "quantitative", "title": y, "scale": {"zero": True}},
        "color": _by_series(names, COLOURS),
        "order": {"field": "x"},
    }
    line = {**encoding, "strokeDash": _by_series(names, [list(dash) for dash in DASHES])}
    dots = {**encoding, "shape": _by_series(names, SHAPES)}
    layers: list[Spec] = [
        {"mark": {"type": "line", "strokeWidth": 2}, "encoding": line},
        {"mark": {"type": "point", "filled": True, "size": 30}, "encoding": dots},
    ]
    if diagonal:
        ends = {"values": [{"x": 0, "y": 0}, {"x": 1, "y": 1}]}
        rule = {"type": "line", "color": "var(--soft)", "strokeDash": [3, 3]}
        xy = {"x": encoding["x"], "y": encoding["y"]}
        layers.append({"data": ends, "mark": rule, "encoding": xy})
    cells = tuple((str(row["series"]), f"{row['x']:.4g}", f"{row['y']:.3f}") for row in rows)
    spec = view(drawn, height=260) | {"layer": layers}
    return Chart(title, f"Lines of {', '.join(names)}.", spec, Table(("series", x, y), cells))
