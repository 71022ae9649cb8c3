"""WAV files in, int16 samples at the wanted rate out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..input_error import InputError, reading
from ..large_sound import LARGE_SAMPLES
from ..recording import AUDIO_RATE_HZ
from ..remote.cached_file import fetched
from .channels import DEAD_LEAD_DB, living_channel
from .pcm import INT16_SCALE, channel_as_int16
from .wav_header import WavHeader

__all__ = ["wav_channel", "wav_int16"]

MAX_FLOAT_PEAK = 4.0
"""Float samples are meant to stay within +-1; above this they are in another unit."""

_BLOCK_S = 60
_SAMPLE_BYTES = {8: "u1", 16: "<i2", 24: "V3", 32: "<i4"}
_FLOAT_BYTES = {32: "<f4", 64: "<f8"}


def wav_int16(
    header: WavHeader,
    *,
    audio_rate_hz: int = AUDIO_RATE_HZ,
    full_scale: float | None = None,
    lead_db: float = DEAD_LEAD_DB,
) -> NDArray[np.int16]:
    """Read one channel of a WAV file as int16 at one rate.

    Parameters
    ----------
    header
        The header that `read_wav_header` checked: PCM of 8, 16, 24 or 32 bits, or float of 32 or 64 bits.
    audio_rate_hz
        Rate wanted, in Hz. 16-bit files that have it are returned sample for sample.
    full_scale
        The stored value that stands for full scale, where it is not the format's own (the edge-AI recordings
        are 32-bit integers scaled by ``2**29``).
    lead_db
        As in `tussis.data.formats.channels.living_channel`.

    Returns
    -------
    NDArray[np.int16]
        Shape ``(n,)``, full scale 32768; what is louder saturates. Of 16-bit files of many hours that have
        the rate it is the file itself, mapped; do not shorten that while it is used.

    Raises
    ------
    InputError
        A float sample is NaN or infinite or far out of range, or the file is too short for one sample at
        `audio_rate_hz`.
    """
    with reading(header.path), fetched(header.path):
        stored = _stored(header)[:, wav_channel(header, lead_db)]
        if header.bits == 16 and full_scale is None and header.rate_hz == audio_rate_hz:
            large = len(stored) > LARGE_SAMPLES
            return np.asarray(stored, np.int16) if large else np.array(stored, np.int16)
        blocks = _blocks(header, stored, full_scale)
        return channel_as_int16(header.path, blocks, header.rate_hz, audio_rate_hz)


def wav_channel(header: WavHeader, lead_db: float = DEAD_LEAD_DB) -> int:
    """Return the channel that is read, counted from 0 (`tussis.data.formats.channels.living_channel`)."""
    stored, step = _stored(header), _BLOCK_S * header.rate_hz
    starts = range(0, header.frames, step) if header.channels > 1 else ()
    every = (
        np.stack([_numbers(header, block[:, channel]) for channel in range(header.channels)], axis=1)
        for block in (stored[start : start + step] for start in starts)
    )
    return living_channel(every, header.channels, lead_db)


def _stored(header: WavHeader) -> NDArray[np.generic]:
    """All samples as they are stored, shape ``(frames, channels)``; read from the disk as they are used."""
    code = (_SAMPLE_BYTES if header.encoding == "pcm" else _FLOAT_BYTES)[header.bits]
    return np.memmap(
        header.path,
        dtype=np.dtype(code),
        mode="r",
        offset=header.data_offset,
        shape=(header.frames, header.channels),
    )


def _blocks(
    header: WavHeader, stored: NDArray[np.generic], full_scale: float | None
) -> Iterator[NDArray[np.float64]]:
    """Yield float64 blocks in int16 units."""
    step = _BLOCK_S * header.rate_hz
    for start in range(0, header.frames, step):
        values = _numbers(header, stored[start : start + step])
        if header.encoding == "float":
            _check_floats(header, values, start)
        yield values * (INT16_SCALE / (full_scale or _own_full_scale(header)))


def _own_full_scale(header: WavHeader) -> float:
    return 1.0 if header.encoding == "float" else float(2 ** (header.bits - 1))


def _numbers(header: WavHeader, stored: NDArray[np.generic]) -> NDArray[np.float64]:
    if header.encoding == "pcm" and header.bits == 8:
        return stored.astype(np.float64) - 128.0
    if header.encoding == "pcm" and header.bits == 24:
        wide = np.zeros((len(stored), 4), np.uint8)
        wide[:, 1:] = np.ascontiguousarray(stored).view(np.uint8).reshape(-1, 3)
        return (wide.view("<i4")[:, 0] >> 8).astype(np.float64)
    return stored.astype(np.float64)


def _check_floats(header: WavHeader, values: NDArray[np.float64], start: int) -> None:
    finite = np.isfinite(values)
    if not finite.all():
        at = int(np.argmin(finite))
        raise InputError(
            header.path,
            f"the sample is {values[at]}",
            field=f"sample {start + at} ({(start + at) / header.rate_hz:.3f} s)",
            remedy="correct the program that wrote it, or cut the stretch out",
        )
    loud = np.abs(values) > MAX_FLOAT_PEAK
    if loud.any():
        at = int(np.argmax(loud))
        raise InputError(
            header.path,
            f"the float sample is {values[at]:.6g}, the scale is -1 to 1",
            field=f"sample {start + at} ({(start + at) / header.rate_hz:.3f} s)",
            remedy="divide by full scale before writing floats, or write 16-bit integers",
        )
