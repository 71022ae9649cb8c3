"""The exported C on the emulated Cortex-M33, called function by function."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from ...data.input_error import InputError
from ...selection.detector.mode import Mode
from .execution import CEvent, Totals, Window, mode_number
from .virtual_board import VirtualBoard

__all__ = ["BoardDetector"]

_EVENT = struct.Struct("<QQfff4x")
_WINDOW = struct.Struct("<IIfHxxI")
_TOTALS = struct.Struct(f"<{len(Totals._fields)}I")
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
        board.call("tussis_init", self._state, returns="void")
        self._audio, self._imu, self._counters = (
            board.call(f"tussis_{what}", self._state, returns="uint")
            for what in ("audio_window", "imu_window", "totals")
        )

    def start(self, mode: Mode) -> None:
        """Begin at time 0; InputError if the detector lacks a model for the mode."""
        self.board.call("tussis_init", self._state, returns="void")
        if self.board.call("tussis_set_mode", self._state, mode_number(mode)) != 0:
            raise InputError("--mode", f"the exported detector has no model for mode {mode}")

    def push_audio(self, pcm: NDArray[np.int16]) -> int:
        """Push int16 samples, shape (n,), at the input rate."""
        return self._push("tussis_push_audio", np.ascontiguousarray(pcm, np.int16))

    def push_imu(self, samples: NDArray[np.float32]) -> int:
        """Push float32 samples, shape (n, 6)."""
        return self._push("tussis_push_imu", np.ascontiguousarray(samples, np.float32))

    def _push(self, function: str, data: NDArray[np.int16] | NDArray[np.float32]) -> int:
        if data.nbytes > _BUFFER_BYTES:
            raise ValueError(f"push at most {_BUFFER_BYTES} bytes at a time")
        self.board.write(self._buffer, data)
        return int(self.board.call(function, self._state, self._buffer, len(data)))

    def flush_step(self) -> bool:
        """Do one step of ending the input; False once there is nothing left."""
        return bool(self.board.call("tussis_flush_step", self._state))

    def next_event(self) -> CEvent | None:
        """Fetch the oldest waiting event."""
        if not self.board.call("tussis_next_event", self._state, self._event):
            return None
        start, end, _, _, confidence = _EVENT.unpack(self.board.read(self._event, _EVENT.size))
        return CEvent(start, end, confidence)

    def audio_window(self) -> Window:
        """Return the audio window evaluated last."""
        return self._window(self._audio)

    def imu_window(self) -> Window:
        """Return the IMU window evaluated last."""
        return self._window(self._imu)

    def _window(self, address: int) -> Window:
        index, count, margin, n_features, features = _WINDOW.unpack(self.board.read(address, _WINDOW.size))
        if count == 0:
            return Window(0, 0, np.float32(0), np.zeros(0, np.float32))
        return Window(
            index, count, np.float32(margin), self.board.read_array(features, np.float32, n_features)
        )

    def totals(self) -> Totals:
        """Return the counters."""
        return Totals(*_TOTALS.unpack(self.board.read(self._counters, _TOTALS.size)))
