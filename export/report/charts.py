"""Charts as inline SVG: no script, no network, colours from the page's style sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bar", "Span", "Stack", "Timeline", "bars", "stacked", "timeline"]

_WIDE = 1000  # user units of the timeline, about pixels on a desktop
_LEFT, _RIGHT = 74, 16
_WAVE_HEIGHT = 150
_LANE_HEIGHT = 22
_COLUMNS = _WIDE - _LEFT - _RIGHT

_NARROW = 460  # user units of a bar chart; it fills a phone's width without its text becoming too small
_ROW_HEIGHT = 40
_LEGEND_COLUMNS, _LEGEND_HEIGHT = 3, 20


@dataclass(frozen=True)
class Span:
    """A stretch of time with a note that appears when the pointer rests on it."""

    start_s: float
    end_s: float
    note: str


@dataclass(frozen=True)
class Timeline:
    """What a recording's chart shows.

    Attributes
    ----------
    audio : ndarray of int16, shape (n,)
        Samples of the excerpt.
    rate_hz
        Samples per second of `audio`.
    start_s
        Time of the first sample in the recording, seconds; spans are in the recording's time too.
    lanes
        Name, style class and spans of each lane under the waveform.
    """

    audio: NDArray[np.int16]
    rate_hz: int
    start_s: float
    lanes: tuple[tuple[str, str, tuple[Span, ...]], ...]

    @property
    def end_s(self) -> float:
        """Time of the end of the excerpt in the recording, seconds."""
        return self.start_s + len(self.audio) / self.rate_hz


@dataclass(frozen=True)
class Bar:
    """One row of a bar chart.

    Attributes
    ----------
    name, value_text, note
        Left above the bar, right above the bar, and what appears when the pointer rests on it.
    share
        Length of the bar, 0..1.
    style
        Style class: ``accent``, ``label``, ``good`` or ``bad``.
    mark
        Position of a limit mark, 0..1; None for none.
    """

    name: str
    value_text: str
    share: float
    style: str = "accent"
    note: str = ""
    mark: float | None = None


def timeline(view: Timeline, *, title: str) -> str:
    """Draw a waveform with lanes of labelled and detected events below it.

    Parameters
    ----------
    view
        The excerpt and its lanes.
    title
        Read out by screen readers.

    Returns
    -------
    str
        An ``<svg>`` element 1000 units wide.
    """
    lanes_top = _WAVE_HEIGHT + 8
    height = lanes_top + _LANE_HEIGHT * len(view.lanes) + 26
    parts = [
        f'<svg class="timeline" viewBox="0 0 {_WIDE} {height}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
        _ticks(view, height - 22),
    ]
    for row, (name, style, spans) in enumerate(view.lanes):
        top = lanes_top + row * _LANE_HEIGHT
        parts.append(_text(name, _LEFT - 10, top + 14, "lane", "end"))
        parts += [_span(view, span, style, top, row == 0) for span in spans]
    parts.append(_text("sound", _LEFT - 10, _WAVE_HEIGHT / 2 + 4, "lane", "end"))
    parts.append(f'<path class="wave" d="{_outline(view.audio)}"/>')
    parts.append("</svg>")
    return "".join(parts)


def _span(view: Timeline, span: Span, style: str, top: float, through: bool) -> str:
    left, right = _x(view, max(span.start_s, view.start_s)), _x(view, min(span.end_s, view.end_s))
    if right <= left:
        return ""
    across = f'x="{left:.1f}" width="{max(right - left, 2.0):.1f}"'
    box = (
        f'<rect class="{style}" {across} y="{top + 3:.0f}" height="{_LANE_HEIGHT - 6}" rx="2">'
        f"<title>{escape(span.note)}</title></rect>"
    )
    return box + (f'<rect class="shade" {across} y="0" height="{_WAVE_HEIGHT}"/>' if through else "")


def _text(content: str, x: float, y: float, style: str, anchor: str = "start") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{style}" {place}>{escape(content)}</text>'


def _x(view: Timeline, time_s: float) -> float:
    return _LEFT + _COLUMNS * (time_s - view.start_s) / (view.end_s - view.start_s)


def _ticks(view: Timeline, bottom: float) -> str:
    step = next(step for step in (1, 2, 5, 10, 30, 60, 300, 3600) if (view.end_s - view.start_s) / step <= 12)
    first = int(-(-view.start_s // step)) * step
    lines = []
    for second in range(first, int(view.end_s) + 1, step):
        x = _x(view, second)
        lines.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{bottom:.0f}"/>')
        lines.append(_text(f"{second} s", x, bottom + 16, "tick", "middle"))
    return "".join(lines)


def _outline(audio: NDArray[np.int16]) -> str:
    """Return the path around the smallest and largest sample of each column; the loudest touches the edge."""
    edges = np.linspace(0, len(audio), _COLUMNS + 1).astype(int)[:-1]
    scale = max(int(np.abs(audio.astype(np.int32)).max(initial=1)), 1)
    half = _WAVE_HEIGHT / 2
    top = half - np.maximum.reduceat(audio, edges) / scale * (half - 4)
    bottom = half - np.minimum.reduceat(audio, edges) / scale * (half - 4)
    forth = [f"{_LEFT + column} {y:.1f}" for column, y in enumerate(top)]
    back = [f"{_LEFT + column} {y + 0.5:.1f}" for column, y in enumerate(bottom)]
    return "M" + "L".join(forth + back[::-1]) + "Z"


def bars(rows: Sequence[Bar], *, title: str) -> str:
    """Draw horizontal bars, each with its name and value above it.

    Parameters
    ----------
    rows
        Rows from top to bottom.
    title
        Read out by screen readers.

    Returns
    -------
    str
        An ``<svg>`` element 460 units wide.
    """
    height = _ROW_HEIGHT * len(rows) + 4
    parts = [
        f'<svg class="bars" viewBox="0 0 {_NARROW} {height}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
    ]
    for row, bar in enumerate(rows):
        top = row * _ROW_HEIGHT
        width = min(max(bar.share, 0.0), 1.0) * _NARROW
        parts.append(
            f"<g><title>{escape(bar.note or f'{bar.name}: {bar.value_text}')}</title>"
            + _text(bar.name, 0, top + 15, "name")
            + _text(bar.value_text, _NARROW, top + 15, "value", "end")
            + f'<rect class="track" x="0" y="{top + 21}" width="{_NARROW}" height="10" rx="3"/>'
            + f'<rect class="{bar.style}" x="0" y="{top + 21}" width="{width:.1f}" height="10" rx="3"/>'
        )
        if bar.mark is not None:
            x = min(max(bar.mark, 0.0), 1.0) * _NARROW
            parts.append(f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{top + 18}" y2="{top + 34}"/>')
        parts.append("</g>")
    parts.append("</svg>")
    return "".join(parts)


@dataclass(frozen=True)
class Stack:
    """One row of a stacked bar chart.

    Attributes
    ----------
    name, value_text
        Left and right above the bar.
    parts
        Name and size of each part, from left to right; all rows have the same names in the same order.
    """

    name: str
    value_text: str
    parts: tuple[tuple[str, float], ...]


def stacked(rows: Sequence[Stack], *, title: str, unit: str) -> str:
    """Draw horizontal bars of several parts to one scale, the longest as wide as the chart, and a legend.

    Parameters
    ----------
    rows
        Rows from top to bottom, at least one.
    title
        Read out by screen readers.
    unit
        Of the sizes, for the notes.

    Returns
    -------
    str
        An ``<svg>`` element 460 units wide. Parts have the style classes ``part0``, ``part1`` and so on.
    """
    names = [name for name, _ in rows[0].parts]
    most = max(sum(size for _, size in row.parts) for row in rows) or 1.0
    legend = -(-len(names) // _LEGEND_COLUMNS) * _LEGEND_HEIGHT
    height = _ROW_HEIGHT * len(rows) + legend + 8
    parts = [
        f'<svg class="bars" viewBox="0 0 {_NARROW} {height}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
    ]
    for row, stack in enumerate(rows):
        top, x = row * _ROW_HEIGHT, 0.0
        parts.append(_text(stack.name, 0, top + 15, "name"))
        parts.append(_text(stack.value_text, _NARROW, top + 15, "value", "end"))
        for number, (name, size) in enumerate(stack.parts):
            width = size / most * _NARROW
            parts.append(
                f'<rect class="part{number}" x="{x:.1f}" y="{top + 21}" width="{width:.1f}" height="10">'
                f"<title>{escape(f'{stack.name}, {name}: {size:,.1f} {unit}')}</title></rect>"
            )
            x += width
    for number, name in enumerate(names):
        x = _NARROW / _LEGEND_COLUMNS * (number % _LEGEND_COLUMNS)
        y = _ROW_HEIGHT * len(rows) + 8 + number // _LEGEND_COLUMNS * _LEGEND_HEIGHT
        parts.append(f'<rect class="part{number}" x="{x:.1f}" y="{y}" width="10" height="10"/>')
        parts.append(_text(name, x + 16, y + 10, "tick"))
    parts.append("</svg>")
    return "".join(parts)
