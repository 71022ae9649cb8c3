"""Sessions between the host's link and the C application, over links that go wrong.

The detector is a stand-in whose every result hangs on a hash of all samples: one sample lost, repeated or
moved and no event is right any more. A failing case names its seed.
"""

import math
import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tussis.firmware_stub.protocol.framing import MessageReader, encode_message
from tussis.firmware_stub.protocol.link_error import BoardRefused, BoardReset, LinkError
from tussis.firmware_stub.protocol.messages import (
    FLAG_STAMPED,
    PROTOCOL_VERSION,
    Ack,
    Audio,
    Credit,
    End,
    Error,
    Event,
    Finish,
    Hello,
    Imu,
    Log,
    Ready,
    Refusal,
    Reset,
    Welcome,
)


def results(log):
    """Everything that must not depend on the link."""
    return (
        [event.payload()[2:] for event in log.events],
        [(s.window, s.margin) for s in log.stats if s.path == 1],
        [(s.window, s.margin) for s in log.stats if s.path == 2],
        log.end.event_digest,
        log.end.audio_windows,
    )


@pytest.fixture(scope="module")
def reference(protocol_library, kit):
    """What a clean link gives, by the form of the samples."""

    def run(**form):
        simulation = kit.Simulation(kit.CBoard(protocol_library))
        link = kit.new_link(kit.streams(**form), simulation)
        return results(simulation.run(link))

    forms = {"raw": {}, "decimated": {"decimated": True}, "no_imu": {"with_imu": False}}
    return {name: run(**form) for name, form in forms.items()}


def faulty(kit, board, faults, samples=None, **link_options):
    simulation = kit.Simulation(board, faults)
    link = kit.new_link(samples or kit.streams(), simulation, **link_options)
    return simulation, link


def test_clean_session_wastes_nothing(kit, c_board, reference):
    simulation, link = faulty(kit, c_board, kit.Faults())
    log = simulation.run(link)
    assert results(log) == reference["raw"]
    assert len(log.events) == 15 // 3 + 4
    assert log.end.audio_samples == 32000
    assert log.end.imu_samples == 200
    assert link.statistics.blocks_repeated == 0
    assert link.statistics.bad_messages_board == link.statistics.bad_messages_host == 0
    assert link.statistics.bytes_sent < 1.05 * (2 * 32000 + 24 * 200)


FAULTS = [
    {"flip": 0.01},
    {"drop": 0.01},
    {"repeat": 0.01},
    {"insert": 0.01},
    {"flip": 0.001, "drop": 0.001, "repeat": 0.001, "insert": 0.001},
    {"flip": 1e-4},
    {"cut": (0.02, 2.02)},
    {"cut": (0.0, 2.0)},
    {"cut": (0.05, 1.05), "drop": 0.005},
]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: "-".join(fault))
@pytest.mark.parametrize("form", ["raw", "decimated", "no_imu"])
def test_damaged_link_gives_the_same_events(kit, c_board, reference, form, fault, seed):
    form_options = {"raw": {}, "decimated": {"decimated": True}, "no_imu": {"with_imu": False}}[form]
    simulation, link = faulty(kit, c_board, kit.Faults(seed=seed, **fault), kit.streams(**form_options))
    assert results(simulation.run(link)) == reference[form]
    if "cut" not in fault:
        assert link.statistics.bad_messages_board > 0


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 1 << 30),
    rates=st.lists(st.floats(0, 0.005), min_size=4, max_size=4),
    window=st.sampled_from([700, 1024, 4096, 16384]),
    latency=st.floats(0.0001, 0.05),
    cut_s=st.one_of(st.none(), st.floats(0, 1)),
)
def test_any_fault_gives_the_same_events_or_says_what_was_lost(
    kit, make_c_board, reference, seed, rates, window, latency, cut_s
):
    flip, drop, repeat, insert = rates
    cut = None if cut_s is None else (cut_s, cut_s + 2.0)
    faults = kit.Faults(seed, flip, drop, repeat, insert, cut)
    simulation = kit.Simulation(make_c_board(window_bytes=window), faults, latency_s=latency)
    link = kit.new_link(kit.streams(), simulation)
    try:
        assert results(simulation.run(link, until=4000)) == reference["raw"]
    except LinkError as error:
        assert "is lost" in str(error)  # noqa: PT017 - either outcome is right
    assert simulation.now < 4000


def test_dead_board_is_given_up_within_five_seconds(kit, c_board):
    for dies_at in (0.0, 0.05):
        simulation, link = faulty(kit, c_board, kit.Faults(cut=(dies_at, math.inf)))
        with pytest.raises(LinkError, match=r"audio samples and .* IMU samples.*is lost"):
            simulation.run(link)
        assert simulation.now < dies_at + 5.0


