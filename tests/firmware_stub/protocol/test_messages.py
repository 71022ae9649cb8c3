"""The table of messages: complete, consistent, equal in C, and unable to carry audio off the device."""

import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tussis.firmware_stub.protocol import messages as messages
from tussis.firmware_stub.protocol import messages_source as messages_source
from tussis.firmware_stub.protocol.message import MessageError
from tussis.firmware_stub.protocol.messages import BOARD_MESSAGES, HOST_MESSAGES, MESSAGES, Audio, Imu, Log

VALUES = {
    "u8": st.integers(0, 255),
    "u16": st.integers(0, 0xFFFF),
    "u32": st.integers(0, 0xFFFFFFFF),
    "u64": st.integers(0, 0xFFFFFFFFFFFFFFFF),
    "f32": st.floats(width=32, allow_nan=False),
}


@st.composite
def any_message(draw, kinds=MESSAGES):
    kind = draw(st.sampled_from(kinds))
    values = {field.name: draw(VALUES[field.kind]) for field in kind.fields()}
    if kind is Audio:
        samples = draw(st.lists(st.integers(-32768, 32767), max_size=Audio.tail.max_items))
        values["samples"] = np.array(samples, np.int16)
    elif kind is Imu:
        n = draw(st.integers(0, Imu.tail.max_items))
        values["samples"] = np.arange(6 * n, dtype=np.float32).reshape(n, 6)
    elif kind is Log:
        values["text"] = draw(st.text(st.characters(codec="ascii"), max_size=Log.tail.max_items))
    return kind(**values)


def same(a, b):
    return type(a) is type(b) and a.payload() == b.payload()


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.wire_name())
class TestEveryMessage:
    def test_code_says_who_sends_it(self, kind):
        assert (kind.code >= 0x80) == (kind.sender == "board")
        assert sum(other.code == kind.code for other in MESSAGES) == 1
        assert (kind in BOARD_MESSAGES) != (kind in HOST_MESSAGES)

    def test_wrong_lengths_are_refused(self, kind):
        size = kind.layout().size
        wrong = [size - 1] if size else []
        wrong += [kind.max_payload() + 1]
        if kind.tail and kind.tail.item_bytes > 1:
            wrong.append(size + 1)
        for n in wrong:
            with pytest.raises(MessageError):
                kind.parse(bytes(n))

    def test_no_audio_leaves_the_device(self, kind):
        """What a board can say in a second, at the rates it says it, is not audio.

        No board message has a tail of samples. The only tail, LOG's, is ASCII; the fixed fields are counters,
        times and results. Were every byte of every message audio, it would still be a fraction of it: a
        message comes once per window or event.
        """
        if kind.sender == "host":
            return
        assert kind.tail is None or kind.tail.item == "char"
        assert not any(
            "sample" in field.name and field.name not in ("audio_samples", "imu_samples")
            for field in kind.fields()
        )
        assert all(field.kind in VALUES for field in kind.fields())
        windows_per_s = 1 / 0.128 + 1 / 0.25
        assert kind.max_payload() * windows_per_s < 16000 / 10
        if kind.tail:
            with pytest.raises(UnicodeEncodeError):
                kind(text="\u00ff").payload()

    def test_described(self, kind):
        assert kind.__doc__
        assert all(field.text for field in kind.fields())
        assert kind.wire_name() in messages_source.protocol_tables()


@given(any_message())
def test_what_is_written_is_read(message):
    assert same(type(message).parse(message.payload()), message)


def test_fields_are_little_endian_and_packed():
    hello = messages.Hello(1, 2, 0x0304, 0x05060708, 9, 10, 11, 12, 13)
    assert hello.payload()[:8] == bytes([1, 2, 4, 3, 8, 7, 6, 5])
    assert len(hello.payload()) == 1 + 1 + 2 + 6 * 4
    assert messages.Stats(margin=math.pi).payload()[7:11] == struct.pack("<f", math.pi)


def test_generated_files_are_up_to_date():
    for name, text in messages_source.source_text().items():
        path = messages_source.HERE / name
        assert path.read_text() == text, "run: python -m tussis.firmware_stub.protocol.messages_source"
    page = (messages_source.HERE / "PROTOCOL.md").read_text()
    assert messages_source.with_tables(page) == page, (
        "run: python -m tussis.firmware_stub.protocol.messages_source"
    )
    assert "0x87" in page


def test_c_says_the_same_of_every_length(protocol_library):
    for kind in HOST_MESSAGES:
        for n in range(kind.max_payload() + 60):
            try:
                kind.parse(bytes(n))
                fits = 1
            except MessageError:
                fits = 0
            assert protocol_library.tussis_message_fits(kind.code, n) == fits, (kind, n)
    for code in set(range(256)) - {kind.code for kind in HOST_MESSAGES}:
        assert protocol_library.tussis_message_fits(code, 4) == -1
