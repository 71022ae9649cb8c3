"""Downloads from a real HTTP server that breaks off, lies, refuses and ignores ranges."""

from __future__ import annotations

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import pytest

from tussis.data.dataset import iter_dataset
from tussis.data.download import archive as archive_module
from tussis.data.download.archive import Archive, unpack
from tussis.data.download.fetch import DATASETS, EDGE_AI, MIRROR_VARIABLE, fetch_archive, fetch_dataset
from tussis.data.input_error import InputError

PATH = "/records/7562332/files/public_dataset.zip"


class Server(ThreadingHTTPServer):
    """Serves one file; `stops` says after how many bytes each request in turn breaks off."""

    daemon_threads = True

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = content
        self.stops: list[int | None] = []
        self.statuses: list[int] = []
        self.knows_ranges = True
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
        if status != 200 or not self.path.startswith(PATH):
            self.send_error(status if status != 200 else 404)
            return
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and server.knows_ranges else 0
        body = server.content[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header(
                "Content-Range", f"bytes {start}-{len(server.content) - 1}/{len(server.content)}"
            )
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        stop = server.stops.pop(0) if server.stops else None
        self.wfile.write(body[:stop])
        if stop is not None:
            self.wfile.flush()
            self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


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
    monkeypatch.setattr(archive_module, "CHUNK_BYTES", 500)


@pytest.fixture
def server(packed: bytes) -> Iterator[Server]:
    running = Server(packed)
    thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture
def wanted(server: Server) -> Archive:
    return Archive(
        url=f"{server.base_url}{PATH}?download=1",
        file_name="public_dataset.zip",
        checksum=f"md5:{hashlib.md5(server.content).hexdigest()}",
        size_bytes=len(server.content),
        unpacked_bytes=1_000_000,
        folder="public_dataset",
    )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_downloads_checks_and_unpacks(tmp_path: Path, wanted: Archive, server: Server) -> None:
    calls: list[tuple[str, int, int]] = []
    target = fetch_archive(wanted, tmp_path / "new", progress=lambda *call: calls.append(call))
    assert target == tmp_path / "new" / "public_dataset"
    assert names(tmp_path / "new") == ["public_dataset"]
    assert [ref.subject for ref in iter_dataset(target)] == ["14287", "97706"]
    assert ("download (kB)", wanted.size_bytes // 1000, wanted.size_bytes // 1000) in calls
    stage, done, total = calls[-1]
    assert (stage, done) == ("unpack", total)
    fetch_archive(wanted, tmp_path / "new")
    assert len(server.ranges) == 1, "what is there is not downloaded again"


def test_goes_on_by_itself_where_the_connection_broke(
    tmp_path: Path, wanted: Archive, server: Server
) -> None:
    server.stops = [1000, 2000, None]
    fetch_archive(wanted, tmp_path, first_pause_s=0)
    assert server.ranges == [None, "bytes=1000-", "bytes=3000-"]


def test_a_later_call_goes_on_where_an_earlier_one_gave_up(
    tmp_path: Path, wanted: Archive, server: Server, packed: bytes
) -> None:
    server.stops = [500] * archive_module.ATTEMPTS
    with pytest.raises(
        InputError, match=r"download stopped at 0.0 of .* run the same command again to go on"
    ):
        fetch_archive(wanted, tmp_path, first_pause_s=0)
    part = tmp_path / "public_dataset.zip.part"
    arrived = part.stat().st_size
    assert arrived == 500 * archive_module.ATTEMPTS
    assert part.read_bytes() == packed[:arrived]
    server.ranges.clear()
    fetch_archive(wanted, tmp_path)
    assert server.ranges == [f"bytes={arrived}-"]
    assert names(tmp_path) == ["public_dataset"]


def test_ctrl_c_keeps_what_has_arrived(tmp_path: Path, wanted: Archive, server: Server) -> None:
    def interrupt(stage: str, done: int, total: int) -> None:
        if done >= 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_archive(wanted, tmp_path, progress=interrupt)
    assert names(tmp_path) == ["public_dataset.zip.part"]
    assert (tmp_path / "public_dataset.zip.part").stat().st_size == 3000
    fetch_archive(wanted, tmp_path)
    assert server.ranges == [None, "bytes=3000-"]


def test_ctrl_c_while_unpacking_leaves_no_half_folder(
    tmp_path: Path, wanted: Archive, server: Server
) -> None:
    def interrupt(stage: str, done: int, total: int) -> None:
        if stage == "unpack" and done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_archive(wanted, tmp_path, progress=interrupt)
    assert names(tmp_path) == ["public_dataset.zip"]
    fetch_archive(wanted, tmp_path)
    assert len(server.ranges) == 1
    assert names(tmp_path) == ["public_dataset"]


def test_a_server_without_ranges_is_asked_for_all_again(
    tmp_path: Path, wanted: Archive, server: Server
) -> None:
    server.knows_ranges = False
    server.stops = [1000, None]
    fetch_archive(wanted, tmp_path, first_pause_s=0)
    assert len(server.ranges) == 2


def test_a_wrong_checksum_is_refused_and_nothing_kept(
    tmp_path: Path, wanted: Archive, server: Server
) -> None:
    server.content = server.content[:-1] + bytes([server.content[-1] ^ 1])
    with pytest.raises(InputError, match=r"checksum differs: md5:.* was expected; what arrived is deleted"):
        fetch_archive(wanted, tmp_path)
    assert names(tmp_path) == []


def test_a_damaged_part_is_found_out_and_the_next_call_mends_it(
    tmp_path: Path, wanted: Archive, server: Server
) -> None:
    (tmp_path / "public_dataset.zip.part").write_bytes(b"x" * 1000)
    with pytest.raises(InputError, match="checksum differs"):
        fetch_archive(wanted, tmp_path)
    fetch_archive(wanted, tmp_path)
    assert server.ranges == ["bytes=1000-", None]


def test_a_part_that_is_too_long_is_begun_anew(tmp_path: Path, wanted: Archive, server: Server) -> None:
    (tmp_path / "public_dataset.zip.part").write_bytes(b"x" * (wanted.size_bytes + 1))
    fetch_archive(wanted, tmp_path)
    assert server.ranges == [None]


@pytest.mark.parametrize(("statuses", "requests"), [([404], 1), ([503, 429], 3)])
def test_refusals_are_final_and_overload_is_not(
    tmp_path: Path, wanted: Archive, server: Server, statuses: list[int], requests: int
) -> None:
    server.statuses = list(statuses)
    if statuses == [404]:
        with pytest.raises(InputError, match="the server answers 404"):
            fetch_archive(wanted, tmp_path, first_pause_s=0)
    else:
        fetch_archive(wanted, tmp_path, first_pause_s=0)
    assert len(server.ranges) == requests


def test_no_server_is_an_input_error(tmp_path: Path, wanted: Archive) -> None:
    nobody = replace(wanted, url="http://127.0.0.1:1/x.zip")
    with pytest.raises(
        InputError, match=r"download stopped at 0.0 of .*ConnectionError; check the connection"
    ):
        fetch_archive(nobody, tmp_path, first_pause_s=0)


def test_no_room_is_said_before_anything_is_downloaded(
    tmp_path: Path, wanted: Archive, server: Server
) -> None:
    with pytest.raises(InputError, match=r"GB are needed and .* GB are free"):
        fetch_archive(replace(wanted, unpacked_bytes=10**18), tmp_path)
    assert server.ranges == []


def test_the_public_dataset_comes_from_a_mirror_with_its_own_checksum(
    tmp_path: Path, server: Server, wanted: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(DATASETS, "edge-ai", replace(wanted, url=EDGE_AI.url))
    monkeypatch.setenv(MIRROR_VARIABLE, server.base_url)
    target = fetch_dataset("edge-ai", tmp_path, keep_archive=True)
    assert len(iter_dataset(target)) == 2
    assert names(tmp_path) == ["public_dataset", "public_dataset.zip"]
    with pytest.raises(InputError, match="is not a base URL"):
        fetch_dataset("edge-ai", tmp_path / "b", base_url="ftp://x")


def test_an_unknown_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cough-net: no such dataset; choose edge-ai"):
        fetch_dataset("cough-net", tmp_path)


@pytest.mark.parametrize("name", ["../evil", "/evil", "public_dataset/../../evil", "a\\..\\evil"])
def test_names_that_lead_outside_are_refused(tmp_path: Path, wanted: Archive, name: str) -> None:
    packed = tmp_path / "a.zip"
    with zipfile.ZipFile(packed, "w") as target:
        target.writestr("public_dataset/ok", "")
        target.writestr(name, "")
    (tmp_path / "out").mkdir()
    with pytest.raises(InputError, match="leads outside"):
        unpack(wanted, packed, tmp_path / "out")
    assert names(tmp_path / "out") == []
    assert not (tmp_path / "evil").exists()


def test_what_is_no_zip_is_refused(tmp_path: Path, wanted: Archive) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\3\4 but no more")
    with pytest.raises(InputError, match="not a whole zip file"):
        unpack(wanted, tmp_path / "a.zip", tmp_path / "out")
