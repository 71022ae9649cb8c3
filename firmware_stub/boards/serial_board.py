"""A board on whatever pyserial opens: a port, ``socket://host:port``, ``rfc2217://host:port``, a PTY."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import select
import sys
import time
from urllib.parse import urlsplit

import serial

from ...data.input_error import InputError
from .board import BoardGone

__all__ = ["DEFAULT_BAUD", "SerialBoard"]

DEFAULT_BAUD = 921600
_READ_BYTES = 8192
_COMMON_BAUD = 115200
_POLL_S = 0.001


class SerialBoard:
    """A port opened through `serial.serial_for_url`, never blocking for longer than asked.

    Parameters
    ----------
    url
        ``/dev/ttyACM0``, ``COM3``, ``socket://localhost:5000``, ``rfc2217://host:port``, ...
    baud
        Bits per second; without effect on USB, sockets and PTYs.

    Raises
    ------
    InputError
        The port cannot be opened.
    """

    def __init__(self, url: str, baud: int = DEFAULT_BAUD) -> None:
        self.name = url
        self._baud = baud
        self._port: serial.SerialBase | None = None
        self._descriptor: int | None = None
        _check_address(url)
        try:
            self._open()
        except (OSError, ValueError) as error:
            if _is_taken(error):
                raise InputError(
                    "--port", f"{url} is in use by another program", remedy="end that program, or wait for it"
                ) from None
            raise InputError(
                "--port",
                f"{url} cannot be opened: {_reason(error)}",
                remedy="is the board connected, the name right? tussis doctor lists the ports",
            ) from None

    def _open(self) -> None:
        # Zero timeouts: pyserial never waits, `read` below does, in one place for all kinds of port.
        # A pseudo-terminal of macOS refuses the ioctl for rates above 230400, and has no use for any.
        is_mac_pty = sys.platform == "darwin" and self.name.startswith("/dev/ttys")
        baud = min(self._baud, _COMMON_BAUD) if is_mac_pty else self._baud
        write_timeout = None if self.name.startswith("rfc2217:") else 0  # not supported there
        port = serial.serial_for_url(
            self.name, do_not_open=True, baudrate=baud, timeout=0, write_timeout=write_timeout
        )
        if os.name != "nt" and isinstance(port, serial.Serial):  # Windows claims every port by itself
            port.exclusive = True  # two hosts on one port would each take bytes that the other needs
        port.open()
        self._port = port
        self._descriptor = _descriptor(self._port)

    def read(self, wait_s: float) -> bytes:
        """See `Board.read`."""
        port = self._standing()
        try:
            if self._descriptor is not None:
                ready, _, _ = select.select([self._descriptor], [], [], wait_s)
                return bytes(port.read(_READ_BYTES)) if ready else b""
            deadline_s = time.monotonic() + wait_s
            while not (waiting := port.in_waiting) and time.monotonic() < deadline_s:
                time.sleep(_POLL_S)
            return bytes(port.read(waiting)) if waiting else b""
        except (
            OSError,
            TypeError,
        ) as error:  # TypeError: pyserial reads a descriptor that another thread closed
            self._drop()
            raise BoardGone(_reason(error)) from None

    def write(self, data: bytes) -> int:
        """See `Board.write`."""
        port = self._standing()
        try:
            if self._descriptor is not None:
                _, ready, _ = select.select([], [self._descriptor], [], 0)
                if not ready:  # asked first: pyserial's socket port would spin on a full socket
                    return 0
            return int(port.write(data))
        except serial.SerialTimeoutException:
            return 0
        except (OSError, TypeError) as error:
            self._drop()
            raise BoardGone(_reason(error)) from None

    def reopen(self) -> bool:
        """See `Board.reopen`."""
        if self._port is None:
            try:
                self._open()
            except (OSError, ValueError):
                return False
        return True

    def close(self) -> None:
        """See `Board.close`."""
        self._drop()

    def _standing(self) -> serial.SerialBase:
        if self._port is None:
            raise BoardGone(f"{self.name} is not open")
        return self._port

    def _drop(self) -> None:
        if self._port is not None:
            with contextlib.suppress(OSError):
                self._port.close()
            self._port = None
            self._descriptor = None


def _descriptor(port: serial.SerialBase) -> int | None:
    """File descriptor to wait on, where the kind of port and the system have one."""
    if os.name == "nt" and not port.name.startswith("socket:"):
        return None
    try:
        return int(port.fileno())
    except (AttributeError, OSError, ValueError):
        return None


def _check_address(url: str) -> None:
    """Refuse a network address without its host or port number, for which pyserial has only a type error."""
    if of_board := re.fullmatch(r"tcp:(\d+)", url):
        address = f"socket://localhost:{of_board[1]}"
        raise InputError("--port", f"{url} is what tussis board takes", remedy=f"write {address}")
    kind, separator, rest = url.partition("://")
    if not separator or kind.lower() not in ("socket", "rfc2217"):
        return
    try:
        parts = urlsplit(f"//{rest}")
        is_whole = bool(parts.hostname) and parts.port is not None and parts.port > 0
    except ValueError:  # a port that is not a number up to 65535, or a bracket left open
        is_whole = False
    if not is_whole:
        raise InputError(
            "--port",
            f"{url} lacks the host or the port's number, 1 to 65535",
            remedy=f"write {kind}://HOST:NUMBER, for example {kind}://localhost:5000",
        )


def _is_taken(error: BaseException) -> bool:
    """Whether a port could not be opened because another program has it.

    pyserial wraps the system's error and keeps its number for some ports only, so the words count too.
    """
    return getattr(error, "errno", None) in (errno.EBUSY, errno.EAGAIN) or "exclusively lock" in str(error)


def _reason(error: BaseException) -> str:
    """Return the system's words for it alone: pyserial repeats the port before and behind them."""
    strerror = getattr(error, "strerror", None)
    words = strerror if isinstance(strerror, str) else str(error) or type(error).__name__
    system = re.search(r"\[Errno (\d+)\]", words)
    return os.strerror(int(system[1])) if system else words
