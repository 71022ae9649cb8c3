"""The changes of a board that save most: each is what pricing it gives."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tussis.export.estimate.advice import advise
from tussis.export.estimate.estimate import measure, price

from ..conftest import STILL, TURNING


@pytest.fixture(scope="module")
def measurement(project, session_folder):
    return replace(measure(project.path, session_folder), need=STILL)


KEYWORDS = {
    "--microphone": "microphone",
    "--imu": "imu",
    "--capture": "capture",
    "--gated-microphone": "microphone_while_gated",
}


def test_each_saving_is_the_difference_of_two_estimates(measurement):
    changes = advise(measurement, "nrf5340", most=9)
    now = price(measurement).energy["gated"].total
    assert len(changes) >= 2
    assert [c.saved_uw for c in changes] == sorted((c.saved_uw for c in changes), reverse=True)
    assert len({c.option for c in changes}) == len(changes)
    for change in changes:
        if change.option in KEYWORDS:
            other = price(measurement, **{KEYWORDS[change.option]: change.value})
            assert now - other.energy["gated"].total == pytest.approx(change.saved_uw, rel=1e-4)
            assert other.battery_days("gated") == change.battery_days


def test_what_is_spent_most_comes_first(measurement):
    """Capture and microphone draw most of a nRF5340 board while both stay on."""
    first, second, *_ = advise(measurement, "nrf5340")
    sleeping = {change.option: change for change in (first, second)}
    assert sleeping["--gated-microphone"].value == "off"
    assert "export with --microphone gated" in sleeping["--gated-microphone"].consequence
    assert sleeping["export --microphone"].value == "wake:32"
    assert second.saved_share > 0.2


def test_a_board_that_already_has_it_is_not_advised_it(measurement):
    sleeping = advise(measurement, "nrf5340", microphone_while_gated="off", imu="adxl367", most=9)
    assert not {"--gated-microphone", "--imu"} & {c.option for c in sleeping}
    crystal = advise(measurement, "nrf5340", capture="pdm-crystal", most=9)
    assert ("--capture", "pdm") in {(c.option, c.value) for c in crystal}


def test_only_what_suffices_is_advised(measurement):
    both = advise(replace(measurement, need=TURNING), "nrf5340", microphone_while_gated="off", most=9)
    values = {c.option: c.value for c in both}
    assert values["--imu"] == "lsm6dsm"  # the least of those with a gyroscope
    assert values["mode"] == "audio" or "mode" not in values


def test_a_mode_that_costs_more_than_the_audio_alone_is_said(measurement):
    wasteful = advise(
        replace(measurement, need=TURNING),
        "nrf54l15",
        imu="bmi270",
        microphone_while_gated="on",
        most=9,
    )
    assert ("mode", "audio") in {(c.option, c.value) for c in wasteful}
