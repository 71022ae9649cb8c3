"""Work in several processes, and what becomes of them."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tussis.data.workers import worked


def put(folder: Path, name: str) -> None:
    (folder / name).write_text(name)


def fail(folder: Path, name: str) -> None:
    if name == "2":
        raise ValueError(name)
    put(folder, name)


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_task_is_done_and_counted(tmp_path: Path, jobs: int) -> None:
    tasks = [(tmp_path, str(number)) for number in range(5)]
    assert sum(1 for _ in worked(put, tasks, jobs)) == 5
    assert sorted(path.name for path in tmp_path.iterdir()) == list("01234")


def test_no_task_is_no_work() -> None:
    assert list(worked(put, [], 2)) == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_fault_comes_to_the_caller(tmp_path: Path, jobs: int) -> None:
    with pytest.raises(ValueError, match="2"):
        list(worked(fail, [(tmp_path, str(number)) for number in range(5)], jobs))


KILLED = """
import sys, time
from pathlib import Path
sys.path.insert(0, {here!r})
from test_workers import wait
from tussis.data.workers import worked
list(worked(wait, [(Path({folder!r}), str(n)) for n in range(2)], 2))
"""


def wait(folder: Path, name: str) -> None:
    put(folder, name)
    time.sleep(5)
    put(folder, f"late {name}")


def test_workers_end_with_a_process_that_is_killed(tmp_path: Path) -> None:
    code = KILLED.format(here=str(Path(__file__).parent), folder=str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL) as process:
        end_s = time.monotonic() + 60
        while len(list(tmp_path.iterdir())) < 2:
            assert process.poll() is None
            assert time.monotonic() < end_s
            time.sleep(0.05)
        process.kill()
    time.sleep(6)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "1"]
