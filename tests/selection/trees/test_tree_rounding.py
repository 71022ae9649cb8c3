"""Rounded models: 16-bit thresholds, 8-bit leaves, the same leaves for every row they were trained on."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xgboost

from tussis.selection.trees.tree_ensemble import LEAF
from tussis.selection.trees.tree_rounding import float_keys, floor_to_half_keys, key_floats, round_model
from tussis.selection.trees.xgboost_reader import read_xgboost


def data(seed=0, n=3000):
    rng = np.random.default_rng(seed)
    X = (rng.normal(size=(n, 6)) * [1, 100, 1e-3, 1, 5, 1] + [0, 300, 0, 12, 0, 0]).astype(np.float32)
    return X, (X[:, 0] + (X[:, 1] - 300) / 100 * (X[:, 3] - 12) > 0).astype(int)


def trained(X, y):
    plan = {"objective": "binary:logistic", "base_score": 0.5, "max_depth": 5, "max_bin": 64, "eta": 0.15}
    booster = xgboost.train(plan, xgboost.DMatrix(X, y), num_boost_round=30)
    return json.loads(bytes(booster.save_raw("json")))


def test_keys_are_ordered_and_invertible():
    rng = np.random.default_rng(1)
    x = rng.integers(0, 2**32, 50000, dtype=np.uint32).view(np.float32)
    x = np.sort(x[np.isfinite(x)])
    keys = float_keys(x)
    assert np.array_equal(keys[:-1] < keys[1:], x[:-1] < x[1:])
    assert np.array_equal(key_floats(keys), x)
    assert float_keys(np.float32([-0.0])) == float_keys(np.float32([0.0])) == 0x80000000


def test_floor_is_just_below():
    x = np.concatenate([data()[0].ravel(), np.float32([0.0, -0.0, 1e-40, 3e38, -3e38, np.nan])])
    floor = floor_to_half_keys(x)
    finite = np.isfinite(x)
    assert (floor[finite] <= x[finite]).all()
    assert (np.abs(floor - x)[finite] <= np.maximum(np.abs(x[finite]) * 2.0**-7, 1e-38)).all()
    assert np.isnan(floor[-1])


@pytest.mark.parametrize("leaf_bits", [8, 16])
def test_training_rows_keep_their_leaves_and_inference_needs_no_rounding(leaf_bits):
    X, y = data()
    model = trained(floor_to_half_keys(X), y)
    before, after = read_xgboost(model), read_xgboost(round_model(model, leaf_bits=leaf_bits))
    floor = floor_to_half_keys(X)
    assert np.array_equal(before.leaves(floor), after.leaves(floor))
    assert np.array_equal(after.leaves(floor), after.leaves(X))
    inner = after.left != LEAF
    keys = float_keys(after.threshold[inner])
    assert not (keys & 0xFFFF).any()
    unit = 2.0 ** np.ceil(np.log2(np.abs(before.leaf).max() / (2 ** (leaf_bits - 1) - 1)))
    units = after.leaf / unit
    assert np.array_equal(units, np.rint(units))
    assert np.abs(units).max() < 2 ** (leaf_bits - 1)
    assert np.abs(after.leaf - before.leaf).max() <= unit / 2


def test_xgboost_itself_runs_the_rounded_model():
    X, y = data()
    rounded = round_model(trained(floor_to_half_keys(X), y))
    booster = xgboost.Booster(model_file=bytearray(json.dumps(rounded).encode()))
    margins = booster.predict(xgboost.DMatrix(X), output_margin=True)
    assert np.array_equal(margins, read_xgboost(rounded).margin(X))
    assert ((margins > 0) == y).mean() > 0.9
