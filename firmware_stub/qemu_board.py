"""The exported firmware on QEMU's mps2-an505, a Cortex-M33 system, with its UART on a TCP port or a PTY."""

from __future__ import annotations

import ctypes
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from ..data.input_error import InputError
from ..export.toolchain import ProjectFolder, Toolchain, find_arm_toolchain
from .endpoint import tcp_port

__all__ = ["PORT", "QemuBoard", "build_qemu_firmware", "find_qemu"]

PORT = "mps2-an505"
_PROGRAM = "qemu-system-arm"
_START_S = 20.0
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
        The folder is no exported project, or no compiler was found.
    """
    return (toolchain or find_arm_toolchain()).compile_elf(project, port=PORT)


class QemuBoard:
    """One running emulator. Use it as a context manager: it ends with the block, and with this process.

    Parameters
    ----------
    elf
        From `build_qemu_firmware`.
    port
        ``"pty"`` or ``"tcp:N"``.

    Raises
    ------
    InputError
        QEMU is missing, or does not start; with the reason it gave.

    Notes ----- The UART hangs on a multiplexer (``mux=on``): QEMU's model of it takes one byte at a time
    from a socket, which costs two round trips through its main loop per byte, and the multiplexer's
    32-byte queue makes it less than half. The multiplexer's escape character is moved out of the way of
    binary data, to a value no byte has.
    """

    def __init__(self, elf: Path, port: str = "tcp:0") -> None:
        program = find_qemu()
        if port == "pty":
            character = "pty,id=uart,mux=on"
            self.url = ""
        else:
            number = tcp_port(port) or _free_port()
            if _listens(number):
                raise InputError("--port", f"{port} is taken", remedy="use another, or tcp:0 for any")
            character = f"socket,id=uart,mux=on,host=127.0.0.1,port={number},server=on,wait=off,nodelay=on"
            self.url = f"socket://127.0.0.1:{number}"
        command = [
            program, "-M", "mps2-an505", "-display", "none", "-monitor", "none", "-nodefaults",
            "-chardev", character, "-serial", "chardev:uart", "-echr", "256", "-kernel", str(elf),
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
        try:
            self._await_line(number if port != "pty" else None)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def wait(self) -> None:
        """Block until QEMU ends; InputError with its last words if it did so by itself."""
        if self._process.wait() not in (0, -signal.SIGTERM, -signal.SIGKILL):
            raise self._ended()

    def close(self) -> None:
        """End QEMU."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _await_line(self, number: int | None) -> None:
        """Wait until the UART can be opened."""
        assert self._process.stdout is not None
        if number is None:
            said = self._process.stdout.readline()
            found = re.search(r"redirected to (\S+)", said)
            if not found:
                raise InputError(_PROGRAM, f"does not start: {said.strip()}")
            self.url = found[1]
            return
        deadline_s = time.monotonic() + _START_S
        while not _listens(number):
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
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(number: int) -> bool:
    """Whether the port is taken, found out without connecting: QEMU has one connection to give."""
    with socket.socket() as probe:
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
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
