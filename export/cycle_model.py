"""Cycles of Thumb-2 code on a Cortex-M33 with no wait states; docs/cycle_model.md argues each rule.

The M33 issues in order and, for some adjacent 16-bit instructions, two at once. So a basic block has a cost
that does not depend on how it was reached, plus a cost for leaving it by a taken branch: both are computed
once per block, and a run is priced as fast as it is counted.
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
    taken_branch
        Extra cycles when a branch is taken: the fetch stage starts again.
    indirect_branch
        Extra cycles when the target comes from a register or memory (``bx``, ``pop {pc}``, ``tbb``).
    load_use
        Extra cycles when the next instruction needs a loaded value at once.
    it_slot
        Cycles of an ``it`` instruction.
    pairing
        Whether adjacent independent 16-bit instructions issue together.
    divide_base, divide_bits_per_cycle
        Integer division: base cycles plus quotient bits over bits per cycle, at the mean operand size.
    multiply_accumulate, long_multiply
        Cycles of 32-bit and of 64-bit results.
    fp_issue
        Cycles of add, subtract, multiply, compare, convert and move.
    fp_latency
        Cycles until an FPU result can be used by another FPU instruction.
    fp_mac
        Cycles of a multiply-accumulate (chained or fused).
    fp_divide
        Cycles of ``vdiv.f32`` and ``vsqrt.f32``.
    transfer
        Extra cycles per word after the first in a multiple transfer.
    """

    taken_branch: int = 1
    indirect_branch: int = 1
    load_use: int = 0
    it_slot: int = 0
    pairing: bool = True
    divide: int = 6
    multiply_accumulate: int = 1
    long_multiply: int = 1
    fp_issue: int = 1
    fp_latency: int = 1
    fp_mac: int = 3
    fp_divide: int = 14
    transfer: int = 1


@dataclass(frozen=True, slots=True)
class BlockPrice:
    """Cycles of one pass through a block, and what a taken branch at its end adds."""

    cycles: int
    taken_extra: int
    pairs: int


_LONG_MULTIPLIES = frozenset({"umull", "smull", "umlal", "smlal", "umaal", "smlald", "smlsld"})
_FP_MAC = ("vmla.", "vmls.", "vnmla.", "vnmls.", "vfma.", "vfms.", "vfnma.", "vfnms.")
_FP_DIVIDE = ("vdiv.", "vsqrt.")


class CycleModel:
    """Price blocks by :class:`CycleRules`."""

    def __init__(self, rules: CycleRules | None = None) -> None:
        self.rules = rules or CycleRules()

    def price(self, block: Block) -> BlockPrice:
        """Return the cost of `block`; the branch at its end counts as not taken in `cycles`."""
        items = block.instructions
        cycles = 0
        pairs = 0
        place = 0
        while place < len(items):
            item = items[place]
            follower = items[place + 1] if place + 1 < len(items) else None
            if self.rules.pairing and follower is not None and _pairs(item, follower):
                pairs += 1
                cycles += max(self._alone(item), self._alone(follower))
                cycles += self._stall(follower, items, place + 2)
                place += 2
                continue
            cycles += self._alone(item) + self._stall(item, items, place + 1)
            place += 1
        return BlockPrice(cycles, self._taken(items), pairs)

    def _alone(self, item: Instruction) -> int:
        rules = self.rules
        name = item.mnemonic
        if name == "it":
            return rules.it_slot
        if item.transfers > 1:
            return 1 + rules.transfer * (item.transfers - 1)
        if name in ("sdiv", "udiv"):
            return rules.divide
        if name in _LONG_MULTIPLIES:
            return rules.long_multiply
        if name.startswith(_FP_DIVIDE):
            return rules.fp_divide
        if name.startswith(_FP_MAC):
            return rules.fp_mac
        if name[0] == "v" and not item.transfers:
            return rules.fp_issue
        return 1

    def _stall(self, item: Instruction, items: Sequence[Instruction], place: int) -> int:
        """Cycles the instruction at `place` waits for a result of `item` just before it."""
        if place >= len(items):
            return 0
        needs = items[place].reads
        if item.load_writes & needs:
            return self.rules.load_use
        if item.mnemonic[0] == "v" and not item.transfers and items[place].mnemonic[0] == "v":
            return self.rules.fp_latency - 1 if item.writes & needs else 0
        return 0

    def _taken(self, items: Sequence[Instruction]) -> int:
        if not items or items[-1].ending is Ending.FALL:
            return 0
        last = items[-1]
        direct = last.mnemonic in ("b", "bl", "cbz", "cbnz")
        return self.rules.taken_branch if direct else self.rules.indirect_branch


def _pairs(first: Instruction, second: Instruction) -> bool:
    """Say whether two neighbours issue in one cycle: both 16 bit, independent, at most one memory access."""
    if first.size != 2 or second.size != 2 or first.ending is not Ending.FALL:
        return False
    if first.mnemonic == "it" or second.mnemonic == "it":
        return False
    if first.transfers and second.transfers:
        return False
    return not (first.writes & (second.reads | second.writes))
