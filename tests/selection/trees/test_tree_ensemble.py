"""The neutral ensemble: infinite thresholds, missing values, and the log-odds of a probability."""

import numpy as np
import pytest

from tussis.selection.trees.tree_ensemble import LEAF, TreeEnsemble, logit32


def stump(threshold, default_left):
    return TreeEnsemble(
        root=np.int32([0]),
        feature=np.int32([0, 0, 0]),
        threshold=np.float32([threshold, 0, 0]),
        left=np.int32([1, LEAF, LEAF]),
        right=np.int32([2, LEAF, LEAF]),
        leaf=np.float32([0, 1, -1]),
        default_left=np.array([default_left, False, False]),
        base_margin=np.float32(0.5),
        n_features=1,
    )


@pytest.mark.parametrize(
    ("threshold", "lefts"), [(0.0, 2), (np.inf, 5), (-np.inf, 0), (np.float32(1e-45), 4), (-1.0, 1)]
)
@pytest.mark.parametrize("default_left", [False, True])
def test_a_stump_sends_left_what_is_below_and_nan_by_default(threshold, lefts, default_left):
    ordered = np.float32([[-np.inf], [-0.5], [-0.0], [0.0], [3.4e38], [np.inf]])
    trees = stump(threshold, default_left)
    np.testing.assert_array_equal(trees.margin(ordered) > 0, np.arange(6) < lefts)
    assert trees.margin(np.float32([[np.nan]])) == (1.5 if default_left else -0.5)
    assert (trees.n_trees, trees.n_nodes, trees.depth, trees.link) == (1, 3, 1, "logit")


def test_logit_of_the_ends_and_the_middle():
    assert logit32(0.0) == -np.inf
    assert logit32(1.0) == np.inf
    assert logit32(0.5) == 0.0
    assert logit32(0.9) == np.float32(np.log(9.0))
