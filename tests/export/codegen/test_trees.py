"""Trees in C against the reference, bit for bit: on rows, on thresholds, one ulp beside, missing."""

from __future__ import annotations

import ctypes
import functools
import json
import pickle

import numpy as np
import pytest
import xgboost

from tussis.data.input_error import InputError
from tussis.export.build.toolchain import find_host_compiler
from tussis.export.codegen.branch_source import branch_source
from tussis.export.codegen.m2cgen_source import m2cgen_source
from tussis.export.codegen.table_source import compact_source, table_source
from tussis.export.codegen.tree_forms import tree_form
from tussis.export.codegen.trees import export_trees, read_model_file
from tussis.export.emulator.virtual_board import VirtualBoard
from tussis.selection.trees.tree_ensemble import LEAF, TreeEnsemble
from tussis.selection.trees.tree_rounding import round_model
from tussis.selection.trees.xgboost_reader import read_xgboost

EMITTERS = {
    "table": lambda t, n: table_source(t, n, missing=True),
    "compact": lambda t, n: compact_source(t, n, missing=True),
    "branches": lambda t, n: branch_source(t, n, missing=True),
    "m2cgen": m2cgen_source,
}


@functools.cache
def model(
    depth=4,
    n_trees=20,
    n_features=7,
    base_score=None,
    nan=False,
    seed=0,
    leafwise=False,
    leaf_bits=None,
    rows=1500,
) -> TreeEnsemble:
    rng = np.random.default_rng(seed)
    X = (rng.normal(size=(rows, n_features)) * 10.0 ** rng.integers(-3, 4, n_features)).astype(np.float32)
    X[:, 0] = np.abs(X[:, 0])  # one column whose thresholds are all positive
    X[:, 2] = rng.integers(-2, 3, len(X))  # and one that is split at zero
    y = (
        X[:, 1] / np.abs(X[:, 1]).mean() + X[:, 0] / X[:, 0].mean() + X[:, 2] + rng.normal(size=len(X)) > 1
    ).astype(int)
    if nan:
        X[rng.random(X.shape) < 0.2] = np.nan
    grow = (
        {"grow_policy": "lossguide", "max_leaves": 12, "max_depth": depth}
        if leafwise
        else {"max_depth": depth}
    )
    settings = {} if base_score is None else {"base_score": base_score}
    fitted = xgboost.XGBClassifier(
        n_estimators=n_trees, min_child_weight=0.1, random_state=seed, n_jobs=1, **grow, **settings
    ).fit(X, y)
    document = json.loads(fitted.get_booster().save_raw("json"))
    return read_xgboost(round_model(document, leaf_bits=leaf_bits) if leaf_bits else document)


def compiled(source: str, tmp_path, name="margin"):
    file = tmp_path / "trees.c"
    file.write_text(source)
    function = getattr(ctypes.CDLL(str(find_host_compiler().build([file], "shared"))), name)
    function.restype, function.argtypes = ctypes.c_float, [ctypes.c_void_p]
    return lambda X: np.array(
        [function(row.ctypes.data) for row in np.ascontiguousarray(X, np.float32)], np.float32
    )


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    return np.array_equal(a.view(np.uint32), b.view(np.uint32))


@pytest.mark.parametrize("emitter", EMITTERS)
@pytest.mark.parametrize(
    "settings",
    [
        *[{"depth": depth, "n_trees": 12} for depth in range(1, 9)],
        {"n_trees": 1, "depth": 1},
        {"n_trees": 1, "depth": 6, "base_score": 0.2},
        {"n_trees": 500, "depth": 2},
        {"n_trees": 30, "depth": 4, "nan": True},
        {"n_trees": 30, "depth": 4, "nan": True, "base_score": 0.5},
        {"n_trees": 15, "depth": 12, "leafwise": True, "nan": True},
        {"n_trees": 10, "n_features": 90},
    ],
    ids=lambda s: " ".join(f"{k}={v}" for k, v in s.items()),
)
def test_margins_have_the_bits_of_the_reference(emitter, settings, tmp_path, hard_rows):
    trees = model(**settings)
    X = hard_rows(trees)
    assert same_bits(compiled(EMITTERS[emitter](trees, "margin"), tmp_path)(X), trees.margin(X))


