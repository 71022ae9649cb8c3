"""Scatter plots as SVG files that stand alone: no script, no network, readable in light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

__all__ = ["Mark", "Series", "panels", "scatter"]

_WIDTH, _HEIGHT = 720, 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 78, 20, 62, 56
_COLOURS = ("#2563eb", "#d97706", "#059669", "#db2777", "#7c3aed", "#0891b2", "#65a30d", "#dc2626")
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#222}.grid{stroke:#ccc;stroke-width:1}"
    ".title{font-size:15px;font-weight:600}rect.page{fill:#fff}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}.grid{stroke:#444}rect.page{fill:#161616}}"
)


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
    marks = [mark for one in series for mark in one.marks]
    x_ticks = _ticks([mark.x for mark in marks])
    y_ticks = _ticks(
        [value for mark in marks for value in (mark.y, mark.low, mark.high) if value is not None]
    )
    frame = _Frame(x_ticks[0], x_ticks[-1], y_ticks[0], y_ticks[-1])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}"'
        f' height="{_HEIGHT}" role="img" aria-label="{escape(title)}"><title>{escape(title)}</title>'
        f'<style>{_STYLE}</style><rect class="page" width="{_WIDTH}" height="{_HEIGHT}"/>',
        f'<text class="title" x="{_LEFT}" y="22">{escape(title)}</text>',
    ]
    for x in x_ticks:
        place = frame.x(x)
        parts.append(
            f'<line class="grid" x1="{place:.1f}" x2="{place:.1f}" y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}"/>'
        )
        parts.append(_text(_figure(x), place, _HEIGHT - _BOTTOM + 18, "middle"))
    for y in y_ticks:
        place = frame.y(y)
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{place:.1f}" y2="{place:.1f}"/>'
        )
        parts.append(_text(_figure(y), _LEFT - 8, place + 4, "end"))
    parts.append(_text(x_label, (_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 14, "middle"))
    middle = (_TOP + _HEIGHT - _BOTTOM) / 2
    parts.append(
        f'<text x="20" y="{middle:.0f}" text-anchor="middle" transform="rotate(-90 20 {middle:.0f})">'
        f"{escape(y_label)}</text>"
    )
    for number, one in enumerate(series):
        parts += _series(one, _COLOURS[number % len(_COLOURS)], frame)
        parts += _key(one.name, number, _COLOURS[number % len(_COLOURS)])
    return "".join([*parts, "</svg>\n"])


def panels(plots: Sequence[str]) -> str:
    """Set several plots side by side in one SVG document."""
    width = _WIDTH * len(plots)
    inner = (plot.replace("<svg ", f'<svg x="{_WIDTH * place}" ', 1) for place, plot in enumerate(plots))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {_HEIGHT}" width="{width}"'
        f' height="{_HEIGHT}" role="img">{"".join(inner)}</svg>\n'
    )


@dataclass(frozen=True)
class _Frame:
    left: float
    right: float
    bottom: float
    top: float

    def x(self, value: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (value - self.left) / (self.right - self.left)

    def y(self, value: float) -> float:
        span = _HEIGHT - _TOP - _BOTTOM
        return _HEIGHT - _BOTTOM - span * (value - self.bottom) / (self.top - self.bottom)


def _series(one: Series, colour: str, frame: _Frame) -> list[str]:
    parts = []
    if one.line and len(one.marks) > 1:
        places = " ".join(f"{frame.x(mark.x):.1f},{frame.y(mark.y):.1f}" for mark in one.marks)
        parts.append(f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-opacity="0.5"/>')
    for mark in one.marks:
        x, y = frame.x(mark.x), frame.y(mark.y)
        if mark.low is not None and mark.high is not None:
            low, high = frame.y(mark.low), frame.y(mark.high)
            parts.append(
                f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}" stroke="{colour}"'
                ' stroke-opacity="0.6"/>'
            )
        ring = f' stroke="{colour}" stroke-width="2" fill-opacity="0.35"' if mark.chosen else ""
        radius = 8 if mark.chosen else 4
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}"{ring}>'
            f"<title>{escape(mark.note or one.name)}</title></circle>"
        )
    return parts


def _key(name: str, number: int, colour: str) -> list[str]:
    x = _LEFT + 150 * (number % 4)
    y = 36 + 14 * (number // 4)
    return [
        f'<circle cx="{x + 4}" cy="{y - 4}" r="4" fill="{colour}"/>',
        _text(name, x + 14, y, "start"),
    ]


def _text(content: str, x: float, y: float, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(content)}</text>'


def _ticks(values: Sequence[float]) -> list[float]:
    """Round numbers around the values, four to eight of them."""
    low, high = min(values), max(values)
    if high <= low:
        low, high = low - (abs(low) or 1.0) * 0.1, high + (abs(high) or 1.0) * 0.1
    rough = (high - low) / 5
    size = 10.0 ** np.floor(np.log10(rough))
    step = float(next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough))
    first, last = int(np.floor(low / step)), int(np.ceil(high / step))
    return [number * step for number in range(first, last + 1)]


def _figure(value: float) -> str:
    return f"{value:,.6g}"
