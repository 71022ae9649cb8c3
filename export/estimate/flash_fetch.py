"""Cycles the core waits for flash: wait states behind a cache or a few prefetched lines, played on the run.

Only instruction fetches are played, line by line in the order of the traced blocks; constants read from flash
go the same way on real parts and are left out.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..emulator.instructions import Block
from .devices import Clock, Device
from .figures import Cache

__all__ = ["stalls_per_instruction"]

_PREFETCH_LINE_BYTES = 16
_BYTES_PER_CYCLE = 3.3
"""Code bytes consumed a cycle, for what prefetching the next line hides: 3 bytes in 0.9 cycles."""


def stalls_per_instruction(
    device: Device, clock: Clock, sample: tuple[Sequence[Block], NDArray[np.int64]]
) -> float:
    """Return fetch stall cycles per executed instruction.

    Parameters
    ----------
    device, clock
        Device and clock that run the code; without a cache or prefetch buffer in the profile none is
        modelled.
    sample
        Blocks and the order in which they ran, shape (n,).
    """
    blocks, rows = sample
    wait = clock.wait_states.value
    instructions = int(np.array([len(block.instructions) for block in blocks], np.int64)[rows].sum())
    if not instructions or wait == 0:
        return 0.0
    if device.cache is not None:
        stalls = _cache_misses(device.cache, blocks, rows) * wait
    else:
        lines = int(device.prefetch_lines.value) if device.prefetch_lines else 1
        stalls = _prefetch_stalls(lines, wait, blocks, rows)
    return stalls / instructions


def _cache_misses(cache: Cache, blocks: Sequence[Block], rows: NDArray[np.int64]) -> int:
    """Count misses of a set-associative cache with least-recently-used replacement, from empty."""
    n_sets = cache.bytes // (cache.line_bytes * cache.ways)
    fetched = _fetched_lines(cache, blocks, rows)
    # Set after set: sets do not meet, and a line that its set held last is a hit that changes nothing.
    fetched = fetched[np.argsort(fetched % n_sets, kind="stable")]
    held: OrderedDict[int, None] = OrderedDict()
    misses = 0
    present = -1
    for line in _without_repeats(fetched).tolist():
        if line % n_sets != present:
            present = line % n_sets
            held.clear()
        if line in held:
            held.move_to_end(line)
        else:
            misses += 1
            held[line] = None
            if len(held) > cache.ways:
                held.popitem(last=False)
    return misses


def _fetched_lines(cache: Cache, blocks: Sequence[Block], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Cache lines in the order in which they are fetched, each once for as long as it is fetched from."""
    touched = [_lines(block, cache.line_bytes) for block in blocks]
    first = np.array([lines.start for lines in touched], np.int64)[rows]
    count = np.array([len(lines) for lines in touched], np.int64)[rows]
    before = np.cumsum(count) - count
    return _without_repeats(np.repeat(first - before, count) + np.arange(count.sum(), dtype=np.int64))


def _without_repeats(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Leave out each value that is equal to the one before."""
    return values[np.concatenate(([True], values[1:] != values[:-1]))] if len(values) else values


def _prefetch_stalls(lines: int, wait: float, blocks: Sequence[Block], rows: NDArray[np.int64]) -> float:
    """Stall for every line not among the last few; for the next line only what prefetching does not hide."""
    hidden = _PREFETCH_LINE_BYTES / _BYTES_PER_CYCLE
    touched = [_lines(block, _PREFETCH_LINE_BYTES) for block in blocks]
    held: OrderedDict[int, None] = OrderedDict()
    stalls = 0.0
    before = -2
    for row in rows.tolist():
        for line in touched[row]:
            if line in held:
                held.move_to_end(line)
            else:
                stalls += max(0.0, wait - hidden) if line == before + 1 else wait
                held[line] = None
                if len(held) > lines:
                    held.popitem(last=False)
            before = line
    return stalls


def _lines(block: Block, line_bytes: int) -> range:
    return range(block.address // line_bytes, (block.end - 1) // line_bytes + 1)
