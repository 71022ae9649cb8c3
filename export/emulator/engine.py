"""Unicorn's Cortex-M33 behind a small typed face: memory, registers, hooks, run."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["EMULATION_ERRORS", "Engine", "EngineError", "Register"]

_unicorn: Any = importlib.import_module("unicorn")  # ships no types; everything behind this line is Any
_arm: Any = importlib.import_module("unicorn.arm_const")
_const: Any = importlib.import_module("unicorn.unicorn_const")
_library: Any = importlib.import_module("unicorn.unicorn_py3.unicorn").uclib

EngineError: type[Exception] = _unicorn.UcError
"""Raised by every failing call into the emulator."""

EMULATION_ERRORS: dict[int, str] = {
    _const.UC_MEM_READ_UNMAPPED: "reads unmapped memory",
    _const.UC_MEM_WRITE_UNMAPPED: "writes unmapped memory",
    _const.UC_MEM_FETCH_UNMAPPED: "jumps to unmapped memory",
    _const.UC_MEM_READ_PROT: "reads protected memory",
    _const.UC_MEM_WRITE_PROT: "writes read-only memory",
    _const.UC_MEM_FETCH_PROT: "executes execute-never memory",
}
"""What each kind of refused access means."""


class Register:
    """Unicorn's numbers of the registers a caller needs."""

    R0: int = _arm.UC_ARM_REG_R0
    R1: int = _arm.UC_ARM_REG_R1
    R2: int = _arm.UC_ARM_REG_R2
    R3: int = _arm.UC_ARM_REG_R3
    SP: int = _arm.UC_ARM_REG_SP
    LR: int = _arm.UC_ARM_REG_LR
    PC: int = _arm.UC_ARM_REG_PC
    R12: int = _arm.UC_ARM_REG_R12
    S0: int = _arm.UC_ARM_REG_S0


class Engine:
    """One emulated core with its memory map."""

    def __init__(self) -> None:
        self._uc: Any = _unicorn.Uc(_unicorn.UC_ARCH_ARM, _const.UC_MODE_THUMB | _const.UC_MODE_MCLASS)
        self._uc.ctl_set_cpu_model(_arm.UC_CPU_ARM_CORTEX_M33)
        self._exits: tuple[int, ...] = ()

    def map_memory(self, address: int, size: int) -> None:
        """Add zeroed memory that may be read, written and executed; both numbers are multiples of 4096."""
        self._uc.mem_map(address, size)

    def map_registers(
        self, address: int, size: int, read: Callable[[int, int], int], write: Callable[[int, int, int], None]
    ) -> None:
        """Add a peripheral with ``read(offset, bytes)`` and ``write(offset, bytes, value)``."""
        self._uc.mmio_map(
            address,
            size,
            lambda _uc, offset, width, _data: read(offset, width),
            None,
            lambda _uc, offset, width, value, _data: write(offset, width, value),
            None,
        )

    def make_read_only(self, address: int, size: int) -> None:
        """Let the core read and execute these pages but not write them."""
        self._uc.mem_protect(address, size, _const.UC_PROT_READ | _const.UC_PROT_EXEC)

    def read(self, address: int, size: int) -> bytes:
        """Return memory, whatever its protection."""
        return bytes(self._uc.mem_read(address, size))

    def write(self, address: int, data: bytes) -> None:
        """Set memory, whatever its protection."""
        self._uc.mem_write(address, data)

    def register(self, number: int) -> int:
        """Return a register as an unsigned number."""
        return int(self._uc.reg_read(number))

    def set_register(self, number: int, value: int) -> None:
        """Set a register."""
        self._uc.reg_write(number, value)

    def run(self, address: int, exits: Sequence[int]) -> None:
        """Run Thumb code from `address` until the program counter reaches one of `exits`.

        Raises
        ------
        EngineError
            A refused access, an undefined instruction, or any other stop that is not an exit or :meth:`stop`.
        """
        wanted = tuple(exits)
        if wanted != self._exits:
            self._uc.ctl_exits_enabled(True)
            self._uc.ctl_set_exits(wanted)
            self._exits = wanted
        self._uc.emu_start(address | 1, wanted[0])

    def stop(self) -> None:
        """End :meth:`run` at the next block; may be called from hooks and from other threads."""
        self._uc.emu_stop()

    def forget_translations(self) -> None:
        """Throw away translated code, so that blocks are translated again with the hooks of now."""
        self._uc.ctl_flush_tb()

    def on_bad_access(self, notify: Callable[[int, int, int], None]) -> None:
        """Call ``notify(kind, address, bytes)`` before a refused access ends the run."""

        def hook(_uc: object, kind: int, address: int, size: int, _value: int, _data: object) -> bool:
            notify(kind, address, size)
            return False

        self._uc.hook_add(_const.UC_HOOK_MEM_INVALID, hook)

    def on_exception(self, notify: Callable[[int], None]) -> None:
        """Call ``notify(number)`` when the core takes an exception (svc, bkpt, faults)."""
        self._uc.hook_add(_const.UC_HOOK_INTR, lambda _uc, number, _data: notify(number))

    def on_instruction(self, notify: Callable[[int], None]) -> None:
        """Call ``notify(address)`` before every instruction that executes: slow, for checks."""
        self._uc.hook_add(_const.UC_HOOK_CODE, lambda _uc, address, _size, _data: notify(address))

    def add_block_hooks(self, block: object, translation: object) -> list[object]:
        """Attach two ctypes callbacks, for each executed and each newly translated block; return handles."""
        import ctypes

        handles: list[object] = []
        for kind, hook in ((_const.UC_HOOK_BLOCK, block), (_const.UC_HOOK_EDGE_GENERATED, translation)):
            handle = ctypes.c_size_t()
            everywhere = (ctypes.c_uint64(1), ctypes.c_uint64(0))
            status = _library.uc_hook_add(self._uc._uch, ctypes.byref(handle), kind, hook, None, *everywhere)
            if status != _const.UC_ERR_OK:
                raise EngineError(status)
            handles.append(handle)
        return handles

    def remove_hooks(self, handles: Sequence[object]) -> None:
        """Detach what :meth:`add_block_hooks` attached."""
        for handle in handles:
            _library.uc_hook_del(self._uc._uch, handle)

    @staticmethod
    def is_undefined_instruction(error: Exception) -> bool:
        """Say whether an :data:`EngineError` means that the core met no valid instruction."""
        return bool(getattr(error, "errno", None) in (_const.UC_ERR_INSN_INVALID, _const.UC_ERR_EXCEPTION))
