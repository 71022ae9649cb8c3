"""Fits side by side: in threads or on a cluster, the same bytes as one after the other."""

from __future__ import annotations

import numpy as np
import pytest
from distributed import LocalCluster

from tussis.data.workers import workers
from tussis.selection.elimination.rankings import RankingTask, rank
from tussis.selection.models.booster import BoosterPlan
from tussis.selection.models.cross_validation import CrossValidation
from tussis.selection.models.fold_models import FoldModels
from tussis.selection.models.nested_models import NestedModels

PLAN = BoosterPlan(n_trees=12, max_depth=3, min_child_weight=1.0)


@pytest.fixture(scope="module")
def address():
    """A cluster of two workers in this process; all goes through sockets, as between machines."""
    settings = {"n_workers": 2, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": ":0"}
    with LocalCluster(processes=False, protocol="tcp", **settings) as cluster:
        yield cluster.scheduler_address


def data():
    draw = np.random.default_rng(0)
    X = draw.normal(size=(300, 8)).astype(np.float32)
    y = (X[:, 0] + X[:, 1] > 0.8).astype(np.int8)
    return CrossValidation(X, y, np.ones(len(y), np.float32), np.arange(len(y)) % 6, n_splits=3)


def all_fits():
    """Bytes of what nested models, fold models and rankings say, one step after the other."""
    nested, models = NestedModels(data(), PLAN), FoldModels(data(), PLAN)
    found = []
    for columns in (np.arange(8), np.array([0, 1, 3, 5]), np.array([0, 1])):
        found += [(one.margins.tobytes(), one.gains.tobytes()) for one in nested.fit(columns, len(columns))]
        for one in models.fit(columns, contributions=True, trees=True):
            found.append((one.margins.tobytes(), one.contributions.tobytes(), one.sizes))
    return [*found, *(rank(name, RankingTask(data(), PLAN)).tobytes() for name in ("shap", "permutation"))]


def test_fits_do_not_depend_on_who_does_them(address):
    with workers(jobs=1):
        serial = all_fits()
    with workers(jobs=3):
        assert all_fits() == serial
    with workers(dask=address) as chosen:
        assert all_fits() == serial
    (line,) = chosen.log.lines()
    assert line.startswith("fits: 24 tasks")
