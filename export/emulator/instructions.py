"""Thumb-2 code as the counting and pricing of a run need it: decoded once per basic block."""

from __future__ import annotations

import enum
import functools
import importlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

__all__ = ["Block", "Ending", "Instruction", "decode_block"]

capstone: Any = importlib.import_module("capstone")  # ships no types
arm: Any = importlib.import_module("capstone.arm")


class Ending(enum.IntEnum):
    """How a basic block hands over: to the next address, by a jump, a call, or a return."""

    FALL = 0
    JUMP = 1
    CALL = 2
    RETURN = 3


@dataclass(frozen=True, slots=True)
class Instruction:
    """One decoded instruction.

    Attributes
    ----------
    address, size
        Bytes; `size` is 2 or 4.
    mnemonic
        Lower case, without condition and width suffixes (``"vmul.f32"``, ``"ldr"``).
    operands
        Operands as the disassembler prints them.
    reads, writes
        Register names (``r0``-``r15`` by their ARM names, ``s0``..., ``cpsr``, ``fpscr_nzcv``); for a memory
        operand with write-back the base is in both.
    load_writes
        The part of `writes` that comes from memory.
    transfers
        Words moved from or to memory (0: no memory access).
    is_load, conditional, ending
        `conditional`: its condition is not "always", inside IT or on the branch.
    """

    address: int
    size: int
    mnemonic: str
    operands: str
    reads: frozenset[str]
    writes: frozenset[str]
    load_writes: frozenset[str]
    transfers: int
    is_load: bool
    conditional: bool
    ending: Ending


@dataclass(frozen=True, slots=True)
class Block:
    """A run of instructions with one way in; `end` is the address behind it."""

    address: int
    end: int
    instructions: tuple[Instruction, ...]

    @property
    def ending(self) -> Ending:
        """How the block hands over."""
        return self.instructions[-1].ending if self.instructions else Ending.FALL


_LOADS = ("ldr", "ldm", "pop", "vldr", "vldm", "vpop", "tbb", "tbh", "ldrex", "lda")
_STORES = ("str", "stm", "push", "vstr", "vstm", "vpush", "strex", "stl")


@functools.cache
def _disassembler() -> Any:
    mode = capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS | capstone.CS_MODE_V8
    reader = capstone.Cs(capstone.CS_ARCH_ARM, mode)
    reader.detail = True
    return reader


def decode_block(address: int, code: bytes) -> Block:
    """Decode `code`, which starts at `address` with the first instruction of a block.

    Bytes the disassembler does not know are taken as instructions named ``"unknown"`` of the width their
    first halfword states, so that counts stay exact.
    """
    found: list[Instruction] = []
    offset = 0
    while offset < len(code):
        before = offset
        for item in _disassembler().disasm(code[offset:], address + offset):
            found.append(_translate(item))
            offset += item.size
        if offset < len(code):
            size = 4 if (code[offset + 1] >> 3) in (0b11101, 0b11110, 0b11111) else 2
            found.append(_unknown(address + offset, size))
            offset += size
        if offset == before:
            break
    return Block(address, address + len(code), tuple(found))


def _unknown(address: int, size: int) -> Instruction:
    nothing: frozenset[str] = frozenset()
    return Instruction(address, size, "unknown", "", nothing, nothing, nothing, 0, False, False, Ending.FALL)


