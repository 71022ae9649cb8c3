"""A model is read by the one reader that knows it."""

from __future__ import annotations

import json
from pathlib import Path

import lightgbm
import numpy as np
import pytest
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)

from tussis.data.input_error import InputError
from tussis.selection.trees.readers import READERS, read_trees

XGBOOST = Path(__file__).parent / "xgboost_models" / "3.2.0_set_booster.json"
X = np.random.default_rng(0).standard_normal((80, 3)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)


def models():
    booster = lightgbm.train(
        {"objective": "binary", "verbose": -1, "min_data_in_leaf": 5}, lightgbm.Dataset(X, Y), 3
    )
    yield "xgboost", json.loads(XGBOOST.read_text())["model"]
    yield "lightgbm", booster.model_to_string()
    yield "lightgbm", booster.dump_model()
    forests = (RandomForestClassifier(3), ExtraTreesClassifier(3))
    boosted = (GradientBoostingClassifier(n_estimators=3), HistGradientBoostingClassifier(max_iter=3))
    for classifier in (*forests, *boosted):
        yield "sklearn", classifier.fit(X, Y)


@pytest.mark.parametrize(("library", "model"), list(models()))
def test_exactly_one_reader_knows_a_model_and_reads_it(library, model) -> None:
    (reader,) = [one for one in READERS if one.recognises(model)]
    assert library in reader.read.__module__
    assert read_trees(model, source="model").n_trees >= 1


@pytest.mark.parametrize("model", [{"a": 1}, {}, [], "", "some text", 3, None, object()])
def test_what_no_reader_knows_is_refused_with_what_would_do(model) -> None:
    with pytest.raises(InputError, match="not a tree model of a known library; give one of"):
        read_trees(model, source="model")
