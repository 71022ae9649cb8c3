"""A microphone that follows the gate, with the whole firmware around it: replayed on boards, and worn."""

import ctypes
import dataclasses
from pathlib import Path

import numpy as np
import pytest

from tussis.data.input_error import InputError
from tussis.export.build.project_files import firmware_sources, include_folders
from tussis.export.build.toolchain import find_host_compiler
from tussis.export.codegen.project import export_project
from tussis.firmware_stub.boards.board_kind import BOARDS
from tussis.firmware_stub.boards.board_server import run_board
from tussis.firmware_stub.boards.emulated_firmware import EmulatedFirmware, build_firmware
from tussis.firmware_stub.boards.serial_board import SerialBoard
from tussis.firmware_stub.boards.virtual_serial import VirtualSerialBoard
from tussis.firmware_stub.protocol.framing import MessageReader
from tussis.firmware_stub.protocol.messages import Event, Log, Ready
from tussis.firmware_stub.replay.replay import replay_recording
from tussis.selection.detector.inference import as_heard, detect
from tussis.selection.detector.microphone import Microphone

MICROPHONE = Microphone.parse("gated")


@pytest.fixture(scope="module")
def detector(made):
    return made.make_detector()


@pytest.fixture(scope="module")
def firmware(detector, tmp_path_factory):
    return export_project(detector, tmp_path_factory.mktemp("microphone") / "fw", microphone=MICROPHONE).path


@pytest.fixture(scope="module")
def recording(made):
    return made.make_recording(11, seconds=6.0)


@pytest.mark.parametrize("kind", BOARDS)
def test_a_replay_gives_what_the_host_finds(kind, firmware, detector, recording, tool):
    if kind != "virtual":
        tool("qemu-system-arm")
    with run_board(firmware, board=kind, port="tcp:0") as running:
        board = SerialBoard(running.url)
        result = replay_recording(recording, board, detector, mode="gated", microphone=MICROPHONE)
        board.close()
    host = detect(recording, detector, "gated", microphone=MICROPHONE)
    found = result.as_dict()
    assert result.passed, found["difference"]
    assert [tuple(event.values()) for event in found["events"]] == [tuple(event) for event in host.events]
    assert host.events
    assert found["totals"]["audio_windows"] == host.evaluated.sum() < len(host.evaluated)
    assert found["link"]["state_bytes"] < 13_000
    assert not np.array_equal(host.evaluated, detect(recording, detector, "gated").evaluated)


def test_the_other_choice_is_another_firmware(firmware, detector, recording):
    with run_board(firmware, port="tcp:0") as running:
        board = SerialBoard(running.url)
        with pytest.raises(InputError, match="--microphone"):
            replay_recording(recording, board, detector)
        board.close()


def test_a_board_is_sent_what_a_microphone_gives_that_movement_wakes(detector, recording, tmp_path):
    woken = Microphone.parse("wake")
    project = export_project(detector, tmp_path / "fw", microphone=woken)
    heard = as_heard(recording, detector, "gated", woken)
    assert 0 < heard.duty < 1
    with run_board(project.path, port="tcp:0") as running:
        board = SerialBoard(running.url)
        found = replay_recording(recording, board, detector, mode="gated", microphone=woken).as_dict()
        board.close()
    assert found["passed"], found["difference"]
    host = detect(recording, detector, "gated", microphone=woken)
    assert [tuple(event.values()) for event in found["events"]] == [tuple(event) for event in host.events]


def test_the_board_switches_its_microphone_in_a_replay(firmware, detector, recording):
    emulated = EmulatedFirmware(build_firmware(firmware))
    assert emulated.microphone_switches == 0
    with VirtualSerialBoard(emulated, "tcp:0") as running:
        board = SerialBoard(running.url)
        assert replay_recording(recording, board, detector, mode="gated", microphone=MICROPHONE).passed
        board.close()
    assert emulated.microphone_switches >= 2


@pytest.fixture(scope="module")
def wear(firmware):
    """Run a recording through a firmware that is worn: it hears only while its microphone is on."""
    sources = [*firmware_sources(firmware), Path(__file__).parent / "worn_port.c"]
    path = find_host_compiler().build(sources, "shared", include=include_folders(firmware))
    run = ctypes.CDLL(str(path)).worn_run
    run.restype = ctypes.c_size_t
    size, pointer = ctypes.c_size_t, ctypes.c_void_p
    run.argtypes = [pointer, size, pointer, size, size, pointer, size, pointer, pointer]

    def wear(recording, start_up):
        audio, imu = np.ascontiguousarray(recording.audio), np.ascontiguousarray(recording.imu)
        sent, switches, heard = ctypes.create_string_buffer(1 << 16), ctypes.c_uint32(), size()
        n = run(
            audio.ctypes.data, len(audio), imu.ctypes.data, len(imu), start_up, sent, len(sent),
            ctypes.byref(switches), ctypes.byref(heard),
        )  # fmt: skip
        ready, *messages = [received.message for received in MessageReader().feed(sent.raw[:n])]
        assert isinstance(ready, Ready)
        logs = [message.text for message in messages if isinstance(message, Log)]
        print(logs)
        events = [message.payload()[2:] for message in messages if isinstance(message, Event)]
        assert len(events) + len(logs) == len(messages)
        return events, switches.value, heard.value

    return wear


def quiet_end(recording, seconds=3.0):
    """Let everything be decided before the end."""
    still = np.repeat(recording.imu[-1:], round(100 * seconds), axis=0)
    return dataclasses.replace(
        recording,
        audio=np.concatenate([recording.audio, np.zeros(round(16000 * seconds), np.int16)]),
        imu=np.concatenate([recording.imu, still]),
    )


@pytest.mark.parametrize("start_up_ms", [0, 7, 20])
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_a_worn_board_finds_what_the_reference_finds(wear, made, detector, start_up_ms, seed):
    recording = quiet_end(made.make_recording(seed, seconds=10.0))
    found, switches, heard = wear(recording, 16 * start_up_ms)
    host = detect(recording, detector, "gated", microphone=MICROPHONE)
    expected = [
        Event(0, frames.start * 256, frames.end * 256, event.confidence).payload()[2:]
        for frames, event in zip(host.event_frames, host.events, strict=True)
    ]
    assert found == expected
    assert len(expected) >= 2
    assert switches >= 4
    duty = MICROPHONE.duty(detector.audio.plan, detector.imu.plan, host.imu_hits, host.evaluated)
    assert duty < 0.8
    assert heard / len(recording.audio) == pytest.approx(duty, abs=0.1)


def test_a_worn_board_whose_microphone_is_slow_misses_coughs(wear, made, detector):
    recording = quiet_end(made.make_recording(11, seconds=10.0))
    in_time, late = wear(recording, 0)[0], wear(recording, 16 * 300)[0]
    assert in_time != late
