"""Datasets at ``gs://``, from a server on this machine that speaks Google's protocol.

The server is gcp-storage-emulator from PyPI, which brings an old client library and so stands in an
environment of its own: ``TUSSIS_GCS_EMULATOR`` names its command.

    python -m venv /tmp/gcs && /tmp/gcs/bin/pip install gcp-storage-emulator
    TUSSIS_GCS_EMULATOR=/tmp/gcs/bin/gcp-storage-emulator python -m pytest -m slow tests/data/remote
"""

import os
import shutil
import socket
import subprocess
import time

import numpy as np
import pytest

from tussis.data.dataset import find_sessions
from tussis.data.input_error import InputError
from tussis.data.remote.remote_url import CACHE_VARIABLE

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("cache")]


@pytest.fixture(scope="module")
def server():
    """Address of the server, with a bucket called `clinic`."""
    command = os.environ.get("TUSSIS_GCS_EMULATOR") or shutil.which("gcp-storage-emulator")
    if command is None:
        missing = "gcp-storage-emulator is not there (TUSSIS_GCS_EMULATOR): gs:// is not tested"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [command, "start", "--host", "127.0.0.1", "--port", str(port), "--in-memory"]
    with subprocess.Popen(
        [*words, "--default-bucket", "clinic"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        for _ in range(600):
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
        process.terminate()


@pytest.fixture
def bucket(server, monkeypatch, recordings):
    """The bucket's file system; it holds the recordings under `coughs/`."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", server)
    import fsspec

    files = fsspec.filesystem("gs")
    for path in sorted(recordings.rglob("*")):
        if path.is_file():
            files.pipe_file(f"clinic/coughs/{path.relative_to(recordings).as_posix()}", path.read_bytes())
    return files


def refs_of(url):
    def refuse(fault):
        raise fault

    return find_sessions(url, on_fault=refuse)


def test_a_bucket_holds_the_same_recordings_as_a_folder(bucket, recordings, reads, again, monkeypatch):
    url = "gs://clinic/coughs"
    local, remote = refs_of(recordings), refs_of(url)
    assert [ref.name for ref in remote] == [ref.name for ref in local]
    for one, other in zip(local, remote, strict=True):
        ours, theirs = one.load(), other.load()
        np.testing.assert_array_equal(theirs.audio, ours.audio)
        np.testing.assert_array_equal(theirs.imu, ours.imu)
        assert theirs.labels == ours.labels
    assert len(set(reads)) == len(reads)
    reads.clear()
    again()
    for ref in refs_of(url):
        ref.load()
    assert reads == []
    name = local[0].name
    bucket.pipe_file(f"clinic/coughs/{name}/labels.txt", b"1.0\t1.4\tcough\n")
    again()
    assert [label.start_s for label in refs_of(url)[0].load().labels] == [1.0]
    assert [read[0] for read in reads] == [f"{name}/labels.txt"]
    monkeypatch.setenv(CACHE_VARIABLE, "700kB")
    again()
    assert [ref.load().duration_s for ref in refs_of(url)] == [10.0, 10.0]


def test_what_is_not_there_is_named(bucket, again):
    with pytest.raises(InputError, match="gs://clinic/nothing"):
        refs_of("gs://clinic/nothing")
    again()
    with pytest.raises(InputError, match="gs://another/coughs"):
        refs_of("gs://another/coughs")
