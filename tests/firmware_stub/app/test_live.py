"""A board that is worn: no host, its own microphone, events as they come; and a host that interrupts it."""

import ctypes
from pathlib import Path

import numpy as np
import pytest

from tussis.export.build.toolchain import find_host_compiler
from tussis.firmware_stub.protocol.framing import MessageReader, encode_message
from tussis.firmware_stub.protocol.messages import (
    PROTOCOL_VERSION,
    Ack,
    Credit,
    Error,
    Event,
    Pulse,
    Ready,
    Reset,
    Stats,
    Watch,
    Welcome,
)

HERE = Path(__file__).parent


@pytest.fixture(params=[{"TUSSIS_WATCH": 1}], ids=["watched"])
def live(kit, request):
    sources = [*kit.SOURCES, kit.STUB / "tussis.c", HERE / "live_port.c"]
    library = ctypes.CDLL(
        str(find_host_compiler().build(sources, "shared", include=kit.INCLUDE, defines=request.param))
    )
    library.live_poll.restype = ctypes.c_size_t
    library.live_poll.argtypes = [
        ctypes.c_size_t, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t,
    ]  # fmt: skip
    library.live_start()

    def poll(audio=0, imu=0, message=None, room=4096):
        data = encode_message(message, 7, 1) if message else b""
        sent = ctypes.create_string_buffer(room)
        n = library.live_poll(audio, imu, data, len(data), sent, room)
        return list(MessageReader().feed(sent.raw[:n]))

    return poll


def messages(received):
    return [r.message for r in received]


def test_events_come_without_a_host(live):
    first = live(audio=16000, imu=100)
    assert isinstance(first[0].message, Ready)
    events = first[1:]
    assert [type(r.message) for r in events] == [Event, Event]
    assert {r.session for r in events} == {0}
    assert [r.message.message for r in events] == [0, 1]


def test_events_wait_for_room_on_the_line(live):
    assert live(audio=16000, room=20) == []
    got = messages(live(room=4096))
    assert [type(f) for f in got] == [Ready]
    assert [type(f) for f in messages(live(audio=16000))] == [Event, Event]


def test_a_host_takes_over_and_gives_back(live, kit):
    samples = kit.streams(0.1)
    live(audio=6144)
    assert isinstance(messages(live(message=kit.hello_for(samples)))[0], Welcome)
    assert live(audio=32000) == []  # the board's own samples are not even read
    assert messages(live(message=Reset())) == [Ready(PROTOCOL_VERSION, 1, 0x5EEDC0DE, 0x010203)]
    again = messages(live(audio=6144))
    assert [type(f) for f in again] == [Event]
    assert messages(live(message=Ack())) == [Error(1, 0)]


def test_live_results_are_those_of_a_replay(live, kit, c_board):
    """The same samples, once from the microphone and once from the wire."""
    own = [r.message.payload()[2:] for r in live(audio=16000) if isinstance(r.message, Event)]
    audio = (np.arange(16000) & 0xFFFF).astype(np.uint16).view(np.int16)
    streams = kit.SampleStreams(audio, 16000, False, np.zeros((0, 6), np.float32), 100)
    simulation = kit.Simulation(c_board)
    log = simulation.run(kit.new_link(streams, simulation))
    assert [event.payload()[2:] for event in log.events][: len(own)] == own


def test_who_watches_is_told_windows_and_state(live):
    live(audio=16000, imu=100)
    (pulse,) = messages(live(message=Watch(2)))
    assert isinstance(pulse, Pulse)
    assert (pulse.ticks, pulse.duration_ms, pulse.faults, pulse.imu_lead, pulse.mode) == (
        16000,
        1000,
        2,
        -7.0,
        1,
    )
    assert (pulse.detector_hash, pulse.microphone) == (0x5EEDC0DE, 1)
    got = messages(live(audio=16000, imu=100))
    stats = [one for one in got if isinstance(one, Stats)]
    assert [one.window for one in stats if one.path == 1] == list(range(7, 15))
    assert [one.window for one in stats if one.path == 2] == [4, 5, 6, 7]
    got = messages(live(audio=32000))
    assert [one.window for one in got if isinstance(one, Stats)] == list(
        range(15, 23)
    )  # two seconds are over
    (pulse,) = messages(live(message=Watch(0)))
    assert pulse.duration_ms == 3000
    assert not any(isinstance(one, Stats) for one in messages(live(audio=16000)))


@pytest.mark.parametrize("live", [{}], ids=["as exported"], indirect=True)
def test_firmware_that_is_not_built_to_be_watched_answers_nothing_else(live):
    live(audio=16000, imu=100)
    (refused,) = messages(live(message=Watch(2)))
    assert isinstance(refused, Error)
    assert not any(isinstance(one, Stats) for one in messages(live(audio=16000)))


def test_watching_leaves_a_session_alone(live, kit):
    live(audio=6144)
    live(message=kit.hello_for(kit.streams(0.1)))
    pulse, _ = messages(live(message=Watch(2)))
    assert (pulse.ticks, pulse.mode, pulse.detector_hash) == (0, 0, 0x5EEDC0DE)
    assert [type(one) for one in messages(live(message=Ack()))] == [Credit]
