"""A recording's motion as a sensor with another clock would have given it."""

import numpy as np
import pytest

from tussis.data.imu_skew import SensorClock, skewed


@pytest.fixture
def wave():
    time = np.arange(3000) / 100
    return np.stack([np.sin(2 * np.pi * (2 + axis) * time) for axis in range(6)], 1).astype(np.float32)


def test_a_right_clock_gives_the_rows_themselves(wave):
    sensor = skewed(wave, 100, SensorClock())
    np.testing.assert_array_equal(sensor.samples, wave)
    np.testing.assert_array_equal(sensor.ticks, 160 * np.arange(3000))


@pytest.mark.parametrize(("ppm", "rate_hz"), [(50000, 100), (-50000, 100), (0, 26), (10000, 416)])
def test_values_are_those_of_the_time(wave, ppm, rate_hz):
    sensor = skewed(wave, 100, SensorClock(ppm, rate_hz=rate_hz))
    time = np.arange(len(sensor.samples)) / rate_hz / (1 + 1e-6 * ppm)
    assert time[-1] == pytest.approx(30, abs=1.1 / rate_hz)
    inside = (time > 1) & (time < 29)
    expected = np.stack([np.sin(2 * np.pi * (2 + axis) * time) for axis in range(6)], 1)
    np.testing.assert_allclose(sensor.samples[inside], expected[inside], atol=2e-3)


def test_drift_is_the_integral_of_the_rate():
    sensor = skewed(np.zeros((360000, 6), np.float32), 100, SensorClock(0, 1e4))
    assert len(sensor.samples) == pytest.approx(360000 * 1.005, rel=1e-4)


def test_stamps_are_late_and_never_early(wave):
    sensor = skewed(wave, 100, SensorClock(batch_s=0.25, late_s=0.03, seed=4))
    late = sensor.ticks - 160 * (sensor.ends - 1)
    assert np.diff(sensor.ends)[:-1].tolist() == [25] * (len(sensor.ends) - 2)
    assert 0 <= late.min() < 100
    assert 400 < late.max() <= 481
