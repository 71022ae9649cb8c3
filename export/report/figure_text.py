"""Figures as words of a report."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["decimals", "kilobytes", "millions", "within"]


def decimals(value: float | None, places: int) -> str:
    """Format a figure that may be undefined.

    Examples
    --------
    >>> decimals(0.8765, 2), decimals(None, 2)
    ('0.88', 'n/a')
    """
    return "n/a" if value is None else f"{value:.{places}f}"


def within(bounds: Sequence[float | None] | None, places: int) -> str:
    """Format a 95 % interval; empty where there is none.

    Examples
    --------
    >>> within((0.5, 0.75), 2), within(None, 2)
    ('95 % interval 0.50 to 0.75', '')
    """
    if bounds is None or bounds[0] is None or bounds[1] is None:
        return ""
    return f"95 % interval {bounds[0]:.{places}f} to {bounds[1]:.{places}f}"


def millions(count: float) -> str:
    """Format a count as ``0.420 M`` or, below 10,000, as it is."""
    return f"{count / 1e6:.3f} M" if count >= 10_000 else f"{count:.0f}"


def kilobytes(count: float) -> str:
    """Format bytes as KB of 1024."""
    return f"{count / 1024:.1f} KB"
