"""The log's C writes pages, and `read_event_log` reads them; what is damaged is passed over."""

import ctypes
import json
import struct
from datetime import UTC, datetime, timedelta

import pytest

from tussis.cli.app import main
from tussis.data.input_error import InputError
from tussis.export.build.toolchain import find_host_compiler
from tussis.firmware_stub.protocol.event_log import LogRecord, read_event_log, wall_times

PAGE, PAGES = 256, 4
RECORDS = PAGE // 32 - 1
READ = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p, ctypes.c_uint32)
ERASE = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_uint32)


class Flash(ctypes.Structure):
    _fields_ = (
        ("page_bytes", ctypes.c_uint32), ("pages", ctypes.c_uint32), ("read", READ), ("write", READ),
        ("erase", ERASE), ("context", ctypes.c_void_p),
    )  # fmt: skip


class Board:
    """The C log over a bytearray."""

    def __init__(self, library):
        self.memory = bytearray(b"\xff" * PAGE * PAGES)
        self._library = library
        self._log = ctypes.create_string_buffer(256)
        self._flash = Flash(PAGE, PAGES, READ(self._read), READ(self._write), ERASE(self._erase), None)
        self.start()

    def _read(self, _, address, to, n):
        ctypes.memmove(to, bytes(self.memory[address : address + n]), n)
        return True

    def _write(self, _, address, source, n):
        self.memory[address : address + n] = ctypes.string_at(source, n)
        return True

    def _erase(self, _, page):
        self.memory[page * PAGE : (page + 1) * PAGE] = b"\xff" * PAGE
        return True

    def start(self):
        assert self._library.tussis_log_open(self._log, ctypes.byref(self._flash)) == 0
        assert self._library.tussis_log_start(self._log, 0xDE7EC709, 0, 5, ctypes.c_bool(False)) == 0

    def event(self, onset, number=0):
        event = struct.pack("<QQQIfB7x", onset, onset + 4000, onset + 100, number, 0.75, 2)
        assert self._library.tussis_log_event(self._log, event) == 0

    def anchor(self, ticks, when):
        us = round((when - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1e6)
        assert self._library.tussis_log_anchor(self._log, ctypes.c_uint64(ticks), ctypes.c_int64(us)) == 0

    def loss(self, ticks):
        assert self._library.tussis_log_loss(self._log, ctypes.c_uint64(ticks), 256, 16, 1) == 0

    def records(self):
        return read_event_log(bytes(self.memory), PAGE)


@pytest.fixture(scope="module")
def library(kit):
    sources = [kit.FIRMWARE / "ports/live/event_log.c", kit.FIRMWARE / "app/crc.c"]
    return ctypes.CDLL(str(find_host_compiler().build(sources, "shared", include=kit.INCLUDE)))


@pytest.fixture
def board(library):
    return Board(library)


def test_records_as_they_were_written(board):
    board.event(2**40, 7)
    board.loss(2**40 + 16000)
    event = {"id": 7, "mode": "gated", "confidence": 0.75, "length_ticks": 4000, "peak_ticks": 100}
    start = {"detector_hash": "de7ec709", "selftest": 0, "reset_cause": 5}
    assert board.records() == [
        LogRecord(0, 1, "start", 0, start),
        LogRecord(1, 1, "event", 2**40, event),
        LogRecord(2, 1, "loss", 2**40 + 16000, {"lost_audio": 256, "lost_imu": 16, "lost_events": 1}),
    ]


def test_a_restart_that_writes_nothing_takes_nothing(board):
    board.event(1)
    before = bytes(board.memory)
    for _ in range(5):
        board.start()
    assert bytes(board.memory) == before
    board.event(2)
    assert [r.boot for r in board.records()] == [1, 1, 2, 2]


def test_the_oldest_page_is_given_up(board):
    for number in range(60):
        board.event(16000 * number, number)
    records = board.records()
    assert [r.number for r in records] == list(range(records[0].number, 61))
    assert len(records) > (PAGES - 2) * RECORDS


def test_damage_is_passed_over(board):
    for number in range(60):
        board.event(16000 * number, number)
    whole = board.records()
    for at in range(
        0, len(board.memory), 8
    ):  # whatever eight bytes are hit, all other records of their page stay
        kept = bytes(board.memory[at : at + 8])
        board.memory[at : at + 8] = bytes(b ^ 0x55 for b in kept)
        left = board.records()
        board.memory[at : at + 8] = kept
        assert [r for r in whole if r in left] == left
        assert len(whole) - len(left) <= (RECORDS if at % PAGE < 32 else 1)


class TestWallTimes:
    NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)

    def test_between_two_anchors_drift_is_taken_out(self, board):
        """A clock that is 100 ppm slow: an hour later it has counted 16000 * 3600 * 0.9999 ticks."""
        hour = round(16000 * 3600 * 0.9999)
        board.anchor(0, self.NOON)
        board.event(hour // 2)
        board.anchor(hour, self.NOON + timedelta(hours=1))
        board.event(hour * 2)
        times = [
            t for t, r in zip(wall_times(board.records()), board.records(), strict=True) if r.kind == "event"
        ]
        wanted = [self.NOON + timedelta(hours=h) for h in (0.5, 2)]
        assert all(abs(t - w) < timedelta(milliseconds=1) for t, w in zip(times, wanted, strict=True))

    def test_a_clock_that_was_set_counts_from_the_nearest_anchor(self, board):
        board.anchor(0, self.NOON - timedelta(days=3))
        board.event(16000)
        board.event(16000 * 3599)
        board.anchor(16000 * 3600, self.NOON)
        times = wall_times(board.records())
        assert times[2] == self.NOON - timedelta(days=3) + timedelta(seconds=1)
        assert times[3] == self.NOON - timedelta(seconds=1)

    def test_one_anchor(self, board):
        board.event(0)
        board.anchor(16000, self.NOON)
        assert wall_times(board.records())[1] == self.NOON - timedelta(seconds=1)

    def test_without_an_anchor_of_its_own_start_there_is_none(self, board):
        board.anchor(0, self.NOON)
        board.start()
        board.event(0)
        assert wall_times(board.records())[-2:] == [None, None]


def test_the_verb_prints_json_lines(board, tmp_path, capsys):
    board.anchor(0, datetime(2026, 7, 1, 12, tzinfo=UTC))
    board.event(24000, 3)
    dump = tmp_path / "flash.bin"
    dump.write_bytes(board.memory)
    assert main(["log", str(dump), "--page-bytes", str(PAGE)]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["kind"] for line in lines] == ["start", "anchor", "event"]
    assert lines[2] == {
        "number": 2, "boot": 1, "kind": "event", "ticks": 24000, "time": "2026-07-01T12:00:01.500+00:00",
        "id": 3, "mode": "gated", "confidence": 0.75, "length_ticks": 4000, "peak_ticks": 100,
    }  # fmt: skip


@pytest.mark.parametrize("flash", [b"", bytes(PAGE * PAGES - 1), bytes(PAGE * PAGES), b"\xff" * PAGE * PAGES])
def test_what_is_no_log_is_refused(flash):
    with pytest.raises(InputError):
        read_event_log(flash, PAGE)
