"""The C takes no motion sensor of a rate that its detector was not taught for, and says so."""

import numpy as np
import pytest

from tussis.data.imu_skew import SensorClock, skewed
from tussis.export.build.host_library import HostDetector, host_library
from tussis.export.build.toolchain import find_arm_toolchain
from tussis.export.codegen.project import export_project
from tussis.export.emulator.board_library import BoardDetector
from tussis.export.emulator.virtual_board import VirtualBoard
from tussis.selection.detector.motion_need import MotionNeed
from tussis.signal.motion_sensor import MotionSensor
from tussis.signal.plan import ImuPlan

from ....export.conftest import make_detector

OK, IMU_RATE, ERROR_IMU_RATE = 0, -7, -58


@pytest.fixture(scope="module")
def plain():
    return make_detector()


@pytest.fixture(scope="module")
def projects(plain, tmp_path_factory):
    """The same models, taught by recordings as they are and at two operating points."""
    folder = tmp_path_factory.mktemp("rates")
    made = {None: export_project(plain, folder / "plain")}
    for rate_hz in (50.0, 100.0):
        sensor = MotionSensor(rate_hz, 39.2, 10, 0.03, rate_hz / 2, gyroscope=True, name="part:mode")
        need = MotionNeed.of(ImuPlan(), sensor, gyroscope=True)
        taught = plain.model_copy(update={"motion_sensor": need})
        made[rate_hz] = export_project(taught, folder / f"{rate_hz:g}")
    return made


@pytest.fixture(scope="module")
def hosts(projects):
    return {rate_hz: HostDetector(host_library(project)) for rate_hz, project in projects.items()}


@pytest.mark.parametrize(
    ("taught_hz", "least"), [(None, 23_750), (50.0, 47_500), (100.0, 95_000)], ids=["plain", "50", "100"]
)
def test_rates_outside_are_refused(hosts, taught_hz, least):
    check = hosts[taught_hz]._c.tussis_check_imu_rate
    assert [check(rate) for rate in (0, least - 1, least, 100_000)] == [ERROR_IMU_RATE] * 2 + [OK] * 2
    assert [check(rate) for rate in (436_800, 436_801, 2**32 - 1)] == [OK] + [ERROR_IMU_RATE] * 2


def test_the_library_says_what_it_needs(hosts, plain):
    assert [hosts[rate].info.imu_least_hz for rate in (None, 50.0, 100.0)] == [25, 50, 100]
    assert hosts[None].info.gyroscope == 1
    assert plain.motion_need.gyroscope


def test_a_detector_of_accelerations_alone_says_so(tmp_path):
    still = make_detector(imu_ids=("accnorm_rms", "accx_kurtosis"))
    assert not still.motion_need.gyroscope
    assert HostDetector(host_library(export_project(still, tmp_path / "firmware"))).info.gyroscope == 0


def statuses(execution, rate_hz, ppm=0.0, seconds=8.0):
    """Push stamped motion by tenths of a second; stamps in s, and whether each names the rate."""
    imu = np.random.default_rng(0).normal(size=(round(100 * seconds), 6)).astype(np.float32)
    sensor = skewed(imu, 100, SensorClock(ppm, 0, rate_hz, 0.1, 0.02))
    execution.start("imu")
    found, done = [], 0
    for end, tick in zip(sensor.ends.tolist(), sensor.ticks.tolist(), strict=True):
        found.append((tick / 16000, execution.push_imu_at(sensor.samples[done:end], tick) == IMU_RATE))
        done = end
    return found


@pytest.mark.parametrize(("taught_hz", "slow_hz"), [(None, 20.0), (50.0, 26.0), (100.0, 52.0)])
def test_stamps_that_say_a_slower_rate_are_named_once_the_rate_is_known(hosts, plain, taught_hz, slow_hz):
    found = statuses(hosts[taught_hz], slow_hz)
    assert not any(named for at, named in found if at < 2.0)
    assert all(named for at, named in found if at > 2.5)
    if taught_hz is not None:  # the samples were taken all the same
        windows = hosts[taught_hz].imu_window().count
        assert not any(named for _, named in statuses(hosts[None], slow_hz))
        assert hosts[None].imu_window().count == windows > 20


@pytest.mark.parametrize(
    ("taught_hz", "rate_hz", "ppm"),
    [
        (100.0, 100.0, -50_000),
        (100.0, 100.0, 50_000),
        (100.0, 416.0, 0),
        (50.0, 52.0, 0),
        (None, 26.0, -50_000),
    ],
)
def test_a_rate_that_is_taken_is_never_named(hosts, taught_hz, rate_hz, ppm):
    assert not any(named for _, named in statuses(hosts[taught_hz], rate_hz, ppm))


def test_the_emulated_core_says_the_same(projects, hosts):
    core = BoardDetector(VirtualBoard(find_arm_toolchain().compile_elf(projects[100.0])))
    assert statuses(core, 52.0, seconds=4.0) == statuses(hosts[100.0], 52.0, seconds=4.0)
