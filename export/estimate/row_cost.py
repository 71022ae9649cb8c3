"""What a C function costs that answers one row: built for the Cortex-M33, run on the emulated core."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..build.toolchain import Toolchain, find_arm_toolchain
from ..emulator.cycle_bounds import cycle_bounds
from ..emulator.virtual_board import VirtualBoard

__all__ = ["RowCost", "row_cost"]

_LINK = (
    "ENTRY(margin)\nSECTIONS { . = 0x10000; .text : { KEEP(*(.text.margin)) *(.text* .rodata*) }"
    " .data : { *(.data* .bss*) } /DISCARD/ : { *(.ARM.ex*) } }\n"
)


class RowCost(NamedTuple):
    """What one answer costs, and the answers.

    Parameters
    ----------
    instructions, cycles
        Mean over rows: counted, and by the cycle model.
    cycles_low, cycles_high
        The cycle model's expected error (`tussis.export.emulator.cycle_bounds`).
    flash_bytes
        Code and constants.
    stack_bytes
        Most that any row used.
    answers : ndarray of float32, shape (n,)
        What the function returned.
    """

    instructions: float
    cycles: float
    cycles_low: float
    cycles_high: float
    flash_bytes: int
    stack_bytes: int
    answers: NDArray[np.float32]


def row_cost(
    sources: Sequence[Path],
    rows: NDArray[Any],
    *,
    include: Sequence[Path] = (),
    extra_flags: Sequence[str] = (),
    toolchain: Toolchain | None = None,
) -> RowCost:
    """Build C that defines ``float margin(const T *row)``, and call it with each row.

    Parameters
    ----------
    sources
        C files; one of them defines the function.
    rows : ndarray, shape (n, n_features)
        In the type that the function reads, which is its ``T``.
    include, extra_flags
        Folders and options of the compiler.
    toolchain
        Default: the one that is found.

    Examples
    --------
    >>> import numpy as np
    >>> source = Path(tempfile.mkdtemp()) / "sum.c"
    >>> code = "float margin(const float *row); float margin(const float *row) { return row[0] + row[1]; }"
    >>> length = source.write_text(code)
    >>> row_cost([source], np.ones((3, 2), np.float32)).answers.tolist()
    [2.0, 2.0, 2.0]
    """
    with tempfile.TemporaryDirectory() as temporary:
        script = Path(temporary) / "flash.ld"
        script.write_text(_LINK, encoding="utf-8")
        elf = (toolchain or find_arm_toolchain()).build(
            sources, "elf", include=include, linker_script=script, extra_flags=extra_flags
        )
    board = VirtualBoard(elf).count()
    place = board.alloc(max(rows[:1].nbytes, 4))
    instructions, cycles, answers = [], [], []
    board.clear_stack()
    for row in rows:
        board.write(place, np.ascontiguousarray(row))
        answers.append(board.call("margin", place, returns="float"))
        instructions.append(board.last_call.instructions)
        cycles.append(board.last_call.cycles)
    bounds = cycle_bounds(board.blocks.blocks, board.tree.executions)
    mean_cycles = float(np.mean(cycles))
    return RowCost(
        float(np.mean(instructions)),
        mean_cycles,
        bounds.low * mean_cycles,
        bounds.high * mean_cycles,
        sum(section.size for section in board.image.sections),
        board.stack_high_water,
        np.array(answers, np.float32),
    )
