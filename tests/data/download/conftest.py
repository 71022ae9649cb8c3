"""A real HTTP server that breaks off, lies, refuses, ignores ranges and keeps sizes to itself."""

from __future__ import annotations

import io
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import ClassVar

import pytest

from tussis.data.download import transfer, unpacking

PATH = "/records/7562332/files/public_dataset.zip"


class Server(ThreadingHTTPServer):
    """Serves one file; `stops` says after how many bytes each request in turn breaks off."""

    daemon_threads = True

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = content
        self.path = PATH
        self.stops: list[int | None] = []
        self.statuses: list[int] = []
        self.knows_ranges = True
        self.says_size = True
        self.chunked = False
        self.ranges: list[str | None] = []
        self.base_url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version: ClassVar[str] = "HTTP/1.1"

    def do_GET(self) -> None:
        server = self.server
        asked = self.headers.get("Range")
        server.ranges.append(asked)
        status = server.statuses.pop(0) if server.statuses else 200
        if status != 200 or not self.path.startswith(server.path):
            self.send_error(status if status != 200 else 404)
            return
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and server.knows_ranges else 0
        total = len(server.content)
        if start >= total:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{total}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = server.content[start:]
        self.send_response(206 if start else 200)
        if start:
            said = total if server.says_size else "*"
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{said}")
        if server.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif server.says_size:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        stop = server.stops.pop(0) if server.stops else None
        self._send(body[:stop], whole=stop is None)
        if stop is not None:
            self.wfile.flush()
            self.connection.close()
        self.close_connection = True

    def _send(self, body: bytes, *, whole: bool) -> None:
        if not self.server.chunked:
            self.wfile.write(body)
            return
        for at in range(0, len(body), 500):
            piece = body[at : at + 500]
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        if whole:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def make_zip() -> Callable[[Mapping[str, bytes]], bytes]:
    """Pack files, by name, into the bytes of a zip file."""

    def pack(files: Mapping[str, bytes]) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
            for name, content in files.items():
                target.writestr(zipfile.ZipInfo(name), content)
        return buffer.getvalue()

    return pack


@pytest.fixture
def make_tar() -> Callable[[Mapping[str, bytes | tarfile.TarInfo]], bytes]:
    """Pack files, by name, into the bytes of a tar.gz file; a `TarInfo` stands for a link or a device."""

    def pack(files: Mapping[str, bytes | tarfile.TarInfo]) -> bytes:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as target:
            for name, content in files.items():
                if isinstance(content, tarfile.TarInfo):
                    target.addfile(content)
                    continue
                member = tarfile.TarInfo(name)
                member.size = len(content)
                target.addfile(member, io.BytesIO(content))
        return buffer.getvalue()

    return pack


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory, made: ModuleType) -> bytes:
    """Zip a small dataset in the layout of the public one."""
    root = tmp_path_factory.mktemp("zip") / "public_dataset"
    made.write_edge_ai(root)
    made.write_edge_ai(root, subject="97706", sound="laugh")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for path in sorted(root.rglob("*")):
            target.write(path, path.relative_to(root.parent))
        target.writestr("__MACOSX/._junk", "junk")
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a file of 16 kB arrive in many chunks, as one of 0.9 GB does."""
    monkeypatch.setattr(transfer, "CHUNK_BYTES", 500)
    monkeypatch.setattr(unpacking, "CHUNK_BYTES", 500)


@pytest.fixture
def server(packed: bytes) -> Iterator[Server]:
    running = Server(packed)
    thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()
