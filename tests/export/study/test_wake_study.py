"""Ways to wake: every board that suffices, the front, and the same events and duties as elsewhere."""

import csv
import io
import json

import pytest

from tussis import write_dataset
from tussis.data.corpus.day import write_days
from tussis.data.dataset import iter_dataset
from tussis.data.input_error import InputError
from tussis.export.build.toolchain import find_arm_toolchain
from tussis.export.codegen.project import export_project
from tussis.export.estimate.day_duty import day_duty
from tussis.export.estimate.devices import load_profiles
from tussis.export.estimate.measurement import measure_project
from tussis.export.estimate.ways import sound_wake
from tussis.export.study import wake_study as module
from tussis.export.study.studies import run_study, write_study
from tussis.export.study.wake_study import MICROPHONE_WAYS, microphone_ways, wake_study
from tussis.selection.detector.detector_file import load_detector
from tussis.selection.detector.microphone import Microphone
from tussis.selection.training.scoring import score


@pytest.fixture(scope="module")
def detector():
    return load_detector("default")


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    out = tmp_path_factory.mktemp("day") / "out"
    write_days(out, compressed=True, session_s=10.0, coughs_per_hour=600.0, seed=5, jobs=1)
    return out


@pytest.fixture(scope="module")
def study(day, detector):
    return wake_study(day, detector)


def test_ways_that_the_detector_does_not_know_are_left_out(monkeypatch):
    known = microphone_ways()
    assert {"always", "gated:32"} <= known.keys() <= MICROPHONE_WAYS.keys()
    monkeypatch.setattr(module, "MICROPHONE_WAYS", {"always": "low_power", "never": "off"})
    assert list(microphone_ways()) == ["always"]


def test_each_row_is_a_board_that_suffices(study):
    ways = {row["way"] for row in study.rows if row["mode"] == "gated"}
    assert ways == microphone_ways().keys() | {"sound"}
    assert {row["microphone"] for row in study.rows} >= {"t5838", "vm3011"}
    assert not {"sph0645", "ics43434"} & {row["microphone"] for row in study.rows}  # I2S
    assert {row["capture"] for row in study.rows} == {"pdm", "pdm-crystal"}
    assert all(bool(row["imu"]) == (row["mode"] == "gated") for row in study.rows)
    assert "adxl367:measure-100" in {row["imu"] for row in study.rows}


def test_the_front_is_what_no_other_row_beats(study):
    front = [row for row in study.rows if row["pareto"]]
    assert front
    for row in study.rows:
        beaten = any(
            one["f1"] >= row["f1"]
            and one["battery_days"] >= row["battery_days"]
            and (one["f1"], one["battery_days"]) != (row["f1"], row["battery_days"])
            for one in study.rows
        )
        assert not (row["pareto"] and beaten)
        assert (
            row["pareto"]
            or beaten
            or any((one["f1"], one["battery_days"]) == (row["f1"], row["battery_days"]) for one in front)
        )
    assert [row["battery_days"] for row in study.front()] == sorted(
        (row["battery_days"] for row in front), reverse=True
    )


def test_events_and_duties_are_those_of_score_and_of_the_day(study, day, detector):
    always = next(row for row in study.rows if (row["mode"], row["way"]) == ("gated", "always"))
    assert always["f1"] == pytest.approx(score(day, detector, "gated").total.as_dict()["f1"] or 0.0)
    audio = next(row for row in study.rows if row["mode"] == "audio")
    assert audio["f1"] == pytest.approx(score(day, detector, "audio").total.as_dict()["f1"] or 0.0)
    gated = next(row for row in study.rows if row["way"] == "gated:32")
    duty = day_duty(detector, day, Microphone.parse("gated:32"))
    assert gated["share"] == pytest.approx(duty.share, rel=1e-5)
    assert gated["listening"] == pytest.approx(duty.listening, rel=1e-5)