def test_board_that_takes_nothing_is_given_up(kit, c_board):
    class Deaf:
        """Answers every probe, takes no sample."""

        def __init__(self, board):
            self.board = board
            self.reader = MessageReader()

        def serve(self, data):
            messages = [r for r in self.reader.feed(data) if not isinstance(r.message, Audio | Imu)]
            return self.board.serve(b"".join(encode_message(r.message, r.session, r.seq) for r in messages))

    board = Deaf(c_board)
    simulation, link = faulty(kit, board, kit.Faults())
    with pytest.raises(LinkError, match="takes nothing"):
        simulation.run(link)
    assert simulation.now < 5.0


def test_board_that_stops_taking_is_given_up(kit, c_board):
    """It answers at once, so that never anything is under way when the host looks."""

    class Stuck:
        def __init__(self):
            self.reader = MessageReader()

        def serve(self, data):
            messages = list(self.reader.feed(data))
            allowed = [r for r in messages if not isinstance(r.message, Audio) or r.message.first < 9000]
            return c_board.serve(b"".join(encode_message(r.message, r.session, r.seq) for r in allowed))

    simulation, link = faulty(kit, Stuck(), kit.Faults())
    with pytest.raises(LinkError, match="takes nothing"):
        simulation.run(link)
    assert link.audio_taken >= 9000
    assert simulation.now < 5.5


def test_same_hello_again_after_samples_starts_afresh(kit, c_board, reference):
    for form, name in (({"decimated": True}, "decimated"), ({}, "raw")):
        simulation, link = faulty(kit, c_board, kit.Faults(), kit.streams(**form))
        assert results(simulation.run(link)) == reference[name]


@pytest.mark.parametrize("seed", range(4))
def test_reset_board_is_noticed_at_once_and_the_session_runs_again(kit, c_board, reference, seed):
    simulation, link = faulty(kit, c_board, kit.Faults(seed=seed, flip=0.002, resets=[0.05 + 0.02 * seed]))
    with pytest.raises(BoardReset, match="reset"):
        simulation.run(link)
    assert simulation.now < 1.0
    again = kit.new_link(kit.streams(), simulation, nonce=99, session=8)
    assert results(simulation.run(again)) == reference["raw"]


@pytest.mark.parametrize("same_session_byte", [False, True])
def test_host_killed_and_started_again(kit, c_board, reference, same_session_byte):
    """The new host finds a board in the middle of the old one's session, and its words still on the line."""
    simulation, link = faulty(kit, c_board, kit.Faults())
    simulation.run(link, until=0.08)
    assert not link.done
    assert link.audio_taken > 0
    stale = c_board.serve(link.transmit(simulation.now) + encode_message(Ack(0, 1), link.session, 500))
    again = kit.new_link(kit.streams(), simulation, nonce=4711, session=7 if same_session_byte else 9)
    again.receive(stale, simulation.now)
    assert results(simulation.run(again)) == reference["raw"]


@pytest.mark.parametrize("seed", range(5))
def test_garbage_before_hello(kit, c_board, reference, seed):
    garbage = random.Random(seed).randbytes(3000)
    c_board.serve(garbage)
    simulation, link = faulty(kit, c_board, kit.Faults())
    link.receive(random.Random(seed + 100).randbytes(3000), simulation.now)
    assert results(simulation.run(link)) == reference["raw"]


def test_paced_session_keeps_time(kit, c_board, reference):
    simulation, link = faulty(kit, c_board, kit.Faults(), speed=2.0)
    assert results(simulation.run(link)) == reference["raw"]
    assert 1.0 <= simulation.now < 1.1


def test_paced_session_catches_up_after_a_cut(kit, c_board, reference):
    simulation, link = faulty(kit, c_board, kit.Faults(cut=(0.5, 2.5)), speed=1.0)
    assert results(simulation.run(link)) == reference["raw"]
    assert simulation.now < 3.0


def test_never_more_under_way_than_the_board_has_room_for(kit, make_c_board):
    for window in (700, 1024, 4096):
        board = make_c_board(window_bytes=window)
        most = 0

        class Counting:
            def serve(self, data, board=board):
                nonlocal most
                most = max(most, len(data))
                return board.serve(data)

        simulation = kit.Simulation(Counting())
        simulation.run(kit.new_link(kit.streams(1.0), simulation))
        assert most <= window


def test_slow_reader_of_messages_stops_the_board_not_the_messages(kit, c_board, reference):
    """Acknowledgements that come late fill the outbox: the board takes no more samples, and loses nothing."""
    simulation = kit.Simulation(c_board, latency_s=0.3)
    link = kit.new_link(kit.streams(), simulation)
    assert results(simulation.run(link)) == reference["raw"]


def say(board, message, session=7, seq=1):
    return [r.message for r in MessageReader().feed(board.serve(encode_message(message, session, seq)))]


