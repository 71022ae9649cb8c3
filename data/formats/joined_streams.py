"""Sound behind a FLAC or Ogg stream: files that were joined byte by byte, of which only the first is read.

Formats: RFC 9639, "Free Lossless Audio Codec", sections 8.1 and 8.2; RFC 3533, "The Ogg Encapsulation
Format", section 6; RFC 7845, "Ogg Encapsulation for the Opus Audio Codec", section 4.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

__all__ = ["joined_s"]

_FLAC_START = b"fLaC\x00\x00\x00\x22"
"""The mark of a stream, and the head of its first block, which is 34 bytes long and comes in every stream."""

_BLOCK_BYTES = 1 << 22
_OGG_HEAD = struct.Struct("<4sBBqIIIB")
_OGG_FIRST = 0x02
_OPUS_RATE_HZ = 48000


def joined_s(path: Path, rate_hz: int) -> float:
    """Length of the streams behind the first one of a file, in seconds; 0 for other kinds of file.

    Parameters
    ----------
    path
        A file whose suffix says what it is.
    rate_hz
        Sampling rate of its first stream.

    Raises
    ------
    OSError
        It cannot be read.
    """
    kind = path.suffix.casefold()
    with path.open("rb") as file:
        if kind == ".flac":
            return sum(_flac_lengths(file))
        if kind in (".ogg", ".oga", ".opus"):
            return _ogg_length(file, rate_hz)
    return 0.0


def _flac_lengths(file: BinaryIO) -> Iterator[float]:
    """Yield the length of each stream but the first, by its STREAMINFO block."""
    overlap, first = b"", True
    info_bytes = len(_FLAC_START) + 34
    while block := file.read(_BLOCK_BYTES):
        block = overlap + block
        at = block.find(_FLAC_START)
        while 0 <= at <= len(block) - info_bytes:
            info = block[at + len(_FLAC_START) : at + info_bytes]
            packed = int.from_bytes(info[10:18], "big")  # rate 20 bits, channels 3, bits 5, samples 36
            rate_hz, samples = packed >> 44, packed & ((1 << 36) - 1)
            if not first and rate_hz:
                yield samples / rate_hz
            first = False
            at = block.find(_FLAC_START, at + 1)
        overlap = block[-(info_bytes - 1) :]
        if at >= 0:
            overlap = block[at:]


class _Page(NamedTuple):
    flags: int
    granule: int
    stream: int
    body: bytes


def _ogg_length(file: BinaryIO, rate_hz: int) -> float:
    """Sum of the lengths of the streams that begin after the first one has ended."""
    lengths: dict[int, float] = {}
    rates: dict[int, int] = {}
    for page in _ogg_pages(file):
        if page.flags & _OGG_FIRST:
            rates[page.stream] = _ogg_rate(page.body) or rate_hz
        if page.stream in rates and page.granule > 0:
            lengths[page.stream] = page.granule / rates[page.stream]
    return sum(list(lengths.values())[1:])


def _ogg_pages(file: BinaryIO) -> Iterator[_Page]:
    """Yield pages as far as they follow one another."""
    while len(head := file.read(_OGG_HEAD.size)) == _OGG_HEAD.size:
        mark, _, flags, granule, stream, _, _, segments = _OGG_HEAD.unpack(head)
        if mark != b"OggS":
            return
        body = file.read(sum(file.read(segments)))
        yield _Page(flags, granule, stream, body[:32])


def _ogg_rate(body: bytes) -> int | None:
    """Rate in which a stream counts; None for one that is neither Vorbis nor Opus."""
    if body.startswith(b"OpusHead"):
        return _OPUS_RATE_HZ
    if body.startswith(b"\x01vorbis") and len(body) >= 16:
        return int.from_bytes(body[12:16], "little")
    return None
