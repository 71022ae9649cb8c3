"""The emulated Cortex-M33 on a serial line: a thread carries bytes between an endpoint and the firmware."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from .emulated_firmware import EmulatedFirmware
from .endpoint import Endpoint, open_endpoint
from .worn_sensors import WornSensors

__all__ = ["Firmware", "VirtualSerialBoard"]

_IDLE_S = 0.1


class Firmware(Protocol):
    """Something with a UART: bytes in, bytes out."""

    def serve(self, data: bytes) -> bytes:
        """Take bytes, return what it says to them."""
        ...

    def reset(self) -> None:
        """Power off and on."""
        ...

    def sense(self, pcm: NDArray[np.int16], imu: NDArray[np.float32]) -> bytes:
        """Let its own sensors bring samples, return what it says to them."""
        ...


class VirtualSerialBoard:
    """A board that anything can open by `url`. Use it as a context manager.

    Parameters
    ----------
    firmware
        What runs: an image from `emulated_firmware.build_firmware`, or any `Firmware`.
    port
        ``"pty"`` or ``"tcp:N"``.
    sensors
        What the board's own microphone and IMU give; None: it has none.

    Raises
    ------
    InputError
        The port cannot be opened.
    """

    def __init__(
        self,
        firmware: Path | Firmware,
        port: str = "pty",
        *,
        count_cycles: bool = False,
        sensors: WornSensors | None = None,
    ) -> None:
        self._sensors = sensors
        self._firmware = (
            EmulatedFirmware(firmware, count_cycles=count_cycles) if isinstance(firmware, Path) else firmware
        )
        self._endpoint: Endpoint = open_endpoint(port)
        self.url = self._endpoint.url
        self.fault: BaseException | None = None
        self._stop = threading.Event()
        self._reset = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tussis-board", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def reset(self) -> None:
        """Press the reset button; the line stays."""
        self._reset.set()

    def close(self) -> None:
        """Stop the board and take the line away."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._endpoint.close()

    def wait(self) -> None:
        """Block until the board stops; raises what stopped it."""
        while self._thread.is_alive():
            self._thread.join(0.2)  # a join without an end would not let Ctrl-C through on every system
        if self.fault is not None:
            raise self.fault

    def _wait_s(self) -> float:
        """How long to wait for bytes: until the sensors have something, and not for long."""
        if self._sensors is None:
            return _IDLE_S
        return min(max(self._sensors.next_s() - time.monotonic(), 0.0), _IDLE_S)

    def _run(self) -> None:
        try:
            self._endpoint.write(self._firmware.serve(b""))  # READY
            while not self._stop.is_set():
                data = self._endpoint.read(self._wait_s())
                if self._reset.is_set():
                    self._reset.clear()
                    self._firmware.reset()
                    data = b""  # what was on its way into a board without power
                    self._endpoint.write(self._firmware.serve(b""))
                if data:
                    self._endpoint.write(self._firmware.serve(data))
                if self._sensors is not None and (turn := self._sensors.turn(time.monotonic())) is not None:
                    self._endpoint.write(self._firmware.sense(*turn))
        except BaseException as error:
            self.fault = error
