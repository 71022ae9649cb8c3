"""The host's end of a session, without any input or output: bytes and times in, bytes out.

Every transmission has its own number (seq), every sample its place in its stream, as in QUIC packet
numbers and stream offsets (RFC 9002). A link delivers in order or not at all, so once the board has
echoed a seq, everything sent before it has arrived or is lost, and the sample numbers say which. Lost
samples are then sent again at once; no timer ever repeats data. The one timer sends a probe (ACK) when
the board has been silent, because the last message before a silence has none after it to prove it lost.
"""

from __future__ import annotations

import zlib

from .feed import Feed
from .framing import MessageReader, Received, encode_message
from .in_flight import InFlight, Transmission
from .link_error import BoardRefused, BoardReset, LinkError
from .link_quality import LinkQuality
from .message import Message
from .messages import (
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
    Stages,
    Stamped,
    Stats,
    Welcome,
)
from .session_log import LinkStatistics, SessionLog

__all__ = ["HostLink"]

HELLO_EVERY_S = 0.2
KEEP_ALIVE_S = 0.5
MOST_BLOCK_BYTES = 512
RESERVE_BYTES = 64
"""Part of the board's window that data leaves free for probes and acknowledgements."""

MESSAGE_OVERHEAD_BYTES = 18

MOST_SAID_STANDING = 256
"""Messages that count as progress while the board takes no sample: its outbox holds 16, a block makes few."""

MOST_LINES = 1000
"""Lines that are kept of what a board says to people."""


