"""Bin numbers in a byte are those that XGBoost is given, a missing value included."""

from __future__ import annotations

import numpy as np
import pytest
import xgboost

from tussis.selection.models import row_batches
from tussis.selection.models.binned_table import BinnedTable, bin_columns


def material(n=2000):
    draw = np.random.default_rng(1)
    X = draw.normal(size=(n, 5)).astype(np.float32)
    X[:, 2] = np.round(X[:, 2])
    X[draw.random(X.shape) < 0.05] = np.nan
    X[:, 4] = np.nan
    return X, (np.nan_to_num(X[:, 0]) > 0.2).astype(np.int8)


@pytest.mark.parametrize(("max_bin", "kind"), [(32, np.uint8), (255, np.uint8), (256, np.uint16)])
def test_codes_keep_order_and_missing_values(max_bin, kind):
    X, y = material()
    assert bin_columns(X, max_bin).dtype == kind
    codes = BinnedTable(X, y, max_bin).codes(slice(None), np.arange(5))
    np.testing.assert_array_equal(np.isnan(codes), np.isnan(X))
    for column, own in zip(X.T[:4], codes.T, strict=False):
        order = np.argsort(column[~np.isnan(column)], kind="stable")
        steps = np.diff(own[~np.isnan(column)][order])
        assert (steps >= 0).all()
        assert np.nanmax(own) < max_bin


@pytest.mark.parametrize("batch", [1 << 16, 77])
def test_a_matrix_in_batches_gives_the_model_of_one_piece(monkeypatch, batch):
    monkeypatch.setattr(row_batches, "BATCH_ROWS", batch)
    X, y = material()
    columns = np.array([0, 2, 3])
    table = BinnedTable(X, y, 32)
    settings = {"max_bin": 32, "nthread": 1}
    whole = xgboost.QuantileDMatrix(table.codes(slice(None), columns), y, **settings)
    options = {"objective": "binary:logistic", "tree_method": "hist", "max_depth": 3, **settings}
    one, other = (xgboost.train(options, matrix, 5) for matrix in (table.matrix(columns), whole))
    np.testing.assert_array_equal(one.predict(table.matrix(columns)), other.predict(whole))


@pytest.mark.parametrize("columns", [[0], [1, 3], [0, 2, 4], [0, 1, 2, 3, 4]])
@pytest.mark.parametrize("gaps", [True, False])
def test_a_matrix_of_sparse_rows_gives_the_bytes_of_a_dense_one(columns, gaps):
    X, y = material()
    table = BinnedTable(
        X if gaps else np.random.default_rng(2).normal(size=X.shape).astype(np.float32), y, 32
    )
    chosen = np.array(columns)
    settings = {"max_bin": 32, "nthread": 1}
    dense = xgboost.QuantileDMatrix(table.codes(slice(None), chosen), y, ref=table.matrix(chosen), **settings)
    options = {"objective": "binary:logistic", "tree_method": "hist", "subsample": 0.7, **settings}
    one, other = (xgboost.train(options, matrix, 5) for matrix in (table.matrix(chosen), dense))
    assert one.save_raw() == other.save_raw()