@pytest.mark.parametrize(("leaf_bits", "leaf_type"), [(8, "int8_t"), (16, "int16_t")])
@pytest.mark.parametrize(
    "settings", [{"depth": 5}, {"depth": 9, "leafwise": True, "nan": True}], ids=["padded", "sparse"]
)
def test_rounded_models_take_the_small_form_and_keep_their_bits(
    settings, leaf_bits, leaf_type, tmp_path, hard_rows
):
    trees = model(**settings, base_score=0.5, leaf_bits=leaf_bits)
    form = tree_form(trees, missing=True)
    assert (form.key_bits, form.leaf_type) == (16, leaf_type)
    X = hard_rows(trees)
    assert same_bits(compiled(table_source(trees, "margin", missing=True), tmp_path)(X), trees.margin(X))


def test_a_threshold_of_zero_is_among_the_models():
    for trees in (model(), model(depth=5, base_score=0.5, leaf_bits=8)):
        assert ((trees.threshold == 0) & (trees.left != LEAF)).any()


def test_sparse_and_padded_layouts_are_both_covered():
    texts = [
        table_source(model(**s), "m") for s in ({"depth": 5}, {"depth": 12, "leafwise": True, "nan": True})
    ]
    assert ["COLUMN5" in texts[0], "_INNER[" in texts[1]] == [True, True]


def test_without_missing_values_nothing_tests_for_them(tmp_path, hard_rows):
    trees = model(nan=True)
    text = table_source(trees, "margin", missing=False)
    assert "missing" not in text
    X = np.nan_to_num(hard_rows(trees), posinf=9.0, neginf=-9.0)
    assert same_bits(compiled(text, tmp_path)(X), trees.margin(X))


def test_a_model_without_splits_is_a_constant(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 3)).astype(np.float32)
    fitted = xgboost.XGBClassifier(n_estimators=3, max_depth=2, gamma=1e9, base_score=0.3).fit(X, X[:, 0] > 0)
    trees = read_xgboost(json.loads(fitted.get_booster().save_raw("json")))
    for emitter in EMITTERS.values():
        assert same_bits(compiled(emitter(trees, "margin"), tmp_path)(X), trees.margin(X))


