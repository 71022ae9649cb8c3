"""Weights: coughs have their share, and so has each collection of a recipe."""

from __future__ import annotations

import numpy as np
import pytest

from tussis.data.input_error import InputError
from tussis.selection.windows.window_weights import CollectionShares, shared_with, window_weights

TARGET = np.array([1, 1, 1, 0, 0, 0, 0, 0])
KIND = np.array(["cough"] * 3 + ["speech", "", "", "dog", "dog"])
SUBJECT = np.array(list("aabbcddd"))
COLLECTION = np.array(["x", "x", "y", "x", "x", "y", "y", "y"])


def test_coughs_have_their_share_and_the_mean_is_one():
    weight = window_weights(TARGET, KIND, SUBJECT, positive_share=0.25)
    assert weight.mean() == pytest.approx(1.0)
    assert weight[:3].sum() / weight.sum() == pytest.approx(0.25)
    assert len(set(weight[:3].tolist())) == 1


def test_collections_have_theirs():
    shares = CollectionShares({"x": 3.0, "y": 1.0}, {"x": 1.0, "y": 1.0})
    weight = window_weights(
        TARGET, KIND, SUBJECT, collection=COLLECTION, shares=shares, emphasis={"speech": 3.0}
    )
    assert weight[2] / weight[:3].sum() == pytest.approx(0.25)
    assert weight[3:5].sum() == pytest.approx(float(weight[5:].sum()))
    assert weight[3] / weight[4] == pytest.approx(3.0)


def test_a_collection_without_a_share_is_asked_for():
    shares = CollectionShares({"x": 1.0}, {})
    with pytest.raises(InputError, match="the collection 'y' has windows and no share"):
        window_weights(TARGET, KIND, SUBJECT, collection=COLLECTION, shares=shares)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.9])
def test_copies_have_a_share_of_each_cell(share):
    rng = np.random.default_rng(3)
    weight, cell = rng.uniform(0.5, 2.0, 400).astype(np.float32), rng.integers(0, 6, 400)
    copied = rng.random(400) < 0.4
    copied[cell == 4] = False  # nothing to share with
    copied[cell == 5] = True  # copies of nothing that counts
    found = shared_with(weight, cell, copied, share)
    for number in range(4):
        own = cell == number
        assert found[own].sum() == pytest.approx(weight[own & ~copied].sum(), rel=1e-5)
        assert found[own & copied].sum() == pytest.approx(share * found[own].sum(), rel=1e-5)
    np.testing.assert_array_equal(found[cell == 4], weight[cell == 4])
    assert not found[cell == 5].any()
