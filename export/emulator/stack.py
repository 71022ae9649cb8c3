"""Worst-case stack of an image: frame of every function, call graph, deepest path.

Frames come from the compiler's ``-fstack-usage`` files where there are any, else from the code itself: what
is pushed and subtracted from the stack pointer. A call through a pointer may go to any function whose address
the code or its constants hold. Recursion is reported, so that no bound is claimed where there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .elf_image import ElfImage, Symbol
from .instructions import Ending, Instruction, decode_block

__all__ = ["CallGraph", "StackPath", "read_stack_usage", "worst_path"]

_IMMEDIATE = re.compile(r"#(0x[0-9a-f]+|\d+)")
_TARGET = re.compile(r"#(0x[0-9a-f]+|\d+)$")
_STACK_STORE = re.compile(r"\[sp, #-(0x[0-9a-f]+|\d+)\]!")

CALLERS_OWN = frozenset({"tussis_meter_charge"})
"""Functions that call what the caller gave them, here a meter's clock: its stack is the caller's to count."""


@dataclass(frozen=True)
class StackPath:
    """The deepest chain of calls from one entry.

    Attributes
    ----------
    bytes
        Stack it takes, without interrupt frames that may come on top (104 bytes each with the FPU in use).
    functions
        Names from the entry down.
    unbounded
        Reasons why the true depth may be larger: recursion, calls through pointers that are not in the image.
        Empty: it is a bound.
    """

    bytes: int
    functions: tuple[str, ...]
    unbounded: tuple[str, ...]


@dataclass(frozen=True)
class CallGraph:
    """Frames and calls of every function, by start address.

    Attributes
    ----------
    frames
        Bytes of stack each function takes for itself.
    calls
        Start addresses of the functions it calls or jumps into.
    indirect
        Functions that call through a register: to them, every function whose address is held somewhere counts
        as called.
    names
        Function names.
    """

    frames: Mapping[int, int]
    calls: Mapping[int, frozenset[int]]
    indirect: frozenset[int]
    names: Mapping[int, str]

    @classmethod
    def of(cls, image: ElfImage, entries: Iterable[str], usage: Mapping[str, int] | None = None) -> CallGraph:
        """Build the graph of everything that can be reached from `entries`.

        Parameters
        ----------
        image
            A linked image with symbols.
        entries
            Names of the functions called from outside.
        usage
            Frame sizes by function name that replace those read from the code (:func:`read_stack_usage`).
        """
        frames: dict[int, int] = {}
        calls: dict[int, set[int]] = {}
        indirect: set[int] = set()
        names: dict[int, str] = {}
        pointers = _Pointers(image)
        waiting = [image.address(entry) & ~1 for entry in entries]
        while waiting:
            address = waiting.pop()
            symbol = image.function_at(address)
            if symbol is None or address in frames:
                continue
            code = _bytes_of(image, symbol)
            items = _instructions(image, symbol, code)
            frames[address] = (usage or {}).get(symbol.name, _frame(items))
            names[address] = symbol.name
            calls[address], through_register = _calls(image, symbol, items)
            pointers.read(address, code, items)
            if through_register:
                indirect.add(address)
            waiting.extend(calls[address])
            waiting.extend(pointers.functions if indirect else ())
        for address in indirect:
            calls[address] |= pointers.functions
        return cls(frames, {a: frozenset(c) for a, c in calls.items()}, frozenset(indirect), names)


class _Pointers:
    """Functions whose address is held by code that can run, or by the constants it refers to."""

    def __init__(self, image: ElfImage) -> None:
        self._image = image
        self._objects = [s for s in image.symbols if not s.is_function and s.size]
        self._seen: set[int] = set()
        self.functions: set[int] = set()

    def read(self, address: int, code: bytes, items: Sequence[Instruction]) -> None:
        """Take in one function: its literal words and its addresses built from two halves."""
        first = -address % 4
        words = [int.from_bytes(code[i : i + 4], "little") for i in range(first, len(code) - 3, 4)]
        for value in words + _built_constants(items):
            self._refer(value)

    def _refer(self, value: int) -> None:
        if value in self._seen:
            return
        self._seen.add(value)
        function = self._image.function_at(value - 1) if value & 1 else None
        if function is not None and function.address == value - 1:
            self.functions.add(function.address)
        for held in self._objects:
            if held.address <= value < held.address + held.size:
                data = _bytes_of(self._image, held)
                for i in range(0, len(data) - 3, 4):
                    self._refer(int.from_bytes(data[i : i + 4], "little"))


def _built_constants(items: Sequence[Instruction]) -> list[int]:
    """Return constants that ``movw`` and ``movt`` put together in one register."""
    low: dict[str, int] = {}
    found: list[int] = []
    for item in items:
        register, _, number = item.operands.partition(", #")
        if item.mnemonic == "movw" and number:
            low[register] = int(number, 0)
        elif item.mnemonic == "movt" and number and register in low:
            found.append(low[register] | int(number, 0) << 16)
    return found


def _bytes_of(image: ElfImage, symbol: Symbol) -> bytes:
    for segment in image.segments:
        offset = symbol.address - segment.address
        if 0 <= offset < len(segment.data):
            return segment.data[offset : offset + symbol.size]
    return b""


def _instructions(image: ElfImage, symbol: Symbol, code: bytes) -> list[Instruction]:
    """Decode a function without its literal pools, whose words may look like calls."""
    return [
        item
        for start, end in image.code_spans(symbol)
        for item in decode_block(start, code[start - symbol.address : end - symbol.address]).instructions
    ]


def _frame(items: Sequence[Instruction]) -> int:
    """Sum of everything the function takes off the stack pointer, each place once.

    A function that takes stack on two separate paths is overstated, never understated.
    """
    total = 0
    for item in items:
        if item.mnemonic in ("push", "vpush"):
            total += 4 * item.transfers
        elif item.mnemonic in ("sub", "subw") and item.operands.startswith("sp,"):
            found = _IMMEDIATE.search(item.operands)
            total += int(found.group(1), 0) if found else 0
        elif item.mnemonic.startswith("st") and (found := _STACK_STORE.search(item.operands)):
            total += int(found.group(1), 0)
        elif item.mnemonic.startswith("stmdb") and item.operands.startswith("sp!"):
            total += 4 * item.transfers
    return total


def _calls(image: ElfImage, symbol: Symbol, items: Iterable[Instruction]) -> tuple[set[int], bool]:
    inside = range(symbol.address, symbol.address + symbol.size)
    targets: set[int] = set()
    through_register = False
    for item in items:
        if item.ending not in (Ending.CALL, Ending.JUMP):
            continue
        found = _TARGET.search(item.operands) if item.mnemonic in ("b", "bl", "blx") else None
        if found is not None:
            address = int(found.group(1), 0)
            if item.ending is Ending.CALL or address not in inside:
                targets.add(image.function_start(address))
        elif item.ending is Ending.CALL or item.mnemonic == "bx":
            through_register = True
    return targets, through_register


def worst_path(image: ElfImage, entries: Sequence[str], usage: Mapping[str, int] | None = None) -> StackPath:
    """Return the deepest path from any of `entries`; `usage` as for :meth:`CallGraph.of`.

    Raises
    ------
    InputError
        An entry is not a symbol of the image.
    """
    graph = CallGraph.of(image, entries, usage)
    deepest: dict[int, tuple[int, tuple[int, ...]]] = {}
    loops: set[int] = set()
    seen: set[int] = set()

    def depth(function: int, above: frozenset[int]) -> tuple[int, tuple[int, ...]]:
        if function in above:
            loops.add(function)
            return 0, ()
        if function in deepest:
            return deepest[function]
        seen.add(function)
        below = [depth(called, above | {function}) for called in sorted(graph.calls.get(function, ()))]
        best = max(below, key=lambda found: found[0], default=(0, ()))
        deepest[function] = graph.frames.get(function, 0) + best[0], (function, *best[1])
        return deepest[function]

    found = [depth(image.address(entry) & ~1, frozenset()) for entry in entries]
    bytes_needed, path = max(found, key=lambda item: item[0], default=(0, ()))
    name = graph.names.get
    reasons = [
        f"{name(f, hex(f))} calls through a pointer that comes from outside"
        for f in sorted(seen & graph.indirect)
        if not graph.calls[f] and name(f) not in CALLERS_OWN
    ]
    reasons += [f"{name(f, hex(f))} is recursive" for f in sorted(loops)]
    return StackPath(bytes_needed, tuple(name(f, hex(f)) for f in path), tuple(reasons))


def read_stack_usage(folder: Path) -> dict[str, int]:
    """Return frame sizes by function name from the ``*.su`` files the compiler left in `folder`.

    Two static functions of one name count with the larger frame.
    """
    usage: dict[str, int] = {}
    for path in sorted(folder.glob("**/*.su")):
        for line in path.read_text(encoding="utf-8").splitlines():
            place, size, *_ = line.split("\t")
            name = place.rsplit(":", 1)[-1]
            usage[name] = max(usage.get(name, 0), int(size))
    return usage
