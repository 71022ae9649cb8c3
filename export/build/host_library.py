"""The exported C compiled for this machine and called through ctypes."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...data.input_error import InputError
from ...selection.detector.mode import Mode
from ..emulator.execution import LONG_TOTALS, CEvent, Totals, Window, mode_number
from .project_files import ProjectFolder
from .toolchain import Toolchain, find_host_compiler

__all__ = ["EventRecord", "HostDetector", "Info", "host_library", "load_library"]

ERROR_BUSY = -39
"""``TUSSIS_ERROR_BUSY``."""
FIRST_ERROR = -32
"""Codes from here down are errors, with which a call did nothing; above they say what was lost."""

HOST_SKEW_MS = 8000
"""How far audio may be ahead of the IMU on this machine, where memory is no concern."""


class EventRecord(ctypes.Structure):
    """``tussis_event_t``."""

    _fields_ = (
        ("onset_ticks", ctypes.c_uint64),
        ("offset_ticks", ctypes.c_uint64),
        ("peak_ticks", ctypes.c_uint64),
        ("id", ctypes.c_uint32),
        ("confidence", ctypes.c_float),
        ("mode", ctypes.c_uint8),
        ("reserved", ctypes.c_uint8 * 7),
    )


class _Window(ctypes.Structure):
    _fields_ = (
        ("index", ctypes.c_uint32),
        ("count", ctypes.c_uint32),
        ("margin", ctypes.c_float),
        ("n_features", ctypes.c_uint32),
    )


class Info(ctypes.Structure):
    """``tussis_info_t``: what a library is, as it was compiled."""

    _fields_ = (
        ("version", ctypes.c_char_p),
        *(
            (name, ctypes.c_uint32)
            for name in (
                "abi", "options", "detector_hash", "state_bytes", "tick_hz", "audio_rate_hz", "imu_rate_hz",
                "skew_ms", "microphone_start_ms",
            )
        ),
        *((name, ctypes.c_uint16) for name in ("audio_features", "imu_features", "event_queue")),
        *((name, ctypes.c_uint8) for name in ("microphone", "pre_roll", "checked", "gyroscope")),
        ("imu_least_hz", ctypes.c_uint16),
    )  # fmt: skip


class _Totals(ctypes.Structure):
    _fields_ = tuple(
        (name, ctypes.c_uint64 if name in LONG_TOTALS else ctypes.c_uint32) for name in Totals._fields
    )


class HostDetector:
    """One detector state in a loaded library; an `Execution`.

    Parameters
    ----------
    library
        The loaded library, from `load_library`. Several detectors may share one.
    """

    def __init__(self, library: ctypes.CDLL) -> None:
        self._c = library
        self.info: Info = library.tussis_info().contents
        self._state = (ctypes.c_uint64 * (self.info.state_bytes // 8))()
        self._features = (ctypes.c_float * max(self.info.audio_features, self.info.imu_features))()
        self._init()

    def start(self, mode: Mode) -> None:
        """Begin at time 0; InputError if the detector lacks a model for the mode."""
        self._init()
        self.set_mode(mode)

    def _init(self) -> None:
        info = self.info
        if self._c.tussis_init_as(self._state, info.state_bytes, info.abi, info.options) != 0:
            raise AssertionError("the library refuses the numbers that it gave")

    def set_mode(self, mode: Mode) -> None:
        """Change the mode from here on.

        Raises
        ------
        InputError
            The detector lacks a model for the mode.
        RuntimeError
            The change before is not finished yet (`busy`).
        """
        status = self._c.tussis_set_mode(self._state, mode_number(mode))
        if status == ERROR_BUSY:
            raise RuntimeError("the mode before is still being finished")
        if status <= FIRST_ERROR:
            raise InputError(
                "--mode", f"the exported detector has no model for mode {mode}", remedy="use another --mode"
            )

    def busy(self) -> bool:
        """Say whether what a change of the mode, or a flush in steps, left is still being finished."""
        mode = self._c.tussis_mode(self._state)
        return bool(self._c.tussis_set_mode(self._state, mode) == ERROR_BUSY)

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

    def push_imu_at(self, samples: NDArray[np.float32], audio_tick: int) -> int:
        """Push float32 samples, shape (n, 6), of which the last was read at an audio tick."""
        samples = np.ascontiguousarray(samples, np.float32)
        return int(self._c.tussis_push_imu_at(self._state, samples.ctypes.data, len(samples), audio_tick))

    def skip_audio(self, n: int) -> int:
        """Let `n` audio samples pass unheard."""
        return int(self._c.tussis_skip_audio(self._state, n))

    def skip_imu(self, n: int) -> int:
        """Let `n` IMU samples pass that were lost."""
        return int(self._c.tussis_skip_imu(self._state, n))

    def audio_ticks(self) -> int:
        """Ticks of audio so far."""
        return int(self._c.tussis_audio_ticks(self._state))

    def imu_lead_ticks(self) -> int:
        """How far the newest IMU sample is ahead of the audio."""
        return int(self._c.tussis_imu_lead_ticks(self._state))

    def imu_rate_hz(self) -> float:
        """Rate of the IMU by the audio's clock."""
        return float(self._c.tussis_imu_millihertz(self._state)) / 1000

    def microphone_wanted(self) -> bool:
        """Say whether sound is needed now: always in mode ``audio``; for a detector of both models only."""
        return bool(self._c.tussis_microphone_wanted(self._state))

    def gate_opened(self) -> int | None:
        """End of the newest IMU window that opened the gate, in ticks; for a detector of both models only."""
        tick = ctypes.c_uint64()
        return tick.value if self._c.tussis_gate_opened(self._state, ctypes.byref(tick)) else None

    def push_silence(self, n: int) -> int:
        """Let n samples pass that a sleeping microphone did not give; they are 0."""
        return int(self._c.tussis_push_silence(self._state, n))

    def missed_windows(self) -> int:
        """Audio windows the gate wanted and the microphone came too late for, or lost samples of."""
        return self.totals().missed_windows

    def flush(self) -> None:
        """End the input."""
        self._c.tussis_flush(self._state)

    def flush_step(self) -> bool:
        """Do one step of ending the input; False once there is nothing left."""
        return bool(self._c.tussis_flush_step(self._state))

    def events_waiting(self) -> int:
        """Events that can be fetched."""
        return int(self._c.tussis_events_waiting(self._state))

    def next_event(self) -> CEvent | None:
        """Fetch the oldest waiting event."""
        event = self.next_record()
        return None if event is None else CEvent(event.onset_ticks, event.offset_ticks, event.confidence)

    def next_record(self) -> EventRecord | None:
        """Fetch the oldest waiting event with all its fields."""
        event = EventRecord()
        return event if self._c.tussis_next_event(self._state, ctypes.byref(event)) else None

    def events(self) -> list[CEvent]:
        """Fetch all waiting events."""
        found = []
        while (event := self.next_event()) is not None:
            found.append(event)
        return found

    def audio_window(self) -> Window:
        """Return the audio window evaluated last."""
        return self._window("audio")

    def imu_window(self) -> Window:
        """Return the IMU window evaluated last."""
        return self._window("imu")

    def _window(self, path: str) -> Window:
        found = _Window()
        take = getattr(self._c, f"tussis_get_{path}_window")
        take(self._state, ctypes.byref(found), self._features, len(self._features))
        if found.count == 0:
            return Window(0, 0, np.float32(0), np.zeros(0, np.float32))
        values = np.array(self._features[: found.n_features], np.float32)
        return Window(found.index, found.count, np.float32(found.margin), values)

    def totals(self) -> Totals:
        """Return the counters."""
        found = _Totals()
        self._c.tussis_get_totals(self._state, ctypes.byref(found))
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
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:  # a full disk or a bad one left a part of it
        raise InputError(path, f"cannot be loaded: {error}", remedy="delete it: it is built again") from None
    state, data, size = ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t
    number = ctypes.c_int
    for name, result, arguments in (
        ("tussis_info", ctypes.POINTER(Info), ()),
        ("tussis_init_as", number, (state, size, ctypes.c_uint32, ctypes.c_uint32)),
        ("tussis_set_mode", number, (state, number)),
        ("tussis_mode", number, (state,)),
        ("tussis_push_audio", number, (state, data, size)),
        ("tussis_push_audio_decimated", number, (state, data, size)),
        ("tussis_push_silence", number, (state, size)),
        ("tussis_push_imu", number, (state, data, size)),
        ("tussis_push_imu_at", number, (state, data, size, ctypes.c_uint64)),
        ("tussis_skip_audio", number, (state, size)),
        ("tussis_skip_imu", number, (state, size)),
        ("tussis_audio_ticks", ctypes.c_uint64, (state,)),
        ("tussis_check_imu_rate", number, (ctypes.c_uint32,)),
        ("tussis_imu_lead_ticks", ctypes.c_int64, (state,)),
        ("tussis_imu_millihertz", ctypes.c_uint32, (state,)),
        ("tussis_events_waiting", size, (state,)),
        ("tussis_next_event", ctypes.c_bool, (state, ctypes.POINTER(EventRecord))),
        ("tussis_flush", number, (state,)),
        ("tussis_flush_step", ctypes.c_bool, (state,)),
        ("tussis_get_audio_window", number, (state, ctypes.POINTER(_Window), data, size)),
        ("tussis_get_imu_window", number, (state, ctypes.POINTER(_Window), data, size)),
        ("tussis_get_totals", number, (state, ctypes.POINTER(_Totals))),
        ("tussis_probability", ctypes.c_float, (ctypes.c_float,)),
    ):
        try:
            function = getattr(library, name)
        except AttributeError:
            problem = f"has no function {name}: what built it is no C compiler, or left it out"
            raise InputError(path, problem, remedy="choose another compiler (CC)") from None
        function.restype, function.argtypes = result, arguments
    if hasattr(library, "tussis_microphone_wanted"):  # it has both models
        library.tussis_microphone_wanted.restype = ctypes.c_bool
        library.tussis_microphone_wanted.argtypes = (state,)
        library.tussis_gate_opened.restype = ctypes.c_bool
        library.tussis_gate_opened.argtypes = (state, ctypes.POINTER(ctypes.c_uint64))
    return library
