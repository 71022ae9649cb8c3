r"""Consistent overhead byte stuffing: bytes without zeros, so that a zero can end a message.

Cheshire and Baker, "Consistent Overhead Byte Stuffing", IEEE/ACM Transactions on Networking 7(2), 1999:
every run of up to 254 non-zero bytes is preceded by its length plus one; a code of 255 stands for 254
bytes and no zero. The cost is one byte in 254, at least one.
"""

from __future__ import annotations

__all__ = ["CobsError", "decode", "encode"]

_LONGEST_RUN = 254


class CobsError(ValueError):
    """The bytes are no COBS encoding."""


def encode(data: bytes) -> bytes:
    r"""Encode `data` so that it holds no zero byte; the delimiter is not added.

    Examples
    --------
    >>> encode(b"\x11\x22\x00\x33")
    b'\x03\x11"\x023'
    """
    out = bytearray()
    pieces = data.split(b"\0")
    last = len(pieces) - 1
    for index, piece in enumerate(pieces):
        while len(piece) >= _LONGEST_RUN:
            out.append(255)
            out += piece[:_LONGEST_RUN]
            piece = piece[_LONGEST_RUN:]
            if not piece and index == last:
                return bytes(out)  # a full run that ends the data needs no empty one after it
        out.append(len(piece) + 1)
        out += piece
    return bytes(out)


def decode(data: bytes) -> bytes:
    """Decode bytes between two delimiters.

    Raises
    ------
    CobsError
        A zero inside, no bytes at all, or a run that is cut off.
    """
    if not data:
        raise CobsError("no bytes")
    out = bytearray()
    place, n = 0, len(data)
    while place < n:
        code = data[place]
        end = place + code
        if code == 0 or end > n:
            raise CobsError("a zero inside or a run cut off")
        out += data[place + 1 : end]
        place = end
        if code != 255 and place < n:
            out.append(0)
    if b"\0" in data:
        raise CobsError("a zero inside")
    return bytes(out)
