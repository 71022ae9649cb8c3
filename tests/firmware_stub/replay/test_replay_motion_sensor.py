"""`tussis replay --motion-sensor`: the board is sent what a sensor delivers, and agrees with this machine."""

import json

import pytest

from tussis.cli.app import main
from tussis.data.dataset import load_recording
from tussis.data.session_set import write_session
from tussis.export.codegen.project import export_project
from tussis.export.estimate.sensor_choice import motion_sensor
from tussis.firmware_stub.boards.board_server import run_board
from tussis.selection.detector.detector_file import save_detector
from tussis.selection.detector.inference import detect
from tussis.signal.motion_sensor import as_sensed

PART = "bmi270:combo-100"


@pytest.fixture(scope="module")
def detector(made):
    return made.make_detector()


@pytest.fixture(scope="module")
def session_folder(made, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sensed") / "session"
    write_session(made.make_recording(12, seconds=6.0), folder)
    return folder


@pytest.fixture(scope="module")
def replayed(detector, session_folder, tmp_path_factory):
    """Call with options: the exit code of a replay of one short session to an emulated board."""
    folder = tmp_path_factory.mktemp("board")
    save_detector(detector, folder / "detector.json")
    firmware = export_project(detector, folder / "firmware").path
    with run_board(firmware, port="tcp:0") as running:
        words = ["replay", str(session_folder), "--model", str(folder / "detector.json")]
        words += ["--port", running.url, "--speed", "max", "--json"]
        yield lambda *options: main([*words, *options])


@pytest.mark.parametrize("own_clock", [(), ("--imu-ppm", "3000")], ids=["audio-clock", "own-clock"])
def test_the_board_finds_what_this_machine_finds_behind_the_sensor(replayed, capsys, own_clock):
    def session(*options):
        assert replayed(*options, *own_clock) == 0
        return json.loads(capsys.readouterr().out)["sessions"][0]

    plain, sensed = session(), session("--motion-sensor", PART)
    assert sensed["passed"]
    assert sensed["difference"]["differing_windows"] == sensed["difference"]["worst_margin_error"] == 0
    assert sensed["totals"]["audio_windows"] != plain["totals"]["audio_windows"]


def test_its_events_are_those_of_the_host(replayed, session_folder, detector, capsys):
    assert replayed("--motion-sensor", PART) == 0
    found = json.loads(capsys.readouterr().out)["sessions"][0]
    sensor = motion_sensor(PART, detector.motion_need)
    recording = load_recording(session_folder, **detector.rates)
    host = detect(as_sensed(recording, sensor), detector, "gated")
    assert found["totals"]["audio_windows"] == host.evaluated.sum()
    assert [tuple(event.values()) for event in found["events"]] == [tuple(event) for event in host.events]


def test_a_result_of_another_sensor_is_replayed_again(replayed, capsys, tmp_path):
    for options in ((), ("--motion-sensor", PART), ("--motion-sensor", "lsm6dso32:combo-104")):
        assert replayed("--out", str(tmp_path / "r.jsonl"), *options) == 0
        assert replayed("--out", str(tmp_path / "r.jsonl"), *options) == 0
    capsys.readouterr()
    lines = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert [line["motion_sensor"] for line in lines] == [None, PART, "lsm6dso32:combo-104"]


def test_a_sensor_without_a_gyroscope_is_refused_before_any_sample(replayed, capsys):
    assert replayed("--motion-sensor", "lis2dh12:normal-100") == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "--motion-sensor: ST LIS2DH12" in said
    assert "needs angular rates" in said
