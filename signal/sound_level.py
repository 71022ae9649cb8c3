"""How loud each frame of raw sound is, in integers: what decides before any filter or spectrum is computed.

The C twin is ``firmware_stub/src/detector/sound_level.c``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .plan import AudioPlan

__all__ = ["frame_levels", "log2_linear_q8"]

ONE_OCTAVE = 256
_CHUNK_FRAMES = 4096
_GROUPS = 16
_PLACES = (0, 1, 6, 7)


def log2_linear_q8(x: NDArray[np.int64]) -> NDArray[np.int32]:
    """Integer logarithm with a linear mantissa: ``256 e + floor(256 (x / 2^e - 1))``, e = floor(log2 x).

    J. N. Mitchell, "Computer multiplication and division using binary logarithms", IRE Trans. EC-11, 1962.

    Parameters
    ----------
    x : int64 array, any shape
        From 1 to 2^53.

    Returns
    -------
    int32 array
        Logarithm to base two in 1/256, at most 22 + 1 too small and never too large; never decreases in `x`.

    Examples
    --------
    >>> log2_linear_q8(np.array([1, 2, 3, 1024])).tolist()
    [0, 256, 384, 2560]
    """
    exponent = np.frexp(x.astype(np.float64))[1].astype(np.int64) - 1
    return np.asarray((exponent - 1) * ONE_OCTAVE + ((x << 8) >> exponent), np.int32)


def frame_levels(pcm: NDArray[np.int16], plan: AudioPlan, n_frames: int) -> NDArray[np.int32]:
    """Level of each frame of raw sound: ``log2(1 + variance)`` in 1/256, by `log2_linear_q8`.

    Of frame f, decimation by R, n = 64 samples are looked at, in 16 groups of two pairs:

    ``x[128 R f - 2 ((R - 1) // 2) + 8 R k + j]``, k = 0 .. 15, j = 0, 1, 6, 7,

    zeros before the first and after the last. With the exact sums S of these samples and Q of their squares

    ``level = log2_linear_q8(n Q - S^2 + n^2) - log2_linear_q8(n^2)``

    so an offset does not count, 0 is a frame of one value, and one step is 1/256 octave of power, 0.0118 dB.
    Pairs are what the core takes at once, and unequal distances between them keep a tone from falling on the
    same phase again and again. Of white noise 64 samples give the variance within 0.8 dB (one sigma).

    Parameters
    ----------
    pcm : int16 array, shape (samples,)
        At ``plan.input_rate_hz``.
    plan : AudioPlan
        Frame length and decimation.
    n_frames : int
        How many frames.

    Returns
    -------
    int32 array, shape (n_frames,)
        0 to 7679, that of a square wave at full scale.

    Examples
    --------
    >>> frame_levels(np.tile(np.int16([1000, -1000]), 256), AudioPlan(), 2).tolist()
    [5096, 5096]
    """
    levels = np.zeros(n_frames, np.int32)
    for first in range(0, n_frames, _CHUNK_FRAMES):
        levels[first : first + _CHUNK_FRAMES] = _levels(
            pcm, plan, first, min(n_frames, first + _CHUNK_FRAMES)
        )
    return levels


def _levels(pcm: NDArray[np.int16], plan: AudioPlan, first: int, last: int) -> NDArray[np.int32]:
    """Levels of frames `first` to ``last - 1``."""
    lead = 2 * ((plan.decimation - 1) // 2)
    inputs = plan.frame * plan.decimation
    x: NDArray[Any] = np.zeros((last - first) * inputs, np.int64)
    start = first * inputs - lead
    taken = pcm[max(start, 0) : max(last * inputs - lead, 0)]
    x[max(-start, 0) : max(-start, 0) + len(taken)] = taken
    x = x.reshape(last - first, _GROUPS, inputs // _GROUPS)[:, :, _PLACES]
    n = _GROUPS * len(_PLACES)
    total = n * (x * x).sum(axis=(1, 2)) - x.sum(axis=(1, 2)) ** 2 + n * n
    return np.asarray(log2_linear_q8(total) - log2_linear_q8(np.array([n * n])), np.int32)