def _translate(item: Any) -> Instruction:
    mnemonic = _plain_mnemonic(item)
    names = item.reg_name
    read_ids, written_ids = item.regs_access()
    reads = _singles(names(r) for r in read_ids)
    writes = _singles(names(r) for r in written_ids)
    if item.update_flags:
        writes |= {"cpsr"}
    if item.cc not in (arm.ARM_CC_AL, arm.ARM_CC_INVALID) and item.id != arm.ARM_INS_IT:
        reads |= {"cpsr"}
    is_load = mnemonic.startswith(_LOADS)
    is_store = mnemonic.startswith(_STORES)
    loaded = _singles(_listed_registers(item, mnemonic)) & writes if is_load else frozenset()
    if mnemonic in ("pop", "push", "vpop", "vpush"):
        reads, writes = reads | {"sp"}, writes | {"sp"}
    return Instruction(
        address=item.address,
        size=item.size,
        mnemonic=mnemonic,
        operands=item.op_str,
        reads=reads,
        writes=writes,
        load_writes=loaded,
        transfers=_transfers(item, mnemonic) if is_load or is_store else 0,
        is_load=is_load,
        conditional=item.cc not in (arm.ARM_CC_AL, arm.ARM_CC_INVALID) or mnemonic in ("cbz", "cbnz"),
        ending=_ending(item, mnemonic, writes),
    )


def _singles(names: Iterable[str]) -> frozenset[str]:
    """Split double registers into their halves: ``d1`` is ``s2`` and ``s3``."""
    found: set[str] = set()
    for name in names:
        if name[0] == "d" and name[1:].isdigit():
            found.update((f"s{2 * int(name[1:])}", f"s{2 * int(name[1:]) + 1}"))
        else:
            found.add(name)
    return frozenset(found)


def _plain_mnemonic(item: Any) -> str:
    """Strip ``.w`` and the condition: ``addeq.w`` -> ``add``, ``vmulgt.f32`` -> ``vmul.f32``."""
    text: str = item.mnemonic
    if item.id == arm.ARM_INS_IT:
        return "it"
    head, _, tail = text.partition(".")
    if item.cc not in (arm.ARM_CC_AL, arm.ARM_CC_INVALID):
        suffix = _CONDITIONS.get(item.cc, "")
        if suffix and head.endswith(suffix):
            head = head[: -len(suffix)]
    kept = [part for part in tail.split(".") if part and part not in ("w", "n")]
    return ".".join([head, *kept])


_CONDITIONS = {
    arm.ARM_CC_EQ: "eq", arm.ARM_CC_NE: "ne", arm.ARM_CC_HS: "hs", arm.ARM_CC_LO: "lo",
    arm.ARM_CC_MI: "mi", arm.ARM_CC_PL: "pl", arm.ARM_CC_VS: "vs", arm.ARM_CC_VC: "vc",
    arm.ARM_CC_HI: "hi", arm.ARM_CC_LS: "ls", arm.ARM_CC_GE: "ge", arm.ARM_CC_LT: "lt",
    arm.ARM_CC_GT: "gt", arm.ARM_CC_LE: "le",
}  # fmt: skip


def _listed_registers(item: Any, mnemonic: str) -> list[str]:
    """Return the registers that a load or store moves; for multiple transfers without the base."""
    registers = [item.reg_name(o.reg) for o in item.operands if o.type == arm.ARM_OP_REG]
    return registers[1:] if mnemonic.startswith(("ldm", "stm", "vldm", "vstm")) else registers


def _transfers(item: Any, mnemonic: str) -> int:
    registers = _listed_registers(item, mnemonic)
    if mnemonic.startswith(("ldrd", "strd")):
        return 2
    if not mnemonic.startswith(("ldm", "stm", "vldm", "vstm", "pop", "push", "vpop", "vpush")):
        return 2 if registers and registers[0].startswith("d") else 1
    return sum(2 if name.startswith("d") and name[1:].isdigit() else 1 for name in registers)


def _ending(item: Any, mnemonic: str, writes: frozenset[str]) -> Ending:
    if mnemonic in ("bl", "blx", "blxns"):
        return Ending.CALL
    if mnemonic in ("bx", "bxns"):
        return Ending.RETURN if item.op_str == "lr" else Ending.JUMP
    if mnemonic in ("pop", "ldm", "ldmdb") or (mnemonic == "ldr" and "sp" in item.op_str):
        return Ending.RETURN if "pc" in writes else Ending.FALL
    if mnemonic in ("b", "cbz", "cbnz", "tbb", "tbh") or "pc" in writes:
        return Ending.JUMP
    return Ending.FALL