class TestRefusals:
    def test_data_without_a_session(self, c_board):
        c_board.serve(b"")
        for message in (Audio(0, np.zeros(4, np.int16)), Imu(), Finish(), Ack()):
            assert say(c_board, message) == [Error(Refusal.NO_SESSION, 0)]

    @pytest.mark.parametrize(
        ("change", "answer"),
        [
            ({"version": PROTOCOL_VERSION - 1}, Error(Refusal.VERSION, PROTOCOL_VERSION)),
            ({"detector_hash": 1}, Error(Refusal.DETECTOR, 0x5EEDC0DE)),
            ({"audio_rate_hz": 44100}, Error(Refusal.RATE, 16000)),
            ({"imu_rate_hz": 50}, Error(Refusal.RATE, 100)),
            ({"imu_rate_hz": 23, "flags": FLAG_STAMPED}, Error(Refusal.RATE, 100)),
            ({"imu_rate_hz": 437, "flags": FLAG_STAMPED}, Error(Refusal.RATE, 100)),
            ({"imu_rate_hz": 2**32 - 1, "flags": FLAG_STAMPED}, Error(Refusal.RATE, 100)),
            ({"mode": 0}, Error(Refusal.MODE, 0b1110)),
        ],
    )
    def test_terms(self, c_board, kit, change, answer):
        c_board.serve(b"")
        terms = kit.hello_for(kit.streams(1.0))
        asked = Hello(**{**vars(terms), **change})
        assert say(c_board, asked) == [answer]

    @pytest.mark.parametrize("rate_hz", [24, 52, 436])
    def test_a_stamped_sensor_may_run_at_a_rate_that_the_detector_takes(self, c_board, kit, rate_hz):
        c_board.serve(b"")
        terms = {**vars(kit.hello_for(kit.streams(1.0))), "imu_rate_hz": rate_hz, "flags": FLAG_STAMPED}
        assert not any(isinstance(answer, Error) for answer in say(c_board, Hello(**terms)))

    def test_host_raises_them(self, c_board, kit):
        samples = kit.streams(1.0)
        simulation = kit.Simulation(c_board)
        link = kit.new_link(samples, simulation)
        link.hello = Hello(**{**vars(link.hello), "detector_hash": 1})
        with pytest.raises(BoardRefused, match="detector 5eedc0de"):
            simulation.run(link)

    def test_refused_hello_leaves_the_open_session_alone(self, c_board, kit):
        c_board.serve(b"")
        terms = kit.hello_for(kit.streams(1.0))
        assert [type(f) for f in say(c_board, terms)] == [Welcome, Log, Credit]
        refused = say(c_board, Hello(**{**vars(terms), "version": 9}), session=8)[0]
        assert refused == Error(Refusal.VERSION, PROTOCOL_VERSION)
        assert say(c_board, Ack(0, 0))[0].last_seq == 1


class TestBoardsManners:
    def test_log_names_the_board_and_tells_each_loss_once(self, c_board, kit):
        samples = kit.streams(1.0)
        samples.imu[[20, 21, 70], 0] = np.nan
        simulation = kit.Simulation(c_board, kit.Faults(flip=0.003))
        log = simulation.run(kit.new_link(samples, simulation))
        lines = [(line.level, line.text) for line in log.logs]
        assert lines == [(0, "emulated core"), (1, "IMU samples that are not finite")]

    def test_ready_at_boot_and_after_reset(self, c_board):
        assert [r.message for r in MessageReader().feed(c_board.serve(b""))] == [
            Ready(PROTOCOL_VERSION, 0, 0x5EEDC0DE, 0x010203)
        ]
        assert say(c_board, Reset()) == [Ready(PROTOCOL_VERSION, 1, 0x5EEDC0DE, 0x010203)]

    def test_goodbye_leaves_no_session(self, c_board, kit):
        simulation = kit.Simulation(c_board)
        link = kit.new_link(kit.streams(1.0), simulation)
        simulation.run(link)
        c_board.serve(link.goodbye())
        assert say(c_board, Ack(0, 0)) == [Error(Refusal.NO_SESSION, 0)]

    def test_silent_without_a_session(self, c_board):
        c_board.serve(b"")
        assert c_board.serve(random.Random(3).randbytes(2000)) == b""

    def test_overlapping_and_split_blocks(self, c_board, kit, reference):
        """The host may cut any stretch again in any way."""
        samples = kit.streams(with_imu=False)
        c_board.serve(b"")
        terms = kit.hello_for(samples)
        assert [type(f) for f in say(c_board, terms)] == [Welcome, Log, Credit]
        rng, taken, seq, next_message, events = random.Random(5), 0, 1, 1, []
        while True:
            first = max(0, taken - rng.randrange(300)) if rng.random() < 0.9 else taken + 1
            block = Audio(first, samples.audio[first : first + rng.randrange(1, 257)])
            if taken == len(samples.audio):
                block = Finish(taken, 0)
            seq += 1
            wire = encode_message(block, 7, seq) + encode_message(Ack(next_message, 0), 7, seq + 1)
            seq += 1
            for received in MessageReader().feed(c_board.serve(wire)):
                message = received.message
                if isinstance(message, Credit):
                    taken = message.audio_next
                elif message.reliable:
                    assert message.message == next_message
                    next_message += 1
                if isinstance(message, Event):
                    events.append(message.payload()[2:])
                if isinstance(message, End):
                    assert message.bad_order > 10
                    assert events == reference["no_imu"][0]
                    return
