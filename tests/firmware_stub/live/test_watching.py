"""`tussis monitor` at an emulated board that wears a recording; its log shown again; a line that breaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tussis.cli.app import main
from tussis.data.input_error import InputError
from tussis.export.codegen.project import export_project
from tussis.firmware_stub.boards.board import BoardGone
from tussis.firmware_stub.boards.emulated_firmware import EmulatedFirmware, build_firmware
from tussis.firmware_stub.boards.serial_board import SerialBoard
from tussis.firmware_stub.boards.virtual_serial import VirtualSerialBoard
from tussis.firmware_stub.boards.worn_sensors import WornSensors
from tussis.firmware_stub.live.board_state import BoardState
from tussis.firmware_stub.live.watch_log import opened_log
from tussis.firmware_stub.live.watching import replay_log, watch
from tussis.firmware_stub.protocol.framing import MessageReader, Received, encode_message
from tussis.firmware_stub.protocol.messages import Error, Event, Log, Pulse, Ready, Refusal, Watch
from tussis.selection.detector.inference import detect

from ...export.conftest import make_detector, make_recording

RECORDING = make_recording(10, seconds=8.0)
FASTER = 4.0


@pytest.fixture(scope="module")
def elf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = export_project(make_detector(), tmp_path_factory.mktemp("watched") / "firmware")
    return build_firmware(project, watched=True)


def worn(elf: Path, port: str, **settings: bool) -> VirtualSerialBoard:
    firmware = EmulatedFirmware(elf, **settings)
    return VirtualSerialBoard(firmware, port, sensors=WornSensors(RECORDING, FASTER))


def expected() -> list[tuple[float, float, float]]:
    """Events that are final by the end of the sound: nobody flushes a board that is worn."""
    return [tuple(event) for event in detect(RECORDING, make_detector(), "gated").events]


@pytest.mark.parametrize("port", ["pty", "tcp:0"])
def test_what_a_worn_board_hears_is_seen(elf: Path, port: str, tmp_path: Path) -> None:
    told: list[int] = []

    def tell(at_s: float, state: BoardState, events: list[Event]) -> None:
        told.append(len(events))
        assert at_s < 600.0  # on a loaded machine it plays slower than the core decides
        if state.pulse is not None and state.pulse.ticks >= 8 * 16000:
            raise KeyboardInterrupt  # Ctrl-C, once all was played

    with worn(elf, port, count_cycles=True) as board, opened_log(tmp_path / "watch.log", board.url) as log:
        line = SerialBoard(board.url)
        state = watch(line, tell, log=log)
        line.close()
        assert board.fault is None
    events = expected()
    assert state.events == events[: len(state.events)]
    assert len(events) - 1 <= len(state.events) > 2
    assert sum(told) == len(state.events)
    assert state.windows["motion"] > 20
    assert state.windows["audio"] > 5
    assert state.pulse is not None
    assert state.pulse.detector_hash != 0
    assert state.pulse.mode == 3
    assert state.faults == {}
    assert (state.link.lost_messages, state.link.bad_host, state.link.bad_board) == (0, 0, 0)
    assert state.link.answer_s is not None
    again = replay_log(tmp_path / "watch.log", lambda at_s, state, events: None)
    assert again.as_dict() == state.as_dict()


def test_cycles_are_those_of_the_detector(elf: Path) -> None:
    """Pulses sum up what the core spent in the detector; less than it spent in all."""
    firmware = EmulatedFirmware(elf, count_cycles=True)
    reader = MessageReader()
    sensors = WornSensors(RECORDING, speed=1e9)
    spent = seconds = 0.0
    assert sensors.turn(-1.0) is None  # the first call sets the clock
    for number in range(500):
        turn = sensors.turn(float(number))
        assert turn is not None
        firmware.sense(*turn)
        if number % 62 == 61:
            for received in reader.feed(firmware.serve(encode_message(Watch(5), 0, number))):
                if isinstance(received.message, Pulse):
                    spent += received.message.cycles
                    seconds += received.message.duration_ms / 1000
                    assert received.message.clock_hz == 64_000_000
    assert seconds == pytest.approx(496 * 0.016)
    assert 50_000 < spent / seconds < 1_000_000


class BrokenLine:
    """A board that says what it is told to say, and whose cable is pulled once."""

    name = "broken"

    def __init__(self) -> None:
        self.turns: Iterator[bytes | None] = iter(
            [
                encode_message(Ready(3, 0, 1, 2), 0, 0),
                encode_message(Event(0, 16000, 24000, 0.5), 0, 1) + b"noise\0",
                None,
                encode_message(Event(3, 32000, 40000, 0.75), 0, 5) + encode_message(Log(0, 1, "tired"), 0, 6),
            ]
        )
        self.asked = 0

    def read(self, wait_s: float) -> bytes:
        found = next(self.turns, b"")
        if found is None:
            raise BoardGone("unplugged")
        return found

    def write(self, data: bytes) -> int:
        self.asked += sum(isinstance(one.message, Watch) for one in MessageReader().feed(data))
        return len(data)

    def reopen(self) -> bool:
        return True

    def close(self) -> None:
        pass


def test_a_pulled_cable_and_noise_are_counted_and_said(tmp_path: Path) -> None:
    ticks = iter(range(1000))
    line = BrokenLine()
    with opened_log(tmp_path / "log", "broken") as log:
        state = watch(line, lambda *told: None, log=log, seconds=9.0, clock=lambda: next(ticks) * 0.4)
    assert [event[0] for event in state.events] == [1.0, 2.0]
    assert state.link.interruptions == 1
    assert state.link.is_open
    assert state.link.bad_host == 1
    assert state.link.lost_messages == 3
    assert list(state.notes) == ["tired"]
    assert line.asked > 2
    waits: list[float] = []
    again = replay_log(tmp_path / "log", lambda *told: None, speed=2.0, wait=waits.append)
    assert again.as_dict() == state.as_dict()
    assert sum(waits) == pytest.approx(9.0 / 2, abs=0.5)


def test_a_log_that_was_cut_is_shown_and_a_wrong_file_refused(tmp_path: Path) -> None:
    with opened_log(tmp_path / "log", "p") as log:
        assert log is not None
        log.bytes_came(0.1, encode_message(Event(0, 16000, 24000, 0.5), 0, 1))
        log.happened(0.2, "gone")
    with (tmp_path / "log").open("a") as file:
        file.write('{"t": 0.3, "in": "AA')
    state = replay_log(tmp_path / "log", lambda *told: None)
    assert len(state.events) == state.link.interruptions == 1
    with pytest.raises(InputError, match="exists"), opened_log(tmp_path / "log", "p"):
        pass
    (tmp_path / "other").write_text("{}\n")
    with pytest.raises(InputError, match="is not a log of tussis monitor"):
        replay_log(tmp_path / "other", lambda *told: None)
    (tmp_path / "log").write_text('{"tussis_monitor": 1, "port": "p"}\n{"t": 1}\n')
    with pytest.raises(InputError, match="line 2: is not a line of a log"):
        replay_log(tmp_path / "log", lambda *told: None)


@pytest.mark.parametrize(
    "line",
    [
        "[" * 100_000,
        '{"t": ' + "1" * 5000 + ', "is": "gone"}',
        '{"t": true, "is": "gone"}',
        '{"t": "0.1", "is": "gone"}',
        '{"t": NaN, "is": "gone"}',
        '{"t": 1e400, "is": "gone"}',
        '{"t": -1, "is": "gone"}',
        '{"t": 1, "in": 5}',
        '{"t": 1, "in": "?"}',
        '{"t": 1, "is": "\\ud800"}',
        '{"t": 1, "t": 2, "is": "gone"}',
        "\x00",
        " " * (1 << 21),
    ],
)
def test_a_hostile_line_of_a_log_is_named(line: str, tmp_path: Path) -> None:
    (tmp_path / "log").write_text('{"tussis_monitor": 1, "port": "p"}\n' + line + "\n")
    with pytest.raises(InputError, match="line 2: is not a line of a log; delete the line"):
        replay_log(tmp_path / "log", lambda *told: None)


def test_the_command_prints_lines_json_and_a_log(
    elf: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with worn(elf, "tcp:0") as board:
        words = ["monitor", "--port", board.url, "--seconds", "2.5", "--log", str(tmp_path / "log")]
        assert main(words) == 0
    out = capsys.readouterr().out.splitlines()
    assert any("cough of" in line for line in out)
    assert any("gated, gate" in line and "instructions per second" in line for line in out)
    assert main(["monitor", "--replay", str(tmp_path / "log"), "--json"]) == 0
    *happened, end = map(json.loads, capsys.readouterr().out.splitlines())
    assert end["kind"] == "end"
    events = [one for one in happened if one["kind"] == "event"]
    assert end["events"] == len(events) == sum("cough of" in line for line in out)
    assert all(one["end_s"] > one["start_s"] for one in events)
    pulses = [one for one in happened if one["kind"] == "pulse"]
    assert len(pulses) == end["pulses"] == sum("gate" in line for line in out)
    assert pulses[0]["at_s"] < pulses[-1]["at_s"]
    assert pulses[-1]["pulse"] == end["pulse"]
    assert end["link"]["lost_messages"] == 0
    assert main(["monitor"]) == 2
    assert "give one of both" in capsys.readouterr().err


def test_the_picture_is_drawn_before_and_after_the_first_answer() -> None:
    from rich.console import Console

    from tussis.cli.monitor_view import board_view, pulse_line

    state = BoardState()
    console = Console(width=70, record=True)
    console.print(board_view(0.0, state))
    assert "has not answered" in console.export_text()
    state.take(Received(Error(Refusal.NO_SESSION, 0), 0, 0))
    console.print(board_view(0.0, state))
    assert "TUSSIS_WATCH=1" in console.export_text()
    assert "TUSSIS_WATCH=1" in pulse_line(state)
    state.pulse = Pulse(
        ticks=32000, duration_ms=1000, cycles=128_000, clock_hz=64_000_000, mode=3, microphone=1
    )
    state.faults["clipping"] = 2
    console.print(board_view(2.0, state))
    text = console.export_text()
    assert "2.0 s, gated" in text
    assert "128,000 cycles per second (0.2% of the core)" in text
    assert "clipping (2)" in text


def test_a_board_without_sensors_answers_too(elf: Path) -> None:
    answers = list(MessageReader().feed(EmulatedFirmware(elf).serve(encode_message(Watch(5), 0, 0))))
    assert [type(one.message) for one in answers] == [Ready, Pulse]
