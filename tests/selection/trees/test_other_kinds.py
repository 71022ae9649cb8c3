"""Files that people give in place of a model: each is named for what it is, with what to do."""

from __future__ import annotations

import gzip
import json
import pickle
import zipfile
from pathlib import Path

import joblib
import lightgbm
import numpy as np
import pytest
import xgboost
from sklearn.ensemble import RandomForestClassifier

from tussis.cli.app import main
from tussis.data.input_error import InputError
from tussis.export.codegen.trees import read_model_file
from tussis.selection.detector.shipped import DEFAULT_PATH

RNG = np.random.default_rng(4)
X = RNG.normal(size=(200, 4)).astype(np.float32)
TWO = (X[:, 0] > 0).astype(int)
THREE = np.digitize(X[:, 1], [-0.5, 0.5])


def _xgboost(target: np.ndarray = TWO, columns: np.ndarray = X, **settings: object) -> xgboost.XGBClassifier:
    return xgboost.XGBClassifier(n_estimators=4, max_depth=3, **settings).fit(columns, target)


def _lightgbm(target: np.ndarray = TWO, kind: type = lightgbm.LGBMClassifier, **settings: object):
    return kind(n_estimators=4, verbose=-1, **settings).fit(X, target).booster_


def _config(place: Path) -> None:
    place.write_text(_xgboost().get_booster().save_config())


def _text_dump(place: Path) -> None:
    _xgboost().get_booster().dump_model(place)


def _json_dump(place: Path) -> None:
    _xgboost().get_booster().dump_model(place, dump_format="json")


def _stump_dump(place: Path) -> None:
    xgboost.XGBClassifier(n_estimators=1, max_depth=1, gamma=1e9).fit(X, TWO).get_booster().dump_model(
        place, dump_format="json"
    )


def _ubj(place: Path) -> None:
    place.write_bytes(_xgboost().get_booster().save_raw("ubj"))


def _xgboost_classes(place: Path) -> None:
    place.write_bytes(_xgboost(THREE).get_booster().save_raw("json"))


def _xgboost_regression(place: Path) -> None:
    model = xgboost.XGBRegressor(n_estimators=3).fit(X, X[:, 0])
    place.write_bytes(model.get_booster().save_raw("json"))


def _xgboost_dart(place: Path) -> None:
    dropping = _xgboost(booster="dart", rate_drop=0.9, one_drop=1)  # without it 3.4 writes a plain gbtree
    place.write_bytes(dropping.get_booster().save_raw("json"))


def _xgboost_linear(place: Path) -> None:
    place.write_bytes(xgboost.XGBClassifier(booster="gblinear").fit(X, TWO).get_booster().save_raw("json"))


def _xgboost_categories(place: Path) -> None:
    codes = RNG.integers(0, 6, (200, 2)).astype(np.float32)
    target = (codes[:, 0] % 2).astype(int)
    data = xgboost.DMatrix(codes, target, feature_types=["c", "c"], enable_categorical=True)
    booster = xgboost.train({"objective": "binary:logistic", "max_cat_to_onehot": 1}, data, 3)
    place.write_bytes(booster.save_raw("json"))


def _lightgbm_classes(place: Path) -> None:
    _lightgbm(THREE).save_model(place)


def _lightgbm_regression(place: Path) -> None:
    _lightgbm(X[:, 0], lightgbm.LGBMRegressor).save_model(place)


def _lightgbm_regression_json(place: Path) -> None:
    place.write_text(json.dumps(_lightgbm(X[:, 0], lightgbm.LGBMRegressor).dump_model()))


def _lightgbm_linear(place: Path) -> None:
    _lightgbm(linear_tree=True).save_model(place)


def _lightgbm_categories(place: Path) -> None:
    codes = RNG.integers(0, 8, (200, 1)).astype(np.float64)
    data = lightgbm.Dataset(codes, (codes[:, 0] % 2).astype(int), categorical_feature=[0])
    settings = {"objective": "binary", "verbose": -1, "min_data_per_group": 1, "cat_smooth": 0.0}
    lightgbm.train({**settings, "max_cat_to_onehot": 1}, data, 3).save_model(place)


