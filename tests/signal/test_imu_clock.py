"""How the line through the samples' times follows the stamps, and what becomes of the samples."""

from itertools import pairwise

import numpy as np
import pytest

from tussis.data.imu_skew import SensorClock, skewed
from tussis.signal.imu_clock import (
    ONE_TICK,
    ImuClock,
    StampedImu,
    at_known_rate,
    cubic_weights,
    on_audio_time,
    pair_weights,
)

STEP = 160 * ONE_TICK


def motion(seconds=60, seed=0):
    """Something between 2 and 9 Hz, as a body moves."""
    time = np.arange(100 * seconds) / 100
    rng = np.random.default_rng(seed)
    waves = [np.sin(2 * np.pi * f * time + rng.uniform(0, 6)) for f in (2, 3.3, 4.7, 6, 7.5, 9)]
    return np.stack(waves, 1).astype(np.float32)


def errors_ms(clock, seconds=120):
    """Time of each sample on the line less its true time, and the true times."""
    sensor = skewed(np.zeros((100 * seconds, 6), np.float32), 100, clock)
    own = np.arange(len(sensor.samples)) / clock.rate_hz
    true = own / (1 + 1e-6 * clock.ppm + 1e-6 * clock.drift_ppm_per_hour * own / 7200)
    line, found, done = ImuClock(STEP), [], 0
    for end, tick in zip(sensor.ends.tolist(), sensor.ticks.tolist(), strict=True):
        if not line.stamped:
            line.place(end - done, tick)
        for _ in range(end - done):
            line.sample()
            found.append(line.newest / ONE_TICK / 16000)
        line.stamp(tick)
        done = end
    return 1e3 * (np.array(found) - true), true


