"""Where an emulated board's UART comes out: a pseudo-terminal or a TCP port of this machine."""

from __future__ import annotations

import contextlib
import os
import select
import socket
from typing import Protocol

from ...data.input_error import InputError

__all__ = ["Endpoint", "PtyEndpoint", "TcpEndpoint", "open_endpoint"]

_READ_BYTES = 16384
_SEND_WAIT_S = 0.05
"""How long to wait for a reader before bytes are lost, as they are on a UART without a listener."""


class Endpoint(Protocol):
    """One end of a serial line; the other end is whoever opens `url`."""

    @property
    def url(self) -> str:
        """What to give to ``tussis replay --port``."""
        ...

    def read(self, wait_s: float) -> bytes:
        """Bytes that came; waits up to `wait_s` for the first."""
        ...

    def write(self, data: bytes) -> None:
        """Send; what is not read is lost."""
        ...

    def close(self) -> None:
        """Take the line away."""
        ...


def open_endpoint(port: str) -> Endpoint:
    """Open ``"pty"`` or ``"tcp:N"`` (N = 0: any free port).

    Raises
    ------
    InputError
        The word is neither, or the port is taken.
    """
    if port == "pty":
        return PtyEndpoint()
    return TcpEndpoint(tcp_port(port))


def tcp_port(port: str) -> int:
    """Read N out of ``"tcp:N"``."""
    kind, _, number = port.partition(":")
    if kind != "tcp" or not number.isdecimal() or int(number) > 65535:
        raise InputError(
            "--port", f"{port!r} is unknown", remedy="use pty, or tcp:N with N from 0 (any) to 65535"
        )
    return int(number)


class PtyEndpoint:
    """A pseudo-terminal in raw mode. Clients come and go; the line stays."""

    def __init__(self) -> None:
        try:
            import tty
        except ImportError:
            raise InputError("--port", "this system has no pseudo-terminals", remedy="use tcp:N") from None
        # The board's side of the terminal stays open here, or a client's departure would end the line.
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self.url = os.ttyname(self._theirs)

    def read(self, wait_s: float) -> bytes:
        """See `Endpoint.read`."""
        ready, _, _ = select.select([self._ours], [], [], wait_s)
        if not ready:
            return b""
        with contextlib.suppress(OSError):
            return os.read(self._ours, _READ_BYTES)
        return b""

    def write(self, data: bytes) -> None:
        """See `Endpoint.write`."""
        while data:
            _, ready, _ = select.select([], [self._ours], [], _SEND_WAIT_S)
            if not ready:
                return
            try:
                data = data[os.write(self._ours, data) :]
            except BlockingIOError:
                continue
            except OSError:
                return

    def close(self) -> None:
        """See `Endpoint.close`."""
        for descriptor in (self._ours, self._theirs):
            with contextlib.suppress(OSError):
                os.close(descriptor)


class TcpEndpoint:
    """A TCP port on the loopback interface. A new client takes the line over from the one before."""

    def __init__(self, port: int) -> None:
        self._client: socket.socket | None = None
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._listener.bind(("127.0.0.1", port))
            self._listener.listen(4)
        except OSError as error:
            self._listener.close()
            raise InputError(
                "--port", f"tcp:{port} cannot be opened: {error.strerror}", remedy="use another"
            ) from None
        self.url = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"

    def read(self, wait_s: float) -> bytes:
        """See `Endpoint.read`."""
        sources = [self._listener] if self._client is None else [self._listener, self._client]
        try:
            ready, _, _ = select.select(sources, [], [], wait_s)
        except (OSError, ValueError):
            return b""  # closed meanwhile
        if self._listener in ready:
            self._hang_up()
            self._client, _ = self._listener.accept()
            self._client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._client.setblocking(False)
            return b""
        if self._client is not None and self._client in ready:
            with contextlib.suppress(BlockingIOError):
                try:
                    if data := self._client.recv(_READ_BYTES):
                        return data
                except ConnectionError:
                    pass
                self._hang_up()
        return b""

    def write(self, data: bytes) -> None:
        """See `Endpoint.write`."""
        client = self._client  # another thread may be reading, and hang up
        while data and client is not None:
            try:
                _, ready, _ = select.select([], [client], [], _SEND_WAIT_S)
                if not ready:
                    return
                data = data[client.send(data) :]
            except BlockingIOError:
                continue
            except (OSError, ValueError):  # gone; the reader finds out as well
                return

    def close(self) -> None:
        """See `Endpoint.close`."""
        self._hang_up()
        self._listener.close()

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
