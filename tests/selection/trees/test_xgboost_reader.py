"""XGBoost's trees as arrays: the same margins and, decision by decision, the same leaves."""

import copy
import json

import numpy as np
import pytest
import xgboost
from hypothesis import given, settings
from hypothesis import strategies as st

from tussis.data.input_error import InputError
from tussis.selection.trees.xgboost_reader import read_xgboost


def train(n_trees=40, seed=0, **parameters):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(800, 5)).astype(np.float32)
    X[rng.random(X.shape) < 0.05] = np.nan
    y = (np.nan_to_num(X[:, 0] * X[:, 1]) + 0.5 * rng.normal(size=800) > 0).astype(int)
    options = {
        "objective": "binary:logistic",
        "tree_method": "hist",
        "max_depth": 4,
        "nthread": 1,
        **parameters,
    }
    return xgboost.train(options, xgboost.DMatrix(X, y), n_trees), X


def document(booster):
    return json.loads(bytes(booster.save_raw("json")))


@pytest.mark.parametrize(
    "parameters",
    [
        {"base_score": 0.5},
        {"base_score": 0.2},
        {"base_score": 1e-7},
        {"base_score": 0.99999994},
        {},
        {"grow_policy": "lossguide", "max_leaves": 13, "max_depth": 0},
        {"tree_method": "exact", "gamma": 2.0},
        {"num_parallel_tree": 3, "subsample": 0.5},
    ],
)
def test_margins_equal_xgboost(parameters):
    booster, X = train(**parameters)
    trees = read_xgboost(document(booster))
    expected = booster.predict(xgboost.DMatrix(X), output_margin=True)
    np.testing.assert_array_equal(trees.margin(X), expected)
    assert trees.n_trees == len(document(booster)["learner"]["gradient_booster"]["model"]["trees"])


@pytest.mark.parametrize("label", [0, 1])
def test_labels_of_one_class_fit_an_intercept_of_0_or_1(label):
    X = np.arange(12, dtype=np.float32).reshape(4, 3)
    booster = xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(X, [label] * 4), 2)
    model = document(booster)
    assert float(model["learner"]["learner_model_param"]["base_score"].strip("[]")) == label
    expected = booster.predict(xgboost.DMatrix(X), output_margin=True)
    np.testing.assert_array_equal(read_xgboost(model).margin(X), expected)


def test_trees_with_weights_of_their_own_are_dart_whatever_they_are_called():
    """As XGBoost 3.4 writes a booster with dropout."""
    model = document(train()[0])
    inner = model["learner"]["gradient_booster"]["model"]
    inner["weight_drop"] = [1] * len(inner["trees"])
    assert read_xgboost(model).n_trees == len(inner["trees"])
    inner["weight_drop"][-1] = 0.5
    with pytest.raises(InputError, match="booster dart is not supported"):
        read_xgboost(model)


def test_a_version_before_3_2_does_not_move_its_base_score():
    model = document(train(base_score=1e-7)[0])
    new = read_xgboost(model)
    model["version"] = [3, 1, 3]
    old = read_xgboost(model)
    assert old.base_margin.view(np.uint32) == 3246453212  # as 3.1.3 computes it
    assert new.base_margin - old.base_margin > 2.3
    del model["version"]
    assert read_xgboost(model).base_margin == new.base_margin


def test_every_split_decides_as_xgboost_does_at_its_threshold_and_one_ulp_beside_it():
    booster, _ = train(n_trees=12, base_score=0.5)
    trees = read_xgboost(document(booster))
    rng = np.random.default_rng(1)
    rows = []
    for node in np.flatnonzero(trees.left >= 0):
        threshold = trees.threshold[node]
        for value in (
            threshold,
            np.nextafter(threshold, np.float32(-np.inf)),
            np.nextafter(threshold, np.float32(np.inf)),
            np.float32(np.nan),
        ):
            row = rng.normal(size=(3, 5)).astype(np.float32)
            row[:, trees.feature[node]] = value
            rows.append(row)
    X = np.concatenate(rows)
    expected = booster.predict(xgboost.DMatrix(X), pred_leaf=True).astype(int)
    np.testing.assert_array_equal(trees.leaves(X) - trees.root, expected)


def test_depth_and_nodes_of_a_known_tree():
    booster, _ = train(n_trees=1, max_depth=2, base_score=0.5)
    trees = read_xgboost(document(booster))
    assert trees.depth == 2
    assert trees.n_nodes == 7
    assert (trees.leaf[trees.left >= 0] == 0).all()


def test_wrong_shape_is_refused():
    booster, X = train(n_trees=1)
    with pytest.raises(ValueError, match=r"expected shape \(n, 5\)"):
        read_xgboost(document(booster)).margin(X[:, :3])


def test_base_score_of_xgboost_2_is_read():
    booster, X = train(base_score=0.2)
    old = document(booster)
    assert old["learner"]["learner_model_param"]["base_score"].startswith("[")
    new = read_xgboost(old).margin(X)
    old["learner"]["learner_model_param"]["base_score"] = "2E-1"
    np.testing.assert_array_equal(read_xgboost(old).margin(X), new)


