"""A budget of the whole board: parts, microphone that sleeps, gyroscope, and limits that nothing can keep."""

from dataclasses import replace
from pathlib import Path

import pytest

from tussis.data.cache_place import CACHE_PLACE
from tussis.data.input_error import InputError
from tussis.export.estimate.sensor_choice import board_choice, motion_sensor
from tussis.export.study.board_search import search_within
from tussis.export.study.pareto_files import device_price
from tussis.selection.budget.budget import Budget, SensorChoice
from tussis.selection.budget.cost_table import load_cost_table
from tussis.selection.detector.motion_need import MotionNeed
from tussis.selection.search.budgeted_training import train_within
from tussis.selection.search.operating_points import best_operating_point
from tussis.signal.catalogue import needs_gyroscope
from tussis.signal.plan import ImuPlan

NEED = MotionNeed.of(ImuPlan())
SIZES = {"trees": (10,), "depths": (2,)}


@pytest.fixture(scope="module")
def trained(dataset, cache_folder, small_plan):
    """Train for an nRF5340 within limits on its board; the same budget is trained once."""
    known = {}

    def train(total=None, sensors=None, device="nrf5340"):
        key = repr((total, sensors, device))
        if key not in known:
            document = {"device": device, "total": total or {}, "sensors": sensors or {}}
            budget = Budget.model_validate(document)
            known[key] = train_within(
                dataset,
                budget,
                source="b.toml",
                price=device_price(device),
                board=board_choice(budget, NEED, source="b.toml"),
                plan=small_plan,
                cache_folder=cache_folder,
                **SIZES,
            )
        return known[key]

    return train


NAMED = {"motion": ["lis2dh12", "lsm6dso32"], "microphone": ["t5838"]}


@pytest.mark.slow
def test_the_cheapest_parts_of_those_allowed_are_taken(trained):
    found = trained(sensors={"motion": ["lis2dh12"], "microphone": ["imp34dt05", "t5838"]})
    power = found.cost.board
    assert (power.microphone, power.imu, power.capture) == ("t5838", "lis2dh12:normal-100", "pdm")
    assert not power.microphone_sleeps
    assert not needs_gyroscope(found.detector.imu.features)
    assert any("sensors.motion names no part with a gyroscope" in bound for bound in found.bounds)
    assert trained().cost.board.uj_per_second <= power.uj_per_second


@pytest.mark.slow
def test_a_board_limit_that_a_listening_microphone_keeps_lets_it_listen(trained):
    free = trained(sensors=NAMED).cost.board.uj_per_second
    found = trained({"board_uj_per_second": 1.001 * free}, NAMED)
    assert found.cost.board.uj_per_second <= 1.001 * free
    assert not found.cost.board.microphone_sleeps
    assert not any("hears late" in bound for bound in found.bounds)


def test_a_tighter_limit_lets_movement_wake_the_microphone_and_says_what_that_loses(trained):
    found = trained({"battery_days": 10.0}, NAMED)
    power = found.cost.board
    assert (power.way, power.microphone_sleeps, power.mode) == ("wake", True, "gated")
    assert power.battery_days >= 10.0
    assert found.cost.board_listening.battery_days < 10.0
    assert found.cost.board_listening.way == "always"
    lost = [bound for bound in found.bounds if "export with --microphone wake" in bound]
    assert len(lost) == 1
    assert "of the time, and event F1" in lost[0]


@pytest.fixture(scope="module")
def gated(trained):
    """The tightest kind of limit: movement wakes too often for it."""
    woken = trained({"battery_days": 10.0}, NAMED).cost.board
    return trained({"battery_days": 1.02 * woken.battery_days}, NAMED)


@pytest.mark.slow
def test_where_movement_wakes_too_often_it_follows_the_gate(trained, gated):
    power = gated.cost.board
    woken = trained({"battery_days": 10.0}, NAMED).cost.board
    assert (power.way, power.microphone_sleeps, power.mode) == ("gated", True, "gated")
    assert power.battery_days >= 1.02 * woken.battery_days
    assert power.listening < woken.listening
    lost = [bound for bound in gated.bounds if "It hears late: on these sessions event F1" in bound]
    assert len(lost) == 1
    assert "export with --microphone gated" in lost[0]


@pytest.mark.slow
def test_a_limit_that_leaves_no_gyroscope_takes_features_that_need_none(trained):
    found = trained({"board_uj_per_second": 800.0}, NAMED)
    assert found.cost.board.imu == "lis2dh12:normal-100"
    assert not needs_gyroscope(found.detector.imu.features)
    reason = "imu: total.board_uj_per_second leaves no gyroscope: a board takes "
    assert any(bound.startswith(reason) for bound in found.bounds)


