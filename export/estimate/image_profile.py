"""Price any Cortex-M33 image: run it from an entry on the emulated core and count (``tussis profile``)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..emulator.call_tree import CallNode, FunctionCost
from ..emulator.cycle_bounds import CycleBounds, cycle_bounds
from ..emulator.elf_image import ElfImage, load_elf
from ..emulator.engine import EngineError, Register
from ..emulator.procedure_call import place_arguments
from ..emulator.semihosting import Semihosting
from ..emulator.virtual_board import VirtualBoard
from .memory import MemoryUse, measure_memory

__all__ = ["ImageProfile", "profile_image"]

_SPARE_RAM_BYTES = 1 << 20
_STACK_BYTES = 1 << 18
_PERIPHERALS = (0x4000_0000, 0x2000_0000)
_BREAKPOINT, _SEMIHOSTING = 7, b"\xab\xbe"
_ENDLESS = b"\xfe\xe7"  # b .
_SLEEPS = (b"\x30\xbf", b"\x20\xbf")  # wfi, wfe
_ALL_ONES = 0xFFFF_FFFF
_HEAP_BYTES = 1 << 20


@dataclass(frozen=True)
class ImageProfile:
    """What an image executed.

    Attributes
    ----------
    image, entry
        Which file, from which function.
    ended
        How: ``"returned"``, ``"exited"``, ``"reached an endless loop"``, ``"went to sleep"``.
    instructions, cycles
        Exact, and by the cycle model without wait states.
    functions
        Cost by function, most cycles first.
    tree, names
        The call tree, and its functions' names.
    output
        What it printed through semihosting.
    register_reads
        Reads of peripheral registers; each address answered 0 and all ones in turn, so polls end.
    bounds
        Factors the cycles may be off by.
    memory
        Flash, RAM and stack.
    result
        r0 at the end.
    """

    image: str
    entry: str
    ended: str
    instructions: int
    cycles: int
    functions: tuple[FunctionCost, ...]
    tree: CallNode
    names: dict[int, str]
    output: str
    register_reads: int
    bounds: CycleBounds
    memory: MemoryUse
    stack_high_water: int
    result: int

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON document of ``tussis profile --json``."""
        low, high = 100 * (self.bounds.low - 1), 100 * (self.bounds.high - 1)
        return {
            "image": self.image,
            "entry": self.entry,
            "ended": self.ended,
            "instructions": self.instructions,
            "cycles": self.cycles,
            "functions": [
                {
                    "name": f.name,
                    "cycles": f.cycles,
                    "share": float(f"{f.cycles / self.cycles:.6g}") if self.cycles else 0.0,
                    "instructions": f.instructions,
                    "calls": f.calls,
                    "total_cycles": f.total_cycles,
                    "worst_call_cycles": f.worst_cycles,
                }
                for f in self.functions
            ],
            "flash_bytes": self.memory.flash_bytes,
            "ram_bytes": self.memory.ram_bytes,
            "stack_bytes": max(self.memory.stack.bytes, self.stack_high_water),
            "stack": asdict(self.memory.stack),
            "output": self.output,
            "register_reads": self.register_reads,
            "result": self.result,
            "expected_error": {
                "instructions": "exact",
                "cycles": f"{low:+.0f} % to {high:+.0f} %, by rules that no published number settles",
            },
        }