def tree(model):
    return model["learner"]["gradient_booster"]["model"]["trees"][3]


def spoil(change):
    booster, _ = train(n_trees=5)
    model = copy.deepcopy(document(booster))
    change(model)
    return model


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.pop("learner"), "not an XGBoost JSON model"),
        (lambda m: m["learner"]["gradient_booster"].update(name="dart"), "booster dart is not supported"),
        (lambda m: m["learner"]["objective"].update(name="multi:softprob"), "objective multi:softprob"),
        (lambda m: m["learner"]["learner_model_param"].update(num_class="3"), "num_class 3"),
        (lambda m: m["learner"]["learner_model_param"].update(num_target="2"), "num_target 2"),
        (lambda m: m["learner"]["learner_model_param"].update(base_score="[0.1,0.2]"), "base_score"),
        (lambda m: m["learner"]["learner_model_param"].update(base_score="2E0"), "not a probability"),
        (lambda m: m["learner"]["learner_model_param"].update(base_score="nan"), "not a probability"),
        (
            lambda m: (
                m["learner"]["learner_model_param"].update(base_score="1E0"),
                m.update(version=[3, 0, 5]),
            ),
            "not a probability",
        ),
        (lambda m: m["learner"]["gradient_booster"]["model"].update(trees=[]), "no trees"),
        (lambda m: tree(m).pop("split_conditions"), r"trees\[3\]: cannot read the tree"),
        (lambda m: tree(m)["left_children"].__setitem__(0, 0), "a child is missing or out of range"),
        (lambda m: tree(m)["left_children"].__setitem__(0, 10**6), "out of range"),
        (lambda m: tree(m)["right_children"].__setitem__(0, -1), "a child is missing"),
        (lambda m: tree(m)["right_children"].__setitem__(0, 1), "a node has two parents|form a loop"),
        (lambda m: tree(m)["split_indices"].__setitem__(0, 5), "a feature outside 0..4"),
        (lambda m: tree(m)["split_conditions"].__setitem__(0, float("inf")), "not finite"),
        (lambda m: tree(m)["split_type"].__setitem__(0, 1), "categorical"),
        (lambda m: tree(m)["default_left"].pop(), "differ in length"),
    ],
)
def test_unsupported_and_malformed_models_are_refused_in_one_line(change, message):
    with pytest.raises(InputError, match=message) as caught:
        read_xgboost(spoil(change), source="detector.json", field="audio.model")
    assert str(caught.value).startswith("detector.json: audio.model")
    assert "\n" not in str(caught.value)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6))
def test_margins_of_random_models(seed, depth):
    booster, X = train(n_trees=5, seed=seed, max_depth=depth, base_score=0.5)
    expected = booster.predict(xgboost.DMatrix(X), output_margin=True)
    np.testing.assert_array_equal(read_xgboost(document(booster)).margin(X), expected)


@pytest.mark.parametrize("parameters", [{}, {"num_parallel_tree": 3, "subsample": 0.5}, {"base_score": 0.5}])
@pytest.mark.parametrize("best", [0, 4, 39])
def test_early_stopping_keeps_the_rounds_that_predict_uses(parameters, best):
    booster, X = train(**parameters)
    booster.set_attr(best_iteration=str(best))
    rows = xgboost.DMatrix(X)
    expected = booster.predict(rows, output_margin=True, iteration_range=(0, best + 1))
    trees = read_xgboost(document(booster))
    np.testing.assert_array_equal(trees.margin(X), expected)
    assert trees.n_trees == (best + 1) * parameters.get("num_parallel_tree", 1)


def _set(path, value):
    def change(model):
        place = model["learner"]
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return change


MODEL = ("gradient_booster", "model")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_set((*MODEL, "gbtree_model_param", "num_trees"), "7"), "num_trees is 7"),
        (_set((*MODEL, "gbtree_model_param", "num_trees"), "many"), "not an XGBoost JSON model"),
        (_set(("attributes",), {"best_iteration": "40"}), "best_iteration 40"),
        (_set(("attributes",), {"best_iteration": "-1"}), "best_iteration -1"),
        (_set(("attributes",), {"best_iteration": "x"}), "not an XGBoost JSON model"),
        (_set(("attributes",), 5), "not an XGBoost JSON model"),
        (_set((*MODEL, "trees", 3, "left_children", 0), 1.5), r"trees\[3\].*whole number"),
        (_set((*MODEL, "trees", 3, "right_children", 0), 2.0), r"trees\[3\].*whole number"),
        (_set((*MODEL, "trees", 3, "split_indices", 0), "1"), r"trees\[3\].*whole number"),
        (_set((*MODEL, "trees", 3, "left_children", 0), 2**40), r"trees\[3\]"),
    ],
)
def test_a_file_at_odds_with_itself_is_refused(change, said):
    model = document(train()[0])
    change(model)
    with pytest.raises(InputError, match=said):
        read_xgboost(model)
