"""The exported firmware on QEMU's mps2-an505, a Cortex-M33 system, with its UART on a TCP port or a PTY."""

from __future__ import annotations

import contextlib
import ctypes
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from ...data.input_error import InputError
from ...export.build.project_files import ProjectFolder
from ...export.build.toolchain import Toolchain, find_arm_toolchain
from .endpoint import open_endpoint

__all__ = ["PORT", "QemuBoard", "build_qemu_firmware", "find_qemu"]

PORT = "mps2-an505"
_PROGRAM = "qemu-system-arm"
_START_S = 20.0
_IDLE_S = 0.1
_DATAGRAM_BYTES = 2048
_RECEIVE_BUFFER_BYTES = 1 << 20  # the UART sends every byte as a datagram of its own
_PR_SET_PDEATHSIG = 1


def find_qemu() -> str:
    """Path of the emulator; InputError with what to install where there is none."""
    path = shutil.which(_PROGRAM)
    if path is None:
        raise InputError(
            "--board", f"{_PROGRAM} was not found", remedy="install it (Debian: qemu-system-arm)"
        )
    return path


def build_qemu_firmware(project: ProjectFolder | Path, toolchain: Toolchain | None = None) -> Path:
    """Compile an exported project with its ``mps2-an505`` port.

    Raises
    ------
    InputError
        The folder is not an exported project, or no compiler was found.
    """
    return (toolchain or find_arm_toolchain()).compile_elf(project, port=PORT)


class QemuBoard:
    """One running emulator. Use it as a context manager: it ends with the block, and with this process.

    Parameters
    ----------
    elf
        The firmware, from `build_qemu_firmware`.
    port
        ``"pty"`` or ``"tcp:N"``, N = 0 for any free port.

    Raises
    ------
    InputError
        QEMU is missing, or does not start; with the reason it gave.

    Notes
    -----
    QEMU's model of this UART takes one byte at a time from whatever it is connected to. On a socket or a PTY
    that is a system call, a turn of QEMU's main loop and a wake-up of the emulated core per byte, 20 us and
    more. Datagrams are read whole, and a multiplexer (``mux=on``) queues 32 bytes of them at the UART's door:
    a fraction of the time. So QEMU talks UDP to two threads here, and those serve the PTY or TCP port. The
    multiplexer's escape character is moved out of the way of binary data, to a value that no byte has.
    """

    def __init__(self, elf: Path, port: str = "tcp:0") -> None:
        program = find_qemu()
        self._endpoint = open_endpoint(port)
        self.url = self._endpoint.url
        self._stop = threading.Event()
        self._datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._datagrams.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        self._datagrams.bind(("127.0.0.1", 0))
        number = _free_port()
        self._datagrams.connect(("127.0.0.1", number))
        self._datagrams.settimeout(_IDLE_S)
        ours = self._datagrams.getsockname()[1]
        uart = f"udp,id=uart,mux=on,host=127.0.0.1,port={ours},localaddr=127.0.0.1,localport={number}"
        command = [
            program, "-M", PORT, "-display", "none", "-monitor", "none", "-nodefaults", "-chardev", uart,
            "-serial", "chardev:uart", "-echr", "256", "-kernel", str(elf),
        ]  # fmt: skip
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # Ctrl-C is for us to handle
            preexec_fn=_die_with_parent(),
        )
        self._threads = [
            threading.Thread(target=work, name="tussis-qemu", daemon=True)
            for work in (self._carry_in, self._carry_out)
        ]
        try:
            self._await_start(number)
        except BaseException:
            self.close()
            raise
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def wait(self) -> None:
        """Block until QEMU ends; InputError with its last words if it did so by itself."""
        if self._process.wait() not in (0, -signal.SIGTERM, -signal.SIGKILL):
            raise self._ended()

    def close(self) -> None:
        """End QEMU and take the line away."""
        self._stop.set()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._datagrams.close()
        self._endpoint.close()

    def _carry_in(self) -> None:
        while not self._stop.is_set():
            data = self._endpoint.read(_IDLE_S)
            for at in range(0, len(data), _DATAGRAM_BYTES):
                with contextlib.suppress(OSError):  # no reader: lost, as on a wire
                    self._datagrams.send(data[at : at + _DATAGRAM_BYTES])

    def _carry_out(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(OSError):
                self._endpoint.write(self._datagrams.recv(_DATAGRAM_BYTES))

    def _await_start(self, number: int) -> None:
        """Wait until QEMU has opened its end of the UART."""
        deadline_s = time.monotonic() + _START_S
        while not _taken(number):
            if self._process.poll() is not None:
                raise self._ended()
            if time.monotonic() > deadline_s:
                raise InputError(_PROGRAM, f"did not open its UART within {_START_S:g} s")
            time.sleep(0.02)

    def _ended(self) -> InputError:
        said = self._process.stdout.read() if self._process.stdout else ""
        lines = [line for line in said.partition("\n\n")[0].splitlines() if "warning:" not in line]
        why = " ".join(lines) or "no message"
        return InputError(_PROGRAM, f"ended with code {self._process.returncode}: {why}")


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _taken(number: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", number))
        except OSError:
            return True
    return False


def _die_with_parent() -> Callable[[], None] | None:
    """On Linux, let the kernel end QEMU when this process dies, however it dies."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)

    def ask_kernel() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    return ask_kernel
