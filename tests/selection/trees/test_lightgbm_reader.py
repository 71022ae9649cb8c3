"""LightGBM's text and JSON: the same leaf in every tree, and what cannot be kept is refused by name."""

import json
import re

import lightgbm
import numpy as np
import pytest

from tussis.data.input_error import InputError
from tussis.selection.trees.lightgbm_reader import is_lightgbm, read_lightgbm
from tussis.selection.trees.readers import read_trees

COMMON = {"objective": "binary", "seed": 1, "num_threads": 1, "verbose": -1, "min_data_in_leaf": 5}


def trained(rounds=6, *, nan=True, y=None, categories="auto", **settings):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(600, 4)).astype(np.float32)
    X[:, 1] = rng.integers(-2, 3, 600)
    X[:, 2] *= 1e-35
    target = (
        (X[:, 0] + X[:, 1] + X[:, 2] * 1e35 + rng.normal(size=600) > 0).astype(int) if y is None else y(X)
    )
    if nan:
        X[rng.random(X.shape) < 0.15] = np.nan
    table = lightgbm.Dataset(X, target, params=settings, categorical_feature=categories)
    return lightgbm.train(COMMON | settings, table, rounds)


@pytest.mark.parametrize("settings", [{}, {"use_missing": False}, {"num_leaves": 60}], ids=str)
@pytest.mark.parametrize("form", ["text", "json"])
def test_every_row_falls_into_the_same_leaf(settings, form, hard_rows):
    model = trained(**settings)
    trees = read_lightgbm(model.model_to_string() if form == "text" else model.dump_model())
    X = hard_rows(trees, 4000)
    tiny = np.float32(1e-35)
    X[:50, 2] = [
        -tiny,
        np.nextafter(-tiny, np.float32(-1)),
        tiny,
        np.nextafter(tiny, np.float32(1)),
        3e-36,
    ] * 10
    ours, theirs = trees.leaves(X), model.predict(X, pred_leaf=True)
    for tree in range(trees.n_trees):
        pairs = set(zip(ours[:, tree].tolist(), theirs[:, tree].tolist(), strict=True))
        assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs}) > 3


def test_thresholds_at_the_edges_of_lightgbms_zero_are_covered():
    thresholds = read_lightgbm(trained().model_to_string()).threshold
    tiny = np.float32(1e-35)
    assert {np.float32(-tiny), np.nextafter(tiny, np.float32(1))} <= set(thresholds)


@pytest.mark.parametrize(
    "settings", [{}, {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}], ids=str
)
def test_text_and_json_give_the_same_margins(settings, hard_rows):
    model = trained(**settings)
    text, document = read_lightgbm(model.model_to_string()), read_lightgbm(model.dump_model())
    X = hard_rows(text)
    np.testing.assert_array_equal(text.margin(X), document.margin(X))


def test_trees_of_one_leaf_are_kept():
    model = trained(3, min_gain_to_split=1e9)
    trees = read_lightgbm(model.model_to_string())
    assert trees.n_nodes == trees.n_trees
    expected = model.predict(np.zeros((1, 4)), raw_score=True)
    np.testing.assert_allclose(trees.margin(np.zeros((1, 4), np.float32)), expected, rtol=1e-6)


def test_a_very_deep_tree_is_read_from_json():
    node = {"leaf_value": 1.0}
    for _ in range(2000):
        node = {
            "split_feature": 0, "threshold": 1.0, "decision_type": "<=", "default_left": True,
            "missing_type": "NaN", "left_child": node, "right_child": {"leaf_value": 0.0},
        }  # fmt: skip
    document = trained(1).dump_model() | {"tree_info": [{"tree_structure": node}]}
    assert read_lightgbm(document).depth == 2000


REFUSED = {
    "categorical splits": {"categories": [1]},
    "linear trees": {"linear_tree": True, "nan": False},
    "zero_as_missing": {"zero_as_missing": True},
    "sigmoid 2": {"sigmoid": 2.0},
    "objective regression": {"objective": "regression"},
    "objective multiclass": {
        "objective": "multiclass", "num_class": 3, "y": lambda X: np.arange(len(X)) % 3
    },
    "objective custom": {"objective": lambda p, data: (p - data.get_label(), np.ones_like(p))},
}  # fmt: skip


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("fault", REFUSED)
def test_what_cannot_be_kept_is_refused_by_name(fault, form):
    model = trained(**REFUSED[fault])
    with pytest.raises(InputError, match=f"{fault}.* not supported") as caught:
        read_lightgbm(model.model_to_string() if form == "text" else model.dump_model(), source="m.txt")
    assert str(caught.value).startswith("m.txt: ")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda t: t[: len(t) // 2], "cut short after"),
        (lambda t: t.replace("end of trees", ""), "cut short after 6 trees"),
        (lambda t: t.replace("version=v4", "version=v9"), "version v9 is not supported"),
        (lambda t: t.replace("max_feature_idx=3\n", ""), "not a whole LightGBM model"),
        (
            lambda t: t.replace("max_feature_idx=3", "max_feature_idx=0"),
            r"Tree=0: .*a feature outside 0\.\.0",
        ),
        (lambda t: t.replace("leaf_value=", "leaf_value=1 "), "Tree=0: .*leaves"),
        (
            lambda t: t.replace("num_leaves=", "leaves="),
            "Tree=0: cannot read the tree: 'num_leaves' is missing",
        ),
        (lambda t: t.replace("left_child=", "left_child=9999 "), "Tree=0: .*differ in length"),
        (lambda t: re.sub(r"right_child=\d+", "right_child=-9999", t), "Tree=0: .*out of range"),
        (lambda t: t.replace("threshold=", "threshold=x"), "Tree=0: .*could not convert"),
    ],
)
def test_a_damaged_text_is_refused_in_one_line(change, fault):
    text = change(trained().model_to_string())
    with pytest.raises(InputError, match=fault) as caught:
        read_lightgbm(text, source="m.txt")
    assert "\n" not in str(caught.value)


def test_a_damaged_json_is_refused():
    document = trained().dump_model()
    del document["tree_info"][2]["tree_structure"]["left_child"]["left_child"]
    with pytest.raises(InputError, match=r"tree_info\[2\]: cannot read the tree: 'left_child' is missing"):
        read_lightgbm(document)
    with pytest.raises(InputError, match="the model has no trees"):
        read_lightgbm(document | {"tree_info": []})


def test_it_is_known_by_its_content():
    model = trained(1)
    assert is_lightgbm(model.model_to_string())
    assert is_lightgbm(json.loads(json.dumps(model.dump_model())))
    assert not is_lightgbm("trees of the forest")
    assert not is_lightgbm({"learner": {}})
    with pytest.raises(InputError, match="not a tree model of a known library"):
        read_trees(model, source="Booster")  # a fitted object of LightGBM: save it first
