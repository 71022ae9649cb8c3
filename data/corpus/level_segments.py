"""Where in a clip the sound is, by its level alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..recording import AUDIO_RATE_HZ

__all__ = ["FALL_DB", "LONGEST_S", "REACH_DB", "SHORTEST_S", "level_segments"]

REACH_DB = 9.0
"""A segment reaches at least this far below the loudest frame of the clip, in dB."""

FALL_DB = 20.0
"""It ends where the level falls by more than this below the loudest frame, in dB."""

SHORTEST_S = 0.1
LONGEST_S = 0.6
"""Longer than this is more than one cough: it is cut where it is softest."""

_FRAME = 256
_JOINED_FRAMES = 1


def level_segments(audio: NDArray[np.int16]) -> tuple[tuple[float, float], ...]:
    """Find the runs of 16 ms frames that stand out of a clip.

    A run holds frames within `FALL_DB` of the loudest and one within `REACH_DB`; a single soft frame does not
    part it. From a run longer than `LONGEST_S` pieces are cut at the softest frame that leaves them between
    `SHORTEST_S` and `LONGEST_S`; shorter pieces, and those that do not reach up, are dropped.

    Parameters
    ----------
    audio : ndarray of int16, shape (n,)
        The clip at 16 kHz.

    Returns
    -------
    tuple of (start_s, end_s)
        In order, apart from each other.

    Examples
    --------
    >>> import numpy as np
    >>> clip = np.zeros(16000, np.int16)
    >>> clip[4096:8192] = 1000
    >>> level_segments(clip)
    ((0.256, 0.512),)
    """
    count = len(audio) // _FRAME
    frames = audio[: count * _FRAME].astype(np.float64).reshape(count, _FRAME)
    power = np.mean(frames**2, axis=1)
    top = float(power.max(initial=0.0))
    if top <= 0.0:
        return ()
    level = 10.0 * np.log10(np.maximum(power / top, 1e-12))
    pieces = [piece for run in _runs(level >= -FALL_DB) for piece in _cut(level, *run)]
    second = _FRAME / AUDIO_RATE_HZ
    least = round(SHORTEST_S / second)
    return tuple(
        (first * second, last * second)
        for first, last in pieces
        if last - first >= least and level[first:last].max() >= -REACH_DB
    )


def _runs(inside: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Find runs of true frames, ``(first, last + 1)``, joined over gaps of `_JOINED_FRAMES`."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]]).astype(np.int8)))
    runs: list[tuple[int, int]] = []
    for first, last in edges.reshape(-1, 2).tolist():
        if runs and first - runs[-1][1] <= _JOINED_FRAMES:
            runs[-1] = (runs[-1][0], last)
        else:
            runs.append((first, last))
    return runs


def _cut(level: NDArray[np.float64], first: int, last: int) -> list[tuple[int, int]]:
    second = _FRAME / AUDIO_RATE_HZ
    least, most = round(SHORTEST_S / second), int(LONGEST_S / second)
    pieces = []
    while last - first > most:
        at = first + least + int(np.argmin(level[first + least : first + most + 1]))
        pieces.append((first, at))
        first = at
    return [*pieces, (first, last)]
