"""WAV files in, int16 samples at the wanted rate out."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..input_error import InputError, reading
from ..recording import AUDIO_RATE_HZ
from ..resampling import resample_blocks
from .wav_header import WavHeader, read_wav_header

__all__ = ["read_wav", "read_wav_samples"]

INT16_SCALE = 32768.0
MAX_FLOAT_PEAK = 4.0
"""Float samples are meant to stay within +-1; above this they are in another unit."""

_BLOCK_S = 60
_SAMPLE_BYTES = {8: "u1", 16: "<i2", 24: "V3", 32: "<i4"}
_FLOAT_BYTES = {32: "<f4", 64: "<f8"}


def read_wav(
    path: str | os.PathLike[str],
    *,
    audio_rate_hz: int = AUDIO_RATE_HZ,
    full_scale: float | None = None,
) -> NDArray[np.int16]:
    """Read the first channel of a WAV file as int16 at one rate.

    Parameters
    ----------
    path
        PCM of 8, 16, 24 or 32 bits, or float of 32 or 64 bits, any number of channels, any rate from 8 kHz.
    audio_rate_hz
        Rate wanted. 16-bit files that have it are returned sample for sample.
    full_scale
        The stored value that stands for full scale, where it is not the format's own (the edge-AI recordings
        are 32-bit integers scaled by ``2**29``).

    Returns
    -------
    NDArray[np.int16]
        Shape ``(n,)``, full scale 32768; what is louder saturates.

    Raises
    ------
    InputError
        The header is at fault (see `read_wav_header`), a float sample is NaN or infinite or far out of
        range, or the file is too short for one sample at `audio_rate_hz`.
    """
    return read_wav_samples(read_wav_header(path), audio_rate_hz=audio_rate_hz, full_scale=full_scale)


def read_wav_samples(
    header: WavHeader, *, audio_rate_hz: int = AUDIO_RATE_HZ, full_scale: float | None = None
) -> NDArray[np.int16]:
    """Read the samples behind a header that `read_wav_header` gave; see `read_wav`.

    Parameters
    ----------
    header
        The checked header.
    audio_rate_hz
        Sample rate of the result, in Hz.
    full_scale
        The stored value that stands for full scale, if not the format's own.

    Returns
    -------
    NDArray[np.int16]
        Shape ``(n,)``, full scale 32768.

    Raises
    ------
    InputError
        As `read_wav`.
    """
    with reading(header.path):
        stored = _first_channel(header)
        if header.bits == 16 and full_scale is None and header.rate_hz == audio_rate_hz:
            return np.array(stored, dtype=np.int16)
        blocks = _blocks(header, stored, full_scale)
        if header.rate_hz != audio_rate_hz:
            blocks = resample_blocks(blocks, header.rate_hz, audio_rate_hz)
        audio = np.concatenate([_to_int16(block) for block in blocks])
    if len(audio) == 0:
        raise InputError(
            header.path, f"too short: {header.frames} samples at {header.rate_hz} Hz", remedy="record again"
        )
    return audio


def _first_channel(header: WavHeader) -> NDArray[np.generic]:
    code = (_SAMPLE_BYTES if header.encoding == "pcm" else _FLOAT_BYTES)[header.bits]
    frames = np.memmap(
        header.path,
        dtype=np.dtype(code),
        mode="r",
        offset=header.data_offset,
        shape=(header.frames, header.channels),
    )
    return frames[:, 0]


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


def _to_int16(values: NDArray[np.float64]) -> NDArray[np.int16]:
    return np.clip(np.rint(values), -32768, 32767).astype(np.int16)