def test_a_microphone_that_sound_wakes(study, day, detector):
    """Only parts that can; each by its own threshold and start."""
    rows = [row for row in study.rows if row["way"] == "sound"]
    parts = {row["microphone"]: row for row in rows}
    assert {"t5838", "vm3011"} <= parts.keys()
    assert "imp34dt05" not in parts
    for name, row in parts.items():
        duty = day_duty(detector, day, sound_wake(load_profiles().microphone(name)))
        assert row["listening"] == pytest.approx(duty.listening, rel=1e-5)
        assert row["f1"] == pytest.approx(duty.counts.as_dict()["f1"] or 0.0)
    assert parts["vm3011"]["listening"] > parts["t5838"]["listening"]  # 40 and 60 dB SPL
    deaf = run_study("wake", day, detector=detector, sound_threshold="-1dBFS")
    assert {row["listening"] for row in deaf.rows if row["way"] == "sound"} == {0.0}
    with pytest.raises(InputError, match=r"--sound-threshold: only the study of waking"):
        run_study("window", day, sound_threshold="60dBSPL")


@pytest.mark.parametrize("way", ["always", "wake", "gated:32"])
def test_a_way_is_priced_as_estimate_prices_it(tmp_path, detector, way):
    """Silence or a gap while the microphone sleeps; of one session, by table and by what is executed."""
    write_dataset(tmp_path / "data", subjects=1, sessions_per_subject=1, session_s=10.0, seed=3)
    row = next(
        row
        for row in wake_study(tmp_path / "data", detector).rows
        if (row["mode"], row["way"]) == ("gated", way)
    )
    microphone = Microphone.parse(way)
    project = export_project(detector, tmp_path / "firmware", microphone=microphone)
    session = iter_dataset(tmp_path / "data")[0].load(**detector.rates)
    run = measure_project(project.path, session, find_arm_toolchain()).ways[str(microphone)]
    assert row["cycles_per_second"] == pytest.approx(run.cycles / run.seconds, rel=0.1)


def test_a_sleeping_microphone_lasts_longer_on_the_same_board(study):
    def days(way):
        return next(
            row["battery_days"]
            for row in study.rows
            if (row["mode"], row["way"], row["microphone"], row["capture"], row["imu"])
            == ("gated", way, "t5838", "pdm", "lis2dh12:normal-100")
        )

    assert days("gated:32") > 1.5 * days("always")


def test_it_is_written_as_the_other_studies_are(study, tmp_path):
    table, rows, plot = write_study(study, tmp_path)
    document = json.loads(table.read_text())
    assert document["study"] == "wake"
    assert document["finding"].startswith("audio alone: ")
    assert "at most 1.26 % below the best F1 of a microphone that never sleeps: " in document["finding"]
    heard = max(row["f1"] for row in study.rows if row["way"] == "always")
    kept = [row["battery_days"] for row in study.rows if row["f1"] >= (1 - 0.0126) * heard]
    assert f"never sleeps: {max(kept):.1f} days" in document["finding"]
    assert [row["way"] for row in csv.DictReader(io.StringIO(rows.read_text()))] == [
        row["way"] for row in document["rows"]
    ]
    assert plot.read_text().startswith("<svg")


def test_other_boards_batteries_and_bad_input(day, detector, tmp_path, study):
    other = run_study("wake", day, detector=detector, device="stm32u585", battery="200mAh@3.7V")
    assert {row["capture"] for row in other.rows} == {"adf", "mdf"}
    longest = max(row["battery_days"] for row in other.rows)
    assert longest > max(row["battery_days"] for row in study.rows)
    with pytest.raises(InputError, match="needs a detector with an audio and a motion model"):
        wake_study(day, detector.model_copy(update={"imu": None}))
    with pytest.raises(InputError, match="'nrf9' is unknown"):
        wake_study(day, detector, device="nrf9")
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "imu.csv").write_text(
        "time_s,acc_x_ms2,acc_y_ms2,acc_z_ms2\n" + "".join(f"{k / 100:.2f},0,0,9.8\n" for k in range(300))
    )
    with pytest.raises(InputError, match="no session has sound, motion and labels"):
        wake_study(tmp_path, detector)
