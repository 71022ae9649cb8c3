"""A cluster on loopback does the same work: in order, after deaths, and not for ever."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import cloudpickle
import pytest
from distributed import LocalCluster

from tussis.data import dask_cluster
from tussis.data.input_error import InputError
from tussis.data.work import Poison
from tussis.data.workers import worked, workers

cloudpickle.register_pickle_by_value(sys.modules[__name__])  # the workers cannot import this file


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    settings = {"n_workers": 2, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    with LocalCluster(processes=True, **settings) as started:
        yield started


@pytest.fixture
def small() -> Iterator[LocalCluster]:
    """A cluster in this process, which talks through sockets all the same."""
    settings = {"n_workers": 1, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": ":0"}
    with LocalCluster(processes=False, protocol="tcp", **settings) as started:
        yield started


def note(folder: Path, name: str, deaths: int) -> tuple[str, int]:
    """Note the try; task 3 ends its worker for so many times."""
    tries = len(list(folder.glob(f"{name}.*")))
    (folder / f"{name}.{tries}").touch()
    if name == "3" and tries < deaths:
        os.kill(os.getpid(), signal.SIGKILL)
    return name, os.getpid()


def test_a_killed_workers_task_is_done_elsewhere_and_order_stays(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    with workers(dask=cluster.scheduler_address) as chosen:
        found = list(worked(note, [(tmp_path, str(k), 1) for k in range(8)], stage="note"))
    assert [name for name, _ in found] == list("01234567")
    assert all(process != os.getpid() for _, process in found)
    assert len(list(tmp_path.glob("3.*"))) == 2
    assert len(list(chosen.log.lines())) == 1


def test_a_poison_task_is_given_up_after_two_tries_and_stops_no_other(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    with workers(dask=cluster.scheduler_address):
        found = list(worked(note, [(tmp_path, str(k), 99) for k in range(6)], spare=True))
    assert [one[0] for one in found if not isinstance(one, Poison)] == list("01245")
    assert found[3] == Poison("task 4", "its worker died, 2 times")
    assert len(list(tmp_path.glob("3.*"))) == 2


def fail(shared: SimpleNamespace, name: str) -> str:
    if name in shared.bad:
        raise shared.bad[name]
    return name


def test_a_raised_fault_is_the_task_s_own(small: LocalCluster) -> None:
    shared = SimpleNamespace(bad={"1": ValueError("odd"), "2": InputError("a.wav", "is empty")})
    with workers(dask=small.scheduler_address):
        found = list(worked(fail, [("0",), ("1",)], shared=shared, spare=True))
        assert found == ["0", Poison("task 2", "failed 2 times: ValueError: odd")]
        with pytest.raises(ValueError, match="odd"):
            list(worked(fail, [("0",), ("1",)], shared=shared))
        with pytest.raises(InputError, match=r"a\.wav: is empty"):
            list(worked(fail, [("2",)], shared=shared, spare=True))


@pytest.mark.parametrize("done", [0, 1, 7, 49])
def test_a_scheduler_that_goes_away_is_said_in_one_line(small: LocalCluster, done: int) -> None:
    """Before the first task is sent, with tasks under way, and before the last."""
    with workers(dask=small.scheduler_address):
        work = worked(abs, [(k,) for k in range(50)], names=[str(k) for k in range(50)])
        assert [next(work) for _ in range(done)] == list(range(done))
        small.close()
        with pytest.raises(InputError, match=r"the scheduler went away.*start it again and repeat") as said:
            list(work)
    assert "\n" not in str(said.value)


def test_who_cannot_do_the_work_is_refused(small: LocalCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no scheduler answers"), workers(dask="no address"):
        pass
    own = dask_cluster._versions()
    monkeypatch.setattr(dask_cluster, "_versions", lambda: own | {"numpy": "0.1"})
    asked = dask_cluster.DaskCluster._check
    answers = SimpleNamespace(run=lambda function, on_error: {"tcp://here:1": own})
    there = SimpleNamespace(_client=answers, _fault=lambda problem, remedy: InputError("--dask", problem))
    with pytest.raises(InputError, match=r"tcp://here:1 has numpy .* this machine has 0\.1"):
        asked(there)
