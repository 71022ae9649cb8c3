"""COBS, CRC and headers: known answers, Python against C, and every kind of damage."""

import ctypes
import random
import zlib

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tussis.firmware_stub.protocol import cobs
from tussis.firmware_stub.protocol.framing import MessageReader, encode_message
from tussis.firmware_stub.protocol.messages import Ack, Audio, Credit, Finish, Hello, Reset

# Cheshire and Baker's own examples and the boundary cases of a 254-byte run.
KNOWN = [
    (b"", b"\x01"),
    (b"\x00", b"\x01\x01"),
    (b"\x00\x00", b"\x01\x01\x01"),
    (b"\x11\x22\x00\x33", b"\x03\x11\x22\x02\x33"),
    (b"\x11\x22\x33\x44", b"\x05\x11\x22\x33\x44"),
    (b"\x11\x00\x00\x00", b"\x02\x11\x01\x01\x01"),
    (bytes(range(1, 255)), b"\xff" + bytes(range(1, 255))),
    (bytes(range(0, 255)), b"\x01\xff" + bytes(range(1, 255))),
    (bytes(range(1, 256)), b"\xff" + bytes(range(1, 255)) + b"\x02\xff"),
    (bytes(range(2, 256)) + b"\x00", b"\xff" + bytes(range(2, 256)) + b"\x01\x01"),
    (bytes(range(3, 256)) + b"\x00\x01", b"\xfe" + bytes(range(3, 256)) + b"\x02\x01"),
]
mostly_nonzero = st.lists(st.sampled_from([0, 1, 1, 1, 1, 1, 1, 255]), max_size=600).map(bytes)


def c_encode(library, data):
    out = ctypes.create_string_buffer(len(data) + len(data) // 254 + 1)
    n = library.tussis_cobs_encode(out, data, len(data))
    return out.raw[:n]


@pytest.mark.parametrize(("plain", "stuffed"), KNOWN)
def test_cobs_known_answers(protocol_library, plain, stuffed):
    assert cobs.encode(plain) == stuffed
    assert cobs.decode(stuffed) == plain
    assert c_encode(protocol_library, plain) == stuffed


@given(st.one_of(st.binary(max_size=600), mostly_nonzero))
def test_cobs_has_no_zeros_and_is_undone(data):
    stuffed = cobs.encode(data)
    assert b"\0" not in stuffed
    assert len(stuffed) <= len(data) + len(data) // 254 + 1
    assert cobs.decode(stuffed) == data


@pytest.mark.parametrize("broken", [b"", b"\x00", b"\x03\x01", b"\x02\x00", b"\xff" + bytes(253)])
def test_broken_cobs_is_refused(broken):
    with pytest.raises(cobs.CobsError):
        cobs.decode(broken)


def test_c_encodes_as_python_does(protocol_library):
    rng = random.Random(1)
    for n in [*range(0, 20), *range(250, 262), *range(505, 515)]:
        for zeros in (0.0, 0.01, 0.5, 1.0):
            data = bytes(0 if rng.random() < zeros else rng.randrange(1, 256) for _ in range(n))
            assert c_encode(protocol_library, data) == cobs.encode(data)


def test_crc_is_zlibs(protocol_library):
    assert (
        protocol_library.tussis_crc32(0, b"123456789", 9) == 0xCBF43926
    )  # the check value of CRC-32/ISO-HDLC
    rng = random.Random(2)
    for n in range(0, 300, 7):
        data = rng.randbytes(n)
        before = rng.randrange(1 << 32)
        assert protocol_library.tussis_crc32(before, data, n) == zlib.crc32(data, before)


MESSAGES = [Hello(1, 3, 2, 5, 6, 7, 8, 9, 10), Finish(1, 2), Ack(3, 1), Reset(), Credit(1, 2, 3, 4, 5)]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.data())
def test_any_cutting_gives_the_same_messages(cuts, data):
    wire = b"".join(encode_message(message, 7, seq) for seq, message in enumerate(MESSAGES))
    reader, got = MessageReader(), []
    at = 0
    while at < len(wire):
        n = data.draw(st.sampled_from(cuts))
        got += reader.feed(wire[at : at + n])
        at += n
    assert [received.message for received in got] == MESSAGES
    assert [received.seq for received in got] == list(range(len(MESSAGES)))
    assert reader.bad_messages == 0


@given(st.binary(max_size=300))
@example(b"\x01\0")
@example(b"\xff" * 200 + b"\0")
def test_noise_costs_no_good_message(noise):
    reader = MessageReader()
    got = [*reader.feed(noise + b"\0"), *reader.feed(encode_message(Finish(1, 2), 1, 1))]
    assert [received.message for received in got] == [Finish(1, 2)]


def test_endless_noise_without_zeros_takes_no_memory():
    reader = MessageReader()
    for _ in range(1000):
        assert list(reader.feed(b"\x55" * 1000)) == []
    assert reader.bad_length >= 100
    assert [r.message for r in reader.feed(b"\0" + encode_message(Reset(), 0, 0))] == [Reset()]


@pytest.mark.parametrize("message", [Finish(12345, 678), Audio(77, np.arange(40, dtype=np.int16))])
def test_every_single_bit_flip_is_caught(message, c_board):
    """By both sides: the receiver in C counts it, the reader in Python too, and nobody takes the message."""
    wire = encode_message(message, 7, 3)
    for bit in range(8 * len(wire)):
        damaged = bytearray(wire)
        damaged[bit // 8] ^= 1 << bit % 8
        reader = MessageReader()
        assert list(reader.feed(bytes(damaged) + b"\0")) == [], bit
        assert reader.bad_messages >= 1
        c_board.reset()
        c_board.serve(b"")
        assert c_board.serve(bytes(damaged) + b"\0") == b"", (
            bit
        )  # a good message would be refused: no session


@pytest.mark.parametrize("drop", [1, 2, 5])
def test_every_cut_out_piece_is_caught(drop):
    wire = encode_message(Finish(0x01020304, 0x05060708), 7, 3)
    for at in range(len(wire) - drop):
        reader = MessageReader()
        assert list(reader.feed(wire[:at] + wire[at + drop :] + b"\0")) == []
