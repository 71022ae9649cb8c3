"""Training inside a budget: what is predicted keeps the limits, other limits give other detectors."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from tussis.data.input_error import InputError
from tussis.selection.budget.budget import Budget, DevicePrice
from tussis.selection.budget.cost_table import load_cost_table
from tussis.selection.budget.modality_costs import modality_costs
from tussis.selection.budget.tree_costs import full_trees
from tussis.selection.detector.detector_file import save_detector
from tussis.selection.search.budgeted_training import _gated, train_within
from tussis.signal.catalogue import feature_ids
from tussis.signal.plan import AudioPlan

SIZES = {"trees": (10, 30), "depths": (2, 4)}
ONE_SIZE = {"trees": (10,), "depths": (2,)}  # where only the way of the search counts
PRICE = DevicePrice("test", 64e6, 9600.0)


@pytest.fixture(scope="module")
def trained(dataset, cache_folder, small_plan):
    """Train within a budget; the same budget is trained once."""
    known = {}

    def train(**limits):
        key = repr(sorted(limits.items()))
        if key not in known:
            known[key] = train_within(
                dataset,
                Budget.model_validate({"device": "test", **limits}),
                source="budget.toml",
                price=PRICE,
                plan=small_plan,
                cache_folder=cache_folder,
                **SIZES,
            )
        return known[key]

    return train


def base_cycles():
    return load_cost_table().graph("audio", AudioPlan()).base


def test_the_cycles_limit_is_kept_and_shapes_the_detector(trained):
    tight = trained(audio={"cycles_per_second": base_cycles() + 8_000})
    wide = trained(audio={"cycles_per_second": base_cycles() + 300_000})
    assert tight.cost.audio_cycles_per_second <= base_cycles() + 8_000
    assert wide.cost.audio_cycles_per_second <= base_cycles() + 300_000
    assert best_score(tight) <= best_score(wide)  # the sounds are easy: one feature may do
    assert tight.bounds[0].startswith("audio: audio.cycles_per_second binds; a larger detector would need")
    for free in (wide, trained()):  # what 300,000 cycles keep out scores less than what is cheaper
        assert free.bounds[0].startswith("audio: no limit binds; more features, trees or levels")
    assert tight.detector.budget == {
        "device": "test",
        "audio": {"cycles_per_second": base_cycles() + 8_000},
    }


def best_score(found):
    return max(point.event_f1 for point in found.front if point.modality == "audio")


def test_the_front_rises_with_cost_and_names_the_chosen(trained):
    found = trained(audio={"cycles_per_second": base_cycles() + 300_000})
    for modality in ("audio", "imu"):
        points = [point for point in found.front if point.modality == modality]
        assert sum(point.chosen for point in points) == 1
        cheapest, best = points[0], max(points, key=lambda point: point.event_f1)
        assert cheapest.cycles_per_second <= best.cycles_per_second
        assert next(point for point in points if point.chosen).event_f1 == best.event_f1
        for point in points:
            assert point.event_f1_low <= point.event_f1 <= point.event_f1_high <= 1.0
            assert point.average_precision_low <= point.average_precision <= point.average_precision_high
        assert all(point.uj_per_second == pytest.approx(1.5e-4 * point.cycles_per_second) for point in points)
    chosen = next(point for point in found.front if point.chosen and point.modality == "audio")
    assert chosen.features == found.detector.audio.features
    assert chosen.n_trees == found.detector.audio.trees.n_trees
    assert chosen.event_f1 == found.detector.provenance.scores["out_of_fold"]["audio"]["f1"]


def test_features_are_limited_by_number(trained):
    found = trained(audio={"features": 2}, imu={"features": 1})
    assert len(found.detector.audio.features) <= 2
    assert len(found.detector.imu.features) == 1


def test_flash_and_energy_limits_are_kept(trained):
    free = trained()
    limit = int(free.cost.flash_bytes) + 1
    small = trained(total={"flash_bytes": limit})
    assert small.cost.flash_bytes <= limit
    energy = free.cost.gated_cycles_per_second * PRICE.uj_per_cycle
    frugal = trained(total={"uj_per_second": 1.02 * energy})
    assert frugal.cost.gated_cycles_per_second * PRICE.uj_per_cycle <= 1.02 * energy


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (
            {"audio": {"cycles_per_second": 100_000}},
            r"audio.cycles_per_second: allows 100_000 cycles per sec",
        ),
        ({"audio": {"uj_per_second": 10}}, r"audio.uj_per_second: allows 10 uJ per second, the"),
        ({"imu": {"ms_per_window": 0.01}}, r"imu.ms_per_window: allows 0.01 ms per window, the"),
        ({"total": {"flash_bytes": 9_000}}, r"total.flash_bytes: allows 9_000 bytes, the .* too much"),
        ({"total": {"ram_bytes": 1_000}}, r"total.ram_bytes: allows 1_000 bytes, the .* too much"),
        ({"total": {"uj_per_second": 1.0}}, r"total.uj_per_second: allows 1 uJ/s, the cheapest .* needs"),
    ],
)
def test_an_infeasible_budget_says_which_limit_and_by_how_much(trained, limits, message):
    with pytest.raises(InputError, match=message) as caught:
        trained(**limits)
    assert "raise it to" in str(caught.value)


def test_limits_on_motion_need_motion(write_session, cache_folder, small_plan, tmp_path):
    for number in range(2):
        write_session(tmp_path / "data" / f"s{number}", f"subject_{number}", number, with_imu=False)
    budget = Budget.model_validate({"imu": {"features": 3}})
    with pytest.raises(
        InputError, match=r"^b\.toml: imu.features: limits motion, but no session of .*; leave"
    ):
        train_within(
            tmp_path / "data", budget, source="b.toml", plan=small_plan, cache_folder=cache_folder, **SIZES
        )


@pytest.mark.slow
def test_same_budget_same_bytes(dataset, cache_folder, small_plan, tmp_path):
    budget = Budget.model_validate({"audio": {"features": 3}})
    runs = [
        train_within(dataset, budget, plan=small_plan, cache_folder=cache_folder, command="test", **ONE_SIZE)
        for _ in range(2)
    ]
    first, second = (save_detector(run.detector, tmp_path / "d.json").read_bytes() for run in runs)
    assert first == second
    assert runs[0].front == runs[1].front


def test_a_gate_may_lose_more_only_where_energy_is_limited(small_plan):
    pairs = [("audio", "imu"), ("audio",)]
    assert list(_gated(iter(pairs), small_plan, Budget())) == [(pair, 0.01) for pair in pairs]
    limited = Budget.model_validate({"device": "test", "total": {"uj_per_second": 1.0}})
    assert list(_gated(iter(pairs), small_plan, limited)) == [
        (pairs[0], 0.01),
        (pairs[0], 0.03),
        (pairs[0], 0.1),
        (pairs[1], 0.01),
    ]


class StoppedError(Exception):
    pass


def test_an_interrupted_search_goes_on_and_ends_the_same(
    dataset, detector, cache_folder, small_plan, tmp_path
):
    """Training `detector` has left features in the cache, and no search anything in the two of this test."""
    for cache in ("halved", "whole"):
        shutil.copytree(cache_folder, tmp_path / cache, ignore=shutil.ignore_patterns("candidates"))
    seen = []

    def stop_at_the_third(stage, done, total):
        if stage == "audio candidates" and done:
            seen.append(done)
            if len(seen) == 3:
                raise StoppedError

    def train(cache, **more):
        budget = Budget.model_validate({"audio": {"features": 3}})
        found = train_within(
            dataset, budget, plan=small_plan, cache_folder=tmp_path / cache, **ONE_SIZE, **more
        )
        return save_detector(found.detector, tmp_path / f"{cache}.json").read_bytes()

    with pytest.raises(StoppedError):
        train("halved", progress=stop_at_the_third)
    kept = set((tmp_path / "halved" / "candidates").iterdir())
    assert len(kept) >= 3
    assert train("halved") == train("whole")
    assert kept < set((tmp_path / "halved" / "candidates").iterdir())


def test_costs_follow_the_columns(small_plan):
    table = load_cost_table()
    ids = feature_ids("audio", small_plan.audio_plan)
    path = modality_costs(table, "audio", small_plan.audio_plan, ids)
    chosen = np.array([0, 5, 40, 120])
    graph = table.graph("audio", small_plan.audio_plan)
    assert path.cycles.total(chosen) == pytest.approx(graph.cost([ids[k] for k in chosen]))
    assert path.flash.base == 0.0
    shallow = small_plan.audio.booster
    small, large = (full_trees(plan, 4) for plan in (shallow, replace(shallow, max_depth=5)))
    assert path.cost(chosen, large) > path.cost(chosen, small)