@pytest.mark.parametrize(
    ("total", "message"),
    [
        (
            {"board_uj_per_second": 50.0},
            r"^b\.toml: total\.board_uj_per_second: allows 50 uJ/s, and without any computing microphone"
            r" t5838 asleep, capture by pdm, motion sensor lis2dh12:normal-100 and the sleeping core take 5\d"
            r".*; raise it to 5\d.* or more",
        ),
        (
            {"battery_days": 1000},
            r"^b\.toml: total\.battery_days: allows \d+\.\d+ uJ/s \(1000 days of .*; lower it to 2\d\d",
        ),
    ],
)
def test_a_floor_above_the_limit_is_refused_before_any_feature(dataset, small_plan, tmp_path, total, message):
    budget = Budget.model_validate({"device": "nrf5340", "total": total, "sensors": NAMED})
    with pytest.raises(InputError, match=message):
        train_within(
            dataset,
            budget,
            source="b.toml",
            board=board_choice(budget, NEED),
            plan=small_plan,
            cache_folder=tmp_path / "cache",
            **SIZES,
        )
    assert not (tmp_path / "cache").exists()


def test_a_floor_that_other_parts_would_keep_says_which(dataset, small_plan, tmp_path):
    sensors = {"motion": ["lsm6dsm"], "microphone": ["t5838"]}
    budget = Budget.model_validate(
        {"device": "nrf5340", "total": {"board_uj_per_second": 60.0}, "sensors": sensors}
    )
    with pytest.raises(
        InputError, match=r"; with \w+ and adxl367:measure-100 in \[sensors\] it can be kept$"
    ):
        train_within(dataset, budget, board=board_choice(budget, NEED), plan=small_plan, **SIZES)


def test_a_limit_between_floor_and_need_names_what_is_needed(trained, gated):
    free = gated.cost.board.battery_days
    with pytest.raises(
        InputError, match=r"total\.battery_days: allows .* uJ/s \(.*; lower it to .* awake for \d+ %"
    ):
        trained({"battery_days": 1.3 * free}, NAMED)


def test_of_operating_points_the_one_that_finds_most_is_taken_and_each_is_told(trained):
    listening, asleep = trained(sensors=NAMED), trained({"battery_days": 10.0}, NAMED)

    def search(name):
        if name == "third":
            raise InputError("b.toml", "nothing keeps it")
        return {"first": asleep, "second": listening}[name]

    found = best_operating_point(["first", "second", "third"], search)
    assert found.detector is listening.detector  # a microphone that hears in time comes first
    assert found.bounds[-1] == "third: nothing keeps it"
    assert found.bounds[-2].startswith("second: event F1 ")
    assert found.bounds[-2].endswith(" days, taken")
    with pytest.raises(InputError, match="nothing keeps it"):
        best_operating_point(["third"], search)


def _eliminated(cache_folder, modality):
    """Hashes under which eliminations of a modality are kept."""
    return {file.name.partition("-")[0] for file in cache_folder.rglob(f"elimination/*-{modality}*.json")}


@pytest.mark.slow
def test_motion_is_taught_at_each_operating_point_and_the_best_is_taken(dataset, cache_folder, small_plan):
    """At the lower rate the sensor takes less; which finds more is said, and that one is taken."""
    points = ["lis2dh12:normal-50", "lis2dh12:normal-100"]
    sensors = {"motion": ["lis2dh12"], "microphone": ["t5838"], "operating_points": points}
    budget = Budget.model_validate({"device": "nrf5340", "imu": {"features": 3}, "sensors": sensors})
    plan = replace(small_plan, n_splits=2)
    said = {
        "plan": plan,
        "costs": load_cost_table(),
        "price": device_price("nrf5340"),
        "source": Path("b.toml"),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(CACHE_PLACE, raising=False)
        patch.setenv("XDG_CACHE_HOME", str(cache_folder))
        before = {modality: _eliminated(cache_folder, modality) for modality in ("audio", "imu")}
        found = search_within(dataset, budget, **said)
        new = {modality: _eliminated(cache_folder, modality) - before[modality] for modality in before}
        assert len(new["audio"]) <= 1, "what a motion sensor delivers changes nothing about sound"
        assert len(new["imu"]) == len(points)
        lines = [bound for bound in found.bounds if bound.startswith("lis2dh12:")]
        assert [line.partition(": event F1")[0] for line in lines] == points
        scores = [float(line.split("F1 ")[1].split(",")[0]) for line in lines]
        taken = [line.endswith(", taken") for line in lines].index(True)
        assert scores[taken] == max(scores)
        assert found.detector.motion_need.operating_point == points[taken]
        assert found.cost.board.imu == points[taken]
        with pytest.raises(InputError, match="names operating points"):
            search_within(
                dataset,
                budget,
                **said | {"plan": replace(plan, motion_sensor=motion_sensor(points[0], NEED))},
            )
        wrong = budget.model_copy(update={"sensors": SensorChoice(operating_points=("lis2dh13",))})
        with pytest.raises(InputError, match="operating_points: 'lis2dh13' "):
            search_within(dataset, wrong, **said)
