"""Boards whose sensors can be chosen: unknown parts, parts that do not suffice, the cheapest of the rest."""

import numpy as np
import pytest

from tussis.data.input_error import InputError
from tussis.export.estimate.devices import load_profiles
from tussis.export.estimate.sensor_choice import board_choice, fitting_sensors, gyroscope_cost, motion_sensor
from tussis.selection.budget.board_price import BoardRun
from tussis.selection.budget.budget import Budget
from tussis.selection.detector.motion_need import MotionNeed
from tussis.signal.plan import ImuPlan

AWAKE = BoardRun("gated", 100_000.0, 0.1)


NEED = MotionNeed.of(ImuPlan())


def choice(device="nrf5340", need=NEED, **sensors):
    return board_choice(Budget.model_validate({"device": device, "sensors": sensors}), need, source="b.toml")


def test_without_a_device_there_is_no_board():
    assert board_choice(Budget(), NEED) is None


@pytest.mark.parametrize(
    ("sensors", "message"),
    [
        (
            {"motion": ["lis2dh13"]},
            r"^b\.toml: sensors\.motion: 'lis2dh13' is unknown; use some of adxl367, ",
        ),
        ({"microphone": ["t5838:on"]}, r"^b\.toml: sensors\.microphone: 't5838:on' is unknown; use some of"),
        ({"motion": ["lis2dh12:fast"]}, r"^b\.toml: sensors: no part suffices: .* has no mode 'fast'"),
        (
            {"microphone": ["sph0645"]},
            r"^b\.toml: sensors: no part suffices: .* is i2s, which Nordic nRF5340",
        ),
    ],
)
def test_parts_that_cannot_be_had_are_one_line(sensors, message):
    with pytest.raises(InputError, match=message):
        choice(**sensors)


def test_a_part_in_a_mode_that_is_too_slow_is_not_taken():
    with pytest.raises(InputError, match=r"no part suffices: .* needs 100 Hz"):
        choice(motion=["lis2dh12:normal-50"])
    assert choice(motion=["lis2dh12:normal-50", "bmi270"]).least(AWAKE).imu == "bmi270:accelerometer-100"


def test_every_known_part_is_the_default_and_the_cheapest_wins():
    everything = choice().least(AWAKE)
    assert everything.imu.startswith("adxl367:")
    named = choice(motion=["bmi270"], microphone=["t5818"])
    assert named.least(AWAKE).uj_per_second > everything.uj_per_second
    assert named.least(AWAKE, any_part=True) == everything
    assert everything.battery_days == pytest.approx(
        named.battery.usable_energy_j / everything.uj_per_second / 0.0864, rel=1e-5
    )


def test_a_gyroscope_excludes_accelerometers():
    both = choice(motion=["lis2dh12", "lsm6dso32"])
    assert both.least(AWAKE).imu == "lis2dh12:normal-100"
    assert both.least(BoardRun("gated", 1e5, 0.1, gyroscope=True)).imu == "lsm6dso32:combo-104"
    assert both.gives_gyroscope()
    assert not choice(motion=["lis2dh12"]).gives_gyroscope()


def test_a_sleeping_microphone_draws_less():
    asleep = BoardRun("gated", 1e5, 0.1, microphone_sleeps=True)
    assert choice().least(asleep).uj_per_second < 0.5 * choice().least(AWAKE).uj_per_second


def test_a_detector_taught_at_a_slow_coarse_point_runs_there():
    point = motion_sensor("lis2dh12:low-power-50", NEED)
    taught = MotionNeed.of(ImuPlan(), point)
    assert taught.operating_point == "lis2dh12:low-power-50"
    assert choice(need=taught, motion=["lis2dh12"]).least(AWAKE).imu == "lis2dh12:low-power-50"
    assert choice(motion=["lis2dh12"]).least(AWAKE).imu == "lis2dh12:normal-100"


def test_a_part_without_a_mode_is_run_as_it_is_cheapest():
    assert motion_sensor("LIS2DH12", NEED).name == "lis2dh12:normal-100"
    assert motion_sensor("bmi270", NEED.model_copy(update={"gyroscope": True})).gyroscope
    found = motion_sensor("lis2dh12:high-resolution-100", NEED)
    assert (found.bits, found.bandwidth_hz) == (12, 11)
    assert found.range_ms2 == pytest.approx(39.2266)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("lis2dh13", "^--motion-sensor: 'lis2dh13' is unknown; use one of adxl367, .*lsm6dso32$"),
        (":normal-50", "^--motion-sensor: '' is unknown"),
        ("lis2dh12:fast", "^--motion-sensor: .*has no mode 'fast'; use one of low-power-50"),
    ],
)
def test_a_sensor_that_is_not_known_is_one_line(words, message):
    with pytest.raises(InputError, match=message):
        motion_sensor(words, NEED)


@pytest.mark.parametrize("words", ["lis2dh12", "lis2dh12:normal-100", "lsm6dso32:accelerometer-104"])
def test_a_detector_that_looks_at_angular_rates_is_not_played_a_sensor_without_them(words):
    turning = NEED.model_copy(update={"gyroscope": True})
    with pytest.raises(InputError, match=r"^--motion-sensor: .*needs angular rates, which .* does not give"):
        motion_sensor(words, turning)
    assert not motion_sensor(words, NEED).gyroscope


def test_a_gyroscope_costs_what_the_usual_parts_draw():
    assert gyroscope_cost() == pytest.approx((550 * 1.8, 20 * 1.8))


@pytest.mark.parametrize("part", sorted(load_profiles().imus))
def test_every_mode_of_every_part_can_be_played(part):
    for mode in load_profiles().imu(part).modes:
        found = mode.sensor(part).samples(np.ones((200, 6), np.float32))
        assert found.shape == (200, 6)
        assert np.abs(found[:, :3] - 1).max() < 1.0
        assert np.isnan(found[:, 3:]).all() != mode.gyroscope


def test_without_a_name_it_is_the_part_that_the_detector_was_taught_at_in_its_cheapest_mode():
    profiles = load_profiles()
    device = profiles.device("nrf5340")
    taught = MotionNeed.of(ImuPlan(), motion_sensor("lsm6dso32:combo-104", NEED))
    found = fitting_sensors(profiles, device, taught, microphone="t5838")
    assert (found.imu.title, found.imu_mode.name) == ("ST LSM6DSO32", "accelerometer-104")
    elsewhere = NEED.model_copy(update={"operating_point": "mine:mode"})
    assert fitting_sensors(profiles, device, elsewhere, microphone="t5838").imu_mode.name == "normal-100"
