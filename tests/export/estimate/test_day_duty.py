"""A day priced: shares by activity and hours, energy that adds up, and how far battery days may be off."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from tussis.data.dataset import load_recording
from tussis.data.day_sessions import read_day
from tussis.data.input_error import InputError
from tussis.data.session_set import write_session
from tussis.export.estimate.awake_share import at_awake_share
from tussis.export.estimate.day_cost import day_cost, whole_uncertainty
from tussis.export.estimate.day_duty import ActivityDuty, DayDuty, day_duty, session_duty
from tussis.export.estimate.estimate import measure, price
from tussis.export.estimate.uncertainty import battery_uncertainty, levers
from tussis.selection.detector.microphone import ALWAYS, Microphone
from tussis.selection.training.event_counts import Counts

from ..conftest import STILL


@pytest.fixture(scope="module")
def day(session_folder, tmp_path_factory):
    """Two sessions of 6 s: one that moves for 6 hours of the day, and one whose sensor is still for 18."""
    root = tmp_path_factory.mktemp("day")
    for name, hours, still in (("busy", 6.0, False), ("still", 18.0, True)):
        shutil.copytree(session_folder, root / name)
        if still:
            recording = load_recording(root / name)
            rest = 0.001 * np.random.default_rng(1).normal(size=recording.imu.shape)
            rest[:, 2] += 9.81
            write_session(replace(recording, imu=rest.astype(np.float32)), root / name)
        about = {"subject": "s", "activity": name, "hours": hours}
        (root / name / "session.json").write_text(json.dumps(about))
    return root


@pytest.fixture(scope="module")
def measurement(project, session_folder):
    return replace(measure(project.path, session_folder), need=STILL)


def made_up_day(**shares):
    activities = tuple(ActivityDuty(name, 12.0, share, share) for name, share in shares.items())
    return DayDuty(activities, len(activities), 60.0, Counts())


def test_shares_are_weighted_by_the_hours_that_sessions_stand_for(detector, day):
    found = day_duty(detector, day, ALWAYS)
    assert [(one.name, one.hours) for one in found.activities] == [("busy", 6.0), ("still", 18.0)]
    busy, still = (one.share for one in found.activities)
    assert busy != still
    assert found.share == pytest.approx(0.25 * busy + 0.75 * still)
    assert found.listening == 1.0
    assert found.sessions == 2
    assert found.seconds == pytest.approx(12.0)


def test_the_share_of_a_session_is_what_its_firmware_measures(detector, measurement, day):
    busy = next(one for one in read_day(day) if one.activity == "busy")
    found = session_duty(detector, busy.ref, ALWAYS)
    assert found.share == pytest.approx(measurement.modes["gated"].audio_duty, abs=0.03)


def test_a_microphone_that_follows_the_gate_listens_for_less(detector, day):
    found = day_duty(detector, day, Microphone.parse("gated"))
    assert 0 < found.listening < 1


def test_a_day_s_energy_is_that_of_its_activities(measurement):
    found = price(measurement, microphone_while_gated="off")
    cost = day_cost(found, made_up_day(sleep=0.0, walk=0.5))
    assert cost.whole.share == 0.25
    mean = sum(split.total for split in cost.by_activity) / 2
    assert cost.whole.gated.total == pytest.approx(mean, rel=1e-6)
    document = cost.as_dict()
    joules = sum(one["joules"] for one in document["activities"])
    assert joules == pytest.approx(document["uj_per_second"]["gated"] * 86400e-6, rel=1e-4)
    assert document["battery_days"] == {
        "gated": cost.whole.battery_days,
        "audio": cost.whole.audio_battery_days,
    }
    json.dumps(document, allow_nan=False)


def test_what_is_no_day_is_refused(detector, session_folder, tmp_path):
    shutil.copytree(session_folder, tmp_path / "one")
    with pytest.raises(InputError, match=r"activity: is None, not a name; a day is what"):
        day_duty(detector, tmp_path, ALWAYS)
    with pytest.raises(InputError, match="--day: needs a detector with an audio and a motion model"):
        day_duty(detector.model_copy(update={"imu": None}), tmp_path, ALWAYS)


def test_battery_days_lie_within_what_the_assumptions_allow(measurement):
    found = price(measurement)
    days = at_awake_share(found, 0.1)
    spread = whole_uncertainty(found, days)
    assert spread.low_days < spread.middle_days < spread.high_days
    assert spread.low_days < days.battery_days < spread.high_days
    lever, at_low, at_high = spread.swings[0]
    assert (lever.owner, lever.field) == ("capture", "current_ua")  # three quarters of the board
    assert (lever.low, lever.high) == (350.0, 1050.0)
    assert at_low > days.battery_days > at_high
    swings = [abs(high - low) for _, low, high in spread.swings]
    assert swings == sorted(swings, reverse=True)
    again = whole_uncertainty(price(measurement), days)
    assert again == spread


def test_only_what_a_mode_rests_on_and_has_no_source_is_varied(measurement):
    found = price(measurement)
    gated = {(one.owner, one.field) for one in levers(found, "gated", 1e5)}
    assert ("microphone", "low_power_ua") in gated
    assert ("microphone", "off_ua") not in gated
    assert ("device", "supply_v") not in gated  # has a source
    audio = {(one.owner, one.field) for one in levers(found, "audio", 1e5)}
    assert ("microphone", "low_power_ua") not in audio
    assert not any(owner == "imu_mode" for owner, _ in audio)


def test_a_range_of_its_own_goes_before_the_usual_one(measurement, tmp_path):
    text = """
[imus.mine]
title = "mine"
supply_v = { value = 1.8, source = "measured" }
off_ua = { value = 1.0, source = "measured" }
fifo_samples = { value = 32, source = "measured" }
[[imus.mine.modes]]
name = "on-100"
rate_hz = 100
bits = 12
range_g = 4.0
noise_mg = { value = 2.0, source = "measured" }
current_ua = { value = 10.0, low = 9.0, high = 30.0, assumption = "of the usual order" }
"""
    (tmp_path / "mine.toml").write_text(text)
    found = price(measurement, imu="mine", device_file=tmp_path / "mine.toml")
    (own,) = (one for one in levers(found, "gated", 1e5) if one.owner == "imu_mode")
    assert (own.low, own.high, own.figure) == (9.0, 30.0, "current_ua at on-100")
    spread = battery_uncertainty(found, "gated", 1e5, 0.1)
    (swing,) = (one for one in spread.swings if one[0].owner == "imu_mode")
    assert swing[1] > swing[2]
    (tmp_path / "mine.toml").write_text(text.replace("low = 9.0", "low = 11.0"))
    with pytest.raises(InputError, match="low is above value"):
        price(measurement, imu="mine", device_file=tmp_path / "mine.toml")


def test_where_gating_costs_more_audio_alone_is_recommended(measurement):
    """An IMU at full power and a microphone without a low-power mode: gating saves nothing."""
    found = price(measurement, imu="bmi270:combo-100", microphone="imp34dt05")
    awake = at_awake_share(found, 0.9)
    assert awake.gated.total > awake.audio.total
    assert awake.recommended == "audio"
    assert awake.as_dict()["recommended_mode"] == "audio"
    assert found.as_dict()["gating"]["recommended_mode"] == "audio"
    spread = whole_uncertainty(found, awake)
    assert not any(one[0].owner == "imu_mode" for one in spread.swings)
    assert spread.low_days < awake.audio_battery_days < spread.high_days
