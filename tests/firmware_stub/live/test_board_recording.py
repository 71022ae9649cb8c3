"""The recorder on the emulated core: what it streams is a session, what it loses is said."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tussis.cli.app import main
from tussis.data.dataset import load_recording
from tussis.data.input_error import InputError
from tussis.data.inventory import take_inventory
from tussis.data.session_set import write_session
from tussis.export.build.toolchain import find_host_compiler
from tussis.export.codegen.project import export_project
from tussis.firmware_stub.boards.board import BoardGone
from tussis.firmware_stub.boards.board_server import run_board, worn_sensors
from tussis.firmware_stub.boards.emulated_firmware import EmulatedFirmware, build_firmware
from tussis.firmware_stub.boards.recorder_firmware import build_recorder, export_recorder, is_recorder
from tussis.firmware_stub.boards.virtual_serial import VirtualSerialBoard
from tussis.firmware_stub.live.board_recording import record_session
from tussis.firmware_stub.live.typed_lines import TypedLines
from tussis.firmware_stub.protocol.framing import MessageReader, encode_message
from tussis.firmware_stub.protocol.messages import MESSAGES
from tussis.firmware_stub.protocol.recorder_messages import (
    RECORDER_BOARD_MESSAGES,
    RECORDER_HOST_MESSAGES,
    Banner,
    Motion,
    Record,
    Sound,
    recorder_message_class,
)

from ...export.conftest import make_detector, make_recording

RECORDING = make_recording(5, seconds=4.0)
BANNER = b"RAW AUDIO RECORDER"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_recorder(tmp_path_factory.mktemp("recorder") / "recorder")


@pytest.fixture(scope="module")
def elf(project: Path) -> Path:
    return build_recorder(project)


class Line:
    """The recorder with nothing between it and the host; each read brings 16 ms, and some never arrive."""

    name = "line"

    def __init__(self, elf: Path, *, lost: range = range(0), cut: int = 10**9, damaged: int = -1) -> None:
        self.firmware = EmulatedFirmware(elf)
        self.turns = 0
        self._said = b""
        self._lost, self._cut, self._damaged = lost, cut, damaged
        self._audio, self._imu = RECORDING.audio, RECORDING.board_imu

    def write(self, data: bytes) -> int:
        self._said += self.firmware.serve(data)
        return len(data)

    def read(self, wait_s: float) -> bytes:
        said, self._said = self._said, b""
        if not self.firmware.microphone_switches % 2:  # the light is off: what is sensed is forgotten
            return said
        if self.turns == self._cut:
            raise BoardGone("unplugged")
        audio, self._audio = self._audio[:256], self._audio[256:]
        imu, self._imu = np.split(self._imu, [2 if self.turns % 2 else 1])
        sensed = self.firmware.sense(audio, imu)
        sensed = sensed[:40] + b"\1" + sensed[41:] if self.turns == self._damaged else sensed
        self.turns += 1
        return said if self.turns - 1 in self._lost else said + sensed

    def reopen(self) -> bool:
        return False

    def close(self) -> None:
        pass


def test_a_session_is_recorded_sample_by_sample(elf: Path, tmp_path: Path) -> None:
    line = Line(elf)
    typed = iter([[]] * 100 + [["", "laugh  out"]])
    told: list[float] = []
    found = record_session(
        line,
        tmp_path / "set" / "s1",
        subject="p1",
        seconds=3.0,
        typed=lambda: next(typed, []),
        tell=lambda found: told.append(found.duration_s),
    )
    assert (found.board, found.duration_s, found.ended) == ("RAW AUDIO RECORDER: emulated core"[:40], 3.0, "")
    assert (found.lost_audio, found.lost_imu, found.gaps) == (0, 0, [])
    assert told == sorted(told)
    assert line.firmware.microphone_switches == 2  # the light went on and off
    recording = load_recording(tmp_path / "set" / "s1")
    assert (recording.audio == RECORDING.audio[:48000]).all()
    assert recording.imu is not None
    n = 250
    assert recording.imu[:n] == pytest.approx(RECORDING.board_imu[:n], abs=1e-4)
    assert recording.subject == "p1"
    assert {label.name: label.confidence for label in recording.labels} == {"unsure": 0.5, "laugh out": 1.0}
    assert recording.labels[0].end_s == pytest.approx(1.6, abs=0.1)
    inventory = take_inventory(tmp_path / "set")
    assert inventory.problems == ()
    assert inventory.hours == pytest.approx(3 / 3600)


def test_what_the_line_loses_is_silence_in_its_place_and_said(elf: Path, tmp_path: Path) -> None:
    found = record_session(Line(elf, lost=range(20, 25), damaged=60), tmp_path / "s", seconds=3.0)
    recording = load_recording(tmp_path / "s")
    audio = recording.audio
    assert recording.imu is not None
    held = recording.imu[30:36]
    assert (held == held[0]).all()
    assert recording.imu[45:80] == pytest.approx(RECORDING.board_imu[45:80], abs=1e-4)
    expected = RECORDING.audio[:48000].copy()
    expected[20 * 256 : 25 * 256] = 0
    gaps = [(20 * 0.016, 25 * 0.016)]
    assert found.gaps[0] == pytest.approx(gaps[0])
    assert found.lost_on_board == 0
    assert found.lost_imu > 0
    damaged = slice(60 * 256, 61 * 256)
    assert 5 * 256 <= found.lost_audio <= 6 * 256
    expected[damaged], audio[damaged] = 0, 0
    assert (audio == expected).all()
    document = json.loads((tmp_path / "s" / "session.json").read_text())
    assert document["recorder"]["lost_audio_samples"] == found.lost_audio
    assert take_inventory(tmp_path / "s").hours > 0


def test_what_the_board_cannot_send_is_counted_there(elf: Path) -> None:
    firmware = EmulatedFirmware(elf)
    reader = MessageReader(recorder_message_class)
    list(reader.feed(firmware.serve(encode_message(Record(5), 0, 0))))
    flood = np.ones((2000, 6), np.float32)
    got = list(reader.feed(firmware.sense(np.ones(256, np.int16), flood)))  # more than the line takes
    got += list(reader.feed(firmware.sense(np.full(256, 2, np.int16), flood[:1])))
    got += list(reader.feed(firmware.serve(encode_message(Record(0), 0, 1))))
    messages = [one.message for one in got]
    banner = next(one for one in messages if isinstance(one, Banner))
    motion = [one for one in messages if isinstance(one, Motion)]
    sound = [one for one in messages if isinstance(one, Sound)]
    sent = sum(len(one.samples) for one in motion)
    assert banner.imu_next == 2001
    assert 0 < banner.lost_imu == 2001 - sent
    assert banner.audio_next == 512
    assert banner.lost_audio == 512 - sum(len(one.samples) for one in sound)
    assert sound[-1].first + len(sound[-1].samples) == 512
    assert reader.bad_messages == 0


def test_it_stops_by_itself_without_a_host(elf: Path) -> None:
    firmware = EmulatedFirmware(elf)
    firmware.serve(encode_message(Record(1), 0, 0))
    assert firmware.microphone_switches == 1
    for _ in range(70):
        firmware.sense(RECORDING.audio[:256], RECORDING.board_imu[:1])
    assert firmware.microphone_switches == 2
    assert firmware.sense(RECORDING.audio[:256], RECORDING.board_imu[:1]) == b""


def test_a_line_that_breaks_keeps_what_came(elf: Path, tmp_path: Path) -> None:
    found = record_session(Line(elf, cut=50), tmp_path / "s")
    assert found.ended == "the line broke at 0.80 s: unplugged"
    assert load_recording(tmp_path / "s").duration_s == 0.8


def test_no_recorder_and_a_detectors_firmware_are_refused(tmp_path: Path) -> None:
    class Silent(Line):
        def __init__(self) -> None:
            self.turns = 0

        def write(self, data: bytes) -> int:
            return len(data)

        def read(self, wait_s: float) -> bytes:
            return b""

    ticks = iter(range(10**6))
    with pytest.raises(InputError, match="no recorder answers"):
        record_session(Silent(), tmp_path / "s", clock=lambda: float(next(ticks)))
    shipped = build_firmware(export_project(make_detector(), tmp_path / "firmware"))
    with pytest.raises(InputError, match="a detector's firmware, which cannot stream audio"):
        record_session(Line(shipped), tmp_path / "s")
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("port", ["pty", "tcp:0"])
def test_the_command_records_from_a_port(
    project: Path, port: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_session(RECORDING, tmp_path / "worn")
    assert is_recorder(project)
    with run_board(project, port=port, sensors=worn_sensors(project, tmp_path / "worn", 2.0)) as board:
        assert isinstance(board, VirtualSerialBoard)
        words = ["record", str(tmp_path / "s"), "--port", board.url, "--seconds", "1.5", "--json"]
        assert main(words) == 0
    streams = capsys.readouterr()
    document = json.loads(streams.out)
    assert (document["duration_s"], document["lost_audio"], document["ended"]) == (1.5, 0, "")
    assert "RAW AUDIO is recorded" in streams.err
    audio = load_recording(tmp_path / "s").audio
    at = next(at for at in range(0, 64000, 256) if (RECORDING.audio[at : at + 256] == audio[:256]).all())
    assert (audio == RECORDING.audio[at : at + 24000]).all()


def test_the_image_says_what_it_is_and_the_shipped_one_holds_nothing_of_it(
    elf: Path, project: Path, tmp_path: Path
) -> None:
    assert BANNER in elf.read_bytes()
    assert main(["recorder", str(tmp_path / "mine")]) == 0
    assert "STREAMS RAW AUDIO" in (tmp_path / "mine" / "README.md").read_text()
    assert "tussis_recorder_streams_raw_audio" in (tmp_path / "mine" / "CMakeLists.txt").read_text()
    shipped = export_project(make_detector(), tmp_path / "firmware").path
    assert not [path for path in shipped.rglob("*") if "recorder" in path.name.casefold()]
    assert BANNER not in build_firmware(shipped).read_bytes()
    recorder_codes = {one.code for one in (*RECORDER_HOST_MESSAGES, *RECORDER_BOARD_MESSAGES)}
    assert recorder_codes.isdisjoint(message.code for message in MESSAGES)
    shipped_reader = MessageReader()
    assert list(shipped_reader.feed(encode_message(Sound(0, RECORDING.audio[:240]), 0, 0))) == []
    assert shipped_reader.bad_type == 1


@pytest.mark.parametrize("light", [False, True])
def test_without_a_light_it_does_not_start(project: Path, light: bool) -> None:
    wire = ",".join(str(byte) for byte in encode_message(Record(5), 0, 0))
    sources = [project / f"{name}.c" for name in ("recorder", "messages", "link", "cobs", "crc")]
    program = find_host_compiler().build(
        [*sources, Path(__file__).with_name("no_light.c")],
        "program",
        include=[project],
        defines={"WIRE": wire, **({"LIGHT": 1} if light else {})},
    )
    assert subprocess.run([program], check=False).returncode == int(light)


def test_the_port_to_fill_in_compiles_without_warnings(project: Path) -> None:
    rates = {"TUSSIS_RECORDER_AUDIO_HZ": "16000U", "TUSSIS_RECORDER_IMU_HZ": "100U"}
    for source in sorted(project.glob("*.c")):
        flags = ["-Wall", "-Wextra", "-Werror", "-Wconversion", "-Wshadow", "-Wdouble-promotion"]
        find_host_compiler().build([source], "object", include=[project], defines=rates, extra_flags=flags)


def test_typed_lines_come_as_they_are_typed() -> None:
    lines = TypedLines(io.StringIO("\nlaugh\n"))
    found: list[str] = []
    for _ in range(10**5):
        found += lines.take()
        if len(found) == 2:
            break
    assert found == ["", "laugh"]
    assert TypedLines(None).take() == []