def _lightgbm_cut(place: Path) -> None:
    text = _lightgbm().model_to_string()
    place.write_text(text[: len(text) // 3])


def _detector(place: Path) -> None:
    place.write_bytes(DEFAULT_PATH.read_bytes())


def _joblib(place: Path) -> None:
    joblib.dump(RandomForestClassifier(2).fit(X, TWO), place)


def _joblib_packed(place: Path) -> None:
    joblib.dump(RandomForestClassifier(2).fit(X, TWO), place, compress=("zlib", 3))


def _zip(place: Path) -> None:
    with zipfile.ZipFile(place, "w") as packed:
        packed.writestr("model.json", "{}")


WRITTEN = {
    "XGBoost configuration": (_config, "configuration"),
    "XGBoost text dump": (_text_dump, "text dump"),
    "XGBoost JSON dump": (_json_dump, "JSON dump"),
    "XGBoost JSON dump of a leaf": (_stump_dump, "JSON dump"),
    "XGBoost UBJSON": (_ubj, "UBJ"),
    "XGBoost of three classes": (_xgboost_classes, "two classes"),
    "XGBoost regression": (_xgboost_regression, "reg:squarederror"),
    "XGBoost dart": (_xgboost_dart, "dart"),
    "XGBoost linear": (_xgboost_linear, "gblinear"),
    "XGBoost categories": (_xgboost_categories, "categorical"),
    "LightGBM of three classes": (_lightgbm_classes, "two classes"),
    "LightGBM regression": (_lightgbm_regression, "regression"),
    "LightGBM regression as JSON": (_lightgbm_regression_json, "regression"),
    "LightGBM linear trees": (_lightgbm_linear, "linear"),
    "LightGBM categories": (_lightgbm_categories, "categorical"),
    "LightGBM cut short": (_lightgbm_cut, "cut short"),
    "tussis detector": (_detector, "tussis export"),
    "joblib": (_joblib, "pickle"),
    "joblib packed": (_joblib_packed, "joblib"),
    "zip": (_zip, "zip"),
}
BYTES = {
    "pickle of protocol 2": (pickle.dumps({}, 2), "pickle"),
    "pickle of protocol 5": (pickle.dumps({}, 5), "pickle"),
    "gzip": (gzip.compress(b"{}"), "gzip"),
    "ONNX": (b"\x08\x08\x12\x08skl2onnx\x1a\x061.16.0", "ONNX"),
    "TensorFlow Lite": (b"\x1c\x00\x00\x00TFL3" + bytes(40), "TensorFlow Lite"),
    "HDF5": (b"\x89HDF\r\n\x1a\n" + bytes(20), "HDF5"),
    "CatBoost": (b"CBM1" + bytes(20), "CatBoost"),
    "CatBoost as JSON": (b'{"oblivious_trees": [], "model_info": {}}', "CatBoost"),
    "NumPy": (b"\x93NUMPY\x01\x00", "NumPy"),
    "old XGBoost": (b"binf" + bytes(20), "old binary format"),
    "PMML": (b'<?xml version="1.0"?><PMML/>', "PMML"),
    "C": (b'#include "x.h"\n', "C source"),
    "parameters": (b'{"n_estimators": 5, "max_depth": 3}', "parameters"),
    "parameters of LightGBM": (b'{"objective": "binary", "num_class": 1}', "parameters"),
    "nothing": (b"", "is empty"),
    "blanks": (b" \n\n", "is empty"),
}


def _refused(place: Path, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trees", str(place), str(place.with_name("out.c"))]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert said in lines[0]
    assert ";" in lines[0], "no remedy"
    assert not place.with_name("out.c").exists()


@pytest.mark.parametrize("kind", WRITTEN)
def test_what_libraries_write_is_named(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write, said = WRITTEN[kind]
    place = tmp_path / "model.json"
    write(place)
    _refused(place, said, capsys)


@pytest.mark.parametrize("kind", BYTES)
def test_other_files_are_named(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw, said = BYTES[kind]
    place = tmp_path / "model.json"
    place.write_bytes(raw)
    _refused(place, said, capsys)


def _document() -> dict:
    return json.loads(bytes(_xgboost().get_booster().save_raw("json")))


def _trees(document: dict) -> list:
    return document["learner"]["gradient_booster"]["model"]["trees"]


def _loop(document: dict) -> None:
    left = _trees(document)[0]["left_children"]
    inner = [node for node, child in enumerate(left) if child >= 0]
    left[inner[-1]] = inner[0] or 1
    _trees(document)[0]["right_children"][inner[-1]] = inner[0] or 1


def _set(key: str, value: object):
    def change(document: dict) -> None:
        _trees(document)[0][key] = value

    return change


def _first(key: str, value: object):
    def change(document: dict) -> None:
        _trees(document)[0][key][0] = value

    return change


def _count(value: object):
    def change(document: dict) -> None:
        document["learner"]["gradient_booster"]["model"]["gbtree_model_param"]["num_trees"] = value

    return change


DAMAGE = {
    "fewer trees than said": _count("9"),
    "more trees than said": _count("1"),
    "trees of no number": _count("many"),
    "trees without end": _count("1" * 400),
    "fractional left child": _first("left_children", 1.5),
    "fractional right child": _first("right_children", 2.25),
    "a child that is true": _first("left_children", True),
    "a child of text": _first("left_children", "1"),
    "a child far away": _first("left_children", 10**6),
    "a child beyond 32 bits": _first("left_children", 2**40),
    "a child of its own": _first("left_children", 0),
    "a child before the first": _first("right_children", -7),
    "one child only": _first("right_children", -1),
    "a loop": _loop,
    "columns without end": _first("split_indices", 2**31),
    "a column before the first": _first("split_indices", -1),
    "a threshold of text": _first("split_conditions", "high"),
    "thresholds in lists": _set("split_conditions", [[1.0]]),
    "no arrays": _set("left_children", None),
    "an array that is text": _set("left_children", "1234"),
    "arrays of other lengths": _set("default_left", [0]),
    "no trees": lambda document: _trees(document).clear(),
    "a tree that is a number": lambda document: _trees(document).__setitem__(0, 7),
    "a best round beyond the last": lambda document: document["learner"].__setitem__(
        "attributes", {"best_iteration": "99"}
    ),
    "a best round of text": lambda document: document["learner"].__setitem__(
        "attributes", {"best_iteration": "last"}
    ),
    "attributes of text": lambda document: document["learner"].__setitem__("attributes", "none"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_model_is_refused(damage: str, tmp_path: Path) -> None:
    document = _document()
    DAMAGE[damage](document)
    place = tmp_path / "model.json"
    place.write_text(json.dumps(document))
    with pytest.raises(InputError):
        read_model_file(place)


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "model.json"
    text = json.dumps(_document()).replace('"learner":', '"learner": {}, "learner":', 1)
    place.write_text(text)
    with pytest.raises(InputError, match="'learner' stands twice"):
        read_model_file(place)


def _chain(depth: int) -> dict:
    document = _document()
    tree, n = _trees(document)[0], 2 * depth + 1
    inner = [node < 2 * depth and node % 2 == 0 for node in range(n)]
    tree["left_children"] = [node + 1 if inner[node] else -1 for node in range(n)]
    tree["right_children"] = [node + 2 if inner[node] else -1 for node in range(n)]
    tree["split_indices"], tree["default_left"] = [0] * n, [0] * n
    tree["split_conditions"] = [node / 2 for node in range(n)]
    tree["split_type"], tree["tree_param"]["num_nodes"] = [0] * n, str(n)
    return document


@pytest.mark.parametrize("depth", [121, 500, 3000])
def test_a_deep_tree_is_refused_as_ifs_by_a_stated_bound(
    depth: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "model.json"
    place.write_text(json.dumps(_chain(depth)))
    assert main(["trees", str(place), str(tmp_path / "out.c"), "--form", "m2cgen"]) == 2
    assert f"{depth} levels deep, at most 120" in capsys.readouterr().err
    assert read_model_file(place).depth == depth


def test_rounds_after_the_best_are_said_to_be_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = _document()
    document["learner"]["attributes"] = {"best_iteration": "1"}
    place = tmp_path / "model.json"
    place.write_text(json.dumps(document))
    assert main(["trees", str(place), str(tmp_path / "out.c")]) == 0
    said = capsys.readouterr().err
    assert "2 trees after the best round of early stopping (best_iteration) are left out, 2 are kept" in said
    assert "best_iteration" in (tmp_path / "out.h").read_text()
    document["learner"]["attributes"] = {}
    place.write_text(json.dumps(document))
    assert main(["trees", str(place), str(tmp_path / "out.c")]) == 0
    assert "left out" not in capsys.readouterr().err
    assert "best_iteration" not in (tmp_path / "out.h").read_text()