class HostLink:
    """One session over one link.

    Parameters
    ----------
    hello
        The terms; its totals are those of the feed.
    session
        Session byte, 1..255.
    feed
        The samples to send.
    now_s
        Time on any clock that runs on; all later times are on the same one.
    silence_limit_s
        Give up when nothing was heard from the board for this long.
    stall_limit_s
        Give up when the board answers but gets no further for this long.
    """

    def __init__(
        self,
        hello: Hello,
        session: int,
        feed: Feed,
        now_s: float,
        *,
        silence_limit_s: float = 4.0,
        stall_limit_s: float = 4.5,
    ) -> None:
        self.hello = hello
        self.session = session
        self.feed = feed
        self.log = SessionLog()
        self.statistics = LinkStatistics()
        self.quality = LinkQuality()
        self.audio_taken = 0
        self.imu_taken = 0
        self.began_s = now_s
        self._silence_limit_s = silence_limit_s
        self._stall_limit_s = stall_limit_s
        self._reader = MessageReader()
        self._flight = InFlight()
        self._seq = 0
        self._hello_due_s = now_s
        self._heard_s = now_s
        self._progress_s = now_s
        self._sent_s = now_s
        self._next_message = 0
        self._owes_ack = False
        self._resend_seq: int | None = None  # seq of the ACK that asked for a repetition, until it was heard
        self._wants_resend = False
        self._bad_seen = 0
        self._bad_at_progress = 0
        self._said_standing = 0  # messages since the board last took a sample

    # ------------------------------------------------------------------ what goes in

    def receive(self, data: bytes, now_s: float) -> list[Event]:
        """Take bytes from the board; returns the events they completed.

        Raises
        ------
        BoardReset
            The board has forgotten the session.
        BoardRefused
            It will not open it.
        LinkError
            The totals at the end do not fit what was received.
        """
        before = len(self.log.events)
        for received in self._reader.feed(data):
            self.statistics.messages_received += 1
            self._take(received, now_s)
        self.statistics.bytes_received = self._reader.n_bytes
        self.statistics.bad_messages_host = self._reader.bad_messages
        return self.log.events[before:]

    def check_time(self, now_s: float) -> None:
        """Give up where the board has been silent, or has stood still, for too long.

        Raises
        ------
        LinkError
            It has.
        """
        if now_s - self._heard_s > self._silence_limit_s:
            said = "no answer to HELLO" if self.log.welcome is None else "nothing heard from the board"
            raise LinkError(f"{said} for {now_s - self._heard_s:.1f} s; {self.losses()}")
        if self._waits_for_time(now_s):
            self._progress_s = now_s
        elif now_s - self._progress_s > self._stall_limit_s:
            raise LinkError(
                f"the board answers but takes nothing for {now_s - self._progress_s:.1f} s; {self.losses()}"
            )

    def losses(self) -> str:
        """One line: how far the session came and what is missing."""
        streams = self.feed.streams
        parts = [f"{self.audio_taken} of {len(streams.audio)} audio samples"]
        if len(streams.imu):
            parts.append(f"{self.imu_taken} of {len(streams.imu)} IMU samples")
        return (
            f"the board took {' and '.join(parts)}, {len(self.log.events)} events arrived, "
            f"any event after {self.taken_s:.2f} s is lost"
        )

    @property
    def taken_s(self) -> float:
        """Seconds of the recording that the board has taken."""
        streams = self.feed.streams
        if len(streams.audio):
            return self.audio_taken / streams.audio_rate_hz
        return self.imu_taken / max(streams.imu_rate_hz, 1)

    @property
    def done(self) -> bool:
        """Whether END has arrived."""
        return self.log.end is not None

    @property
    def _waits_for_board(self) -> bool:
        return bool(self._flight) or self.feed.all_sent or self.log.welcome is None

    def _waits_for_time(self, now_s: float) -> bool:
        """Whether the board has all that was due, and the rest is not due yet."""
        feed = self.feed
        return (
            self.log.welcome is not None
            and (feed.audio_sent, feed.imu_sent) == (self.audio_taken, self.imu_taken)
            and not feed.all_sent
            and self.began_s + feed.next_due_s(MOST_BLOCK_BYTES) > now_s
        )

    # ------------------------------------------------------------------ what goes out

    def transmit(self, now_s: float) -> bytes:
        """Bytes to send now; empty when there is nothing to say or no credit to say it."""
        if self.log.welcome is None:
            if now_s < self._hello_due_s:
                return b""
            self._hello_due_s = now_s + HELLO_EVERY_S
            return b"\0" + self._encode(self.hello, now_s)  # the zero ends whatever was on the line
        out = bytearray()
        if self._wants_resend or self._owes_ack:
            out += self._ack(now_s)
        while (block := self._next_block(now_s)) is not None:
            out += self._encode(block, now_s)
        if out and self.quality.is_damaging:
            out += self._ack(now_s)  # proves the messages before it lost, should they be
        if self._finish_due():
            out += self._encode(Finish(len(self.feed.streams.audio), len(self.feed.streams.imu)), now_s)
        if not out and self._probe_due(now_s):
            self.statistics.probes += 1
            out += b"\0" + self._ack(now_s)
        return bytes(out)

    def next_time_s(self, now_s: float) -> float:
        """When to call `transmit` again at the latest, if nothing is received until then."""
        if self.log.welcome is None:
            return self._hello_due_s
        quiet_s = self.quality.probe_s if self._waits_for_board else KEEP_ALIVE_S
        times = [self._sent_s + quiet_s]
        if not self.feed.all_sent and self._has_credit():
            times.append(self.began_s + self.feed.next_due_s(self.quality.block_bytes(MOST_BLOCK_BYTES)))
        return max(now_s, min(times))

    def goodbye(self) -> bytes:
        """Bytes that acknowledge everything and leave the board without a session."""
        return self._encode(Ack(self._next_message & 0xFFFF, 0), self._sent_s) + self._encode(
            Reset(), self._sent_s
        )

    def _encode(self, message: Message, now_s: float) -> bytes:
        first = getattr(message, "first", 0)
        end = first + len(message.samples) if isinstance(message, Audio | Imu | Stamped) else 0
        data = encode_message(message, self.session, self._seq)
        self._flight.add(Transmission(self._seq, len(data), now_s, type(message), first, end))
        self._seq = (self._seq + 1) & 0xFFFF
        self._sent_s = now_s
        self.statistics.messages_sent += 1
        self.statistics.bytes_sent += len(data)
        return data

    def _ack(self, now_s: float) -> bytes:
        if self._wants_resend:
            self._resend_seq = self._seq
        message = Ack(self._next_message & 0xFFFF, int(self._wants_resend))
        self._wants_resend = self._owes_ack = False
        return self._encode(message, now_s)

    def _has_credit(self) -> bool:
        """Whether a block of the present size may be under way, too."""
        assert self.log.welcome is not None
        block_bytes = self.quality.block_bytes(MOST_BLOCK_BYTES) + MESSAGE_OVERHEAD_BYTES
        return (
            self._flight.n_bytes + block_bytes + RESERVE_BYTES <= self.log.welcome.window_bytes
            and self._flight.n_hoped_for < self.quality.messages_under_way()
        )

    def _next_block(self, now_s: float) -> Audio | Imu | Stamped | None:
        if not self._has_credit():
            return None
        return self.feed.next_block(now_s - self.began_s, self.quality.block_bytes(MOST_BLOCK_BYTES))

    def _finish_due(self) -> bool:
        streams = self.feed.streams
        return (
            self.audio_taken == len(streams.audio)
            and self.imu_taken == len(streams.imu)
            and not self.done
            and not self._flight.has(Finish)
            and self._resend_seq is None
        )

    def _probe_due(self, now_s: float) -> bool:
        quiet_s = self.quality.probe_s if self._waits_for_board else KEEP_ALIVE_S
        return now_s - self._sent_s >= quiet_s

    # ------------------------------------------------------------------ what the board says

    def _take(self, received: Received, now_s: float) -> None:
        message = received.message
        if isinstance(message, Welcome):
            self._take_welcome(message, received.session, now_s)
            return
        if isinstance(message, Error) and received.session == self.session:
            self._take_error(message)
            return
        if self.log.welcome is None:
            return  # left over from the session before
        if isinstance(message, Ready):
            raise BoardReset(f"the board was reset; {self.losses()}")
        if received.session != self.session or self.done:
            return
        self._heard_s = now_s
        if isinstance(message, Credit):
            self._take_credit(message, now_s)
        elif isinstance(message, Event | Stats | Log | Stages | End):
            self._take_message(message, now_s)

    def _take_welcome(self, message: Welcome, session: int, now_s: float) -> None:
        if message.nonce != self.hello.nonce or session != self.session or self.log.welcome is not None:
            return
        self.log.welcome = message
        self._flight.clear()
        self._heard_s = self._progress_s = self.began_s = self._sent_s = now_s

    def _take_error(self, message: Error) -> None:
        if message.reason != Refusal.NO_SESSION:
            raise BoardRefused(message.reason, message.detail)
        if self.log.welcome is not None:
            raise BoardReset(f"the board has lost the session (reset?); {self.losses()}")

    def _take_message(self, message: Event | Stats | Log | Stages | End, now_s: float) -> None:
        ahead = (message.message - self._next_message) & 0xFFFF
        if ahead:
            if ahead < 0x8000:
                self._want_resend()
            else:
                self.statistics.messages_repeated += 1
            self._owes_ack = True
            return
        self._next_message += 1
        self._owes_ack = True
        self._said_standing += 1
        if not isinstance(message, Log) and self._said_standing <= MOST_SAID_STANDING:
            self._progress_s = now_s
        if isinstance(message, Event):
            self.log.events.append(message)
        elif isinstance(message, Stats):
            self.log.stats.append(message)
        elif isinstance(message, Log):
            if len(self.log.logs) < MOST_LINES:
                self.log.logs.append(message)
        elif isinstance(message, Stages):
            if len(self.log.stages) < MOST_LINES:
                self.log.stages.append(message)
        else:
            self._take_end(message)

    def _take_end(self, end: End) -> None:
        digest = 0
        for event in self.log.events:
            digest = zlib.crc32(event.payload()[2:], digest)
        streams = self.feed.streams
        got = (len(streams.audio), len(streams.imu), len(self.log.events), digest)
        reported = (end.audio_samples, end.imu_samples, end.events, end.event_digest)
        if got != reported:
            raise LinkError(f"END does not fit the session: the board says {reported}, the host has {got}")
        self.log.end = end

    def _want_resend(self) -> None:
        if self._resend_seq is None:
            self._wants_resend = True

    def _take_credit(self, credit: Credit, now_s: float) -> None:
        new_bad = (credit.bad_messages - self._bad_seen) & 0xFFFF
        self._bad_seen = credit.bad_messages
        self.statistics.bad_messages_board += new_bad
        self._resolve(credit.last_seq, new_bad, now_s)
        streams = self.feed.streams
        audio_next = min(credit.audio_next, len(streams.audio))  # no board can take more than there is
        imu_next = min(credit.imu_next, len(streams.imu))
        if audio_next > self.audio_taken or imu_next > self.imu_taken:
            self._progress_s = now_s
            self._said_standing = 0
        self.audio_taken = max(self.audio_taken, audio_next)
        self.imu_taken = max(self.imu_taken, imu_next)
        if 0 < (credit.messages - self._next_message) & 0xFFFF < 0x8000:
            self._want_resend()
        self._repeat_lost()

    def _resolve(self, last_seq: int, new_bad: int, now_s: float) -> None:
        """Forget the transmissions that the board is past."""
        resolved = self._flight.resolve(last_seq)
        for sent in resolved:
            if sent.seq == last_seq:
                self.quality.answered(now_s - sent.sent_s)
            if sent.seq == self._resend_seq:
                self._resend_seq = None
        self.quality.resolved(sum(sent.n_bytes for sent in resolved), new_bad)
        if resolved:
            self._bad_at_progress = self._bad_seen
        elif (self._bad_seen - self._bad_at_progress) & 0xFFFF >= self._flight.n_hoped_for > 0:
            # As many damaged messages as there are under way: all of them, as far as the host knows.
            self._flight.give_up()
            self._resend_seq = None
            self._bad_at_progress = self._bad_seen

    def _repeat_lost(self) -> None:
        """Go back to the first sample that the board lacks and that is not under way."""
        if self.audio_taken < self.feed.audio_sent and not self._flight.covers(Audio, self.audio_taken):
            self.feed.rewind_audio(self.audio_taken)
            self.statistics.blocks_repeated += 1
        if self.imu_taken < self.feed.imu_sent and not self._flight.covers(
            self.feed.imu_message, self.imu_taken
        ):
            self.feed.rewind_imu(self.imu_taken)
            self.statistics.blocks_repeated += 1
