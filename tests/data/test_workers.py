"""Work in several processes, and what becomes of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tussis.data.input_error import InputError
from tussis.data.work import Poison
from tussis.data.workers import worked, workers


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


def die_at(folder: Path, name: str, times: int) -> str:
    """Note the try; at task 2 end this process, for so many times."""
    tries = len(list(folder.glob(f"{name}.*")))
    put(folder, f"{name}.{tries}")
    if name == "2" and tries < times:
        os.kill(os.getpid(), signal.SIGKILL)
    return name


def raise_at(folder: Path, name: str, times: int) -> str:
    tries = len(list(folder.glob(f"{name}.*")))
    put(folder, f"{name}.{tries}")
    if name == "2" and tries < times:
        raise ValueError(name)
    return name


def test_a_killed_workers_task_is_done_by_another(tmp_path: Path) -> None:
    tasks = [(tmp_path, str(number), 1) for number in range(5)]
    assert list(worked(die_at, tasks, 2)) == list("01234")
    assert (tmp_path / "2.1").exists()


@pytest.mark.parametrize("function", [die_at, raise_at])
def test_a_poison_task_is_given_up_after_two_tries_and_stops_no_other(
    tmp_path: Path, function: Callable[..., str]
) -> None:
    tasks = [(tmp_path, str(number), 9) for number in range(5)]
    found = list(worked(function, tasks, 2, names=[f"s{number}" for number in range(5)], spare=True))
    assert [one for one in found if not isinstance(one, Poison)] == list("0134")
    assert isinstance(found[2], Poison)
    assert found[2].name == "s2"
    assert len(list(tmp_path.glob("2.*"))) == 2


def test_a_poison_task_that_is_not_spared_ends_the_work(tmp_path: Path) -> None:
    tasks = [(tmp_path, str(number), 9) for number in range(3)]
    with pytest.raises(InputError, match="its worker died"):
        list(worked(die_at, tasks, 2))


def nested(name: str) -> list[bool]:
    return list(worked(where_am_i, [(os.getpid(),), (os.getpid(),)]))


def where_am_i(caller: int) -> bool:
    return os.getpid() == caller


def test_a_task_starts_no_workers_of_its_own() -> None:
    with workers(jobs=2) as chosen:
        found = list(worked(nested, [("a",), ("b",)], stage="nested", names=["a", "b"]))
    assert found == [[True, True], [True, True]]
    assert [line.partition(":")[0] for line in chosen.log.lines()] == ["nested"]


def test_what_is_chosen_goes_before_what_the_work_would_take() -> None:
    with workers(jobs=1):
        assert list(worked(where_am_i, [(os.getpid(),)] * 2, 2)) == [True, True]
    with pytest.raises(InputError, match="exclude each other"), workers(jobs=2, dask="tcp://127.0.0.1:1"):
        pass


BLOCKED = """
import sys
sys.path.insert(0, {here!r})
from test_workers import blocked
from tussis.data.workers import worked
print(blocked(0) == [], *worked(blocked, [(number,) for number in range(6)], {jobs}))
"""
ENDING = [int(number) for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)]


def blocked(number: int) -> list[int]:
    """Return which of the signals that ask a command to end this process does not take."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    return [each for each in ENDING if each in mask]


@pytest.mark.parametrize("jobs", [2, 3])
def test_workers_leave_signals_to_who_started_them(jobs: int) -> None:
    code = BLOCKED.format(here=str(Path(__file__).parent), jobs=jobs)
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert answer.stdout.strip() == " ".join(["True", *[str(ENDING)] * 6]), answer.stderr
