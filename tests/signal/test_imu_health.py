"""When a motion sensor is taken to be stuck."""

import numpy as np
import pytest

from tussis.signal.imu_health import STUCK_WINDOWS, stuck_windows


def noise(seconds=12, seed=0):
    return np.random.default_rng(seed).normal(size=(100 * seconds, 6)).astype(np.float32)


def test_a_living_sensor_is_not_stuck():
    assert not stuck_windows(noise()).any()


def test_a_repeated_sample_is_stuck_from_the_sixteenth_window_on():
    imu = noise()
    imu[300:] = imu[300]
    assert np.flatnonzero(stuck_windows(imu)).tolist() == list(range(12 + STUCK_WINDOWS - 1, 47))


@pytest.mark.parametrize(("axis", "axes", "stuck"), [(1, 3, True), (4, 3, False), (4, 6, True)])
def test_one_axis_is_enough_if_a_feature_looks_at_it(axis, axes, stuck):
    imu = noise()
    imu[:, axis] = 1.5
    assert stuck_windows(imu, axes=axes).any() == stuck


def test_no_gyroscope_is_no_fault():
    imu = noise()
    imu[:, 3:] = 0
    assert not stuck_windows(imu).any()


def test_fifteen_windows_are_not_enough():
    imu = noise()
    imu[300 : 300 + 400] = imu[300]
    assert not stuck_windows(imu).any()
    imu[300 : 300 + 425] = imu[300]
    assert stuck_windows(imu).sum() == 1


def test_less_than_a_window_has_none():
    assert stuck_windows(np.zeros((0, 6), np.float32)).shape == (0,)
    assert stuck_windows(np.zeros((49, 6), np.float32)).shape == (0,)
