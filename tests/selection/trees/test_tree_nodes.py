"""``x <= bound`` in float64 as ``x < threshold`` in float32, and what the joining of trees refuses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tussis.data.input_error import InputError
from tussis.selection.trees.tree_nodes import join_trees, nodes_at_most, strict_thresholds

FLOAT_MAX = float(np.finfo(np.float32).max)
EDGES = [
    0.0,
    -0.0,
    1e-60,
    -1e-60,
    1e-45,
    1e300,
    -1e300,
    FLOAT_MAX,
    -FLOAT_MAX,
    FLOAT_MAX * (1 + 1e-9),
    -np.inf,
]


def beside(bound):
    """Values around a bound, and those that are special in themselves."""
    with np.errstate(over="ignore", under="ignore"):
        near = np.float32(bound)
        near = [near, np.nextafter(near, np.float32(-np.inf)), np.nextafter(near, np.float32(np.inf))]
    return np.float32([*near, 0.0, -0.0, 1e-45, -1e-45, FLOAT_MAX, -FLOAT_MAX, np.inf, -np.inf])


@given(st.floats(allow_nan=False, max_value=np.finfo(np.float64).max))
def test_every_float32_takes_the_same_branch(bound):
    x = beside(bound)
    np.testing.assert_array_equal(x < strict_thresholds(bound), x.astype(np.float64) <= bound)


def stump(bound, default_left, feature=0, leaf=(1.0, -1.0)):
    return nodes_at_most(
        left=[1, -1, -1],
        right=[2, -1, -1],
        feature=[feature, 0, 0],
        threshold=[bound, 0, 0],
        leaf=[0, *leaf],
        default_left=[default_left, 0, 0],
    )


def joined(*trees):
    return join_trees(trees, lambda tree: tree, 0.0, 2, source="model", place="trees[{}]")


@pytest.mark.parametrize("default_left", [False, True])
@pytest.mark.parametrize("bound", [*EDGES, np.inf])
def test_stumps_send_numbers_and_nan_where_the_library_does(bound, default_left):
    x = np.append(beside(bound), np.float32(np.nan))
    left = np.where(np.isnan(x), default_left, x.astype(np.float64) <= bound)
    X = np.column_stack([x, x])
    np.testing.assert_array_equal(joined(stump(bound, default_left)).margin(X), np.where(left, 1.0, -1.0))


@pytest.mark.parametrize(
    ("tree", "fault"),
    [
        (lambda: stump(np.nan, False), "a threshold is NaN"),
        (lambda: stump(1.0, False, feature=2), r"a feature outside 0\.\.1"),
        (lambda: stump(1.0, False, leaf=(np.nan, 0)), "not finite"),
        (lambda: stump(1.0, False, leaf=(1e39, 0)), "not finite"),
        (lambda: stump(1.0, False)._replace(right=np.int32([1, -1, -1])), "two parents"),
        (lambda: stump(1.0, False)._replace(right=np.int32([0, -1, -1])), "a child is missing"),
        (lambda: stump(1.0, False)._replace(leaf=np.float32([0, 1])), "differ in length"),
    ],
)
def test_malformed_trees_are_named(tree, fault):
    with pytest.raises(InputError, match=rf"model: trees\[1\]: cannot read the tree: .*{fault}"):
        join_trees(
            [lambda: stump(1.0, True), tree], lambda make: make(), 0.0, 2, source="model", place="trees[{}]"
        )


def test_a_model_without_trees_is_refused():
    with pytest.raises(InputError, match="the model has no trees"):
        joined()
