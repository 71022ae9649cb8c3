"""The search within limits: a wider limit never finds less, what binds is named, verdicts are kept."""

from dataclasses import replace

import numpy as np
import pytest

from tussis.data.input_error import InputError
from tussis.selection.budget.budget import refuse_excess
from tussis.selection.budget.cost_graph import ColumnCosts
from tussis.selection.budget.cost_table import load_cost_table
from tussis.selection.budget.modality_costs import ModalityCosts, ModalityLimits
from tussis.selection.models.booster import BoosterPlan
from tussis.selection.models.cross_validation import CrossValidation
from tussis.selection.search.model_search import Search, explore

N_COLUMNS = 24
BASE = 1000.0


@pytest.fixture(scope="module")
def search(tmp_path_factory):
    """Sixteen columns that each tell a little, eight of noise; eight subjects."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(900, N_COLUMNS)).astype(np.float32)
    y = (X[:, :16].sum(axis=1) + rng.normal(size=900) > 1.0).astype(int)
    groups = np.array([f"s{k}" for k in rng.integers(0, 8, 900)])
    return Search(
        CrossValidation(X, y, np.ones(900, np.float32), groups, n_splits=3),
        BoosterPlan(n_trees=20, max_depth=3, min_child_weight=2.0),
        step=0.3,
        trees=(10, 20, 40, 80),
        depths=(2, 3, 4),
        folder=tmp_path_factory.mktemp("verdicts"),
    )


@pytest.fixture(scope="module")
def costs():
    """Every column costs 2000 cycles per second and 100 bytes; trees what they cost on the core."""
    nothing = np.zeros(0), np.zeros((N_COLUMNS, 0), bool)
    cycles = ColumnCosts(np.full(N_COLUMNS, 2000.0), *nothing, base=BASE)
    flash = ColumnCosts(np.full(N_COLUMNS, 100.0), *nothing)
    return ModalityCosts(cycles, flash, flash, load_cost_table().model, 8.0)


def found(search, costs, **limits):
    return explore(search, costs, ModalityLimits(**limits), lambda excess: refuse_excess("b.toml", excess))


def keys(exploration):
    return {(tuple(one.columns), one.plan) for one in exploration.candidates}


def test_a_wider_limit_tries_all_that_a_tighter_one_tried(search, costs):
    rooms = (9_000, 20_000, 30_000, np.inf)
    explorations = [found(search, costs, cycles_per_second=BASE + room) for room in rooms]
    for room, tight, wide in zip(rooms, explorations, explorations[1:], strict=False):
        assert keys(tight) < keys(wide)
        assert all(one.cycles_per_second <= BASE + room / 1.1 for one in tight.candidates)
    best = [max(one.score for one in exploration.candidates) for exploration in explorations]
    assert best == sorted(best)
    assert best[0] < best[2]


def test_trees_and_features_are_chosen_together(search, costs):
    everything = found(search, costs)
    best = max(everything.candidates, key=lambda one: one.score)
    assert len(best.columns) >= 14
    assert best.plan.n_trees > 20
    assert len({one.plan.max_depth for one in everything.candidates}) >= 2


def test_what_keeps_better_detectors_out_is_named(search, costs):
    tight = found(search, costs, cycles_per_second=BASE + 12_000)
    best = max(tight.candidates, key=lambda one: one.score)
    obstacle = tight.obstacle(best)
    assert obstacle.limit == "audio.cycles_per_second"
    assert obstacle.needed > obstacle.allowed == BASE + 12_000
    assert "of 13_000 cycles per second" in obstacle.binding
    smallest = min(tight.candidates, key=lambda one: one.cycles_per_second)
    assert tight.obstacle(smallest) is not None  # some larger ones fit, but not all
    few = found(search, costs, features=5)
    assert max(len(one.columns) for one in few.candidates) == 5
    best = max(few.candidates, key=lambda one: one.score)
    assert few.obstacle(best).limit == "audio.features"
    free = found(search, costs)
    assert all(free.obstacle(one) is None for one in free.candidates)


def test_verdicts_are_kept_and_read_again(search, costs, monkeypatch):
    first = found(search, costs, cycles_per_second=BASE + 20_000)
    monkeypatch.setattr("tussis.selection.search.cross_validated_scorer.FoldModels", None)
    again = found(search, costs, cycles_per_second=BASE + 20_000)
    for one, other in zip(first.candidates, again.candidates, strict=True):
        np.testing.assert_array_equal(one.margins, other.margins)
        np.testing.assert_array_equal(one.scores, other.scores)
        assert (one.plan, one.sizes, one.cycles_per_second) == (
            other.plan,
            other.sizes,
            other.cycles_per_second,
        )


def test_a_damaged_verdict_is_made_again(search, costs):
    def margins(exploration):
        return [one.margins.tolist() for one in exploration.candidates]

    limits = {"cycles_per_second": BASE + 9_000}
    first = found(search, costs, **limits)
    for file in (search.folder / "candidates").iterdir():
        file.write_bytes(file.read_bytes()[:50])
    assert margins(found(search, costs, **limits)) == margins(first)
    assert margins(found(replace(search, folder=None), costs, **limits)) == margins(first)


def test_nothing_within_a_limit_says_by_how_much(search, costs):
    with pytest.raises(InputError, match=r"b.toml: audio.cycles_per_second: allows 2_000 .* too much"):
        found(search, costs, cycles_per_second=2_000)