def test_too_many_columns_is_an_error_that_names_the_limit():
    n = 300  # stumps, each on a feature of its own
    root = np.arange(0, 3 * n, 3, dtype=np.int32)
    node = np.arange(3 * n) % 3 == 0
    zero = np.zeros(3 * n, np.float32)
    left = np.where(node, np.arange(3 * n) + 1, LEAF).astype(np.int32)
    right = np.where(node, np.arange(3 * n) + 2, LEAF).astype(np.int32)
    feature = np.where(node, np.arange(3 * n) // 3, 0).astype(np.int32)
    trees = TreeEnsemble(root, feature, zero, left, right, zero, node & False, np.float32(0), n)
    with pytest.raises(InputError, match="splits on 300 columns, at most 255"):
        table_source(trees, "margin")
    assert "margin_tree299" in m2cgen_source(trees, "margin")
    assert "x[299]" in branch_source(trees, "margin")


def test_a_tree_too_deep_for_nested_ifs_is_refused_and_fits_the_table(tmp_path):
    n = 150  # a chain: x < 0, else x < 1, else x < 2, ...
    node = np.arange(2 * n + 1)
    inner = (node == 0) | ((node % 2 == 0) & (node < 2 * n))
    trees = TreeEnsemble(
        root=np.int32([0]),
        feature=np.zeros(2 * n + 1, np.int32),
        threshold=np.where(inner, node / 2, 0).astype(np.float32),
        left=np.where(inner, node + 1, LEAF).astype(np.int32),
        right=np.where(inner, node + 2, LEAF).astype(np.int32),
        leaf=np.where(inner, 0, node).astype(np.float32),
        default_left=np.zeros(2 * n + 1, np.bool_),
        base_margin=np.float32(0),
        n_features=1,
    )
    with pytest.raises(
        InputError, match="150 levels deep, at most 120 can be nested ifs; use the table form"
    ):
        m2cgen_source(trees, "margin")
    X = np.append(np.arange(-1, n + 1), np.nan).astype(np.float32)[:, None]
    for form in ("table", "compact", "branches"):
        assert same_bits(compiled(EMITTERS[form](trees, "margin"), tmp_path)(X), trees.margin(X))


@pytest.mark.parametrize("toolchain", ["gcc", "zig"])
def test_sixty_trees_of_depth_five_on_the_core(toolchain, toolchain_named, tmp_path, hard_rows):
    """The table that firmware gets: its bits, instructions and bytes, measured on the emulated Cortex-M33."""
    arm = toolchain_named(toolchain)
    trees = model(depth=5, n_trees=60, n_features=25, base_score=0.5, rows=6000, leaf_bits=8)
    assert 1400 <= int((trees.left == LEAF).sum()) <= 1920
    (tmp_path / "trees.c").write_text(table_source(trees, "margin"))
    (tmp_path / "flash.ld").write_text(
        "ENTRY(margin)\nSECTIONS { . = 0x10000; .text : { KEEP(*(.text.margin)) *(.text* .rodata*) }"
        " .data : { *(.data* .bss*) } /DISCARD/ : { *(.ARM.ex*) } }\n"
    )
    elf = arm.build([tmp_path / "trees.c"], "elf", linker_script=tmp_path / "flash.ld")
    board = VirtualBoard(elf).count()
    buffer = board.alloc(4 * trees.n_features)
    X = np.nan_to_num(hard_rows(trees, 30))
    for row, margin in zip(X, trees.margin(X), strict=True):
        board.write(buffer, row)
        assert np.float32(board.call("margin", buffer, returns="float")) == margin
        assert board.last_call.instructions <= 1950
    assert sum(section.size for section in board.image.sections) <= 9000


class TestFile:
    def test_writes_c_and_header_that_agree_with_xgboost(self, tmp_path):
        rng = np.random.default_rng(5)
        X = rng.normal(size=(400, 6)).astype(np.float32)
        fitted = xgboost.XGBClassifier(n_estimators=25, max_depth=4).fit(X, X[:, 0] * X[:, 1] > 0)
        fitted.save_model(tmp_path / "model.json")
        c_file, header = export_trees(tmp_path / "model.json", tmp_path / "cough.c", name="cough_margin")
        assert "COUGH_MARGIN_FEATURES = 6" in header.read_text()
        library = find_host_compiler().build([c_file], "shared", include=[tmp_path])
        function = ctypes.CDLL(str(library)).cough_margin
        function.restype, function.argtypes = ctypes.c_float, [ctypes.c_void_p]
        got = np.array([function(row.ctypes.data) for row in X], np.float32)
        assert same_bits(got, read_model_file(tmp_path / "model.json").margin(X))
        expected = fitted.get_booster().predict(xgboost.DMatrix(X), output_margin=True)
        assert np.abs(got - expected).max() < 1e-5

    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            ("{", "not a JSON"),
            ("{}", "not a tree model of a known library"),
            ("[1]", "not a tree model of a known library"),
            ("time_s,acc_x\n", "not a tree model of a known library"),
            ('{"learner": {}}', "not an XGBoost JSON model"),
        ],
    )
    def test_names_the_fault_of_a_bad_file(self, tmp_path, text, fault):
        (tmp_path / "model.json").write_text(text)
        with pytest.raises(InputError, match=fault):
            export_trees(tmp_path / "model.json", tmp_path / "out.c")
        assert not (tmp_path / "out.c").exists()

    @pytest.mark.parametrize(
        ("raw", "fault"),
        [
            (pickle.dumps({"a": 1}), "is a Python pickle"),
            (b"{L\x00\x00\x00\x00\x00", "is XGBoost's binary format"),
            (b"\xff\xfe\x00", "is not a text file"),
        ],
    )
    def test_says_what_a_binary_file_is(self, tmp_path, raw, fault):
        (tmp_path / "model.bin").write_bytes(raw)
        with pytest.raises(InputError, match=fault):
            export_trees(tmp_path / "model.bin", tmp_path / "out.c")

    def test_xgboosts_binary_format_is_known_by_its_first_bytes(self, tmp_path):
        X = np.arange(20, dtype=np.float32).reshape(-1, 1)
        fitted = xgboost.XGBClassifier(n_estimators=1).fit(X, X[:, 0] > 9)
        fitted.save_model(tmp_path / "model.ubj")
        with pytest.raises(InputError, match="is XGBoost's binary format"):
            export_trees(tmp_path / "model.ubj", tmp_path / "out.c")

    def test_refuses_an_unknown_form(self, tmp_path):
        with pytest.raises(
            InputError, match="unknown form 'forest'; use table or compact or branches or m2cgen"
        ):
            export_trees(tmp_path / "m.json", tmp_path / "out.c", trees="forest")

    def test_refuses_a_bad_name_and_a_bad_suffix(self, tmp_path):
        with pytest.raises(InputError, match="is not a C identifier"):
            export_trees(tmp_path / "m.json", tmp_path / "out.c", name="2x")
        with pytest.raises(InputError, match=r"end in \.c"):
            export_trees(tmp_path / "m.json", tmp_path / "out.cc")
