"""A firmware with a raw pre-roll behind the wire: decimated here or there, and its cost told."""

import dataclasses
import importlib.util
import json
from pathlib import Path

import pytest

from tussis.data.session_set import write_session
from tussis.export.codegen.project import export_project
from tussis.export.estimate.board_comparison import compare_measured, read_replay
from tussis.export.estimate.estimate import measure, price
from tussis.firmware_stub.boards.board_kind import BOARDS
from tussis.firmware_stub.boards.board_server import run_board
from tussis.firmware_stub.boards.emulated_firmware import EmulatedFirmware, build_firmware
from tussis.firmware_stub.boards.serial_board import SerialBoard
from tussis.firmware_stub.boards.virtual_serial import VirtualSerialBoard
from tussis.firmware_stub.replay.replay import replay_recording
from tussis.selection.detector.inference import detect
from tussis.selection.detector.sound_level import SoundLevel

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def made():
    """The export tests' small detector and made-up recordings."""
    spec = importlib.util.spec_from_file_location("made", ROOT / "tests/export/conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def recording(made):
    return dataclasses.replace(made.make_recording(11, seconds=4.0), name="session")


@pytest.fixture(scope="module")
def firmware(made, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pre_roll") / "fw"
    return export_project(made.make_detector(), folder, pre_roll="raw").path


@pytest.mark.parametrize("mode", ["audio", "gated"])
def test_a_replay_with_a_sound_level_sends_what_the_microphone_hears(mode, made, recording, tmp_path):
    """Samples that were decimated here would all count as loud."""
    detector = made.make_detector().model_copy(update={"sound_level": SoundLevel()})
    firmware = export_project(detector, tmp_path / "fw").path
    with run_board(firmware, board="virtual", port="tcp:0") as running:
        board = SerialBoard(running.url)
        result = replay_recording(recording, board, detector, mode=mode)
        board.close()
    host = detect(recording, detector, mode)
    assert result.passed, result.as_dict()["difference"]
    assert host.events
    assert not host.evaluated.all()


@pytest.mark.parametrize("full_rate", [False, True])
@pytest.mark.parametrize("kind", BOARDS)
def test_a_replay_gives_what_the_host_finds(kind, full_rate, firmware, made, recording, tool):
    """The host is told nothing of the pre-roll, and needs to know nothing."""
    if kind != "virtual":
        tool("qemu-system-arm")
    with run_board(firmware, board=kind, port="tcp:0") as running:
        board = SerialBoard(running.url)
        result = replay_recording(recording, board, made.make_detector(), mode="gated", full_rate=full_rate)
        board.close()
    host = detect(recording, made.make_detector(), "gated")
    assert result.passed, result.as_dict()["difference"]
    assert [tuple(event.values()) for event in result.as_dict()["events"]] == [tuple(e) for e in host.events]
    assert host.events


@pytest.mark.parametrize("full_rate", [False, True])
def test_what_a_board_counts_is_what_is_predicted(full_rate, firmware, made, recording, tmp_path):
    """Stage by stage: the FIR of computed frames and the copy of the others are the front end's."""
    write_session(recording, tmp_path / "session")
    predicted = price(measure(firmware, tmp_path / "session"), "nrf5340")
    running = EmulatedFirmware(build_firmware(firmware), count_cycles=True)
    with VirtualSerialBoard(running, "tcp:0") as virtual:
        board = SerialBoard(virtual.url)
        found = replay_recording(recording, board, made.make_detector(), mode="gated", full_rate=full_rate)
        board.close()
    (tmp_path / "replay.json").write_text(json.dumps({"sessions": [found.as_dict()]}))
    (session,) = read_replay(tmp_path / "replay.json")
    free = dataclasses.replace(predicted, stalls=dict.fromkeys(predicted.stalls, 0.0))
    rows = {(row.path, row.stage): row for row in compare_measured(free, session).rows}
    assert rows["audio", "front end"].ratio == pytest.approx(1.0, abs=0.025)  # many short laps
    assert rows["audio", "control"].comparable == full_rate
    if full_rate:
        assert rows["audio", "control"].ratio == pytest.approx(1.0, abs=0.15)
