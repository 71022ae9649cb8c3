"""Who called whom, and what it cost: a call tree built from the order in which basic blocks ran."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .block_table import BlockTable
from .elf_image import ElfImage
from .instructions import Ending

__all__ = ["CallNode", "CallTree", "FunctionCost"]

_MAX_DEPTH = 256
_OUTSIDE = 0xFFFF_FFFF


@dataclass(frozen=True)
class FunctionCost:
    """Cost of one function over a run.

    Attributes
    ----------
    instructions, cycles
        Cost of the function itself.
    total_instructions, total_cycles
        Cost with everything that it called (a recursive function counts once).
    worst_cycles
        Total cycles of its most expensive single call.
    """

    name: str
    calls: int
    instructions: int
    cycles: int
    total_instructions: int
    total_cycles: int
    worst_cycles: int


@dataclass
class CallNode:
    """One function as reached along one path; costs are the function's own unless they say total."""

    function: int
    parent: CallNode | None
    depth: int
    calls: int = 0
    instructions: int = 0
    cycles: int = 0
    worst_cycles: int = 0
    children: dict[int, CallNode] = field(default_factory=dict)

    def child(self, function: int) -> CallNode:
        """Return the child for `function`, made on first use; too deep a path folds into its last node."""
        node = self.children.get(function)
        if node is None:
            if self.depth >= _MAX_DEPTH:
                return self
            node = self.children[function] = CallNode(function, self, self.depth + 1)
        return node

    def walk(self) -> Iterator[CallNode]:
        """Yield this node and all below, parents first, callees in order of first call."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children.values()))

    def total(self) -> tuple[int, int]:
        """Return (instructions, cycles) of this node and all below."""
        nodes = list(self.walk())
        return sum(n.instructions for n in nodes), sum(n.cycles for n in nodes)


@dataclass
class _Frame:
    node: CallNode
    return_address: int
    cycles_at_entry: int


class CallTree:
    """Accumulates traced blocks into a tree of calls.

    Attributes
    ----------
    root
        Parent of every function entered from outside.
    instructions, cycles
        Totals so far, exact and by the cycle model.
    executions
        Number of runs of each row of the block table, shape (n_blocks,).
    sample_limit
        Blocks to keep for :meth:`sample`; 0 keeps none.
    """

    def __init__(self, image: ElfImage, table: BlockTable) -> None:
        self._image = image
        self.table = table
        self.root = CallNode(_OUTSIDE, None, 0)
        self.instructions = 0
        self.cycles = 0
        self.executions = np.zeros(0, np.int64)
        self._stack: list[_Frame] = []
        self._carry = np.empty(0, np.uint32)
        self._open_slot = False
        self.sample_limit = 0
        self._sampled: list[NDArray[np.int64]] = []
        self._sampled_blocks = 0
        self._calls_seen = 0
        self._stride = 1

    def enter(self, address: int, return_address: int) -> None:
        """Start a call from outside to the function at `address`."""
        node = self.root.child(self._image.function_start(address))
        node.calls += 1
        self._stack = [_Frame(node, return_address, self.cycles)]
        self._open_slot = False
        self._calls_seen += 1

    def sample(self) -> NDArray[np.int64]:
        """Return table rows of blocks in order: whole calls, evenly spread, about `sample_limit` at most."""
        return np.concatenate(self._sampled) if self._sampled else np.empty(0, np.int64)

    def _keep_sample(self, rows: NDArray[np.int64]) -> None:
        if not self.sample_limit or self._calls_seen % self._stride:
            return
        self._sampled.append(rows)
        self._sampled_blocks += len(rows)
        if self._sampled_blocks > self.sample_limit and len(self._sampled) > 1:
            self._sampled = self._sampled[1::2]
            self._sampled_blocks = sum(map(len, self._sampled))
            self._stride *= 2

    def feed(self, addresses: NDArray[np.uint32], sizes: dict[int, int], *, ended: bool) -> None:
        """Account for blocks in order; `ended` says that the last one left by returning to the outside."""
        sequence = np.concatenate((self._carry, addresses)) if len(self._carry) else addresses
        self._carry = np.empty(0, np.uint32)
        if not len(sequence):
            return
        rows = self.table.index(sequence, sizes)
        if not ended:
            self._carry = sequence[-1:]
        table = self.table
        now = rows if ended else rows[:-1]
        outside = np.full(int(ended), _OUTSIDE, np.uint32)
        following = np.concatenate((sequence[1:], outside))
        next_function = np.concatenate((table.functions[rows[1:]], outside))
        taken = following != table.ends[now]
        instructions = table.instructions[now]
        if not len(now):
            return
        priced = table.price(now, taken, open_slot=self._open_slot)
        self._open_slot = priced.open_slot
        self._count_executions(now)
        self._keep_sample(now)
        endings = table.endings[now]
        leaves = table.functions[now] != next_function
        calls = taken & ((endings == Ending.CALL) | (endings == Ending.RETURN))
        events = np.flatnonzero(calls | leaves)
        self._replay(events, now, following, next_function, np.cumsum(instructions), np.cumsum(priced.cycles))

    def _count_executions(self, rows: NDArray[np.int64]) -> None:
        if len(self.executions) < len(self.table.blocks):
            grown = np.zeros(len(self.table.blocks), np.int64)
            grown[: len(self.executions)] = self.executions
            self.executions = grown
        self.executions += np.bincount(rows, minlength=len(self.executions))

    def _replay(
        self,
        events: NDArray[np.int64],
        rows: NDArray[np.int64],
        following: NDArray[np.uint32],
        next_function: NDArray[np.uint32],
        instructions: NDArray[np.int64],
        cycles: NDArray[np.int64],
    ) -> None:
        base_instructions, base_cycles = self.instructions, self.cycles
        before_i = before_c = 0
        kinds = self.table.endings[rows[events]].tolist()
        ends = self.table.ends[rows[events]].tolist()
        at_i, at_c = instructions[events].tolist(), cycles[events].tolist()
        targets, functions = following[events].tolist(), next_function[events].tolist()
        for kind, end, i, c, target, function in zip(
            kinds, ends, at_i, at_c, targets, functions, strict=True
        ):
            if not self._stack:
                self._stack = [_Frame(self.root, -1, base_cycles)]
            node = self._stack[-1].node
            node.instructions += i - before_i
            node.cycles += c - before_c
            before_i, before_c = i, c
            if kind == Ending.CALL and target != end:
                self._push(function, end, base_cycles + c)
            else:
                self._leave(kind, target, function, base_cycles + c)
        total_i, total_c = int(instructions[-1]) if len(rows) else 0, int(cycles[-1]) if len(rows) else 0
        if self._stack:
            self._stack[-1].node.instructions += total_i - before_i
            self._stack[-1].node.cycles += total_c - before_c
        self.instructions = base_instructions + total_i
        self.cycles = base_cycles + total_c

    def _push(self, function: int, return_address: int, now: int) -> None:
        node = self._stack[-1].node.child(function)
        node.calls += 1
        self._stack.append(_Frame(node, return_address, now))

    def _leave(self, kind: int, target: int, function: int, now: int) -> None:
        """Follow a return, or a jump into another function (a tail call)."""
        for depth in range(len(self._stack) - 1, 0, -1):
            if self._stack[depth].return_address == target:
                while len(self._stack) > depth:
                    self._close(self._stack.pop(), now)
                return
            if kind != Ending.RETURN:
                break
        if target == _OUTSIDE:
            while len(self._stack) > 1:
                self._close(self._stack.pop(), now)
            self._close(self._stack[0], now)
            return
        top = self._stack[-1]
        parent = top.node.parent or self.root
        if top.node.function == function:
            return
        self._close(top, now)
        node = parent.child(function)
        node.calls += 1
        self._stack[-1] = _Frame(node, top.return_address, now)

    @staticmethod
    def _close(frame: _Frame, now: int) -> None:
        frame.node.worst_cycles = max(frame.node.worst_cycles, now - frame.cycles_at_entry)

    def name_of(self, function: int) -> str:
        """Return the name of the function at address `function`."""
        symbol = self._image.function_at(function)
        return symbol.name if symbol else f"0x{function:08x}"

    def functions(self) -> list[FunctionCost]:
        """Return the cost of every function that ran, most cycles first, then by name."""
        own: dict[int, list[int]] = {}
        whole: dict[int, list[int]] = {}
        for node in self.root.walk():
            if node is self.root and not node.instructions:
                continue
            sums = own.setdefault(node.function, [0, 0, 0, 0])
            sums[0] += node.calls
            sums[1] += node.instructions
            sums[2] += node.cycles
            sums[3] = max(sums[3], node.worst_cycles)
            held = whole.setdefault(node.function, [0, 0])
            if not _has_ancestor(node):
                total_i, total_c = node.total()
                held[0] += total_i
                held[1] += total_c
        costs = [
            FunctionCost(self.name_of(f), calls, own_i, own_c, whole[f][0], whole[f][1], worst)
            for f, (calls, own_i, own_c, worst) in own.items()
        ]
        return sorted(costs, key=lambda cost: (-cost.cycles, cost.name))


def _has_ancestor(node: CallNode) -> bool:
    above = node.parent
    while above is not None:
        if above.function == node.function:
            return True
        above = above.parent
    return False
