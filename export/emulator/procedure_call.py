"""Arguments and results of a call as Arm's procedure call standard places them (AAPCS32, IHI 0042)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Literal

import numpy as np

from .engine import Engine, Register

__all__ = ["Result", "place_arguments", "read_result"]

Result = Literal["int", "uint", "int64", "float", "void"]
_INT_REGISTERS = (Register.R0, Register.R1, Register.R2, Register.R3)
_FLOAT_REGISTERS = 16


def place_arguments(engine: Engine, args: Sequence[int | float], stack_top: int, *, hard_float: bool) -> None:
    """Put arguments into registers and, from the fifth word on, below the top of the stack.

    Parameters
    ----------
    engine
        Engine whose registers, SP among them, and stack are written.
    args
        ``int`` (32 bit) or ``float`` (float32); NumPy scalars work too.
    stack_top
        Address behind the stack's first word.
    hard_float
        Whether floats go to s0-s15 (the image's calling convention) or among the words.

    Raises
    ------
    ValueError
        More floats than registers for them.
    """
    words: list[int] = []
    floats = 0
    for value in args:
        if isinstance(value, (float, np.floating)):
            if floats == _FLOAT_REGISTERS:
                raise ValueError(f"more than {_FLOAT_REGISTERS} float arguments")
            raw = struct.unpack("<I", struct.pack("<f", float(value)))[0]
            if hard_float:
                engine.set_register(Register.S0 + floats, raw)
                floats += 1
                continue
            words.append(raw)
        else:
            words.append(int(value) & 0xFFFF_FFFF)
    for register, word in zip(_INT_REGISTERS, words, strict=False):
        engine.set_register(register, word)
    rest = words[len(_INT_REGISTERS) :]
    pointer = stack_top - (4 * len(rest) + 7 & ~7)  # a multiple of 8 at every call
    if rest:
        engine.write(pointer, struct.pack(f"<{len(rest)}I", *rest))
    engine.set_register(Register.SP, pointer)


def read_result(engine: Engine, returns: Result, *, hard_float: bool) -> int | float | None:
    """Read what a call returned: r0, r1:r0, or s0 (r0 without the hard-float convention)."""
    if returns == "void":
        return None
    low = engine.register(Register.R0)
    if returns == "float":
        raw = engine.register(Register.S0) if hard_float else low
        return float(struct.unpack("<f", struct.pack("<I", raw & 0xFFFF_FFFF))[0])
    if returns == "uint":
        return low
    if returns == "int64":
        high = engine.register(Register.R1)
        return int(struct.unpack("<q", struct.pack("<II", low, high))[0])
    return int(struct.unpack("<i", struct.pack("<I", low))[0])
