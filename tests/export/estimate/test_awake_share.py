"""Gated mode at another share of the time awake: it meets the measured runs, and lies between them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from tussis.data.dataset import load_recording
from tussis.data.input_error import InputError
from tussis.export.codegen.project import export_project
from tussis.export.estimate.advice import advise
from tussis.export.estimate.awake_share import at_awake_share
from tussis.export.estimate.estimate import measure, price
from tussis.export.estimate.ways import in_way
from tussis.selection.detector.inference import detect
from tussis.selection.detector.microphone import Microphone

from ..conftest import STILL


@pytest.fixture(scope="module")
def measurement(project, session_folder):
    return replace(measure(project.path, session_folder), need=STILL)


def test_at_the_recording_s_share_it_is_the_recording_s_cost(measurement):
    found = price(measurement)
    duty = measurement.modes["gated"].audio_duty
    assert 0 < duty < 1
    same = at_awake_share(found, duty)
    assert same.gated.total == pytest.approx(found.energy["gated"].total, rel=1e-9)
    assert same.battery_days == found.battery_days("gated")


def test_always_awake_computes_what_audio_alone_does(measurement):
    found = price(measurement)
    awake = at_awake_share(found, 1)
    run = measurement.modes["audio"]
    assert awake.cycles_per_s == pytest.approx(
        found.cycles("audio", run.instructions, run.cycles) / run.seconds
    )
    assert awake.gated.total > awake.audio.total  # the motion sensor comes on top


def test_asleep_costs_least_and_the_cost_is_a_straight_line(measurement):
    found = price(measurement, microphone_while_gated="off")
    shares = [0.0, 0.25, 0.5, 0.75]
    totals = [at_awake_share(found, share).gated.total for share in shares]
    steps = [b - a for a, b in pairwise(totals)]
    assert min(steps) > 0
    assert max(steps) == pytest.approx(min(steps), rel=0.02)
    asleep = at_awake_share(found, 0).gated
    assert asleep.capture == 0
    assert asleep.core_active > 0  # the motion model still runs


def test_a_microphone_that_follows_the_gate_is_on_for_longer_than_the_audio_path_runs(
    detector, session_folder, tmp_path
):
    folder = export_project(detector, tmp_path / "fw", microphone=Microphone.parse("gated")).path
    found = price(measure(folder, session_folder))
    run = found.measurement.modes["gated"]
    assert run.microphone_duty is not None
    split = at_awake_share(found, run.audio_duty / 2).gated
    assert split.capture == pytest.approx(found.energy["gated"].capture / 2)


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_what_is_no_share_is_refused(measurement, share):
    with pytest.raises(InputError, match=r"--awake: .* is not a share of the time; give 0 to 1"):
        at_awake_share(price(measurement), share)


def test_it_needs_motion(measurement):
    alone = replace(measurement, modes={"audio": measurement.modes["audio"]})
    with pytest.raises(InputError, match=r"--awake: needs a run in gated mode"):
        at_awake_share(price(alone), 0.1)


def test_advice_is_for_that_life(measurement):
    """Little awake, a microphone that sleeps saves nearly all; always awake it saves nothing."""
    seldom = advise(measurement, "nrf5340", awake_share=0.05)
    sleeping = next(change for change in seldom if change.option == "--gated-microphone")
    assert sleeping.value == "off"
    assert sleeping.saved_share > 0.7
    woken = next(change for change in seldom if change.option == "export --microphone")
    assert woken.value == "wake:32"
    assert woken.battery_days == pytest.approx(
        at_awake_share(in_way(price(measurement), "wake:32"), 0.05).battery_days
    )
    moved = advise(measurement, "nrf5340", awake_share=0.05, microphone_on=0.3)
    woken = next(change for change in moved if change.option == "export --microphone")
    expected = at_awake_share(in_way(price(measurement), "wake:32"), 0.05, 0.3)
    assert woken.battery_days == pytest.approx(expected.battery_days)
    always = advise(measurement, "nrf5340", awake_share=1.0, microphone_on=1.0, most=9)
    assert not {"--gated-microphone", "export --microphone"} & {c.option for c in always}


@pytest.fixture(scope="module")
def woken(detector, session_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("woken") / "fw"
    return measure(export_project(detector, folder, microphone=Microphone.parse("wake")).path, session_folder)


def test_a_sleeping_microphone_is_given_silence(woken, measurement):
    """It computes less than where every sample is pushed, and takes no more flash."""
    run, hearing = woken.modes["gated"], woken.ways["always"]
    assert woken.ways["wake:32"] is run
    assert 0 < run.microphone_duty < 1
    assert {push.function for push in run.pushes} == {
        "tussis_push_audio",
        "tussis_push_imu",
        "tussis_push_silence",
    }
    assert run.instructions < hearing.instructions
    assert hearing.instructions == measurement.modes["gated"].instructions
    assert woken.memory.flash_bytes == measurement.memory.flash_bytes
    same = measurement.ways["wake:32"]
    assert (same.instructions, same.events, same.audio_windows) == (
        run.instructions,
        run.events,
        run.audio_windows,
    )


def test_a_woken_microphone_costs_by_share_and_by_what_it_hears(woken):
    found = price(woken)
    run, hearing = woken.modes["gated"], woken.ways["always"]
    same = at_awake_share(found, run.audio_duty, run.microphone_duty)
    assert same.gated.total == pytest.approx(found.energy["gated"].total, rel=1e-9)
    all_heard = at_awake_share(found, hearing.audio_duty, 1.0)
    assert all_heard.cycles_per_s == pytest.approx(
        found.cycles("gated", hearing.instructions, hearing.cycles) / hearing.seconds
    )
    little = at_awake_share(found, 0.1, 0.2).cycles_per_s
    assert (
        little < at_awake_share(found, 0.1, 0.3).cycles_per_s < at_awake_share(found, 0.2, 0.3).cycles_per_s
    )


def filtered_per_second(run):
    """Pushes of 16 ms that went through the FIR."""
    return next((f.calls for f in run.functions if f.name == "tussis_decimate"), 0) / run.seconds


def test_a_microphone_that_follows_the_gate_skips_what_nobody_wants(
    detector, session_folder, tmp_path, measurement
):
    """What it does not hear is not filtered either, where samples of a microphone that stays on are."""
    folder = export_project(detector, tmp_path / "fw", microphone=Microphone.parse("gated")).path
    run = measure(folder, session_folder).modes["gated"]
    heard = filtered_per_second(run) / filtered_per_second(measurement.modes["gated"])
    assert heard == pytest.approx(run.microphone_duty, abs=0.05)
    assert heard < 0.95
    found = detect(
        load_recording(session_folder, **detector.rates),
        detector,
        "gated",
        microphone=Microphone.parse("gated"),
    )
    assert "tussis_skip_audio" in {push.function for push in run.pushes}
    assert run.totals.missed_windows == 0
    assert run.audio_windows == int(found.evaluated.sum())
    assert run.events == len(found.events)
