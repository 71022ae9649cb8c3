"""Thresholds and leaves that stand once: fewer bytes, the same bits, and only where it is worth it."""

import numpy as np
import pytest

from tussis.export.build.toolchain import find_arm_toolchain, find_host_compiler
from tussis.export.codegen.shared_values import WORTH, shared_form
from tussis.export.codegen.table_source import table_source, table_weight
from tussis.export.codegen.tree_forms import tree_form
from tussis.export.estimate.form_choice import form_cost
from tussis.selection.trees.tree_ensemble import LEAF
from tussis.selection.trees.tree_nodes import TreeNodes, join_trees

from .test_trees import compiled, model, same_bits


def ensemble(n_trees, depth, thresholds, leaves, uneven=0.0, integers=False, seed=0):
    """Random trees with thresholds and leaves from pools of these sizes; `uneven`: share of early leaves."""
    rng = np.random.default_rng(seed)
    at = np.float32(rng.normal(size=(3, thresholds)))
    at[1] = np.abs(at[1])  # one column whose thresholds are all positive
    at[2, 0] = 0.0
    values = np.float32(rng.integers(-99, 99, leaves) if integers else rng.normal(size=leaves))

    def draw(_):
        left, right = [], []
        level = [0]
        count = 1
        for number in range(depth + 1):
            below = []
            for _node in level:
                is_leaf = number == depth or (number and rng.random() < uneven)
                left.append(LEAF if is_leaf else count)
                right.append(LEAF if is_leaf else count + 1)
                if not is_leaf:
                    below += [count, count + 1]
                    count += 2
            level = below
        n = len(left)
        feature = rng.integers(0, 3, n).astype(np.int32)
        return TreeNodes(
            np.int32(left),
            np.int32(right),
            feature,
            at[feature, rng.integers(0, thresholds, n)],
            rng.choice(values, n),
            rng.random(n) < 0.5,
        )

    return join_trees(range(n_trees), draw, 1.0, 3, source="made", place="[{}]")


KINDS = {
    "ranks of 8 bits": (dict(n_trees=40, depth=5, thresholds=40, leaves=5000), "uint8_t", "float"),
    "ranks of 16 bits": (dict(n_trees=150, depth=6, thresholds=300, leaves=20000), "uint16_t", "float"),
    "leaves too": (dict(n_trees=40, depth=5, thresholds=40, leaves=300), "uint8_t", "uint16_t"),
    "leaves of 8 bits": (dict(n_trees=40, depth=5, thresholds=40, leaves=200), "uint8_t", "uint8_t"),
    "leaves alone": (dict(n_trees=9, depth=5, thresholds=4000, leaves=9), "uint32_t", "uint8_t"),
    "uneven": (dict(n_trees=60, depth=11, thresholds=40, leaves=200, uneven=0.3), "uint8_t", "uint8_t"),
    "uneven, integers": (
        dict(n_trees=60, depth=11, thresholds=40, leaves=50, uneven=0.3, integers=True),
        "uint8_t",
        "int8_t",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_shared_values_keep_the_bits(kind, tmp_path, hard_rows):
    settings, key, leaf = KINDS[kind]
    trees = ensemble(**settings)
    form = shared_form(tree_form(trees, missing=True), table_weight)
    assert (form.key_type, form.leaf_type) == (key, leaf)
    text = table_source(trees, "margin", missing=True)
    assert ("RANKED" in text, "LEAF_VALUE" in text) == (key != "uint32_t", leaf.startswith("uint"))
    assert ("_INNER[" in text) == kind.startswith("uneven")
    X = hard_rows(trees)
    X[::9, 0], X[4::9, 1] = np.nan, -np.nan
    assert same_bits(compiled(text, tmp_path)(X), trees.margin(X))


@pytest.mark.parametrize("kind", ["leaves too", "uneven, integers"])
def test_on_the_core_they_take_less_flash(kind, tmp_path, hard_rows, monkeypatch):
    trees = ensemble(**KINDS[kind][0])
    rows = hard_rows(trees, 60)
    shared = form_cost(trees, "table", missing=True, rows=rows)
    monkeypatch.setattr("tussis.export.codegen.shared_values.WORTH", 0.0)
    plain = form_cost(trees, "table", missing=True, rows=rows)
    assert shared.equal == plain.equal == 1.0
    assert shared.flash_bytes < 0.75 * plain.flash_bytes


@pytest.mark.parametrize("toolchain", ["zig", "clang", "gcc"])
def test_nothing_is_warned_of(toolchain, tmp_path, monkeypatch, tool):
    for number, kind in enumerate(KINDS):
        if number % 2 == 0:
            (tmp_path / f"{number}.c").write_text(table_source(ensemble(**KINDS[kind][0]), "margin"))
    if toolchain == "zig":
        compiler = find_arm_toolchain("zig")
    else:
        monkeypatch.setenv("CC", tool(toolchain))
        compiler = find_host_compiler()
    for file in tmp_path.glob("*.c"):
        compiler.build([file], "object", extra_flags=["-Werror", "-Wcast-qual", "-Wnull-dereference"])


def test_a_model_that_repeats_little_keeps_its_values_in_place():
    trees = model(depth=5, n_trees=60, n_features=25, rows=6000, base_score=0.5)
    form = tree_form(trees, missing=True)
    assert shared_form(form, table_weight) is form
    assert 0.5 < WORTH < 1.0


def test_a_rounded_model_stays_as_the_cost_table_prices_it():
    trees = model(depth=5, n_trees=60, base_score=0.5, leaf_bits=8)
    text = table_source(trees, "margin")
    assert "RANKED" not in text
    assert "LEAF_VALUE" not in text
