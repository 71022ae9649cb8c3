"""Features computed by workers that die, by files that kill, and by a cluster: the same bytes as in order."""

from __future__ import annotations

import os
import signal
import sys
from functools import partial

import cloudpickle
import numpy as np
import pytest
from distributed import LocalCluster

from tussis.data.input_error import InputError
from tussis.data.workers import workers
from tussis.selection.windows import feature_files as module
from tussis.selection.windows.dataset_features import dataset_features

cloudpickle.register_pickle_by_value(sys.modules[__name__])  # the workers cannot import this file


def killing(note, real, name, deaths, reference, *rest):
    """Compute a session; that of a name ends its worker for so many times."""
    tries = len(list(note.iterdir()))
    if reference.name == name and tries < deaths:
        (note / str(tries)).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    real(reference, *rest)


@pytest.fixture
def killer(tmp_path, monkeypatch):
    """Let session_1 kill the worker that computes it; gives the folder with a file for each death."""

    def install(deaths):
        note = tmp_path / "deaths"
        note.mkdir()
        real = module._write_session
        monkeypatch.setattr(module, "_write_session", partial(killing, note, real, "session_1", deaths))
        return note

    return install


def stored(folder):
    """Bytes of all files of a store, by place."""
    return {file.relative_to(folder): file.read_bytes() for file in folder.rglob("part=*/*")}


@pytest.fixture
def serial(dataset, tmp_path):
    """Features computed one session after the other, and their bytes."""
    with workers(jobs=1):
        found = dataset_features(dataset, cache_folder=tmp_path / "serial")
    return found, stored(tmp_path / "serial")


def test_a_cluster_that_loses_a_worker_writes_the_same_bytes(dataset, tmp_path, serial, killer):
    deaths = killer(1)
    settings = {"n_workers": 2, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    with LocalCluster(processes=True, **settings) as cluster, workers(dask=cluster.scheduler_address):
        found = dataset_features(dataset, cache_folder=tmp_path / "cluster")
    assert len(list(deaths.iterdir())) == 1
    assert found.data_hash == serial[0].data_hash
    assert stored(tmp_path / "cluster") == serial[1]


def test_a_file_that_kills_its_worker_is_left_out_after_two_tries(dataset, tmp_path, serial, killer):
    deaths = killer(4)
    with workers(jobs=2):
        found = dataset_features(dataset, cache_folder=tmp_path / "two", pass_over=True)
        assert len(list(deaths.iterdir())) == 2
        assert stored(tmp_path / "two").items() < serial[1].items()
        with pytest.raises(InputError, match="unreadable session: its worker died, 2 times"):
            dataset_features(dataset, cache_folder=tmp_path / "two")
        again = dataset_features(dataset, cache_folder=tmp_path / "two")  # it kills no more
    assert [session.name for session in found.sessions] == ["session_0", "session_2", "session_3"]
    assert [left.reason for left in found.unreadable] == ["its worker died, 2 times"]
    assert stored(tmp_path / "two") == serial[1]
    np.testing.assert_array_equal(again.table("audio").values, serial[0].table("audio").values)


def test_after_the_scheduler_died_only_what_is_missing_is_computed(dataset, tmp_path, serial):
    settings = {"n_workers": 1, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": ":0"}

    with LocalCluster(processes=False, protocol="tcp", **settings) as cluster:

        def stop(stage, done, total):
            if (stage, done) == ("features", 2):
                cluster.close()

        with workers(dask=cluster.scheduler_address), pytest.raises(InputError, match="scheduler went away"):
            dataset_features(dataset, cache_folder=tmp_path / "cut", progress=stop)
    before = stored(tmp_path / "cut")
    assert len([place for place in before if place.suffix == ".sha256"]) >= 2
    with workers(jobs=1) as chosen:
        dataset_features(dataset, cache_folder=tmp_path / "cut")
    assert next(chosen.log.lines()).startswith(f"features: {4 - len(before) // 4} tasks")
    assert stored(tmp_path / "cut") == serial[1]
