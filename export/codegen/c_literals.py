"""C source text of numbers and arrays: float32 with nine significant digits, which is exact."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

__all__ = ["FLOAT_MAX", "array_body", "float_literal", "indented_lines", "unsigned_literal"]

FLOAT_MAX = "3.40282347e+38F"
LINE = 118


def float_literal(value: float | np.floating) -> str:
    """C literal of a float32: nine significant digits give the same bits back.

    Infinities become the largest finite value: what they are compared with is always finite.

    Examples
    --------
    >>> float_literal(0.1), float_literal(-3), float_literal(float("-inf"))
    ('0.100000001F', '-3.0F', '-3.40282347e+38F')
    """
    single = np.float32(value)
    if np.isnan(single):
        raise ValueError("NaN has no C literal")
    if np.isinf(single):
        return FLOAT_MAX if single > 0 else f"-{FLOAT_MAX}"
    text = f"{float(single):.9g}"
    return text + ("F" if {".", "e"} & set(text) else ".0F")


def unsigned_literal(value: int) -> str:
    """C literal of an unsigned integer.

    Examples
    --------
    >>> unsigned_literal(7), unsigned_literal(0x80000000)
    ('7U', '0x80000000U')
    """
    return f"{value}U" if value < 65536 else f"0x{value:08X}U"


def array_body(items: Iterable[str], indent: str = "    ") -> str:
    """Lay out the items of an initialiser in lines of at most 118 characters."""
    lines: list[str] = []
    line = indent
    for item in items:
        if len(line) + len(item) + 2 > LINE and line != indent:
            lines.append(line.rstrip())
            line = indent
        line += f"{item}, "
    lines.append(line.rstrip())
    return "\n".join(lines)


def indented_lines(lines: Iterable[str], depth: int) -> str:
    r"""Indent statements by four blanks a level, one line each.

    Examples
    --------
    >>> indented_lines(["i++;", "j++;"], 1)
    '    i++;\n    j++;\n'
    """
    return "".join(f"{'    ' * depth}{line}\n" for line in lines)
