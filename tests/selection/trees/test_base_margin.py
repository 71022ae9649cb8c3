"""Base margins have the bits of the XGBoost that is installed, for every base score."""

import json

import numpy as np
import pytest
import xgboost

from tussis.selection.trees.base_margin import base_margin


@pytest.fixture(scope="module")
def margin_of_xgboost():
    """The margin of a model whose only leaf adds nothing, for a base score as text."""
    rows = xgboost.DMatrix(np.zeros((4, 1), np.float32), [0, 1, 0, 1])
    booster = xgboost.train({"objective": "binary:logistic", "base_score": 0.5}, rows, 1)
    document = json.loads(bytes(booster.save_raw("json")))
    tree = document["learner"]["gradient_booster"]["model"]["trees"][0]
    tree["split_conditions"] = tree["base_weights"] = [0.0]
    booster = xgboost.Booster({"nthread": 1})  # threads that wait for a busy core take minutes

    def margin(base_score):
        document["learner"]["learner_model_param"]["base_score"] = f"[{base_score:.9g}]"
        booster.load_model(bytearray(json.dumps(document), "utf-8"))
        return booster.predict(rows, output_margin=True)[0]

    return margin


def scores():
    rng = np.random.default_rng(3)
    one = np.float32(1)
    special = [0, 1, 0.5, 1e-7, 1e-6, 1 - 1e-6, 1 - 1e-7, 1e-45, 1e-30]
    near = [np.nextafter(np.float32(p), np.float32(to)) for p in (0.5, 1e-6, one) for to in (0, 2)]
    small = 10.0 ** rng.uniform(-7, 0, 800)
    every = np.concatenate([special, near, rng.random(800), small, 1 - small]).astype(np.float32)
    return every[(every >= 0) & (every <= 1)]


def test_every_base_score_gives_the_bits_of_xgboost(margin_of_xgboost):
    every = scores()
    expected = np.array([margin_of_xgboost(p) for p in every], np.float32)
    margins = np.array([base_margin(p, clamped=True) for p in every], np.float32)
    np.testing.assert_array_equal(margins.view(np.uint32), expected.view(np.uint32))
    assert len(every) > 2000


def test_without_the_clamp_the_margin_goes_on():
    """Bits that XGBoost 2.1.4, 3.0.5 and 3.1.3 gave."""
    for score, bits in (
        (1e-7, 3246453212),
        (1e-6, 3244100692),
        (0.999999, 1096543277),
        (0.99999994, 1098847234),
    ):
        assert base_margin(score, clamped=False).view(np.uint32) == bits
    assert base_margin(0.0, clamped=False) == base_margin(1e-45, clamped=False) == -np.inf
    assert base_margin(1.0, clamped=False) == np.inf
