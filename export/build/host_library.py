"""The exported C compiled for this machine and called through ctypes."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...data.input_error import InputError
from ...selection.detector.mode import Mode
from ..emulator.execution import CEvent, Totals, Window, mode_number
from .project_files import ProjectFolder
from .toolchain import Toolchain, find_host_compiler

__all__ = ["HostDetector", "host_library", "load_library"]

HOST_SKEW_MS = 8000
"""How far audio may be ahead of the IMU on this machine, where memory is no concern."""


class _Event(ctypes.Structure):
    _fields_ = (
        ("start_ticks", ctypes.c_uint64),
        ("end_ticks", ctypes.c_uint64),
        ("start_s", ctypes.c_float),
        ("end_s", ctypes.c_float),
        ("confidence", ctypes.c_float),
    )


class _Window(ctypes.Structure):
    _fields_ = (
        ("index", ctypes.c_uint32),
        ("count", ctypes.c_uint32),
        ("margin", ctypes.c_float),
        ("n_features", ctypes.c_uint16),
        ("features", ctypes.POINTER(ctypes.c_float)),
    )


class _Totals(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in Totals._fields)


class HostDetector:
    """One detector state in a loaded library; an `Execution`.

    Parameters
    ----------
    library
        The loaded library, from `load_library`. Several detectors may share one.
    """

    def __init__(self, library: ctypes.CDLL) -> None:
        self._c = library
        self._follows_gate = hasattr(library, "tussis_miss_audio")
        words = -(-library.tussis_state_size() // 8)
        self._state = (ctypes.c_uint64 * words)()
        library.tussis_init(self._state)

    def start(self, mode: Mode) -> None:
        """Begin at time 0; InputError if the detector lacks a model for the mode."""
        self._c.tussis_init(self._state)
        self.set_mode(mode)

    def set_mode(self, mode: Mode) -> None:
        """Change the mode from here on; InputError if the detector lacks a model for it."""
        if self._c.tussis_set_mode(self._state, mode_number(mode)) != 0:
            raise InputError("--mode", f"the exported detector has no model for mode {mode}")

    def push_audio(self, pcm: NDArray[np.int16]) -> int:
        """Push int16 samples, shape (n,), at the input rate."""
        pcm = np.ascontiguousarray(pcm, np.int16)
        return int(self._c.tussis_push_audio(self._state, pcm.ctypes.data, len(pcm)))

    def push_audio_decimated(self, pcm: NDArray[np.int16]) -> int:
        """Push int16 samples, shape (n,), that went through the decimator already."""
        pcm = np.ascontiguousarray(pcm, np.int16)
        return int(self._c.tussis_push_audio_decimated(self._state, pcm.ctypes.data, len(pcm)))

    def push_imu(self, samples: NDArray[np.float32]) -> int:
        """Push float32 samples, shape (n, 6)."""
        samples = np.ascontiguousarray(samples, np.float32)
        return int(self._c.tussis_push_imu(self._state, samples.ctypes.data, len(samples)))

    def miss_audio(self, n: int) -> int:
        """Let `n` samples pass unheard; only where the microphone follows the gate."""
        return int(self._c.tussis_miss_audio(self._state, n))

    def microphone_wanted(self) -> bool:
        """Say whether the microphone should be on; always true where it does not follow the gate."""
        return not self._follows_gate or bool(self._c.tussis_microphone_wanted(self._state))

    def missed_windows(self) -> int:
        """Audio windows the gate wanted and the microphone came too late for, or lost samples of."""
        if not self._follows_gate:
            return 0
        counters = ctypes.cast(self._c.tussis_totals(self._state), ctypes.POINTER(ctypes.c_uint32))
        return int(counters[len(Totals._fields)])

    def flush(self) -> None:
        """End the input."""
        self._c.tussis_flush(self._state)

    def flush_step(self) -> bool:
        """Do one step of ending the input; False once there is nothing left."""
        return bool(self._c.tussis_flush_step(self._state))

    def next_event(self) -> CEvent | None:
        """Fetch the oldest waiting event."""
        event = _Event()
        if not self._c.tussis_next_event(self._state, ctypes.byref(event)):
            return None
        return CEvent(event.start_ticks, event.end_ticks, event.confidence)

    def events(self) -> list[CEvent]:
        """Fetch all waiting events."""
        found = []
        while (event := self.next_event()) is not None:
            found.append(event)
        return found

    def audio_window(self) -> Window:
        """Return the audio window evaluated last."""
        return _window(self._c.tussis_audio_window(self._state).contents)

    def imu_window(self) -> Window:
        """Return the IMU window evaluated last."""
        return _window(self._c.tussis_imu_window(self._state).contents)

    def totals(self) -> Totals:
        """Return the counters."""
        found = self._c.tussis_totals(self._state).contents
        return Totals(*(getattr(found, name) for name in Totals._fields))


def host_library(
    project: ProjectFolder | Path,
    *,
    toolchain: Toolchain | None = None,
    defines: Mapping[str, str | int] | None = None,
    extra_flags: Sequence[str] = (),
) -> ctypes.CDLL:
    """Compile an exported project for this machine and load it.

    Parameters
    ----------
    project
        The exported project, or its folder.
    toolchain
        Host compiler; found when left out.
    defines
        Preprocessor definitions; ``TUSSIS_SKEW_MS`` is 8 s unless given.
    extra_flags
        More compiler and linker flags.
    """
    compiler = toolchain or find_host_compiler()
    settings = {"TUSSIS_SKEW_MS": HOST_SKEW_MS, **(defines or {})}
    return load_library(compiler.compile_shared(project, defines=settings, extra_flags=extra_flags))


def load_library(path: Path) -> ctypes.CDLL:
    """Load a compiled detector and declare its functions."""
    library = ctypes.CDLL(str(path))
    state, data, size = ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t
    number = ctypes.c_int
    for name, result, arguments in (
        ("tussis_state_size", size, ()),
        ("tussis_init", None, (state,)),
        ("tussis_set_mode", number, (state, number)),
        ("tussis_push_audio", number, (state, data, size)),
        ("tussis_push_audio_decimated", number, (state, data, size)),
        ("tussis_push_imu", number, (state, data, size)),
        ("tussis_next_event", number, (state, ctypes.POINTER(_Event))),
        ("tussis_flush", None, (state,)),
        ("tussis_flush_step", number, (state,)),
        ("tussis_audio_window", ctypes.POINTER(_Window), (state,)),
        ("tussis_imu_window", ctypes.POINTER(_Window), (state,)),
        ("tussis_totals", ctypes.POINTER(_Totals), (state,)),
        ("tussis_probability", ctypes.c_float, (ctypes.c_float,)),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    if hasattr(library, "tussis_miss_audio"):  # compiled so that the microphone follows the gate
        library.tussis_miss_audio.restype, library.tussis_miss_audio.argtypes = number, (state, size)
        library.tussis_microphone_wanted.restype = ctypes.c_bool
        library.tussis_microphone_wanted.argtypes = (state,)
    return library


def _window(found: _Window) -> Window:
    if found.count == 0:
        return Window(0, 0, np.float32(0), np.zeros(0, np.float32))
    values = np.ctypeslib.as_array(found.features, (found.n_features,)).astype(np.float32)
    return Window(found.index, found.count, np.float32(found.margin), values)
