"""Every basic block a run met, decoded and priced once, and runs of them priced in bulk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cycle_model import CycleModel
from .elf_image import ElfImage
from .instructions import Block, decode_block

__all__ = ["BlockTable", "PricedRun"]


class BlockTable:
    """Every block met so far: decoded and priced once, looked up by address in bulk."""

    def __init__(self, image: ElfImage, code: Callable[[int, int], bytes], model: CycleModel) -> None:
        self._image = image
        self._code = code
        self._model = model
        self.blocks: list[Block] = []
        self._sorted = np.empty(0, np.uint32)
        self._order = np.empty(0, np.int64)
        self.starts = np.empty(0, np.uint32)
        self.ends = np.empty(0, np.uint32)
        self.instructions = np.empty(0, np.int64)
        self.fresh = np.empty(0, np.int64)
        self.joined = np.empty(0, np.int64)
        self.taken_extra = np.empty(0, np.int64)
        self.opens = np.empty(0, np.bool_)
        self.opens_when_joined = np.empty(0, np.bool_)
        self.endings = np.empty(0, np.int8)
        self.functions = np.empty(0, np.uint32)

    def index(self, addresses: NDArray[np.uint32], sizes: dict[int, int]) -> NDArray[np.int64]:
        """Return table rows for block start `addresses`, shape (n,); new blocks are added with `sizes`."""
        if len(self._sorted):
            place = np.minimum(np.searchsorted(self._sorted, addresses), len(self._sorted) - 1)
            known = self._sorted[place] == addresses
            if known.all():
                return self._order[place]
            fresh = np.unique(addresses[~known])
        else:
            fresh = np.unique(addresses)
        for address in fresh.tolist():
            self._add(address, sizes[address])
        self._rebuild()
        return self._order[np.searchsorted(self._sorted, addresses)]

    def _add(self, address: int, size: int) -> None:
        self.blocks.append(decode_block(address, self._code(address, size)))

    def _rebuild(self) -> None:
        have = len(self.starts)
        new = self.blocks[have:]
        prices = [self._model.price(block) for block in new]
        self.starts = _grown(self.starts, [b.address for b in new])
        self.ends = _grown(self.ends, [b.end for b in new])
        self.instructions = _grown(self.instructions, [len(b.instructions) for b in new])
        self.endings = _grown(self.endings, [b.ending for b in new])
        self.functions = _grown(self.functions, [self._image.function_start(b.address) for b in new])
        self.fresh = _grown(self.fresh, [p.fresh for p in prices])
        self.joined = _grown(self.joined, [p.joined for p in prices])
        self.taken_extra = _grown(self.taken_extra, [p.taken_extra for p in prices])
        self.opens = _grown(self.opens, [p.opens for p in prices])
        self.opens_when_joined = _grown(self.opens_when_joined, [p.opens_when_joined for p in prices])
        self._order = np.argsort(self.starts, kind="stable")
        self._sorted = self.starts[self._order]

    def price(self, rows: NDArray[np.int64], taken: NDArray[np.bool_], *, open_slot: bool) -> PricedRun:
        """Return the cycles of blocks run in this order, shape (n,), and the slot state behind the last.

        Parameters
        ----------
        rows
            Table rows in order of execution, shape (n,).
        taken
            Whether each block was left by a taken branch, shape (n,).
        open_slot
            Whether half an issue slot was open before the first.
        """
        # Each block maps "slot open before" to "slot open after": constant, the same, or the opposite. So the
        # state behind block i is that of the last constant one, inverted once per "opposite" since.
        opens = self.opens[rows] & ~taken
        opens_when_joined = self.opens_when_joined[rows] & ~taken
        constant = opens == opens_when_joined
        flips = np.cumsum(opens & ~opens_when_joined)
        last = np.maximum.accumulate(np.where(constant, np.arange(len(rows)), -1))
        since_start = last < 0
        base = np.where(since_start, open_slot, opens[last])
        flipped: NDArray[np.int64] = flips - np.where(since_start, 0, flips[last])
        after = base ^ (flipped % 2 == 1)
        before = np.concatenate((np.array([open_slot]), after[:-1]))
        cycles = np.where(before, self.joined[rows], self.fresh[rows])
        return PricedRun(cycles + np.where(taken, self.taken_extra[rows], 0), bool(after[-1]))


@dataclass(frozen=True)
class PricedRun:
    """Cycles of each block of a run, shape (n,), and whether half an issue slot is open behind the last."""

    cycles: NDArray[np.int64]
    open_slot: bool


def _grown(column: NDArray[Any], more: Sequence[int]) -> NDArray[Any]:
    return np.append(column, np.array(more, column.dtype))
