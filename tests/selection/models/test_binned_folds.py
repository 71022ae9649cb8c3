"""Training on the rows of a fold: models and margins have the bits of `xgboost.train`."""

from __future__ import annotations

import numpy as np
import pytest
import xgboost

from tussis.selection.models import nested_models
from tussis.selection.models.binned_folds import BinnedFolds
from tussis.selection.models.booster import BoosterPlan
from tussis.selection.models.cross_validation import CrossValidation
from tussis.selection.models.nested_models import NestedModels


def material(gaps: bool) -> CrossValidation:
    draw = np.random.default_rng(3)
    X = draw.normal(size=(500, 12)).astype(np.float32)
    y = (X[:, 0] + X[:, 1] * X[:, 2] + draw.normal(size=500) > 0.5).astype(np.int8)
    if gaps:
        X[draw.random(X.shape) < 0.1] = np.nan
    return CrossValidation(X, y, draw.random(500).astype(np.float32), draw.integers(0, 20, 500), n_splits=3)


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("start", [None, 0.3])
@pytest.mark.parametrize("options", [{}, {"colsample_bynode": 1.0, "subsample": 1.0}, {"max_leaves": 6}])
@pytest.mark.parametrize("n_trees", [1, 40])
def test_a_model_and_its_margins_have_the_bits_of_train(gaps, start, options, n_trees):
    data, plan = material(gaps), BoosterPlan(n_trees=n_trees, max_bin=32, **options)
    folds, rows = BinnedFolds(data, plan), data.folds[0][0]
    margin = None if start is None else np.random.default_rng(4).normal(start, 1.0, 500).astype(np.float32)
    with folds._matrices(np.arange(12)).one() as matrix:
        model = folds._train(matrix, rows, plan, margin)
        found = model.predict(matrix, output_margin=True)
        plain = xgboost.train(plan.parameters() | {"disable_default_eval_metric": True}, matrix, n_trees)
        np.testing.assert_array_equal(found, plain.predict(matrix, output_margin=True))
        np.testing.assert_array_equal(found, model.copy().predict(matrix, output_margin=True))
    assert model.save_raw("json") == plain.save_raw("json")


@pytest.mark.parametrize("leaves", [1, 500 * 9, 500 * 15])
def test_leaves_do_not_depend_on_how_many_are_asked_for_together(monkeypatch, leaves):
    data, plan = material(True), BoosterPlan(n_trees=15, max_bin=32)
    columns = np.arange(12)
    together = list(NestedModels(data, plan).fit(columns, 0))
    monkeypatch.setattr(nested_models, "LEAVES_AT_ONCE", leaves)
    monkeypatch.setattr(nested_models, "LEAST_TREES_AT_ONCE", 4)
    for one, other in zip(NestedModels(data, plan).fit(columns, 0), together, strict=True):
        np.testing.assert_array_equal(one.margins, other.margins)
        np.testing.assert_array_equal(one.gains, other.gains)