@pytest.mark.parametrize("batch_s", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("rate_hz", [26, 52, 100, 104, 208, 416])
@pytest.mark.parametrize("ppm", [-50000, -1000, 0, 10000, 50000])
def test_the_line_is_true_to_a_few_hundredths_of_a_second(ppm, rate_hz, batch_s):
    error, time = errors_ms(SensorClock(ppm, 1e4, rate_hz, batch_s, 0.03, 3))
    assert np.abs(error[time > 4]).max() < 130
    assert np.abs(error[time > 30]).max() < 60
    assert np.abs(error[time > 60]).max() < 35


def test_right_stamps_change_nothing():
    imu = motion()
    for batch_s in (0.0, 0.1, 1.0):
        made, lost = on_audio_time(StampedImu(*skewed(imu, 100, SensorClock(batch_s=batch_s))))
        np.testing.assert_array_equal(made, imu)
        assert not lost.any()


@pytest.mark.parametrize("clock", [
    SensorClock(50000, late_s=0.02), SensorClock(-50000, batch_s=0.2), SensorClock(1000, batch_s=1.0),
    SensorClock(0, rate_hz=104, batch_s=0.1), SensorClock(0, rate_hz=52), SensorClock(0, rate_hz=208),
    SensorClock(20000, rate_hz=416, batch_s=0.1),
])  # fmt: skip
def test_the_motion_stays_what_it_was(clock):
    imu = motion()
    made, _ = on_audio_time(StampedImu(*skewed(imu, 100, clock)))
    later, wanted = made[2000:5900], imu[2000:5900]
    best = min(np.sqrt(np.mean((np.roll(later, shift, 0) - wanted)[10:-10] ** 2)) for shift in range(-4, 5))
    assert best < 0.25  # of amplitude 1, of which a millisecond at 9 Hz is 0.06


def test_a_block_may_be_cut_in_front_of_its_stamp():
    sensor = skewed(motion(20), 100, SensorClock(30000, 0, 104, 0.5, 0.02))
    whole, cut = ImuClock(STEP), ImuClock(STEP)
    for number, (start, end) in enumerate(pairwise([0, *sensor.ends.tolist()])):
        tick = int(sensor.ticks[number])
        if number == 0:
            whole.place(end, tick)
            cut.place(end, tick)
        for _ in range(end - start):
            whole.sample()
        whole.stamp(tick)
        for _ in range((end - start) // 3):
            cut.sample()
        for _ in range(end - start - (end - start) // 3):
            cut.sample()
        cut.stamp(tick)
    assert whole.places == cut.places


def test_a_late_stamp_says_nothing():
    sensor = skewed(motion(60), 100, SensorClock(batch_s=0.1))
    ticks = sensor.ticks.copy()
    ticks[37::10] += 8000  # read half a second late, now and then
    made, lost = on_audio_time(StampedImu(sensor.samples, sensor.ends, ticks))
    np.testing.assert_array_equal(made, motion(60))
    assert not lost.any()


def test_a_gap_between_stamps_is_lost_time():
    sensor = skewed(motion(60), 100, SensorClock(batch_s=0.1))
    keep = (sensor.ends <= 2000) | (sensor.ends > 2300)
    kept = (np.arange(6000) < 2000) | (np.arange(6000) >= 2300)
    ends = 10 * (1 + np.arange(keep.sum()))
    made, lost = on_audio_time(StampedImu(sensor.samples[kept], ends, sensor.ticks[keep]))
    assert len(made) == pytest.approx(6000, abs=2)
    assert 250 <= lost.sum() <= 300
    assert 2000 <= np.flatnonzero(lost)[0] <= 3300  # found at the end of a stretch of 8 s at most
    np.testing.assert_array_equal(made[:2000], motion(60)[:2000])
    np.testing.assert_allclose(made[4000:], motion(60)[4000:], atol=0.05)


SIGNS = np.array([-1, 1, 1, -1], np.float32)[:, None]
"""First and fourth weight are kept without their minus."""


def test_the_cubic_passes_through_the_samples_and_keeps_lines():
    f = np.linspace(0, 1, 33, dtype=np.float32)
    weights = SIGNS * cubic_weights(f)
    np.testing.assert_array_equal(weights[:, 0], [0, 1, 0, 0])
    np.testing.assert_array_equal(weights[:, -1], [0, 0, 1, 0])
    np.testing.assert_allclose(weights.sum(0), 1, atol=1e-6)
    np.testing.assert_allclose(weights.T @ np.array([-1, 0, 1, 2]), f, atol=0.1)
    assert (weights**2).sum(0).min() > 0.8


def test_the_cubic_is_that_of_keys():
    f = np.linspace(0, 1, 1001)
    x = np.stack([1 + f, f, 1 - f, 2 - f])  # distance of the samples from the place
    near = x**3 - 2 * x**2 + 1  # his formulas with a = -1
    far = -(x**3) + 5 * x**2 - 8 * x + 4
    wanted = np.where(x <= 1, near, far)
    np.testing.assert_allclose(SIGNS * cubic_weights(f.astype(np.float32)), wanted, atol=2e-7)


def test_the_pair_is_the_mean_of_two_on_a_line():
    f = np.linspace(0, 1, 33, dtype=np.float32)
    weights = SIGNS * pair_weights(f / 2)
    line = np.array([-1, 0, 1, 2], np.float32)
    np.testing.assert_allclose(weights.sum(0), 1, atol=1e-7)
    np.testing.assert_allclose(weights.T @ line, f - 0.5, atol=1e-6)
    np.testing.assert_array_equal(weights[3], 0)


@pytest.mark.parametrize("rate_hz", [25, 26, 50, 52, 104, 208, 416])
def test_a_steady_slope_stays_one(rate_hz):
    """At a known rate, on either side of the rates from which two and four samples are averaged."""
    time = np.arange(8 * rate_hz, dtype=np.float32)[:, None] / np.float32(rate_hz)
    made = at_known_rate(np.repeat(time, 6, axis=1), rate_hz)[20:-20, 0]
    late = made - np.arange(20, 20 + len(made)) / 100
    # The cubic is no line between samples, and the mean of four is that of the nearest.
    tolerance = 0.1 / rate_hz if rate_hz < 160 else 1e-5 if rate_hz < 320 else 0.5 / rate_hz
    np.testing.assert_allclose(late - late.mean(), 0, atol=tolerance)
    assert -2 / rate_hz < late.mean() <= 1e-4
