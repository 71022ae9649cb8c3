"""Sensors: noise, steps, rates, bandwidths and ranges differ, and each does what it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tussis.data.synthesis.motion.sensor import Sensor, draw_sensor, sensed
from tussis.data.synthesis.people.subject import draw_subject

CLEAN = Sensor(0.0, 0.0, np.zeros(3), np.zeros(3), np.ones(3), 1e-6, 1e-6)
SUBJECT = replace(draw_subject(1, 0), mounting=np.eye(3))
TIMES = np.arange(1000) / 100.0


def through(sensor: Sensor, wave: np.ndarray) -> np.ndarray:
    """Third axis of acceleration after the sensor, gravity in it, shape (1000,)."""
    track = np.zeros((1000, 6))
    track[:, 2] = 9.81 + wave
    return sensed(np.random.default_rng(0), SUBJECT, sensor, track)[:, 2].astype(float)


def test_sensors_differ() -> None:
    sensors = [draw_sensor(np.random.default_rng(i)) for i in range(200)]
    noises = [sensor.acc_noise for sensor in sensors]
    assert min(noises) < 0.008
    assert max(noises) > 0.03
    assert {sensor.rate_hz for sensor in sensors} == {50.0, 64.0, 100.0}
    assert 0.0383 in {sensor.acc_step for sensor in sensors}  # 3.9 mg
    assert 0.2 < np.mean([sensor.bandwidth_hz is None for sensor in sensors]) < 0.9
    assert len({sensor.acc_range for sensor in sensors}) == 4


def test_a_clean_sensor_passes_what_it_is_given() -> None:
    wave = np.sin(2 * np.pi * 5 * TIMES)
    assert through(CLEAN, wave) == pytest.approx(9.81 + wave, abs=1e-4)


def test_values_are_rounded_to_the_step_and_end_at_the_range() -> None:
    coarse = through(replace(CLEAN, acc_step=0.0383), np.sin(2 * np.pi * 5 * TIMES)) / 0.0383
    assert coarse == pytest.approx(np.rint(coarse), abs=1e-3)
    assert through(replace(CLEAN, acc_range=19.6), 30 * np.sin(2 * np.pi * 2 * TIMES)).max() == pytest.approx(
        19.6
    )


@pytest.mark.parametrize("rate_hz", [50.0, 64.0])
def test_slow_sensors_lose_what_lies_above_half_their_rate(rate_hz: float) -> None:
    sensor = replace(CLEAN, rate_hz=rate_hz)
    slow, fast = (np.sin(2 * np.pi * frequency * TIMES) for frequency in (5.0, 40.0))
    inner = slice(100, 900)
    assert through(sensor, slow)[inner] == pytest.approx(9.81 + slow[inner], abs=0.01)
    assert np.abs(through(sensor, fast)[inner] - 9.81).max() < 0.01


def test_the_low_pass_weakens_high_frequencies_only() -> None:
    sensor = replace(CLEAN, bandwidth_hz=20.0)
    gains = [np.std(through(sensor, np.sin(2 * np.pi * f * TIMES))[100:900]) * 2**0.5 for f in (2.0, 40.0)]
    assert gains[0] > 0.95
    assert gains[1] < 0.4
