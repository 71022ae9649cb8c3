"""A budget of the whole board: parts, microphone that sleeps, gyroscope, and limits that nothing can keep."""

import pytest

from tussis.data.input_error import InputError
from tussis.export.estimate.sensor_choice import board_choice
from tussis.export.study.pareto_files import device_price
from tussis.selection.budget.budget import Budget
from tussis.selection.detector.motion_need import MotionNeed
from tussis.selection.search.budgeted_training import train_within
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
