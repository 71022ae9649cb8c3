"""Ways to run the microphone: each as its own export is priced, the one recommended takes least."""

from dataclasses import replace

import pytest

from tussis.data.corpus.day import write_days
from tussis.data.input_error import InputError
from tussis.export.codegen.project import export_project
from tussis.export.estimate.awake_share import at_awake_share
from tussis.export.estimate.day_duty import day_duty
from tussis.export.estimate.devices import load_profiles
from tussis.export.estimate.estimate import measure, price
from tussis.export.estimate.ways import compare_ways, day_ways, in_way, sound_wake, ways_document
from tussis.selection.detector.microphone import ALWAYS, Microphone

from ..conftest import STILL


@pytest.fixture(scope="module")
def measurement(project, session_folder):
    return replace(measure(project.path, session_folder), need=STILL)


def test_a_way_is_priced_as_the_firmware_exported_for_it(measurement, detector, session_folder, tmp_path):
    folder = export_project(detector, tmp_path / "fw", microphone=Microphone.parse("wake")).path
    own = price(replace(measure(folder, session_folder), need=STILL))
    found = price(measurement)
    same = pytest.approx(own.energy["gated"].total, rel=0.005)  # waits for flash are those of its own run
    assert in_way(found, "wake:32").energy["gated"].total == same
    assert in_way(found, "always").energy == found.energy
    same = pytest.approx(found.energy["gated"].total, rel=0.005)
    assert in_way(own, "always").energy["gated"].total == same
    woken = at_awake_share(in_way(found, "wake:32"), 0.1, 0.2)
    assert woken.gated.total == pytest.approx(at_awake_share(own, 0.1, 0.2).gated.total, rel=0.005)


def test_the_simplest_comes_first_and_what_takes_least_is_recommended(measurement):
    found = price(measurement)
    ways = compare_ways(found, 0.05, 0.1)
    assert [(way.mode, way.microphone) for way in ways] == [
        ("audio", "always"),
        ("gated", "always"),
        ("gated", "wake:32"),
    ]
    document = ways_document(ways)
    assert document["recommended_way"]["microphone"] == "wake:32"
    assert document["recommended_way"]["battery_days"] > ways[1].battery_days > ways[0].battery_days
    assert ways[2].microphone_on == 0.1
    assert ways[2].saving == pytest.approx(1 - ways[2].power_uw / ways[0].power_uw)


def test_what_takes_more_than_audio_alone_is_not_recommended(measurement):
    """Awake all day, gated mode has the motion sensor on top."""
    document = ways_document(compare_ways(price(measurement), 1.0, 1.0))
    assert document["recommended_way"]["mode"] == "audio"
    assert document["ways"][0]["saving_vs_audio"] == 0
    assert all(way["saving_vs_audio"] < 0 for way in document["ways"][1:])


def test_without_a_gate_there_is_nothing_to_compare(measurement):
    alone = replace(measurement, modes={"audio": measurement.modes["audio"]}, ways={})
    assert compare_ways(price(alone)) == ()
    assert ways_document(()) == {"ways": [], "recommended_way": None}


def test_the_estimate_says_it(measurement):
    document = price(measurement).as_dict()
    assert [row["microphone"] for row in document["ways"]] == ["always", "always", "wake:32"]
    assert document["ways"][1]["total_uj"] == document["per_second"]["gated"]["total_uj"]
    assert document["ways"][1]["battery_days"] == document["battery"]["days"]["gated"]


def test_every_way_on_a_day(measurement, detector, tmp_path):
    write_days(tmp_path / "day", compressed=True, session_s=10.0, coughs_per_hour=600.0, seed=5, jobs=1)
    found = price(measurement)
    duty = day_duty(detector, tmp_path / "day", ALWAYS)
    ways = {way.microphone: way for way in day_ways(found, detector, tmp_path / "day", (ALWAYS, duty))[1:]}
    assert list(ways) == ["always", "wake:32", "sound"]
    assert ways["always"].counts == duty.counts
    expected = day_duty(detector, tmp_path / "day", sound_wake(found.sensors.microphone))
    assert ways["sound"].microphone_on == expected.listening
    assert 0 < expected.listening < 1
    assert ways["sound"].counts == expected.counts
    loud = day_ways(found, detector, tmp_path / "day", (ALWAYS, duty), "-1dBFS")[-1]
    assert loud.microphone_on < 0.05
    assert loud.counts.tp == 0
    assert loud.power_uw < ways["sound"].power_uw
    part = found.sensors.microphone
    floor = part.activity_ua.value * part.supply_v.value
    asleep = at_awake_share(in_way(found, "wake:32", "activity"), 0.0, 0.0).gated
    assert asleep.microphone == pytest.approx(floor)


def test_a_microphone_without_activity_detection():
    part = load_profiles().microphone("imp34dt05")
    assert sound_wake(part) is None
    with pytest.raises(InputError, match=r"--sound-threshold: .* has no acoustic activity detection"):
        sound_wake(part, "60dBSPL")
    assert sound_wake(load_profiles().microphone("t5838")).threshold_dbfs == -60.0
