"""Where the cycles go, as frames above those that call them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .chart import COLOURS, Chart, Table, view

__all__ = ["flame_chart", "short_function"]

_ROW_PX = 22
_LETTER_PX = 6.2
_WIDTH_PX = 440
_TABLE_ROWS = 20


def flame_chart(title: str, frames: Sequence[Mapping[str, Any]]) -> Chart:
    """Draw a call tree: callers below, what they call above, width is cycles.

    Parameters
    ----------
    title
        Above the chart.
    frames
        ``function``, ``depth``, ``start_cycles``, ``cycles`` and ``own_cycles`` of each, the root first; part
        ``flame`` of ``tussis estimate --json``.
    """
    whole = float(frames[0]["cycles"]) or 1.0
    values = [
        {
            "depth": frame["depth"],
            "left": frame["start_cycles"],
            "right": frame["start_cycles"] + frame["cycles"],
            "colour": COLOURS[number % 2],
            "name": _fitting(short_function(frame["function"]), frame["cycles"] / whole),
            "tip": f"{frame['function']}: {frame['cycles']:,.0f} cycles per second"
            f" ({100 * frame['cycles'] / whole:.1f} %), {frame['own_cycles']:,.0f} its own",
        }
        for number, frame in enumerate(frames)
    ]
    rows = 1 + max(frame["depth"] for frame in frames)
    x = {
        "field": "left",
        "type": "quantitative",
        "title": "cycles per second",
        "scale": {"domain": [0, whole]},
    }
    y = {"field": "depth", "type": "ordinal", "sort": "descending", "axis": None}
    box = {
        "mark": {"type": "rect", "stroke": "var(--page)", "strokeWidth": 1, "opacity": 0.85},
        "encoding": {
            "x": x,
            "x2": {"field": "right"},
            "color": {"field": "colour", "type": "nominal", "scale": None},
            "tooltip": [{"field": "tip", "title": "function"}],
        },
    }
    words = {
        "transform": [{"filter": "datum.name"}],
        "mark": {"type": "text", "align": "left", "dx": 3, "color": "var(--page)", "fontSize": 11},
        "encoding": {"x": x, "text": {"field": "name"}},
    }
    spec = view(values, height=_ROW_PX * rows) | {"encoding": {"y": y}, "layer": [box, words]}
    largest = sorted(frames[1:], key=lambda frame: -frame["own_cycles"])[:_TABLE_ROWS]
    cells = tuple(
        (frame["function"], str(frame["depth"]), f"{frame['cycles']:,.0f}", f"{frame['own_cycles']:,.0f}")
        for frame in largest
    )
    head = ("function", "depth", "cycles per second with what it calls", "its own")
    summary = f"{len(frames)} frames in {rows} rows; the widest of its own: " + "; ".join(
        f"{frame['function']} {100 * frame['own_cycles'] / whole:.0f} %" for frame in largest[:4]
    )
    return Chart(title, f"{summary}.", spec, Table(head, cells))


def short_function(name: str) -> str:
    """Leave out what all names have, and what a compiler adds to its copies: walk.constprop.0."""
    return name.removeprefix("tussis_").split(".")[0]


def _fitting(name: str, share: float) -> str:
    letters = int((share * _WIDTH_PX - 6) / _LETTER_PX)
    return name if len(name) <= letters else f"{name[: letters - 1]}…" if letters > 3 else ""
