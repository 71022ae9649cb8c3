"""The header of a RIFF WAVE file, read with suspicion."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from ..input_error import InputError, reading
from ..remote.cached_file import opened
from ..shell_line import ffmpeg_line

__all__ = ["MIN_AUDIO_RATE_HZ", "WavHeader", "read_wav_header"]

MIN_AUDIO_RATE_HZ = 8000
"""Lowest rate that can be used: the mel bands reach 3750 Hz."""

MAX_AUDIO_RATE_HZ = 384_000
MAX_CHANNELS = 64

LEAST_UNREAD_S = 0.05
"""Less than this behind the samples is the rest of a block, not sound."""

_PCM, _FLOAT, _EXTENSIBLE = 0x0001, 0x0003, 0xFFFE
# Registered format tags of RFC 2361 that microphones and phones do produce.
_CODECS = {
    0x0002: "Microsoft ADPCM",
    0x0006: "A-law",
    0x0007: "mu-law",
    0x0011: "IMA ADPCM",
    0x0031: "GSM 6.10",
    0x0040: "G.721 ADPCM",
    0x0050: "MPEG",
    0x0055: "MP3",
    0x00FF: "AAC",
    0x0161: "WMA",
    0x1610: "AAC",
    0xF1AC: "FLAC",
}
_OTHER_KINDS = (
    (b"fLaC", "FLAC"),
    (b"OggS", "Ogg"),
    (b"ID3", "MP3"),
    *((bytes([0xFF, second]), "MP3") for second in (0xFB, 0xFA, 0xF3, 0xF2, 0xE3, 0xE2)),
    *((bytes([0xFF, second]), "AAC") for second in (0xF1, 0xF9)),
    (b"FORM", "AIFF"),
    (b"caff", "Core Audio"),
    (b"#!AMR", "AMR"),
    (b"RIFX", "big-endian WAV"),
    (b"RF64", "RF64, a WAV of more than 4 GB"),
    (b"BW64", "BW64, a WAV of more than 4 GB"),
    (b"riff\x2e\x91\xcf\x11", "Sony Wave64"),
    (b".snd", "Sun audio"),
    (b"wvpk", "WavPack"),
    (b"\x1a\x45\xdf\xa3", "Matroska or WebM"),
    (b"\x30\x26\xb2\x75", "WMA"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
)
"""First bytes of other kinds of sound, and of archives of them."""

_NO_SOUND = (
    (b"version http", "it is a pointer of Git LFS", "fetch the file itself: git lfs pull"),
    (b"<", "it is a web page or XML", "download it again"),
    (b"{", "it is JSON", "put the recording in its place"),
    (bytes(12), "it begins with zeros: its content was never written", "copy it again"),
)
"""First bytes of what ffmpeg makes no sound of, what it is, and what to do."""

_WIDTHS: dict[str, tuple[int, ...]] = {"pcm": (8, 16, 24, 32), "float": (32, 64)}


@dataclass(frozen=True)
class WavHeader:
    """What a WAV file says about itself, checked against the bytes that are there.

    Attributes
    ----------
    path
        Path of the WAV file.
    encoding, bits
        ``"pcm"`` with 8, 16, 24 or 32 bits per sample, or ``"float"`` with 32 or 64.
    channels, rate_hz, frames
        Channels, sampling rate and samples per channel.
    data_offset
        Bytes before the first sample.
    unread_bytes
        Bytes behind the samples that are in no chunk, or in another chunk of samples: sound that the header
        does not count, and that is not read.
    """

    path: Path
    encoding: Literal["pcm", "float"]
    bits: int
    channels: int
    rate_hz: int
    frames: int
    data_offset: int
    unread_bytes: int = 0

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frames / self.rate_hz

    @property
    def unread_s(self) -> float:
        """Sound behind the samples that the header does not count, in seconds; 0 below `LEAST_UNREAD_S`."""
        seconds = self.unread_bytes / (self.channels * self.bits // 8 * self.rate_hz)
        return seconds if seconds >= LEAST_UNREAD_S else 0.0


def read_wav_header(path: str | os.PathLike[str]) -> WavHeader:
    """Read and check the header of a WAV file without reading its samples.

    Parameters
    ----------
    path
        Path of the WAV file.

    Returns
    -------
    WavHeader
        Encoding, size and place of the samples; everything in it agrees with the file's length.

    Raises
    ------
    InputError
        Not a WAV file, compressed, truncated, empty, contradictory, or below `MIN_AUDIO_RATE_HZ`.
    """
    file_path = Path(path)
    with reading(file_path), opened(file_path) as file:
        return _parse(file_path, file, os.fstat(file.fileno()).st_size)


def _parse(path: Path, file: BinaryIO, size: int) -> WavHeader:
    if size == 0:
        raise InputError(path, "the file is empty (0 bytes)", remedy="record or copy it again")
    _check_is_wave(path, file.read(12))
    fmt: bytes | None = None
    data: tuple[int, int] | None = None
    position = 12
    while position + 8 <= size and (fmt is None or data is None):
        position = _chunk_start(file, position, size)
        file.seek(position)
        chunk_id, length = struct.unpack("<4sI", file.read(8))
        position += 8
        if chunk_id == b"fmt ":
            fmt = file.read(min(length, 64))
        elif chunk_id == b"data":
            data = (position, length)
            if fmt is None:
                raise InputError(path, "the data chunk comes before the fmt chunk", remedy=_rewrite(path))
        position += length + (length & 1)
    if fmt is None:
        raise InputError(path, "no fmt chunk: the header is cut short", remedy="record or copy it again")
    encoding, bits, channels, rate_hz = _parse_format(path, fmt)
    if data is None:
        raise InputError(path, "no data chunk: the file ends in its header", remedy="record or copy it again")
    frames = _count_frames(path, data, size, channels * bits // 8, rate_hz)
    unread = _count_unread(file, data[0] + data[1], size)
    return WavHeader(path, encoding, bits, channels, rate_hz, frames, data[0], unread)


def _is_chunk(file: BinaryIO, position: int, size: int) -> bool:
    """Whether a chunk begins here: four letters, and a length that the file can hold."""
    file.seek(position)
    head = file.read(8)
    letters = len(head) == 8 and all(32 <= letter < 127 for letter in head[:4]) and head[:4].strip() != b""
    return letters and position + 8 + struct.unpack("<I", head[4:])[0] <= size


def _chunk_start(file: BinaryIO, position: int, size: int) -> int:
    """Return where the chunk begins that should begin here: a byte earlier if an odd one was not padded."""
    unpadded = not _is_chunk(file, position, size) and _is_chunk(file, position - 1, size)
    return position - 1 if unpadded else position


def _count_unread(file: BinaryIO, position: int, size: int) -> int:
    """Count the bytes behind the samples that belong to no chunk, or to another chunk of samples."""
    unread = 0
    position += position & 1
    while position < size:
        position = _chunk_start(file, position, size)
        if not _is_chunk(file, position, size):
            return unread + size - position
        file.seek(position)
        chunk_id, length = struct.unpack("<4sI", file.read(8))
        if chunk_id == b"RIFF":
            return unread + size - position
        unread += length if chunk_id == b"data" else 0
        position += 8 + length + (length & 1)
    return unread


def _check_is_wave(path: Path, head: bytes) -> None:
    if len(head) == 12 and head[:4] == b"RIFF" and head[8:] == b"WAVE":
        return
    if head[:4] == b"RIFF" and len(head) < 12:
        raise InputError(path, "the file ends in its header", remedy="record or copy it again")
    for magic, what, remedy in _NO_SOUND:
        if head.startswith(magic):
            raise InputError(path, f"not a WAV file: {what}", remedy=remedy)
    kind = next((name for magic, name in _OTHER_KINDS if head.startswith(magic)), None)
    if kind is None and head[4:8] == b"ftyp":
        kind = "MP4 or M4A"
    looks = f" (it looks like {kind})" if kind else ""
    raise InputError(path, f"not a WAV file{looks}", remedy=_convert(path))


def _parse_format(path: Path, fmt: bytes) -> tuple[Literal["pcm", "float"], int, int, int]:
    if len(fmt) < 16:
        raise InputError(path, f"the fmt chunk has {len(fmt)} bytes, 16 are needed", remedy=_rewrite(path))
    tag, channels, rate_hz, _, frame_bytes, bits = struct.unpack("<HHIIHH", fmt[:16])
    if tag == _EXTENSIBLE:
        if len(fmt) < 40:
            raise InputError(path, "the extensible fmt chunk is cut short", remedy=_rewrite(path))
        tag = struct.unpack("<H", fmt[24:26])[0]
    if tag not in (_PCM, _FLOAT):
        codec = _CODECS.get(tag, f"format 0x{tag:04x}")
        raise InputError(path, f"compressed audio ({codec}) cannot be read", remedy=_convert(path))
    encoding: Literal["pcm", "float"] = "pcm" if tag == _PCM else "float"
    if bits not in _WIDTHS[encoding]:
        raise InputError(
            path, f"{bits}-bit {encoding} samples cannot be read", field="fmt", remedy=_convert(path)
        )
    if not 1 <= channels <= MAX_CHANNELS or frame_bytes != channels * bits // 8:
        raise InputError(
            path,
            f"the header contradicts itself: {channels} x {bits} bits in frames of {frame_bytes} bytes",
            field="fmt",
            remedy=_rewrite(path),
        )
    _check_rate(path, rate_hz)
    return encoding, bits, channels, rate_hz


def _check_rate(path: Path, rate_hz: int) -> None:
    if rate_hz > MAX_AUDIO_RATE_HZ or rate_hz == 0:
        raise InputError(
            path, f"the header says {rate_hz} Hz, no audio rate", field="sample rate", remedy=_rewrite(path)
        )
    if rate_hz < MIN_AUDIO_RATE_HZ:
        raise InputError(
            path,
            f"{rate_hz} Hz is too low to hear a cough in",
            field="sample rate",
            remedy=f"record at {MIN_AUDIO_RATE_HZ} Hz or more, best 16000 Hz",
        )


def _count_frames(path: Path, data: tuple[int, int], size: int, frame_bytes: int, rate_hz: int) -> int:
    offset, length = data
    present = size - offset
    if length > present:
        bytes_per_s = frame_bytes * rate_hz
        promised = "an unfinished recording" if length >= 0xFFFF_F000 else f"{length / bytes_per_s:.3f} s"
        raise InputError(
            path,
            f"truncated: the header promises {promised}, the file holds {present / bytes_per_s:.3f} s",
            field="data",
            remedy=f"copy it again, or keep what is there: {_ffmpeg(path)}",
        )
    if length == 0:
        raise InputError(
            path,
            "no audio: the data chunk holds 0 samples",
            field="data",
            remedy="record again" if present < frame_bytes else f"finish its header: {_ffmpeg(path)}",
        )
    if length % frame_bytes:
        raise InputError(
            path,
            f"the data chunk ends within a sample ({length} bytes, {frame_bytes} per frame)",
            field="data",
            remedy=f"copy it again, or cut it: {_ffmpeg(path)}",
        )
    return length // frame_bytes


def _ffmpeg(path: Path) -> str:
    return f"{ffmpeg_line(path, '_pcm.wav')}, and give that the old name"


def _convert(path: Path) -> str:
    return f"convert it: {_ffmpeg(path)}"


def _rewrite(path: Path) -> str:
    return f"write it again: {_ffmpeg(path)}"
