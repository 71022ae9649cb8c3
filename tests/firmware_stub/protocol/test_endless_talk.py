"""A board that goes on talking is not one that gets on: what counts as progress, and what is kept."""

import math

import pytest

from tussis.firmware_stub.protocol.framing import MessageReader, encode_message
from tussis.firmware_stub.protocol.link import MOST_LINES, MOST_SAID_STANDING
from tussis.firmware_stub.protocol.link_error import LinkError
from tussis.firmware_stub.protocol.messages import Audio, Credit, Event, Hello, Imu, Log, Stages, Stats


def session_with(kit, board, samples=None, **link_options):
    simulation = kit.Simulation(board, kit.Faults())
    return simulation, kit.new_link(samples or kit.streams(), simulation, **link_options)


class Talker:
    """A board that answers, and says the same kind of message again and again with every answer."""

    def __init__(self, board, say, takes):
        self.board, self.say, self.takes = board, say, takes
        self.reader = MessageReader()
        self.said = 0
        self.open = False

    def serve(self, data):
        messages = list(self.reader.feed(data))
        passed = [r for r in messages if self.takes or not isinstance(r.message, Audio | Imu)]
        answer = self.board.serve(b"".join(encode_message(r.message, r.session, r.seq) for r in passed))
        if any(isinstance(r.message, Hello) for r in messages):
            self.open = True
            return answer
        for _ in range(20 if self.open else 0):
            answer += encode_message(self.say(self.said), 7, 0)
            self.said += 1
        return answer


ENDLESS = {
    "LOG": lambda n: Log(n & 0xFFFF, 0, "still here"),
    "STATS of one window": lambda n: Stats(n & 0xFFFF, 1, 5, 0.0, 0.5, 9),
    "STATS of new windows": lambda n: Stats(n & 0xFFFF, 1, n, 0.0, 0.5, 9),
    "EVENT again and again": lambda n: Event(n & 0xFFFF, 0, 1600, 0.9),
    "EVENT of new coughs": lambda n: Event(n & 0xFFFF, 3200 * n, 3200 * n + 1600, 0.9),
    "EVENT of absurd length": lambda n: Event(n & 0xFFFF, 0, 2**64 - 1, 0.9),
    "EVENT of no confidence": lambda n: Event(n & 0xFFFF, 0, 1600, math.nan),
    "STAGES": lambda n: Stages(n & 0xFFFF, 1, 1, 1, 1, 1, 1, 1, 1),
}


SLOW = ("STATS of one window", "EVENT again and again", "EVENT of no confidence")
KINDS = [pytest.param(kind, marks=[pytest.mark.slow] * (kind in SLOW)) for kind in ENDLESS]


@pytest.mark.parametrize("kind", KINDS)
def test_talk_without_end_is_not_progress(kit, c_board, kind):
    board = Talker(c_board, ENDLESS[kind], takes=False)
    simulation, link = session_with(kit, board)
    with pytest.raises(LinkError, match="takes nothing"):
        simulation.run(link, until=60)
    assert board.said > MOST_SAID_STANDING
    assert simulation.now < 10.0


def test_a_board_that_takes_samples_may_talk_and_its_lines_are_bounded(kit, c_board):
    board = Talker(c_board, ENDLESS["LOG"], takes=True)
    simulation, link = session_with(kit, board, kit.streams(audio_s=30.0), speed=1.0)
    with pytest.raises(LinkError):  # the board's own messages come out of order, so the end is never believed
        simulation.run(link, until=60)
    assert board.said > MOST_LINES
    assert len(link.log.logs) <= MOST_LINES


def test_credit_beyond_the_session_is_neither_progress_nor_taken(kit, c_board):
    class Liar:
        """Answers every message with a credit that has crept on by one sample, far behind the last."""

        def __init__(self):
            self.reader = MessageReader()
            self.count = 0

        def serve(self, data):
            messages = list(self.reader.feed(data))
            answer = b""
            for one in messages:
                if isinstance(one.message, Hello):
                    answer += c_board.serve(encode_message(one.message, one.session, one.seq))
                else:
                    self.count += 1
                    at = 1_000_000 + self.count
                    answer += encode_message(Credit(one.seq, at, at, 0, 0), one.session, 0)
            return answer

    simulation, link = session_with(kit, Liar())
    with pytest.raises(LinkError, match="takes nothing"):
        simulation.run(link, until=60)
    assert link.audio_taken == len(link.feed.streams.audio)
    assert simulation.now < 10.0
