"""Cycles of Thumb-2 code on a Cortex-M33 with no wait states; docs/cycle_model.md argues each rule.

The M33 issues in order and, for some neighbours, two instructions at once. So a basic block has a cost that
depends on how it was entered in one bit only: whether the branch before it, not taken, left half of an issue
slot open. Both costs, and what a taken branch at the end adds, are computed once per block; a run is then
priced as fast as it is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .instructions import Block, Ending, Instruction

__all__ = ["BlockPrice", "CycleModel", "CycleRules"]


@dataclass(frozen=True)
class CycleRules:
    """The numbers of the model, in cycles; each is sourced in docs/cycle_model.md.

    Attributes
    ----------
    pairing
        Whether adjacent independent 16-bit instructions, or one and a branch, issue together.
    pair_branches_only
        Whether only the latter do (or one and a ``nop``).
    taken_branch
        Extra cycles when a branch is taken: the fetch starts again.
    indirect_branch
        The same when the target comes from a register or memory (``bx``, ``pop {pc}``, ``tbb``).
    load_use
        Extra cycles when the next instruction needs a loaded value at once.
    it_slot
        Cycles of an ``it`` instruction.
    transfer
        Extra cycles per word after the first in a multiple transfer.
    multiply, long_multiply
        Cycles of multiplications with 32-bit and with 64-bit results, accumulating or not.
    divide
        Cycles of ``sdiv`` and ``udiv`` at ordinary operands.
    fp_issue
        Cycles of FPU add, subtract, multiply, compare, convert and move.
    fp_latency
        Cycles until the next instruction can use an FPU result.
    fp_mac
        Cycles of an FPU multiply-accumulate, chained or fused.
    fp_divide
        Cycles of ``vdiv.f32`` and ``vsqrt.f32``.
    """

    pairing: bool = True
    pair_branches_only: bool = False
    taken_branch: int = 1
    indirect_branch: int = 1
    load_use: int = 0
    it_slot: int = 0
    transfer: int = 1
    multiply: int = 1
    long_multiply: int = 1
    divide: int = 6
    fp_issue: int = 1
    fp_latency: int = 1
    fp_mac: int = 3
    fp_divide: int = 14


@dataclass(frozen=True, slots=True)
class BlockPrice:
    """Cycles of one pass through a block, by how it is entered and left.

    Attributes
    ----------
    fresh
        Entered by a taken branch, a call, or with no open slot before it; left by falling through.
    joined
        The same, entered from a branch that was not taken and has its issue slot half empty.
    taken_extra
        Cycles to add when the branch at its end is taken.
    opens, opens_when_joined
        Whether the branch at its end, not taken, leaves half a slot open; by how the block was entered.
    """

    fresh: int
    joined: int
    taken_extra: int
    opens: bool
    opens_when_joined: bool


_LONG_MULTIPLIES = frozenset({"umull", "smull", "umlal", "smlal", "umaal", "smlald", "smlsld"})
_FP_MAC = ("vmla.", "vmls.", "vnmla.", "vnmls.", "vfma.", "vfms.", "vfnma.", "vfnms.")
_FP_DIVIDE = ("vdiv.", "vsqrt.")
_DIRECT_BRANCHES = frozenset({"b", "bl", "cbz", "cbnz"})
_SECONDS = frozenset({"b", "nop"})
_FLAGS = frozenset({"cpsr"})
_NO_RESULT = frozenset({"cpsr", "pc", "itstate"})


class CycleModel:
    """Price blocks by :class:`CycleRules`."""

    def __init__(self, rules: CycleRules | None = None) -> None:
        self.rules = rules or CycleRules()

    def price(self, block: Block) -> BlockPrice:
        """Return the cost of `block`."""
        items = block.instructions
        fresh, opens = self._issue(items, open_slot=False)
        joined, opens_when_joined = self._issue(items, open_slot=True)
        return BlockPrice(fresh, joined, self._taken(items), opens, opens_when_joined)

    def _issue(self, items: Sequence[Instruction], *, open_slot: bool) -> tuple[int, bool]:
        """Issue all instructions in order; return cycles and whether the last, a branch, left a slot open."""
        if not items:
            return 0, open_slot
        cycles = 0
        before: Instruction | None = None  # alone in its slot so far
        for place, item in enumerate(items):
            if item.mnemonic == "it" and self.rules.it_slot == 0:
                continue
            own = self._alone(item)
            free = open_slot and place == 0 and _fits_second(item)
            allowed = self.rules.pairing and (item.mnemonic in _SECONDS or not self.rules.pair_branches_only)
            if allowed and (free or (before is not None and _pairs(before, item))):
                cycles += own - 1
                before = None
            else:
                cycles += own
                before = item
            if place + 1 < len(items):
                cycles += self._stall(item, items[place + 1])
        last = items[-1]
        open_after = before is last and last.ending is Ending.JUMP and last.conditional and last.size == 2
        return cycles, open_after and self.rules.pairing

    def _alone(self, item: Instruction) -> int:
        rules = self.rules
        name = item.mnemonic
        if item.transfers:
            return 1 + rules.transfer * (item.transfers - 1)
        if name == "it":
            return rules.it_slot
        if name in ("sdiv", "udiv"):
            return rules.divide
        if name in _LONG_MULTIPLIES:
            return rules.long_multiply
        if name.startswith(("mul", "mla", "mls", "sm", "um")):
            return rules.multiply
        if name[0] != "v":
            return 1
        if name.startswith(_FP_DIVIDE):
            return rules.fp_divide
        return rules.fp_mac if name.startswith(_FP_MAC) else rules.fp_issue

    def _stall(self, item: Instruction, follower: Instruction) -> int:
        """Cycles `follower` waits for a result of `item` just before it."""
        if item.load_writes & follower.reads:
            return self.rules.load_use
        if item.mnemonic[0] == "v" and not item.transfers and item.writes & follower.reads:
            return self.rules.fp_latency - 1
        return 0

    def _taken(self, items: Sequence[Instruction]) -> int:
        if not items or items[-1].ending is Ending.FALL:
            return 0
        direct = items[-1].mnemonic in _DIRECT_BRANCHES
        return self.rules.taken_branch if direct else self.rules.indirect_branch


def _fits_second(item: Instruction) -> bool:
    """Say whether `item` can be the second of a pair: 16 bit, or a direct branch of any width."""
    return item.mnemonic != "it" and (item.size == 2 or item.mnemonic in ("b", "bl"))


def _pairs(first: Instruction, second: Instruction) -> bool:
    """Say whether two neighbours issue in one cycle.

    Both are 16 bit (the second may be a 32-bit branch), at most one accesses memory, and the second neither
    reads nor overwrites a register the first writes. Flags are no obstacle to a branch, which is resolved a
    stage later than they are made, nor to overwriting them.
    """
    if first.size != 2 or first.ending is not Ending.FALL or not _fits_second(second):
        return False
    if first.mnemonic == "it" or (first.transfers and second.transfers):
        return False
    if (first.writes - _FLAGS) & (second.reads | (second.writes - _NO_RESULT)):
        return False
    return second.mnemonic == "b" or not (first.writes & second.reads & _FLAGS)
