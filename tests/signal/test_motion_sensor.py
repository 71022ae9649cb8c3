"""A motion sensor's operating point: what it takes off, adds, holds and rounds; the same bytes each time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tussis.data.recording import Recording
from tussis.signal.motion_sensor import MotionSensor, as_sensed

G = 9.80665


def sensor(**changed):
    usual = {"rate_hz": 100.0, "range_ms2": 4 * G, "bits": 10, "noise_ms2": 0.0, "bandwidth_hz": 50.0}
    return MotionSensor(**{**usual, **changed})


def sine(hz, seconds=20.0, amplitude=3.0, rate_hz=100):
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    return np.repeat((amplitude * np.sin(2 * np.pi * hz * time))[:, None], 6, axis=1).astype(np.float32)


@given(
    bits=st.integers(6, 16),
    range_g=st.sampled_from([2, 4, 8, 16]),
    noise=st.floats(0.0, 0.5),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_value_is_a_code_of_the_sensor_and_comes_again(bits, range_g, noise, seed):
    part = sensor(bits=bits, range_ms2=range_g * G, noise_ms2=noise)
    imu = np.random.default_rng(seed).normal(size=(50, 6)).astype(np.float32) * 40
    found = part.samples(imu)
    codes = found[:, :3].astype(np.float64) / part.step_ms2
    np.testing.assert_allclose(codes, np.rint(codes), atol=1e-3)
    assert codes.min() >= -(2 ** (bits - 1)) - 1e-3
    assert codes.max() <= 2 ** (bits - 1) - 1 + 1e-3
    assert np.isnan(found[:, 3:]).all()
    np.testing.assert_array_equal(found, part.samples(imu))
    error = np.abs(found[:, :3] - np.clip(imu[:, :3], -range_g * G, range_g * G - part.step_ms2))
    assert error.max() <= part.step_ms2 / 2 + 6 * noise + 1e-4


def test_other_motion_has_other_noise_and_another_name_has_the_same():
    part, imu = sensor(noise_ms2=0.2), sine(3.0)
    other = imu.copy()
    other[0, 0] += 0.01
    assert (part.samples(imu)[1:, 0] != part.samples(other)[1:, 0]).mean() > 0.5
    np.testing.assert_array_equal(part.samples(imu), sensor(noise_ms2=0.2, name="a:b").samples(imu))


@pytest.mark.parametrize(("bits", "noise"), [(8, 0.108), (10, 0.0265), (14, 0.0255), (16, 0.02), (8, 0.2)])
def test_noise_that_comes_out_is_that_of_the_profile(bits, noise):
    """Added noise and rounding together, of levels between codes; 8 bits at 4 g round by 0.09."""
    part = sensor(bits=bits, noise_ms2=noise)
    ramp = np.linspace(-5, 5, 20_000, dtype=np.float32)[:, None].repeat(6, axis=1)
    error = (part.samples(ramp) - ramp)[:, :3]
    assert error.std() == pytest.approx(noise, rel=0.03)
    assert abs(error.mean()) < 0.05 * part.step_ms2 + 0.01 * noise


def test_what_lies_above_the_bandwidth_is_taken_off():
    narrow = sensor(bits=16, bandwidth_hz=11.0)
    inside, outside = (narrow.samples(sine(hz))[200:-200, 0].std() for hz in (5.0, 20.0))
    assert inside == pytest.approx(3.0 / np.sqrt(2), rel=0.02)
    assert outside < 0.02


@pytest.mark.parametrize("rate_hz", [26.0, 50.0, 52.0, 104.0, 208.0, 416.0])
def test_another_rate_comes_back_at_the_plans_in_the_same_place(rate_hz):
    part = sensor(rate_hz=rate_hz, bits=16, bandwidth_hz=rate_hz / 2)
    imu = sine(3.0)
    found = part.samples(imu)
    assert found.shape == imu.shape
    late = rate_hz > 160  # the firmware's means of two and four samples lie behind their middle
    assert np.abs(found - imu)[50:-50, :3].max() < (0.6 if late else 0.3)


def test_half_the_rate_loses_what_it_cannot_hold():
    part = sensor(rate_hz=50.0, bits=16, bandwidth_hz=25.0)
    assert part.samples(sine(35.0))[200:-200, 0].std() < 0.1
    assert part.samples(sine(5.0))[200:-200, 0].std() == pytest.approx(3.0 / np.sqrt(2), rel=0.05)


def test_angular_rates_need_a_gyroscope_here_and_in_the_recording():
    imu = sine(3.0, amplitude=100.0)
    turning = sensor(gyroscope=True, range_dps=32.0, bits=8)
    assert np.abs(turning.samples(imu)[:, 3:]).max() == 32.0
    np.testing.assert_array_equal(sensor(gyroscope=True).samples(imu)[:, 3:], imu[:, 3:])
    imu[:, 3:] = np.nan
    assert np.isnan(turning.samples(imu)[:, 3:]).all()


def test_recordings_keep_everything_but_their_motion():
    audio = np.zeros(16, np.int16)
    recording = Recording("r", audio, 16000, sine(3.0), 100.0, (), labelled=False)
    assert as_sensed(recording, None) is recording
    found = as_sensed(recording, sensor(bits=8))
    assert found.audio is audio
    assert (found.imu != recording.imu).any()
    silent = Recording("r", audio, 16000, None, 100.0, (), labelled=False)
    assert as_sensed(silent, sensor()) is silent
    assert sensor().samples(np.zeros((0, 6), np.float32)).shape == (0, 6)
    assert sensor(rate_hz=26.0, bandwidth_hz=13.0).samples(sine(1.0, 0.01)).shape == (1, 6)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"rate_hz": 0.0}, "rate_hz must be above 0"),
        ({"bandwidth_hz": 51.0}, "bandwidth_hz must be above 0, at most half of rate_hz"),
        ({"bits": 4}, "bits must be 6 to 20"),
        ({"range_ms2": 0.0}, "range_ms2 must be above 0"),
        ({"noise_ms2": -1.0}, "noise_ms2 must be 0 or more"),
    ],
)
def test_values_out_of_range_are_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        sensor(**changed)


@pytest.mark.parametrize("rate_hz", [12.5, 833.0])
def test_a_rate_that_the_library_does_not_follow_cannot_be_played(rate_hz):
    with pytest.raises(ValueError, match="25 to 416"):
        sensor(rate_hz=rate_hz, bandwidth_hz=5.0).samples(sine(1.0))
