"""Batches of rows, in memory or on disk, give the model of all rows at once, bit by bit."""

from __future__ import annotations

import numpy as np
import pytest
import xgboost

from tussis.selection.models import row_batches
from tussis.selection.models.booster import BoosterPlan, fit_booster

PLAN = BoosterPlan(n_trees=10, max_depth=4, min_child_weight=1.0)


def material(n=3000):
    draw = np.random.default_rng(1)
    X = draw.normal(size=(n, 6)).astype(np.float32)
    X[:, 2] = np.round(X[:, 2] * 4) / 4
    X[draw.random(X.shape) < 0.02] = np.nan
    y = (np.nan_to_num(X[:, 0] * X[:, 1]) > 0.3).astype(np.int8)
    return X, y, draw.uniform(0.5, 2.0, n).astype(np.float32)


def whole(X, y, weight):
    matrix = xgboost.QuantileDMatrix(X, y, weight=weight, max_bin=PLAN.max_bin, nthread=1)
    return bytes(xgboost.train(PLAN.parameters(), matrix, PLAN.n_trees).save_raw("json"))


@pytest.mark.parametrize("on_disk", [False, True])
@pytest.mark.parametrize("batch", [1 << 16, 1000, 37])
def test_a_model_does_not_depend_on_batches(monkeypatch, batch, on_disk):
    monkeypatch.setattr(row_batches, "BATCH_ROWS", batch)
    if on_disk:
        monkeypatch.setattr(row_batches, "MOST_BINS", 10)
        assert hasattr(xgboost, "ExtMemQuantileDMatrix")
    X, y, weight = material()
    rows = np.random.default_rng(2).choice(len(X), 2000, replace=False)
    found = bytes(fit_booster(X, y, weight, PLAN, rows).save_raw("json"))
    assert found == whole(X[rows], y[rows], weight[rows])
    assert bytes(fit_booster(X, y, None, PLAN).save_raw("json")) == whole(X, y, None)
