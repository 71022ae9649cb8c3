"""Rate conversion of audio and IMU signals, by libsoxr."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["resample", "resample_blocks"]


def resample(signal: NDArray[np.float64], rate_hz: float, new_rate_hz: float) -> NDArray[np.float64]:
    """Convert a signal to another rate with libsoxr's high-quality linear-phase filter.

    Double precision and no dither, so that one build of libsoxr always gives the same samples.

    Parameters
    ----------
    signal
        float64, shape ``(n,)`` or ``(n, channels)``.
    rate_hz, new_rate_hz
        Rates before and after.

    Returns
    -------
    NDArray[np.float64]
        Shape ``(about n * new_rate_hz / rate_hz,)`` or with the channels behind; time 0 stays time 0.
    """
    if rate_hz == new_rate_hz:
        return signal
    return np.concatenate(list(resample_blocks(iter([signal]), rate_hz, new_rate_hz, _channels(signal))))


def resample_blocks(
    blocks: Iterator[NDArray[np.float64]], rate_hz: float, new_rate_hz: float, channels: int = 1
) -> Iterator[NDArray[np.float64]]:
    """Convert a signal block by block, as `resample` would convert it whole.

    A day of audio passes through in little memory.

    Parameters
    ----------
    blocks
        float64 blocks in order, ``(n,)`` each for one channel, else ``(n, channels)``.
    rate_hz, new_rate_hz
        Rates before and after.
    channels
        Number of channels.

    Yields
    ------
    NDArray[np.float64]
        Blocks at the new rate, of varying length.
    """
    import soxr

    stream = soxr.ResampleStream(rate_hz, new_rate_hz, channels, dtype="float64", quality="HQ")
    pending: NDArray[np.float64] | None = None
    for block in blocks:
        if pending is not None:
            yield stream.resample_chunk(np.ascontiguousarray(pending), last=False)
        pending = block
    if pending is not None:
        yield stream.resample_chunk(np.ascontiguousarray(pending), last=True)


def _channels(signal: NDArray[np.float64]) -> int:
    return 1 if signal.ndim == 1 else int(signal.shape[1])
