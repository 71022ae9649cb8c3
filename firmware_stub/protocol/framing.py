"""Messages on the wire: header, payload and CRC-32, stuffed by COBS and ended by a zero byte.

``COBS(type u8, session u8, seq u16, payload, crc32 u32) 0x00``, little-endian. The CRC is CRC-32 as in
IEEE 802.3 (`zlib.crc32`) over everything before it. A CRC-16 would let one in 65536 damaged messages through;
at one percent of damaged bytes a session has tens of thousands of them.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from . import cobs
from .message import Message, MessageError
from .messages import message_class

__all__ = ["HEADER_BYTES", "TRAILER_BYTES", "MessageReader", "Received", "encode_message"]

_HEADER = struct.Struct("<BBH")
_CRC = struct.Struct("<I")
HEADER_BYTES = _HEADER.size
TRAILER_BYTES = _CRC.size
DELIMITER = b"\0"
_LONGEST_STUFFED = 2048
"""No message is longer; what grows past it without a zero is noise and is dropped."""


@dataclass(frozen=True)
class Received:
    """A good message with its header."""

    message: Message
    session: int
    seq: int


def encode_message(message: Message, session: int, seq: int) -> bytes:
    """Bytes to send for one message, with the delimiter.

    Parameters
    ----------
    message
        The message to encode.
    session
        Session byte, 0..255.
    seq
        Number of this transmission, taken modulo 65536. A repetition has a new one.
    """
    body = _HEADER.pack(message.code, session, seq & 0xFFFF) + message.payload()
    return cobs.encode(body + _CRC.pack(zlib.crc32(body))) + DELIMITER


class MessageReader:
    """Cuts a byte stream into messages and counts what is none.

    Parameters
    ----------
    table
        Gives the class of a message by its code, None for a code that is none.

    Attributes
    ----------
    bad_crc, bad_length, bad_type
        Unreadable messages so far, by reason.
    n_bytes
        All bytes seen.
    """

    def __init__(self, table: Callable[[int], type[Message] | None] = message_class) -> None:
        self._class_of = table
        self.bad_crc = 0
        self.bad_length = 0
        self.bad_type = 0
        self.n_bytes = 0
        self._rest = bytearray()

    @property
    def bad_messages(self) -> int:
        """Unreadable messages of every kind."""
        return self.bad_crc + self.bad_length + self.bad_type

    def feed(self, data: bytes) -> Iterator[Received]:
        """Take bytes as they come; yield the good messages they complete."""
        self.n_bytes += len(data)
        self._rest += data
        *complete, rest = self._rest.split(DELIMITER)
        self._rest = rest
        if len(self._rest) > _LONGEST_STUFFED:
            self.bad_length += 1
            self._rest = bytearray()
        for stuffed in complete:
            if stuffed and (received := self._read(bytes(stuffed))):
                yield received

    def _read(self, stuffed: bytes) -> Received | None:
        try:
            body = cobs.decode(stuffed)
        except cobs.CobsError:
            self.bad_crc += 1
            return None
        if len(body) < HEADER_BYTES + TRAILER_BYTES:
            self.bad_length += 1
            return None
        checked, crc = body[:-TRAILER_BYTES], _CRC.unpack(body[-TRAILER_BYTES:])[0]
        if zlib.crc32(checked) != crc:
            self.bad_crc += 1
            return None
        code, session, seq = _HEADER.unpack_from(checked)
        kind = self._class_of(code)
        if kind is None:
            self.bad_type += 1
            return None
        try:
            return Received(kind.parse(checked[HEADER_BYTES:]), session, seq)
        except MessageError:
            self.bad_length += 1
            return None
