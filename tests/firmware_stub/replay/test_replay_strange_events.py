"""Events that no board of ours sends: absurd lengths, places and confidences, over a real board's session."""

import dataclasses
import json
import math
import tracemalloc
import zlib

import pytest

from tussis.data.json_text import json_text
from tussis.data.recording import Label
from tussis.export.codegen.project import export_project
from tussis.firmware_stub.boards.board_server import run_board
from tussis.firmware_stub.boards.serial_board import SerialBoard
from tussis.firmware_stub.protocol.framing import MessageReader, encode_message
from tussis.firmware_stub.protocol.messages import End, Event, Stats
from tussis.firmware_stub.replay.replay import replay_recording
from tussis.selection.training.event_counts import count_events


class Rewriting:
    """Passes a board's bytes on, with its first EVENT and its STATS changed and END's digest made to fit."""

    def __init__(self, board, event, stats):
        self._board, self._event, self._stats = board, event, stats
        self.name = board.name
        self._reader = MessageReader()
        self._seen, self._digest = set(), 0

    def write(self, data):
        return self._board.write(data)

    def reopen(self):
        return self._board.reopen()

    def read(self, wait_s):
        out = b""
        for one in self._reader.feed(self._board.read(wait_s)):
            message = one.message
            if isinstance(message, Event):
                first = not self._seen or message.message == min(self._seen)
                message = dataclasses.replace(message, **(self._event if first else {}))
                if message.message not in self._seen:
                    self._seen.add(message.message)
                    self._digest = zlib.crc32(message.payload()[2:], self._digest)
            elif isinstance(message, Stats):
                message = dataclasses.replace(message, **self._stats)
            elif isinstance(message, End):
                message = dataclasses.replace(message, event_digest=self._digest)
            out += encode_message(message, one.session, one.seq)
        return out


@pytest.fixture(scope="module")
def detector(made):
    return made.make_detector()


@pytest.fixture(scope="module")
def url(detector, tmp_path_factory):
    firmware = export_project(detector, tmp_path_factory.mktemp("strange") / "firmware").path
    with run_board(firmware, port="tcp:0") as running:
        yield running.url


@pytest.fixture
def replayed(made, detector, url):
    recording = made.make_recording(11, seconds=6.0)

    def run(event, stats=None):
        board = SerialBoard(url)
        try:
            return replay_recording(recording, Rewriting(board, event, stats or {}), detector)
        finally:
            board.close()

    return run


ABSURD = {
    "as long as the number allows": {"start": 0, "end": 2**64 - 1},
    "an hour": {"start": 0, "end": 3600 * 16000},
    "behind the recording": {"start": 20 * 16000, "end": 21 * 16000},
    "empty": {"start": 16000, "end": 16000},
    "backwards": {"start": 32000, "end": 16000},
    "before zero, as the wire shows it": {"start": 2**64 - 16000, "end": 16000},
}


@pytest.mark.parametrize("kind", ABSURD)
def test_an_event_that_cannot_be_is_a_failed_session_and_costs_no_memory(replayed, kind):
    tracemalloc.start()
    try:
        result = replayed(ABSURD[kind])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert not result.passed
    assert "event 1" in result.error
    assert "cannot be one of 6.00 s" in result.error
    assert peak < 60e6


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_lacks_are_null_in_the_result(replayed, value):
    result = replayed({"confidence": value}, {"margin": value})
    assert result.error is None
    assert not result.passed
    document = json.loads(json_text(result.document), parse_constant=lambda name: pytest.fail(name))
    assert document["events"][0]["confidence"] is None
    assert document["difference"]["extra"]
    assert document["difference"]["worst_margin_error"] is None


def test_an_unchanged_session_still_passes(replayed):
    assert replayed({}).passed


@pytest.mark.parametrize("end_s", [1e4, 1e9, 1e15, math.inf])
@pytest.mark.parametrize("start_s", [0.0, 0.9, 20.0])
def test_scoring_allocates_by_the_recording_not_by_the_event(start_s, end_s):
    tracemalloc.start()
    try:
        counts = count_events([Label(0.5, 0.9, "cough")], [(start_s, end_s)], 10.0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert counts.ref == 1
    assert counts.fp <= 10 / 0.6 + 2
    assert peak < 20e6
