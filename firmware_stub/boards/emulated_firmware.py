"""The exported firmware, application and all, on the emulated Cortex-M33: bytes of a UART in, bytes out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...export.build.project_files import ProjectFolder
from ...export.build.toolchain import Toolchain, find_arm_toolchain
from ...export.emulator.cycle_model import CycleModel
from ...export.emulator.virtual_board import VirtualBoard

__all__ = ["EmulatedFirmware", "build_firmware"]

_WINDOW_BYTES = 8192
_BUFFER_BYTES = 16384
_MOST_SENSED = 4096
"""Samples of a sensor that are given at once."""

_CYCCNT = 0xE000_1004  # DWT cycle counter of Armv8-M
_CLOCK_HZ = 64_000_000  # what a board that counts cycles says its core clock is


def build_firmware(
    project: ProjectFolder | Path, toolchain: Toolchain | None = None, *, watched: bool = False
) -> Path:
    """Compile an exported project into the image that `EmulatedFirmware` runs.

    Parameters
    ----------
    project, toolchain
        What is compiled and by what; None: the compiler that is found.
    watched
        Whether it shall answer WATCH (``TUSSIS_WATCH``).

    Raises
    ------
    InputError
        The folder is not an exported project, or no compiler was found.
    """
    compiler = toolchain or find_arm_toolchain()
    defines = {"TUSSIS_VIRTUAL_SERIAL": 1} | ({"TUSSIS_WATCH": 1} if watched else {})
    return compiler.compile_elf(project, port="virtual", defines=defines)


class EmulatedFirmware:
    """One running firmware.

    Parameters
    ----------
    elf
        The firmware, from `build_firmware`.
    count_cycles
        Count what the core executes, so that STATS carry cycles of the cycle model; about halves the speed.
    model
        What an instruction costs on this board; None: the cycle model that `tussis estimate` uses.
    """

    def __init__(self, elf: Path, *, count_cycles: bool = False, model: CycleModel | None = None) -> None:
        self._board = VirtualBoard(elf, heap_bytes=1 << 20, model=model)
        self._counts = count_cycles
        self._state = self._board.alloc(self._board.call("tussis_memory_board_size", returns="uint"))
        self._received = self._board.alloc(_BUFFER_BYTES)
        self._sent = self._board.alloc(_BUFFER_BYTES)
        self._taken = self._board.alloc(8)
        self._pcm = self._board.alloc(2 * _MOST_SENSED)
        self._imu = self._board.alloc(24 * _MOST_SENSED)
        self.reset()

    def reset(self) -> None:
        """Power off and on: everything is forgotten."""
        self._board.count(self._counts)
        clock_hz = _CLOCK_HZ if self._counts else 0
        self._board.call(
            "tussis_memory_board_start", self._state, _CYCCNT, clock_hz, _WINDOW_BYTES, returns="void"
        )

    @property
    def microphone_switches(self) -> int:
        """How often the firmware switched its microphone on or off since the reset; odd while it is on."""
        return int(self._board.call("tussis_memory_board_microphone", self._state, returns="uint"))

    def sense(self, pcm: NDArray[np.int16], imu: NDArray[np.float32]) -> bytes:
        """Let the board's own sensors bring samples, and return what the firmware says to them.

        Parameters
        ----------
        pcm : ndarray of int16, shape (n,)
            Sound at the rate that the detector takes; at most 4096 samples.
        imu : ndarray of float32, shape (m, 6)
            Motion; at most 4096 samples. It is read first.
        """
        self._board.write(self._pcm, np.ascontiguousarray(pcm, "<i2").tobytes())
        self._board.write(self._imu, np.ascontiguousarray(imu, "<f4").tobytes())
        self._board.call(
            "tussis_memory_board_sense", self._state, self._pcm, len(pcm), self._imu, len(imu), returns="void"
        )
        return self.serve(b"")

    def serve(self, data: bytes) -> bytes:
        """Give the UART `data` (``b""``: nothing) and return what the firmware says to it.

        Raises
        ------
        BoardFault
            The core stopped where hardware would fault.
        """
        said = bytearray()
        while True:
            burst = data[:_BUFFER_BYTES]
            self._board.write(self._received, burst)
            n = self._board.call(
                "tussis_memory_board_serve",
                self._state, self._received, len(burst), self._sent, _BUFFER_BYTES, self._taken,
                returns="uint",
            )  # fmt: skip
            said += self._board.read(self._sent, n)
            data = data[int.from_bytes(self._board.read(self._taken, 4), "little") :]
            if not data:
                return bytes(said)
