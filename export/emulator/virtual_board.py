"""An emulated Cortex-M33 that runs a firmware image function by function and counts what it executes."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .block_table import BlockTable
from .block_trace import BlockTrace
from .call_tree import CallTree, FunctionCost
from .cycle_model import CycleModel
from .elf_image import ElfImage, load_elf
from .engine import EMULATION_ERRORS, Engine, EngineError, Register
from .procedure_call import Result, place_arguments, read_result

__all__ = ["BoardFault", "CallCost", "VirtualBoard"]

_Self = TypeVar("_Self", bound="VirtualBoard")

PAGE = 0x1000
_HEAP_ADDRESS = 0x6000_0000
_STACK_TOP = 0x7000_0000
_SYSTEM_SPACE = 0xE000_0000
_SYSTEM_SPACE_BYTES = 0x10_0000
_DWT_PAGE = 0xE000_1000
_DWT_CYCCNT = 0x004
_TRAP_CEILING = 0x1FFF_F000
_JUMP_TO_R12 = b"\x60\x47"  # bx r12
_STACK_GUARD_BYTES = 0x10_0000
_STACK_PAINT = b"\xa5"
_DRAIN_BLOCKS = 1 << 20
_WATCH_PERIOD_S = 0.25

_EXCEPTIONS = {2: "supervisor call (svc)", 7: "breakpoint (bkpt)", 1: "undefined instruction"}


class BoardFault(RuntimeError):  # noqa: N818 - the hardware's own word: a fault, not an error
    """The core stopped where real hardware would fault; the message names image, function, address."""


@dataclass(frozen=True)
class CallCost:
    """What one call executed: exact instructions, and cycles by the cycle model."""

    instructions: int
    cycles: int


class VirtualBoard:
    """A Cortex-M33 with an image loaded, whose functions can be called from Python.

    Memory is laid out as the image says; a stack of its own and a heap for the caller's buffers lie outside
    it. Code pages of the image are read-only to the core, as flash is. There is no reset: ``.data`` and
    ``.bss`` stand ready, and functions are called in any order.

    Parameters
    ----------
    elf
        A linked ARM image with symbols (``Toolchain.compile_elf`` makes one), or one already read.
    stack_bytes
        Size of the stack; running over it is a fault, not silence.
    heap_bytes
        Room for :meth:`alloc`.
    spare_ram_bytes
        RAM behind the image's variables, for images with a heap or a stack pointer of their own.
    model
        Cycle model used while counting.
    timeout_s
        Wall-clock limit for one call, against runaway code.

    Examples
    --------
    An exported firmware, and the first 16 ms of sound pushed into it:

    >>> import tussis
    >>> from tussis.export.build.toolchain import find_arm_toolchain
    >>> project = tussis.export_project(tussis.load_detector("default"), "firmware")
    >>> board = VirtualBoard(find_arm_toolchain().compile_elf(project)).count()
    >>> state, chunk = board.symbol("tussis_virtual_detector"), board.alloc(512)
    >>> info = board.read_array(board.call("tussis_info", returns="uint"), np.uint32, 5)
    >>> board.call("tussis_init_as", state, info[4], info[1], info[2])  # size, ABI, options: TUSSIS_OK
    0
    >>> board.write(chunk, np.zeros(256, np.int16))
    >>> board.call("tussis_push_audio", state, chunk, 256)
    0
    >>> board.last_call.instructions > 0
    True
    """

    def __init__(
        self,
        elf: str | os.PathLike[str] | ElfImage,
        *,
        stack_bytes: int = 1 << 16,
        heap_bytes: int = 1 << 22,
        spare_ram_bytes: int = 0,
        model: CycleModel | None = None,
        timeout_s: float = 300.0,
    ) -> None:
        self.image = elf if isinstance(elf, ElfImage) else load_elf(elf)
        self.timeout_s = timeout_s
        self.last_call = CallCost(0, 0)
        self.engine = Engine()
        self._fault = ""
        self._map_image(spare_ram_bytes)
        self._stack_bytes = _round_up(stack_bytes, PAGE)
        self.engine.map_memory(_STACK_TOP - self._stack_bytes, self._stack_bytes)
        self.clear_stack()
        self._heap_end = _HEAP_ADDRESS + _round_up(heap_bytes, PAGE)
        self._heap_next = _HEAP_ADDRESS
        self.engine.map_memory(_HEAP_ADDRESS, self._heap_end - _HEAP_ADDRESS)
        self._map_system()
        self.engine.on_bad_access(self._on_bad_access)
        self.engine.on_exception(self._on_exception)
        self.trace = BlockTrace(self.engine)
        self.blocks = BlockTable(self.image, self._read_code, model or CycleModel())
        self.tree = CallTree(self.image, self.blocks)
        self._accounting = threading.Lock()
        self._running_since = 0.0
        threading.Thread(target=_watch, args=(weakref.ref(self),), daemon=True).start()

    # --- memory ---------------------------------------------------------------------------------------

    def alloc(self, size: int, align: int = 8) -> int:
        """Return the address of `size` zeroed bytes for the caller's use; they are never freed."""
        address = _round_up(self._heap_next, align)
        if address + size > self._heap_end:
            raise MemoryError(f"the board's heap has no {size} bytes left; pass a larger heap_bytes")
        self._heap_next = address + size
        return address

    def write(self, address: int, data: bytes | bytearray | NDArray[Any]) -> None:
        """Write raw bytes or an array (its own dtype, little-endian) to memory."""
        raw = np.ascontiguousarray(data).tobytes() if isinstance(data, np.ndarray) else bytes(data)
        try:
            self.engine.write(address, raw)
        except EngineError as error:
            raise self._no_memory(address, len(raw)) from error

    def read(self, address: int, size: int) -> bytes:
        """Return `size` bytes of memory."""
        try:
            return self.engine.read(address, size)
        except EngineError as error:
            raise self._no_memory(address, size) from error

    def read_array(self, address: int, dtype: DTypeLike, count: int) -> NDArray[Any]:
        """Return `count` items of `dtype` from memory as a fresh array, shape (count,)."""
        kind = np.dtype(dtype)
        return np.frombuffer(self.read(address, kind.itemsize * count), dtype=kind).copy()

    def symbol(self, name: str) -> int:
        """Return the address of a symbol of the image; InputError if there is none."""
        return self.image.address(name)

    # --- running --------------------------------------------------------------------------------------

    def call(self, symbol: str | int, *args: int | float, returns: Result = "int") -> Any:
        """Call a function by the hard-float procedure call standard and return its result.

        Parameters
        ----------
        symbol
            Function name, or address.
        *args
            ``int`` (32 bit, r0-r3 then the stack) or ``float`` (float32, s0-s15); NumPy scalars work too.
            Pass pointers as ints. 64-bit arguments are not supported.
        returns
            How to read the result: ``"int"`` and ``"uint"`` (r0), ``"int64"`` (r1:r0), ``"float"`` (s0),
            ``"void"``.

        Returns
        -------
        int, float or None

        Raises
        ------
        InputError
            The image has no such symbol.
        BoardFault
            The core faulted or did not return in time; the message names function and address.
        """
        address = (self.symbol(symbol) if isinstance(symbol, str) else symbol) & ~1
        place_arguments(self.engine, args, _STACK_TOP, hard_float=self.image.hard_float)
        self.run(address)
        return read_result(self.engine, returns, hard_float=self.image.hard_float)

    def run(self, address: int, stops: Sequence[int] = ()) -> int:
        """Run from `address` until it returns or reaches one of `stops`; arguments are in place already.

        Returns the stop that was reached, or 0 for a return. Raises BoardFault as :meth:`call` does.
        """
        engine = self.engine
        engine.set_register(Register.LR, self._trap | 1)
        counting = self.trace.recording
        before = CallCost(self.tree.instructions, self.tree.cycles)
        if counting:
            self.trace.take()
            self.tree.enter(address, self._trap)
        self._fault = ""
        failure: Exception | None = None
        engine.set_register(Register.R12, address | 1)
        self._running_since = time.monotonic()
        try:
            engine.run(self._entry, (self._trap, *stops))
        except EngineError as error:
            failure = error
        finally:
            self._running_since = 0.0
        if counting:
            self._account(ended=True)
            self.last_call = CallCost(
                self.tree.instructions - before.instructions, self.tree.cycles - before.cycles
            )
        place = engine.register(Register.PC) & ~1
        expected = place == self._trap or place in stops or self._ends_at(place)
        if failure is not None or self._fault or not expected:
            raise self._explain(place, failure)
        return 0 if place == self._trap else place

    def _ends_at(self, place: int) -> bool:
        """Say whether stopping at `place` is an end and no fault; boards that know other ends override it."""
        return False

    def _account(self, *, ended: bool) -> None:
        """Move the trace into the call tree; the watching thread may be at it too."""
        with self._accounting:
            blocks = self.trace.take()
            if len(blocks) and blocks[0] == self._entry:
                blocks = blocks[1:]
            self.tree.feed(blocks, self.trace.sizes, ended=ended)

    def look_after(self, now: float) -> None:
        """Empty a long trace and stop a call that runs over its time; the watching thread calls this."""
        since = self._running_since
        if not since:
            return
        if len(self.trace) > _DRAIN_BLOCKS:
            self._account(ended=False)
        if now - since > self.timeout_s:
            self._fault = f"did not return within {self.timeout_s:g} s"
            self.engine.stop()

    # --- counting -------------------------------------------------------------------------------------

    def count(self: _Self, on: bool = True) -> _Self:
        """Turn counting on (from now, totals kept) or off; returns the board."""
        if on:
            self.trace.start()
        else:
            self.trace.stop()
        return self

    def clear_counts(self) -> None:
        """Set all counts to zero."""
        self.trace.take()
        self.tree = CallTree(self.image, self.blocks)
        self.last_call = CallCost(0, 0)

    @property
    def instructions(self) -> int:
        """Instructions executed while counting; one in an IT block whose condition fails counts as well."""
        return self.tree.instructions

    @property
    def cycles(self) -> int:
        """Cycles of the same by the cycle model, without wait states of a device's flash."""
        return self.tree.cycles

    def functions(self) -> list[FunctionCost]:
        """Return the cost of each function, most cycles first."""
        return self.tree.functions()

    # --- stack ----------------------------------------------------------------------------------------

    @property
    def stack_range(self) -> tuple[int, int]:
        """Address behind the stack's first word, and its lowest address."""
        return _STACK_TOP, _STACK_TOP - self._stack_bytes

    def clear_stack(self) -> None:
        """Paint the stack, so that :attr:`stack_high_water` measures from now on."""
        self.engine.write(_STACK_TOP - self._stack_bytes, _STACK_PAINT * self._stack_bytes)

    @property
    def stack_high_water(self) -> int:
        """Bytes of stack used by the deepest call since :meth:`clear_stack` (written bytes, 4-byte steps)."""
        stack = np.frombuffer(self.read(_STACK_TOP - self._stack_bytes, self._stack_bytes), np.uint32)
        touched = np.flatnonzero(stack != int.from_bytes(_STACK_PAINT * 4, "little"))
        return int(self._stack_bytes - 4 * touched[0]) if len(touched) else 0

    # --- set-up and faults ----------------------------------------------------------------------------

    def _map_image(self, spare_ram_bytes: int) -> None:
        """Map every page a segment touches; pages with no variables on them are read-only, as flash is."""
        used: set[int] = set()
        for segment in self.image.segments:
            used.update(_pages(segment.address, segment.memory_bytes))
            used.update(_pages(segment.load_address, len(segment.data)))
        spare: set[int] = set()
        for section in self.image.sections:
            if section.writable:
                spare.update(_pages(section.address + section.size, spare_ram_bytes))
        for page in sorted(used | spare):
            self.engine.map_memory(page, PAGE)
        for segment in self.image.segments:
            if segment.data:
                self.engine.write(segment.load_address, segment.data)
                self.engine.write(segment.address, segment.data)
        variables = {page for s in self.image.sections if s.writable for page in _pages(s.address, s.size)}
        for page in sorted(used - variables):
            self.engine.make_read_only(page, PAGE)
        self._trap = next(p for p in range(_TRAP_CEILING, 0, -PAGE) if p not in used | spare)
        self.engine.map_memory(self._trap, PAGE)
        self._entry = self._trap + 8
        self.engine.write(self._entry, _JUMP_TO_R12)

    def _map_system(self) -> None:
        """Give the core's own registers memory; CYCCNT reads the modelled cycle count."""
        self.engine.map_memory(_SYSTEM_SPACE, _DWT_PAGE - _SYSTEM_SPACE)
        self.engine.map_registers(_DWT_PAGE, PAGE, self._read_dwt, lambda *_: None)
        after = _DWT_PAGE + PAGE
        self.engine.map_memory(after, _SYSTEM_SPACE + _SYSTEM_SPACE_BYTES - after)

    def _read_dwt(self, offset: int, _size: int) -> int:
        if offset != _DWT_CYCCNT:
            return 0
        if self.trace.recording:
            self._account(ended=False)
        return self.tree.cycles & 0xFFFF_FFFF

    def _read_code(self, address: int, size: int) -> bytes:
        """Read code from the image, since the watching thread must not touch the engine."""
        for segment in self.image.segments:
            offset = address - segment.address
            if offset >= 0 and offset + size <= len(segment.data):
                return segment.data[offset : offset + size]
        return self.engine.read(address, size)

    def _on_bad_access(self, kind: int, address: int, size: int) -> None:
        low = _STACK_TOP - self._stack_bytes
        over = low - _STACK_GUARD_BYTES <= address < low
        hint = f": the stack of {self._stack_bytes} bytes ran over" if over else ""
        what = EMULATION_ERRORS.get(kind, "accesses bad memory")
        self._fault = f"{what}, {size} bytes at 0x{address:08x}{hint}"

    def _on_exception(self, number: int) -> None:
        self._fault = _EXCEPTIONS.get(number, f"exception {number}")
        self.engine.stop()

    def _explain(self, place: int, failure: Exception | None) -> BoardFault:
        what = self._fault or (str(failure) if failure else "stopped before it returned")
        if not self._fault and failure is not None and Engine.is_undefined_instruction(failure):
            what = "undefined instruction"
        return BoardFault(f"{self.image.path.name}: {self.image.place_name(place)}: {what}")

    def _no_memory(self, address: int, size: int) -> BoardFault:
        return BoardFault(f"{self.image.path.name}: no memory of {size} bytes at 0x{address:08x}")


def _watch(board: weakref.ref[VirtualBoard]) -> None:
    """Look at the board a few times a second for as long as it exists."""
    while True:
        time.sleep(_WATCH_PERIOD_S)
        watched = board()
        if watched is None:
            return
        watched.look_after(time.monotonic())
        del watched


def _pages(start: int, size: int) -> range:
    return range(start & -PAGE, _round_up(start + size, PAGE), PAGE)


def _round_up(value: int, step: int) -> int:
    return -(-value // step) * step
