"""A Dask scheduler that dies under a command: one line, exit code 2, and the command given again goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tussis.data.synthesis.dataset import write_dataset

from ..command_line import run_command

pytest.importorskip("distributed")

SESSIONS = 5
MOST_S = 240.0


class Cluster:
    """A scheduler and one worker, in processes of their own on loopback."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        folder.mkdir()
        told = folder / "scheduler.json"
        dask = str(Path(sys.executable).with_name("dask"))
        words = ("--host", "127.0.0.1", "--no-dashboard")
        self.processes = []
        with (folder / "log").open("wb") as log:
            for kind, own in (
                ("scheduler", ("--scheduler-file", str(told), "--port", "0", *words)),
                ("worker", ("--scheduler-file", str(told), "--nthreads", "1", "--no-nanny", *words)),
            ):
                while kind == "worker" and not told.is_file():
                    time.sleep(0.05)
                self.processes.append(
                    subprocess.Popen(
                        [dask, kind, *own], env=environment, cwd=folder, stdout=log, stderr=log, stdin=log
                    )
                )
        self.address = json.loads(told.read_text())["address"]
        end = time.monotonic() + MOST_S
        while b"Registered to" not in (folder / "log").read_bytes() and time.monotonic() < end:
            time.sleep(0.05)

    def die(self) -> None:
        """Stop the worker where it is, and end the scheduler without a word."""
        self.processes[1].send_signal(signal.SIGSTOP)
        self.processes[0].kill()

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dead") / "set"
    return write_dataset(folder, subjects=SESSIONS, sessions_per_subject=1, session_s=30.0, seed=3, jobs=1)


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """A cache of its own, for this process and for the workers."""
    return {"TUSSIS_CACHE": str(tmp_path / "cache"), "TUSSIS_KERNELS": "numpy", "PYTHONPATH": ""}


def begun(folder: Path) -> dict[str, int]:
    """Return what is kept of sessions that are done, with the time it was written."""
    return {str(file): file.stat().st_mtime_ns for file in folder.rglob("begun/*/*.json")}


@pytest.mark.parametrize("verb", ["score", pytest.param("evaluate", marks=pytest.mark.slow)])
def test_a_scheduler_that_dies_costs_nothing_that_is_done(
    verb: str, dataset: Path, surroundings: dict[str, str], tmp_path: Path
) -> None:
    environment = {**os.environ, **surroundings}
    words = (verb, dataset, "--mode", "audio", "--json")
    serial = run_command(*words, environment=surroundings)
    assert serial.returncode == 0, serial.stderr
    assert not begun(tmp_path)

    cluster = Cluster(tmp_path / "first", environment)
    done: dict[str, int] = {}
    ended = threading.Event()

    def kill_after_the_first_session() -> None:
        while not begun(tmp_path) and not ended.wait(0.005):
            pass
        cluster.die()
        done.update(begun(tmp_path))

    killer = threading.Thread(target=kill_after_the_first_session)
    killer.start()
    try:
        died = run_command(*words, "--dask", cluster.address, environment=surroundings)
    finally:
        ended.set()
        killer.join()
        cluster.close()
    assert died.returncode == 2, died.stderr
    assert died.stdout == ""
    assert "Traceback" not in died.stderr
    last = died.stderr.rstrip().splitlines()[-1]
    assert last.startswith(f"tussis: --dask: {cluster.address}: the scheduler went away"), died.stderr
    assert "start it again and repeat the command" in last
    assert 1 <= len(done) < SESSIONS

    cluster = Cluster(tmp_path / "second", environment)
    kept: list[dict[str, int]] = []
    watching = threading.Event()

    def watch() -> None:
        while not watching.wait(0.005):
            kept.append(begun(tmp_path))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        again = run_command(*words, "--dask", cluster.address, environment=surroundings)
    finally:
        watching.set()
        watcher.join()
        cluster.close()
    assert again.returncode == 0, again.stderr
    assert again.stdout == serial.stdout
    whole = max(kept, key=len)
    assert {name: whole[name] for name in done} == done  # nothing that was done was done again
    assert not begun(tmp_path)
