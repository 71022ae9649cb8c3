"""How far modelled cycles may be off: the same run priced with the rules that no published number settles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .cycle_model import CycleModel, CycleRules
from .instructions import Block

__all__ = ["ANCHOR_ERROR", "CycleBounds", "cycle_bounds"]

ANCHOR_ERROR = 0.02
"""Relative error at the anchor (CoreMark, gcc 12 -O3: 3.97 against 4.02 per MHz), rounded up."""

_KIND = replace(CycleRules(), fp_mac=1, fp_divide=10, divide=2)
_HARSH = replace(
    CycleRules(), pair_branches_only=True, load_use=1, fp_latency=2, indirect_branch=2, it_slot=1, divide=12
)


@dataclass(frozen=True)
class CycleBounds:
    """Factors on the modelled cycles of one run: what the kindest and the harshest rules would give."""

    low: float
    high: float


def cycle_bounds(blocks: Sequence[Block], executions: NDArray[np.int64]) -> CycleBounds:
    """Price what ran with other rules.

    The kind set takes the FPU's multiply-accumulate as pipelined, its division as 10 cycles and integer
    division as early out. The harsh set lets only branches share an issue slot and adds a cycle where a
    loaded value or an FPU result is used at once, for indirect branches and for IT.

    Parameters
    ----------
    blocks
        The blocks that ran.
    executions
        Number of runs of each block, shape (n_blocks,).
    """
    usual = _total(CycleModel(), blocks, executions)
    if usual == 0:
        return CycleBounds(1.0, 1.0)
    low = _total(CycleModel(_KIND), blocks, executions) / usual
    high = _total(CycleModel(_HARSH), blocks, executions) / usual
    return CycleBounds(min(1.0, low) * (1 - ANCHOR_ERROR), max(1.0, high) * (1 + ANCHOR_ERROR))


def _total(model: CycleModel, blocks: Sequence[Block], executions: NDArray[np.int64]) -> int:
    """Cycles with every ending branch taken half the time: the ratio of two such totals is what counts."""
    total = 0
    for block, times in zip(blocks, executions.tolist(), strict=False):
        if times:
            price = model.price(block)
            total += times * (2 * price.fresh + price.taken_extra)
    return total
