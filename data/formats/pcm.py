"""Samples as this project holds them: int16 at one rate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..input_error import InputError
from ..large_sound import sound_of_blocks
from ..resampling import resample_blocks

__all__ = ["INT16_SCALE", "channel_as_int16"]

INT16_SCALE = 32768.0


def channel_as_int16(
    path: Path, blocks: Iterator[NDArray[np.float64]], rate_hz: int, audio_rate_hz: int
) -> NDArray[np.int16]:
    """Bring one channel to a rate and round it to int16.

    Parameters
    ----------
    path
        File the samples come from, for messages.
    blocks
        float64 blocks of shape ``(n,)`` in int16 units.
    rate_hz, audio_rate_hz
        Rates before and after, in Hz.

    Returns
    -------
    NDArray[np.int16]
        Shape ``(n,)``; what is louder than full scale saturates. Many hours stay in a temporary file
        (`tussis.data.large_sound`).

    Raises
    ------
    InputError
        A sample is not finite, or there are too few for one at the new rate.
    """
    if rate_hz != audio_rate_hz:
        blocks = resample_blocks(blocks, rate_hz, audio_rate_hz)
    audio = sound_of_blocks(_rounded(path, block) for block in blocks)
    if len(audio) == 0:
        raise InputError(path, f"too short for one sample at {audio_rate_hz} Hz", remedy="record again")
    return audio


def _rounded(path: Path, block: NDArray[np.float64]) -> NDArray[np.int16]:
    if not np.isfinite(block).all():
        raise InputError(path, "a sample is not a finite number", remedy="decode it again")
    return np.asarray(np.clip(np.rint(block), -32768, 32767), np.int16)