def profile_image(
    image: str | os.PathLike[str],
    entry: str | None = None,
    *,
    arguments: Sequence[int] = (),
    timeout_s: float = 300.0,
) -> ImageProfile:
    """Run an image from a function and price what it executes.

    It ends when the function returns, at ``exit``, at a branch to itself, when the core goes to sleep, or on
    a semihosting exit. Variables stand initialised without start-up code, so ``main`` or any function will
    do as an entry; without one the image starts at its ELF entry point.

    Parameters
    ----------
    image
        A linked Cortex-M33 ELF with symbols.
    entry
        Function to call.
    arguments
        Integers to pass to it.
    timeout_s
        Limit of wall-clock time, in seconds.

    Raises
    ------
    InputError
        The file is not such an image, or has no such symbol.
    BoardFault
        The core faulted or did not end in time.

    Examples
    --------
    >>> from tussis.export.build.toolchain import find_arm_toolchain
    >>> from tussis import export_project, load_detector
    >>> project = export_project(load_detector("default"), "firmware")
    >>> image = find_arm_toolchain().compile_elf(project.path)
    >>> profile_image(image, "tussis_probability").instructions > 0
    True
    """
    loaded = load_elf(image)
    bench = _Bench(loaded, timeout_s)
    bench.count()
    address = loaded.entry if entry is None else loaded.address(entry) & ~1
    name = entry or bench.tree.name_of(loaded.function_start(address))
    ended = bench.execute(address, arguments)
    return ImageProfile(
        image=os.fspath(image),
        entry=name,
        ended=ended,
        instructions=bench.instructions,
        cycles=bench.cycles,
        functions=tuple(bench.functions()),
        tree=bench.tree.root,
        names={node.function: bench.tree.name_of(node.function) for node in bench.tree.root.walk()},
        output=bytes(bench.semihosting.output).decode("utf-8", "replace"),
        register_reads=bench.register_reads,
        bounds=cycle_bounds(bench.blocks.blocks, bench.tree.executions),
        memory=measure_memory(loaded, [entry] if entry else []),
        stack_high_water=bench.stack_high_water,
        result=bench.engine.register(Register.R0),
    )


class _Bench(VirtualBoard):
    """A board for images that expect more than a library does: peripherals, semihosting, their own end."""

    def __init__(self, image: ElfImage, timeout_s: float) -> None:
        super().__init__(
            image, stack_bytes=_STACK_BYTES, spare_ram_bytes=_SPARE_RAM_BYTES, timeout_s=timeout_s
        )
        heap = self.alloc(_HEAP_BYTES)
        self.semihosting = Semihosting((heap, heap + _HEAP_BYTES), self.stack_range, lambda: self.cycles)
        self.register_reads = 0
        self._ended = ""
        self._answers: dict[int, int] = {}
        self.engine.map_registers(*_PERIPHERALS, self._read_peripheral, lambda *_: None)

    def execute(self, address: int, arguments: Sequence[int]) -> str:
        """Run to the end; return how it ended."""
        place_arguments(self.engine, arguments, self.stack_range[0], hard_float=self.image.hard_float)
        loops = self._endless_loops()
        exits = {self.image.addresses[n] & ~1 for n in ("_exit", "exit") if n in self.image.addresses}
        stop = self.run(address, sorted(loops | exits))
        if self._ended:
            return self._ended
        return "returned" if stop == 0 else "exited" if stop in exits else "reached an endless loop"

    def _ends_at(self, place: int) -> bool:
        if self._code_at(place - 2) in _SLEEPS:
            self._ended = "went to sleep"
        return bool(self._ended)

    def _endless_loops(self) -> set[int]:
        found: set[int] = set()
        for segment in self.image.segments:
            if not segment.executable:
                continue
            place = segment.data.find(_ENDLESS)
            while place >= 0:
                if place % 2 == 0:
                    found.add(segment.address + place)
                place = segment.data.find(_ENDLESS, place + 1)
        return found

    def _read_peripheral(self, offset: int, _size: int) -> int:
        self.register_reads += 1
        self._answers[offset] = ~self._answers.get(offset, _ALL_ONES) & _ALL_ONES
        return self._answers[offset]

    def _on_exception(self, number: int) -> None:
        place = self.engine.register(Register.PC) & ~1
        if number == _BREAKPOINT and self._code_at(place) == _SEMIHOSTING:
            self.semihosting.serve(self.engine)
            self._ended = "exited" if self.semihosting.exited else ""
            if not self._ended:
                self.engine.set_register(Register.PC, (place + 2) | 1)
        else:
            super()._on_exception(number)

    def _code_at(self, address: int) -> bytes:
        try:
            return self.engine.read(address, 2)
        except EngineError:
            return b""
