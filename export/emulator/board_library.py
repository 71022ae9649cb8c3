"""The exported C on the emulated Cortex-M33, called function by function."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from ...data.input_error import InputError
from ...selection.detector.mode import Mode
from .execution import LONG_TOTALS, CEvent, Totals, Window, mode_number
from .virtual_board import VirtualBoard

__all__ = ["BoardDetector"]

_EVENT = struct.Struct("<QQQIfB7x")
_WINDOW = struct.Struct("<IIfI")
_INFO = struct.Struct("<4xIIII")
_PLACES = struct.Struct("<6I")
_NOWHERE = 0xFFFFFFFF
_TOTALS = struct.Struct("<" + "".join("Q" if name in LONG_TOTALS else "I" for name in Totals._fields))
_BUFFER_BYTES = 1 << 15


class BoardDetector:
    """The detector of a ``virtual`` image; an `Execution`.

    Parameters
    ----------
    board
        A board with the image of ``ports/virtual`` loaded.
    """

    def __init__(self, board: VirtualBoard) -> None:
        self.board = board
        self._state = board.symbol("tussis_virtual_detector")
        self._buffer = board.alloc(_BUFFER_BYTES)
        self._event = board.alloc(_EVENT.size)
        abi, options, _, self.state_bytes = _INFO.unpack(
            board.read(board.call("tussis_info", returns="uint"), _INFO.size)
        )
        self._terms = (self.state_bytes, abi, options)
        self._places = _PLACES.unpack(board.read(board.symbol("tussis_virtual_places"), _PLACES.size))
        self._init()

    def start(self, mode: Mode) -> None:
        """Begin at time 0; InputError if the detector lacks a model for the mode."""
        self._init()
        if self.board.call("tussis_set_mode", self._state, mode_number(mode)) != 0:
            raise InputError(
                "--mode", f"the exported detector has no model for mode {mode}", remedy="use another --mode"
            )

    def _init(self) -> None:
        if self.board.call("tussis_init_as", self._state, *self._terms) != 0:
            raise AssertionError("the firmware refuses the numbers that it gave")

    def push_audio(self, pcm: NDArray[np.int16]) -> int:
        """Push int16 samples, shape (n,), at the input rate."""
        return self._push("tussis_push_audio", np.ascontiguousarray(pcm, np.int16))

    def push_silence(self, n: int) -> int:
        """Let n samples pass that a sleeping microphone did not give; the image must hold the function."""
        return int(self.board.call("tussis_push_silence", self._state, n))

    def wants_audio(self) -> bool:
        """Ask whether a microphone that follows the gate is wanted."""
        return bool(self.board.call("tussis_microphone_wanted", self._state))

    def skip_audio(self, n: int) -> int:
        """Tell of n samples that nobody heard."""
        return int(self.board.call("tussis_skip_audio", self._state, n))

    def push_imu(self, samples: NDArray[np.float32]) -> int:
        """Push float32 samples, shape (n, 6)."""
        return self._push("tussis_push_imu", np.ascontiguousarray(samples, np.float32))

    def push_imu_at(self, samples: NDArray[np.float32], audio_tick: int) -> int:
        """Push float32 samples, shape (n, 6), of which the last was read at an audio tick."""
        samples = np.ascontiguousarray(samples, np.float32)
        self.board.write(self._buffer, samples)
        # A 64-bit argument that does not fit the registers left lies on the stack, on 8 bytes.
        return int(
            self.board.call(
                "tussis_push_imu_at",
                self._state, self._buffer, len(samples), 0, audio_tick & 0xFFFFFFFF, audio_tick >> 32,
            )
        )  # fmt: skip

    def _push(self, function: str, data: NDArray[np.int16] | NDArray[np.float32]) -> int:
        if data.nbytes > _BUFFER_BYTES:
            raise ValueError(f"push at most {_BUFFER_BYTES} bytes at a time")
        self.board.write(self._buffer, data)
        return int(self.board.call(function, self._state, self._buffer, len(data)))

    def flush_step(self) -> bool:
        """Do one step of ending the input; False once there is nothing left."""
        return bool(self.board.call("tussis_flush_step", self._state))

    def events_waiting(self) -> int:
        """Read how many events wait; runs no code."""
        return int.from_bytes(self.board.read(self._state + self._places[5], 2), "little")

    def next_event(self) -> CEvent | None:
        """Fetch the oldest waiting event."""
        if not self.board.call("tussis_next_event", self._state, self._event):
            return None
        start, end, _, _, confidence, _ = _EVENT.unpack(self.board.read(self._event, _EVENT.size))
        return CEvent(start, end, confidence)

    def audio_window(self) -> Window:
        """Return the audio window evaluated last."""
        return self._window(*self._places[0:2])

    def imu_window(self) -> Window:
        """Return the IMU window evaluated last."""
        return self._window(*self._places[2:4])

    def _window(self, place: int, features: int) -> Window:
        none = Window(0, 0, np.float32(0), np.zeros(0, np.float32))
        if place == _NOWHERE:
            return none
        index, count, margin, n = _WINDOW.unpack(self.board.read(self._state + place, _WINDOW.size))
        if count == 0:
            return none
        values = self.board.read_array(self._state + features, np.float32, n)
        return Window(index, count, np.float32(margin), values)

    def totals(self) -> Totals:
        """Return the counters."""
        return Totals(*_TOTALS.unpack(self.board.read(self._state + self._places[4], _TOTALS.size)))
