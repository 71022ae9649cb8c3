"""What a detector needs of the motion sensor: one rule of what suffices, and the rates that the C takes."""

import pytest
from pydantic import ValidationError

from tussis.selection.detector.motion_need import MotionNeed
from tussis.signal.motion_sensor import MotionSensor
from tussis.signal.plan import ImuPlan

G = 9.80665
POINT = MotionSensor(50.0, 4 * G, 8, 0.1, 25.0, name="lis2dh12:low-power-50")


def lacks(need, **changed):
    usual = {"rate_hz": 100.0, "range_ms2": 4 * G, "bits": 10, "noise_ms2": 0.03, "bandwidth_hz": 50.0}
    return [
        (lack.what, lack.given, lack.refused) for lack in need.lacks(MotionSensor(**{**usual, **changed}))
    ]


def test_recordings_as_they_are_ask_for_the_plans_rate():
    need = MotionNeed.of(ImuPlan())
    assert (need.rate_hz, need.bandwidth_hz, need.operating_point) == (100.0, 50.0, "")
    assert lacks(need) == []
    assert lacks(need, bits=16, range_ms2=8 * G, gyroscope=True, rate_hz=104.0) == []
    assert need.line == "motion sensor: accelerometer only, 100 Hz, +-39.2 m/s2 in 10 bits, up to 50 Hz"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"rate_hz": 95.0, "bandwidth_hz": 47.5}, []),
        (
            {"rate_hz": 94.0, "bandwidth_hz": 47.0},
            [("100 Hz", "94 Hz", True), ("a bandwidth of 50 Hz", "47", False)],
        ),
        ({"rate_hz": 417.0}, [("at most 416 Hz", "417 Hz", True)]),
        ({"range_ms2": 2 * G, "bits": 9}, [("a range of 39.2 m/s2", "19.6", False)]),
        ({"bits": 9}, [("steps of at most 0.0766 m/s2", "0.153", False)]),
        ({"range_ms2": 8 * G, "bits": 11}, []),
        ({"bandwidth_hz": 11.0}, [("a bandwidth of 50 Hz", "11", False)]),
    ],
)
def test_what_is_lacking_is_named_with_what_is_given(changed, expected):
    assert lacks(MotionNeed.of(ImuPlan()), **changed) == expected


def test_a_gyroscope_that_is_needed_comes_first():
    need = MotionNeed.of(ImuPlan(), gyroscope=True)
    assert lacks(need, bits=8)[0] == ("angular rates", "none", True)
    assert lacks(need, gyroscope=True) == []
    assert "accelerometer and gyroscope" in need.line


def test_an_operating_point_is_what_is_needed_and_all_that_is():
    need = MotionNeed.of(ImuPlan(), POINT)
    assert (need.rate_hz, need.bits, need.noise_ms2, need.bandwidth_hz) == (50.0, 8, 0.1, 25.0)
    assert need.lacks(POINT) == ()
    assert lacks(need, rate_hz=50.0, bandwidth_hz=25.0) == []
    assert lacks(need, rate_hz=26.0, bandwidth_hz=13.0)[0] == ("50 Hz", "26 Hz", True)
    assert need.line.endswith("8 bits, noise 0.1 m/s2, up to 25 Hz, taught at lis2dh12:low-power-50")


def test_a_detector_taught_with_finer_steps_than_usual_takes_the_usual_ones():
    fine = MotionNeed.of(ImuPlan(), MotionSensor(100.0, 4 * G, 16, 0.02, 50.0, name="a:b"))
    assert lacks(fine) == []
    assert lacks(fine, bits=9) == [("steps of at most 0.0766 m/s2", "0.153", False)]


def test_the_c_takes_what_it_was_taught_at_or_what_its_clock_follows():
    assert MotionNeed.of(ImuPlan()).rates_hz == (25.0, 416.0)
    assert MotionNeed.of(ImuPlan(), POINT).rates_hz == (50.0, 416.0)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"bandwidth_hz": 60.0}, "bandwidth_hz is above half of rate_hz"),
        ({"bits": 3}, "greater than or equal to 6"),
        ({"noise_ms2": float("nan")}, "finite"),
        ({"operating_point": "*/ evil"}, "pattern"),
        ({"operating_point": "a:b", "rate_hz": 833.0}, "must be 25 to 416"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_a_section_out_of_range_is_refused(changed, message):
    section = MotionNeed.of(ImuPlan()).model_dump()
    with pytest.raises(ValidationError, match=message):
        MotionNeed.model_validate({**section, **changed})
