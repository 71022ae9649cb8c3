"""The Arm semihosting calls that small programs make: print, exit, ask for the heap and the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .engine import Engine, Register

__all__ = ["Semihosting"]

_OPEN, _CLOSE, _WRITEC, _WRITE0, _WRITE, _ISTTY, _CLOCK = 0x01, 0x02, 0x03, 0x04, 0x05, 0x09, 0x10
_HEAPINFO, _EXIT, _EXIT_EXTENDED = 0x16, 0x18, 0x20
_FAILED = 0xFFFF_FFFF
_CYCLES_PER_CENTISECOND = 1_000_000
"""Ticks of the clock that a program reads: 100 MHz."""


@dataclass
class Semihosting:
    """Serves calls and keeps what was printed.

    Attributes
    ----------
    heap, stack
        (base, limit) of the heap and (top, limit) of the stack, for programs that ask.
    cycles
        Returns the modelled cycles so far.
    output
        What was printed.
    exited
        Whether the program asked to end.
    """

    heap: tuple[int, int]
    stack: tuple[int, int]
    cycles: Callable[[], int]
    output: bytearray = field(default_factory=bytearray)
    exited: bool = False

    def serve(self, engine: Engine) -> None:
        """Answer the call in r0 with its argument in r1; unknown calls fail with -1."""
        call, argument = engine.register(Register.R0), engine.register(Register.R1)
        result = 0
        if call in (_EXIT, _EXIT_EXTENDED):
            self.exited = True
            engine.stop()
            return
        if call == _WRITEC:
            self.output += engine.read(argument, 1)
        elif call == _WRITE0:
            self.output += _text(engine, argument)
        elif call == _WRITE:
            _, address, size = _words(engine, argument, 3)
            self.output += engine.read(address, size)
        elif call == _HEAPINFO:
            self._tell_heap(engine, argument)
        elif call == _CLOCK:
            result = self.cycles() // _CYCLES_PER_CENTISECOND
        elif call in (_OPEN, _ISTTY):
            result = 1
        elif call != _CLOSE:
            result = _FAILED
        engine.set_register(Register.R0, result)

    def _tell_heap(self, engine: Engine, argument: int) -> None:
        (block,) = _words(engine, argument, 1)
        values = (*self.heap, *self.stack)
        engine.write(block, b"".join(value.to_bytes(4, "little") for value in values))


def _words(engine: Engine, address: int, count: int) -> list[int]:
    raw = engine.read(address, 4 * count)
    return [int.from_bytes(raw[4 * i : 4 * i + 4], "little") for i in range(count)]


def _text(engine: Engine, address: int) -> bytes:
    found = bytearray()
    while (character := engine.read(address + len(found), 1)) != b"\0":
        found += character
    return bytes(found)
