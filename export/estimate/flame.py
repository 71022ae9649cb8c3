"""A flame view of where the cycles go, as one static SVG: callers below, callees above, width is cycles."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from ..emulator.call_tree import CallNode

__all__ = ["FlameFrame", "flame_frames", "flame_svg"]

_WIDTH, _ROW, _MARGIN, _LETTER = 1200, 18, 10, 6.6
_NARROWEST = 0.4
"""Frames narrower than this many pixels are left out, their width stays empty above the caller."""


def flame_svg(root: CallNode, names: Mapping[int, str], title: str, *, per: float = 1.0) -> str:
    """Draw a call tree.

    Parameters
    ----------
    root
        Root of the tree; drawn as "all".
    names
        Function names by address.
    title
        Heading of the picture.
    per
        Cycles are divided by this in the labels (seconds of recording, windows).

    Returns
    -------
    str
        An SVG document, the same for the same tree; hovering over a frame shows its numbers.
    """
    frames = flame_frames(root, names)
    whole = frames[0]
    if whole.cycles == 0:
        return _document([_text(_MARGIN, 20, title, 14), _text(_MARGIN, 44, "nothing ran", 12)], 60)
    scale = (_WIDTH - 2 * _MARGIN) / whole.cycles
    wide = [frame for frame in frames if frame.cycles * scale >= _NARROWEST]
    height = 50 + (max(frame.depth for frame in wide) + 1) * _ROW + _MARGIN
    heading = f"{title}: {whole.cycles / per:,.0f} cycles, {whole.instructions / per:,.0f} instructions"
    parts = [_text(_MARGIN, 20, heading, 14)]
    for frame in wide:
        tip = (
            f"{frame.function}: {frame.cycles / per:,.0f} cycles"
            f" ({100 * frame.cycles / whole.cycles:.1f} %), {frame.own_cycles / per:,.0f} its own,"
            f" {frame.instructions / per:,.0f} instructions, {frame.calls} calls"
        )
        top = height - _MARGIN - (frame.depth + 1) * _ROW
        left = _MARGIN + frame.start_cycles * scale
        parts.append(_frame(left, top, frame.cycles * scale, frame.function, tip))
    return _document(parts, height)


@dataclass(frozen=True)
class FlameFrame:
    """One function as reached along one path, and its place in the picture.

    Attributes
    ----------
    function
        Its name; "all" for the root.
    depth
        Functions below it.
    start_cycles
        Where it begins, in cycles from the left.
    cycles, instructions
        With all that it calls: its width.
    own_cycles, calls
        Without what it calls, and how often it was called.
    """

    function: str
    depth: int
    start_cycles: int
    cycles: int
    instructions: int
    own_cycles: int
    calls: int


def flame_frames(root: CallNode, names: Mapping[int, str]) -> list[FlameFrame]:
    """Lay a call tree out, callers before what they call, the largest first from the left.

    Parameters
    ----------
    root, names
        As in `flame_svg`.
    """
    totals: dict[int, tuple[int, int]] = {}
    _sum_up(root, totals)
    frames: list[FlameFrame] = []

    def place(node: CallNode, name: str, left: int, depth: int) -> None:
        instructions, cycles = totals[id(node)]
        frames.append(FlameFrame(name, depth, left, cycles, instructions, node.cycles, node.calls))
        children = sorted(
            node.children.values(), key=lambda c: (-totals[id(c)][1], names.get(c.function, ""))
        )
        for child in children:
            place(child, names.get(child.function, hex(child.function)), left, depth + 1)
            left += totals[id(child)][1]

    place(root, "all", 0, 0)
    return frames


def _sum_up(node: CallNode, totals: dict[int, tuple[int, int]]) -> tuple[int, int]:
    instructions, cycles = node.instructions, node.cycles
    for child in node.children.values():
        below_i, below_c = _sum_up(child, totals)
        instructions, cycles = instructions + below_i, cycles + below_c
    totals[id(node)] = instructions, cycles
    return totals[id(node)]


def _frame(left: float, top: float, width: float, name: str, tip: str) -> str:
    letters = int((width - 6) / _LETTER)
    shown = name if len(name) <= letters else name[: max(0, letters - 1)] + "…" if letters > 2 else ""
    text = _text(left + 3, top + 13, shown, 11) if shown else ""
    box = f'<rect x="{left:.2f}" y="{top:.0f}" width="{max(width - 0.5, 0.2):.2f}" height="{_ROW - 1}" '
    return f'<g><title>{escape(tip)}</title>{box}rx="2" fill={quoteattr(_colour(name))}/>{text}</g>'


def _colour(name: str) -> str:
    """Warm colours, always the same one for the same function."""
    digest = hashlib.sha256(name.encode()).digest()
    return f"hsl({18 + digest[0] % 38},{62 + digest[1] % 20}%,{62 + digest[2] % 14}%)"


def _text(x: float, y: float, text: str, size: int) -> str:
    return f'<text x="{x:.2f}" y="{y:.0f}" font-size="{size}">{escape(text)}</text>'


def _document(parts: list[str], height: int) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" '
    style = 'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" fill="#222"'
    back = f'<rect width="{_WIDTH}" height="{height}" fill="#fffdf8"/>'
    return "\n".join([f'{head}height="{height}" {style}>', back, *parts, "</svg>", ""])
