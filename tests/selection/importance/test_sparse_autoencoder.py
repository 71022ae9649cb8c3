"""The sparse autoencoder ties in the columns that stand for others, and knows nothing of the class."""

import numpy as np

from tussis.selection.importance.normal_scores import normal_scores
from tussis.selection.importance.sparse_autoencoder import (
    DENSITY,
    EPOCHS,
    N_HIDDEN,
    _layer,
    _rewired,
    quick_selection,
)


def test_columns_of_a_common_cause_are_stronger_than_noise():
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(2000, 3))
    tied = factors @ rng.normal(size=(3, 20)) + 0.2 * rng.normal(size=(2000, 20))
    X = normal_scores(np.column_stack([rng.normal(size=(2000, 60)), tied]))
    epochs = []
    strength = quick_selection(X, 0, lambda stage, done, total: epochs.append(done))
    first = set(np.argsort(-strength)[:20])
    print(f"of the 20 strongest {len(first & set(range(60, 80)))} have a common cause")
    assert len(first & set(range(60, 80))) >= 16
    assert epochs == list(range(1, EPOCHS + 1))
    np.testing.assert_array_equal(quick_selection(X, 0), strength)
    assert (quick_selection(X, 1) != strength).any()


def test_rewiring_moves_the_weakest_connections_and_keeps_their_number():
    draw = np.random.default_rng(1)
    layer = _layer(50, N_HIDDEN, draw)
    assert len(layer.weight) == DENSITY * (50 + N_HIDDEN)
    moved = _rewired(layer, draw)
    assert len(moved.weight) == len(layer.weight)
    strongest = np.sort(np.abs(layer.weight))[-len(layer.weight) // 2 :]
    assert set(strongest) <= set(np.abs(moved.weight))
    assert (moved.weight == 0).sum() == int(0.2 * len(layer.weight))
    places = moved.goal * 50 + moved.source
    assert len(np.unique(places)) == len(places)
    full = _layer(3, N_HIDDEN, draw)
    assert len(full.weight) == 3 * N_HIDDEN
    np.testing.assert_array_equal(_rewired(full, draw).weight, full.weight)
