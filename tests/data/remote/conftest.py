"""Stores on this machine: an S3 server (moto) and an HTTP server with ranges, both counting what they
give."""

import importlib
import logging
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tussis.data.cache_place import CACHE_PLACE
from tussis.data.remote import cached_file, remote_set, store
from tussis.data.synthesis.dataset import write_dataset


@pytest.fixture(scope="session")
def recordings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("local") / "coughs"
    write_dataset(folder, subjects=2, sessions_per_subject=1, session_s=10.0, seed=3, jobs=1)
    return folder


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.delenv(CACHE_PLACE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    forget()
    yield tmp_path / "cache" / "tussis" / "remote"
    forget()


def forget():
    """Do as a new process does: list again."""
    remote_set.local_place.cache_clear()
    store.open_store.cache_clear()


@pytest.fixture
def again():
    return forget


@pytest.fixture
def reads(monkeypatch):
    """Ranges that stores were asked for."""
    asked = []
    read = store.Store.read

    def counted(self, place, start, stop):
        asked.append(("/".join(place.split("/")[-2:]), start, stop))
        return read(self, place, start, stop)

    monkeypatch.setattr(store.Store, "read", counted)
    return asked


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(cached_file, "BLOCK_BYTES", 1 << 14)


@pytest.fixture(scope="session")
def s3_server():
    """Address of an S3 server on this machine."""
    moto = needed("moto.server", "moto[server]")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def needed(module, package):
    import os

    try:
        return importlib.import_module(module)
    except ImportError:
        missing = f"{package} is not installed: this test cannot run"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)


@pytest.fixture
def bucket(s3_server, monkeypatch, recordings, cache):
    """An S3 client on a bucket called `clinic`, which holds the recordings under `coughs/`."""
    boto3 = needed("boto3", "boto3")
    needed("s3fs", "s3fs")
    for name, value in {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": s3_server,
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="clinic")
    for path in sorted(recordings.rglob("*")):
        if path.is_file():
            client.upload_file(str(path), "clinic", f"coughs/{path.relative_to(recordings).as_posix()}")
    yield client
    for item in client.list_objects_v2(Bucket="clinic").get("Contents", []):
        client.delete_object(Bucket="clinic", Key=item["Key"])
    client.delete_bucket(Bucket="clinic")


class Ranges(SimpleHTTPRequestHandler):
    """Serve a folder, ranges too; 403 for what lies in `secret`; `cut` bytes are held back."""

    cut = 0
    asked: list

    def log_message(self, *args):
        pass

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if "secret" in path.parts:
            return self.send_error(403)
        if not path.is_file():
            return super().do_GET()
        data = path.read_bytes()
        wanted = self.headers.get("Range")
        self.asked.append((path.name, wanted))
        start, stop = 0, len(data)
        if wanted:
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            start, stop = int(first), int(last or len(data) - 1) + 1
        part = data[start : max(stop - self.cut, start)]
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(part)))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", f'"{path.stat().st_mtime_ns}"')
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(data)}")
        self.end_headers()
        self.wfile.write(part)
        return None

    def do_HEAD(self):
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            return super().do_HEAD()
        self.send_response(200)
        self.send_header("Content-Length", str(path.stat().st_size))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", f'"{path.stat().st_mtime_ns}"')
        self.end_headers()
        return None


@pytest.fixture
def web(tmp_path, cache):
    """An HTTP server on a folder of this test: (address, folder, class of its requests)."""
    needed("aiohttp", "aiohttp")
    folder = tmp_path / "web"
    folder.mkdir()
    handler = type("Requests", (Ranges,), {"asked": [], "cut": 0})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", folder, handler
    server.shutdown()
    server.server_close()
