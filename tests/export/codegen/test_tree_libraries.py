"""Every library's models through C: its own decisions, and its own margins to float32 rounding.

Values lie on thresholds, an ulp beside, at zeros and extremes, or are missing, where the library takes them.
"""

import ctypes
import json

import lightgbm
import numpy as np
import pytest
import threadpoolctl
import xgboost
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)

from tussis.export.build.toolchain import find_arm_toolchain, find_host_compiler
from tussis.export.codegen.tree_emitters import EMITTERS
from tussis.export.codegen.trees import export_trees, read_model_file
from tussis.export.emulator.virtual_board import VirtualBoard
from tussis.selection.trees.readers import read_trees

# scikit-learn sums its input to see whether it holds NaN.
pytestmark = pytest.mark.filterwarnings("ignore:invalid value encountered in reduce")

COMMON = {"seed": 1, "deterministic": True, "num_threads": 1, "verbose": -1, "min_data_in_leaf": 5}
RF = {"boosting": "rf", "bagging_fraction": 0.6, "bagging_freq": 1, "feature_fraction": 0.8}
DART = {"boosting": "dart", "drop_rate": 0.5, "skip_drop": 0.0}

LIGHTGBM = {
    "gbdt": {},
    "no prior": {"boost_from_average": False},
    "rf": RF,
    "dart": DART,
    "goss": {"data_sample_strategy": "goss"},
    "no missing": {"use_missing": False},
    "unbalanced": {"is_unbalance": True, "num_leaves": 60},
}
SKLEARN = {
    "forest": RandomForestClassifier(12, random_state=0),
    "forest odd shallow": RandomForestClassifier(25, max_depth=5, class_weight="balanced", random_state=1),
    "extra trees": ExtraTreesClassifier(12, random_state=2),
    "extra trees shallow": ExtraTreesClassifier(9, max_depth=6, random_state=3),
    "boosting": GradientBoostingClassifier(n_estimators=20, random_state=4),
    "boosting from zero": GradientBoostingClassifier(n_estimators=9, init="zero", random_state=5),
    "histograms": HistGradientBoostingClassifier(max_iter=20, random_state=6),
    "histograms deep": HistGradientBoostingClassifier(max_iter=9, max_leaf_nodes=80, min_samples_leaf=3),
}


@pytest.fixture(autouse=True)
def one_thread():
    """Histogram boosting of small tables takes seconds where its threads wait for a busy core."""
    with threadpoolctl.threadpool_limits(1, "openmp"):
        yield


def data(nan=True):
    """Columns: any sign, small integers around zero, positive, tiny, numbers against missing ones."""
    rng = np.random.default_rng(7)
    X = rng.normal(size=(900, 5)).astype(np.float32)
    X[:, 1] = rng.integers(-2, 3, len(X))
    X[:, 2] = np.exp(4 * X[:, 2])
    X[:, 3] *= 1e-36
    y = (X[:, 0] + X[:, 1] + np.log(X[:, 2]) / 4 + X[:, 3] * 1e36 + rng.normal(size=len(X)) > 0.3).astype(int)
    if nan:
        X[rng.random(X.shape) < 0.1] = np.nan
        X[:, 4] = np.where((rng.random(len(X)) < 0.4) ^ (y > 0), 1.0, np.nan)
    return X, y


def known_rows(X, model):
    """`X` without what the library refuses."""
    if isinstance(model, GradientBoostingClassifier):
        return np.nan_to_num(X, posinf=2.0, neginf=-2.0)
    if hasattr(model, "estimators_"):
        return np.where(np.isinf(X), np.float32(0), X)
    return X


def compiled(c_file, folder):
    library = find_host_compiler().build([c_file], "shared", include=[folder])
    function = ctypes.CDLL(str(library)).margin
    function.restype, function.argtypes = ctypes.c_float, [ctypes.c_void_p]
    return lambda X: np.array([function(row.ctypes.data) for row in np.ascontiguousarray(X)], np.float32)


def rounding(trees, X):
    """Largest error of a float32 sum in tree order, and of rounding what is added: see `export_trees`."""
    added = np.abs(trees.leaf[trees.leaves(X)].astype(np.float64)).sum(1) + abs(float(trees.base_margin))
    return (trees.n_trees + 2) * 2.0**-24 * added


def check(model, trees, expected, X, form, tmp_path):
    """C has the bits of the ensemble, and the ensemble the library's margins and decisions."""
    c_file, _ = export_trees(model, tmp_path / "trees.c", trees=form)
    margins = compiled(c_file, tmp_path)(X)
    assert np.array_equal(margins.view(np.uint32), trees.margin(X).view(np.uint32))
    bound = rounding(trees, X)
    assert (np.abs(margins - expected) <= bound).all()
    clear = np.abs(expected) > bound
    assert clear.mean() > 0.95
    assert ((margins > 0) == (expected > 0))[clear].all()


