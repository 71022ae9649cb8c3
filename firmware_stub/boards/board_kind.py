"""Which board is emulated.

This module imports nothing, so that the command line can offer the choice without loading the emulator.
"""

from __future__ import annotations

from typing import Literal, get_args

__all__ = ["BOARDS", "BoardKind"]

BoardKind = Literal["virtual", "mps2-an505"]
"""``"virtual"``: the emulated core of ``tussis verify`` and ``estimate``; ``"mps2-an505"``: QEMU's board."""

BOARDS: tuple[BoardKind, ...] = get_args(BoardKind)
