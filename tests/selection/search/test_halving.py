"""Successive halving: the answer of the exhaustive search, and the same one whoever does the work."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tussis.data.workers import workers
from tussis.selection.budget.cost_graph import ColumnCosts
from tussis.selection.budget.cost_table import load_cost_table
from tussis.selection.budget.modality_costs import ModalityCosts, ModalityLimits
from tussis.selection.models.booster import BoosterPlan
from tussis.selection.models.cross_validation import CrossValidation
from tussis.selection.search.halving import survivors
from tussis.selection.search.model_search import Search, explore

N_COLUMNS = 16


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Search:
    """Ten columns that each tell a little, six of noise; ten subjects, five folds."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(800, N_COLUMNS)).astype(np.float32)
    y = (X[:, :10].sum(axis=1) + rng.normal(size=800) > 1.0).astype(int)
    groups = np.array([f"s{k}" for k in rng.integers(0, 10, 800)])
    return Search(
        CrossValidation(X, y, np.ones(800, np.float32), groups, n_splits=5),
        BoosterPlan(n_trees=20, max_depth=3, min_child_weight=2.0),
        step=0.3,
        trees=(10, 20, 40),
        depths=(2, 3),
        folder=tmp_path_factory.mktemp("verdicts"),
    )


@pytest.fixture(scope="module")
def costs() -> ModalityCosts:
    nothing = np.zeros(0), np.zeros((N_COLUMNS, 0), bool)
    cycles = ColumnCosts(np.full(N_COLUMNS, 2000.0), *nothing, base=1000.0)
    flash = ColumnCosts(np.full(N_COLUMNS, 100.0), *nothing)
    return ModalityCosts(cycles, flash, flash, load_cost_table().model, 8.0)


def found(search, costs):
    return explore(search, costs, ModalityLimits(), lambda excess: ValueError(excess))


def test_the_best_is_that_of_the_exhaustive_search_within_one_standard_error(search, costs):
    whole = found(search, costs)
    halved = found(replace(search, method="halving"), costs)
    best, other = (max(one.candidates, key=lambda one: one.score) for one in (whole, halved))
    behind = best.scores - other.scores
    assert behind.mean() <= behind.std(ddof=1) / np.sqrt(len(behind))
    assert halved.fits < whole.fits
    same = {(tuple(one.columns), one.plan): one for one in whole.candidates}
    for one in halved.candidates:
        twin = same.get((tuple(one.columns), one.plan))
        if twin is not None:
            np.testing.assert_array_equal(one.scores, twin.scores)
            np.testing.assert_array_equal(one.margins, twin.margins)
            assert one.sizes == twin.sizes


def test_what_was_fitted_is_kept(search, costs):
    halving = replace(search, method="halving")
    first, again = found(halving, costs), found(halving, costs)
    assert again.fits == 0
    assert [one.scores.tolist() for one in again.candidates] == [
        one.scores.tolist() for one in first.candidates
    ]


def test_the_number_of_workers_changes_nothing(search, costs):
    halving = replace(search, method="halving")
    with workers(jobs=3):
        here = found(replace(halving, folder=None), costs)
    for one, other in zip(here.candidates, found(halving, costs).candidates, strict=True):
        assert one.plan == other.plan
        np.testing.assert_array_equal(one.columns, other.columns)
        np.testing.assert_array_equal(one.margins, other.margins)


def test_half_goes_on_and_what_is_within_one_standard_error():
    rng = np.random.default_rng(0)
    folds = rng.normal(0.0, 0.05, 4)  # some folds are harder for all
    mean = np.array([0.9, 0.899, 0.898, 0.7, 0.6, 0.5, 0.4, 0.3])
    scores = mean[:, None] + folds + rng.normal(0.0, 0.002, (8, 4))
    same_price = np.ones((8, 1))
    assert survivors(scores, same_price).tolist() == [True] * 4 + [False] * 4
    alike = 0.9 - 0.001 * np.arange(8)
    noisy = alike[:, None] + rng.normal(0.0, 0.05, (8, 4))
    assert survivors(noisy, same_price).sum() > 4


def test_the_best_at_every_price_goes_on():
    scores = np.repeat(np.linspace(0.5, 0.9, 9)[:, None], 2, axis=1)
    prices = np.arange(9.0)[:, None]
    assert survivors(scores, prices).all()
    assert survivors(scores[::-1], prices).tolist() == [True] * 5 + [False] * 4