def lightgbm_model(**settings):
    X, y = data()
    return lightgbm.train(COMMON | {"objective": "binary"} | settings, lightgbm.Dataset(X, y), 15)


@pytest.mark.parametrize(("suffix", "form"), [("txt", "table"), ("txt", "m2cgen"), ("json", "branches")])
@pytest.mark.parametrize("kind", LIGHTGBM)
def test_lightgbm(kind, suffix, form, tmp_path, hard_rows):
    model = lightgbm_model(**LIGHTGBM[kind])
    file = tmp_path / "model.data"  # known by its content, not its name
    if suffix == "txt":
        model.save_model(file)
    else:
        file.write_text(json.dumps(model.dump_model()))
    trees = read_model_file(file)
    X = hard_rows(trees)
    expected = model.predict(X, raw_score=True) / (15 if kind == "rf" else 1)
    np.testing.assert_allclose(model.predict(X), 1 / (1 + np.exp(-expected)), rtol=1e-12)
    check(file, trees, expected, X, form, tmp_path)


@pytest.mark.parametrize("form", EMITTERS)
@pytest.mark.parametrize("kind", SKLEARN)
def test_sklearn(kind, form, tmp_path, hard_rows):
    model = SKLEARN[kind]
    model.fit(*data(nan=not isinstance(model, GradientBoostingClassifier)))
    trees = read_trees(model, source=kind)
    X = known_rows(hard_rows(trees), model)
    if trees.link == "votes":
        expected = (model.predict_proba(X)[:, 1] - 0.5) * trees.n_trees
    else:
        expected = model.decision_function(X)
    check(model, trees, expected, X, form, tmp_path)
    clear = np.abs(expected) > rounding(trees, X)
    assert ((trees.margin(X) > 0) == (model.predict(X) == 1))[clear].all()


def test_the_models_split_missing_values_from_all_numbers():
    """Which takes an infinite threshold; and LightGBM's and this data's zeros are among the thresholds."""
    for kind in ("forest", "histograms"):
        trees = read_trees(SKLEARN[kind].fit(*data()), source=kind)
        assert np.isneginf(trees.threshold).any()
    thresholds = read_trees(lightgbm_model().model_to_string(), source="model").threshold
    assert (np.abs(thresholds[thresholds != 0]) < 1.1e-35).any()


def test_a_fully_grown_forest_votes_exactly_even_at_a_tie(tmp_path):
    X, y = data()
    model = RandomForestClassifier(4, random_state=0).fit(X, y)
    trees = read_trees(model, source="model")
    probability = model.predict_proba(X)[:, 1]
    assert (probability == 0.5).any()
    np.testing.assert_array_equal(trees.margin(X), 4 * (probability - 0.5))
    np.testing.assert_array_equal(trees.margin(X) > 0, model.predict(X))
    _, header = export_trees(model, tmp_path / "forest.c")
    assert "its probability is 0.5 + margin / 4." in header.read_text()


@pytest.mark.parametrize("form", EMITTERS)
def test_xgboost(form, tmp_path, hard_rows):
    X, y = data()
    model = xgboost.XGBClassifier(n_estimators=15, max_depth=4, n_jobs=1).fit(X, y)
    model.save_model(tmp_path / "model.json")
    trees = read_model_file(tmp_path / "model.json")
    X = hard_rows(trees)
    finite = np.where(np.isinf(X), np.float32(0), X)  # XGBoost refuses infinities
    expected = model.predict(finite, output_margin=True).astype(np.float64)
    check(tmp_path / "model.json", trees, expected, finite, form, tmp_path)


@pytest.mark.parametrize("form", EMITTERS)
def test_infinite_thresholds_on_the_core(form, tmp_path, hard_rows):
    model = HistGradientBoostingClassifier(max_iter=12, random_state=0).fit(*data())
    trees = read_trees(model, source="model")
    assert np.isneginf(trees.threshold).any()
    source, _ = export_trees(model, tmp_path / "trees.c", trees=form)
    (tmp_path / "flash.ld").write_text(
        "ENTRY(margin)\nSECTIONS { . = 0x10000; .text : { KEEP(*(.text.margin)) *(.text* .rodata*) }"
        " .data : { *(.data* .bss*) } /DISCARD/ : { *(.ARM.ex*) } }\n"
    )
    elf = find_arm_toolchain().build([source], "elf", linker_script=tmp_path / "flash.ld", include=[tmp_path])
    board = VirtualBoard(elf)
    buffer = board.alloc(4 * trees.n_features)
    X = hard_rows(trees, 200)
    assert np.isnan(X).any()
    assert np.isinf(X).any()
    for row, margin in zip(X, trees.margin(X), strict=True):
        board.write(buffer, row)
        assert np.float32(board.call("margin", buffer, returns="float")) == margin
