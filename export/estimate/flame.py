"""A flame view of where the cycles go, as one static SVG: callers below, callees above, width is cycles."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from ..emulator.call_tree import CallNode

__all__ = ["flame_svg"]

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
    totals: dict[int, tuple[int, int]] = {}
    _sum_up(root, totals)
    instructions, cycles = totals[id(root)]
    if cycles == 0:
        return _document([_text(_MARGIN, 20, title, 14), _text(_MARGIN, 44, "nothing ran", 12)], 60)
    scale = (_WIDTH - 2 * _MARGIN) / cycles
    frames: list[tuple[int, float, float, str]] = []

    def place(node: CallNode, name: str, left: float, depth: int) -> None:
        total_i, total_c = totals[id(node)]
        width = total_c * scale
        if width < _NARROWEST:
            return
        tip = f"{name}: {total_c / per:,.0f} cycles ({100 * total_c / cycles:.1f} %), "
        tip += f"{node.cycles / per:,.0f} its own, {total_i / per:,.0f} instructions, {node.calls} calls"
        frames.append((depth, left, width, f"{name}\n{tip}"))
        children = sorted(
            node.children.values(), key=lambda c: (-totals[id(c)][1], names.get(c.function, ""))
        )
        for child in children:
            place(child, names.get(child.function, hex(child.function)), left, depth + 1)
            left += totals[id(child)][1] * scale

    place(root, "all", float(_MARGIN), 0)
    deepest = max(depth for depth, *_ in frames)
    height = 50 + (deepest + 1) * _ROW + _MARGIN
    heading = f"{title}: {cycles / per:,.0f} cycles, {instructions / per:,.0f} instructions"
    parts = [_text(_MARGIN, 20, heading, 14)]
    for depth, left, width, label in frames:
        name, tip = label.split("\n")
        top = height - _MARGIN - (depth + 1) * _ROW
        parts.append(_frame(left, top, width, name, tip))
    return _document(parts, height)


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
