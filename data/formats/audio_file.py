"""Audio files of every kind that is read: WAV by this project's own reader, the others by libsndfile."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..input_error import InputError, reading
from ..recording import AUDIO_RATE_HZ
from ..remote.cached_file import fetched
from ..shell_line import ffmpeg_line
from .channels import DEAD_LEAD_DB, living_channel
from .joined_streams import joined_s
from .pcm import INT16_SCALE, channel_as_int16
from .wav import wav_channel, wav_int16
from .wav_header import MIN_AUDIO_RATE_HZ, read_wav_header

__all__ = ["AUDIO_SUFFIXES", "AudioHeader", "channel_read", "is_audio", "read_audio", "read_audio_header"]

SNDFILE_SUFFIXES = (".flac", ".ogg", ".oga", ".opus", ".mp3")
"""What libsndfile reads besides WAV and people store recordings in."""

AUDIO_SUFFIXES = (".wav", *SNDFILE_SUFFIXES)

_BLOCK_S = 60


@dataclass(frozen=True)
class AudioHeader:
    """What an audio file says about itself.

    Attributes
    ----------
    path
        Path of the file.
    encoding
        Encoding of the samples, like ``"16-bit pcm"`` or ``"MP3"``.
    channels, rate_hz, frames
        Channels, sampling rate in Hz, samples per channel.
    unread_s
        Sound in the file that its header does not count, and that is not read, in seconds.
    """

    path: Path
    encoding: str
    channels: int
    rate_hz: int
    frames: int
    unread_s: float = 0.0

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frames / self.rate_hz

    def __str__(self) -> str:
        """Return the format in words, like ``"16-bit pcm, 44100 Hz, 2 channels"``."""
        channels = f"{self.channels} channel" + ("s" if self.channels > 1 else "")
        return f"{self.encoding}, {self.rate_hz} Hz, {channels}"


def is_audio(name: str) -> bool:
    """Whether a file name ends like that of an audio file which can be read."""
    return Path(name).suffix.casefold() in AUDIO_SUFFIXES


def read_audio_header(path: str | os.PathLike[str]) -> AudioHeader:
    """Read what an audio file says about itself, without its samples.

    Parameters
    ----------
    path
        A WAV, FLAC, Ogg, Opus or MP3 file. Whatever has another suffix is read as WAV.

    Returns
    -------
    AudioHeader
        Encoding and size.

    Raises
    ------
    InputError
        The file cannot be read, is empty, is not of its kind, or has a rate below `MIN_AUDIO_RATE_HZ`.
    """
    place = Path(path)
    if not _by_sndfile(place):
        wav = read_wav_header(place)
        encoding = f"{wav.bits}-bit {wav.encoding}"
        return AudioHeader(place, encoding, wav.channels, wav.rate_hz, wav.frames, wav.unread_s)
    import soundfile

    with reading(place), fetched(place):
        if place.stat().st_size == 0:
            raise InputError(place, "the file is empty (0 bytes)", remedy="record or copy it again")
        try:
            about = soundfile.info(str(place))
        except soundfile.LibsndfileError as error:
            raise _unreadable(place, error) from error
    if about.samplerate < MIN_AUDIO_RATE_HZ:
        raise InputError(
            place,
            f"{about.samplerate} Hz is too low to hear a cough in",
            field="sample rate",
            remedy=f"record at {MIN_AUDIO_RATE_HZ} Hz or more, best 16000 Hz",
        )
    if about.frames == 0:
        raise InputError(place, "no audio: the file holds 0 samples", remedy="record again")
    encoding = _encoding(about.format, about.subtype)
    with reading(place), fetched(place):
        unread_s = joined_s(place, about.samplerate)
    return AudioHeader(place, encoding, about.channels, about.samplerate, about.frames, unread_s)


def read_audio(
    path: str | os.PathLike[str],
    *,
    audio_rate_hz: int = AUDIO_RATE_HZ,
    full_scale: float | None = None,
    lead_db: float = DEAD_LEAD_DB,
) -> NDArray[np.int16]:
    """Read one channel of an audio file as int16 at one rate.

    Parameters
    ----------
    path
        As in `read_audio_header`. Of several channels the one that `living_channel` chooses is read.
    audio_rate_hz
        Rate wanted, in Hz. 16-bit PCM that has it is returned sample for sample.
    full_scale
        The stored value that stands for full scale, where it is not the format's own; WAV only.
    lead_db
        As in `living_channel`.

    Returns
    -------
    NDArray[np.int16]
        Shape ``(n,)``, full scale 32768; what is louder saturates.

    Raises
    ------
    InputError
        As `read_audio_header`; a sample is not a number, or the file ends before its header says.
    """
    place = Path(path)
    if not _by_sndfile(place):
        return wav_int16(
            read_wav_header(place), audio_rate_hz=audio_rate_hz, full_scale=full_scale, lead_db=lead_db
        )
    header = read_audio_header(place)
    channel = living_channel(_blocks(place), header.channels, lead_db)
    blocks = (block[:, channel] * INT16_SCALE for block in _blocks(place))
    return channel_as_int16(place, blocks, header.rate_hz, audio_rate_hz)


def channel_read(path: str | os.PathLike[str], lead_db: float = DEAD_LEAD_DB) -> int:
    """Say which channel of a file `read_audio` takes, counted from 0.

    Raises
    ------
    InputError
        As `read_audio`.
    """
    place = Path(path)
    if _by_sndfile(place):
        return living_channel(_blocks(place), read_audio_header(place).channels, lead_db)
    header = read_wav_header(place)
    with reading(place), fetched(place):
        return wav_channel(header, lead_db)


def _by_sndfile(path: Path) -> bool:
    return path.suffix.casefold() in SNDFILE_SUFFIXES


def _blocks(path: Path) -> Iterator[NDArray[np.float64]]:
    """Yield blocks of at most a minute, shape ``(n, channels)``, full scale 1.

    The decoder is given memory full of NaN: of a damaged file it counts samples as read that it never wrote,
    and they would be whatever was in that memory before.
    """
    import soundfile

    with reading(path), fetched(path):
        try:
            with soundfile.SoundFile(str(path)) as file:
                done, step = 0, _BLOCK_S * file.samplerate
                while (asked := min(step, file.frames - done)) > 0:
                    block = file.read(out=np.full((asked, file.channels), np.nan))
                    if (lost := np.flatnonzero(np.isnan(block[:, 0]))).size:
                        at_s = (done + int(lost[0])) / file.samplerate
                        raise _unreadable(path, f"the decoder gives nothing at {at_s:.3f} s")
                    yield block
                    done += len(block)
                    if len(block) < asked:
                        return
        except soundfile.LibsndfileError as error:
            raise _unreadable(path, error) from error


def _encoding(container: str, subtype: str) -> str:
    bits = {"PCM_S8": "8-bit ", "PCM_16": "16-bit ", "PCM_24": "24-bit "}.get(subtype, "")
    name = "Opus" if subtype == "OPUS" else {"OGG": "Ogg Vorbis"}.get(container, container)
    return bits + name


def _unreadable(path: Path, error: Exception | str) -> InputError:
    return InputError(
        path,
        f"cannot be decoded: {str(error).split(': ')[-1].rstrip('.')}",
        remedy=f"copy it again, or convert it: {ffmpeg_line(path)}",
    )
