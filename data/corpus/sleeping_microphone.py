"""A recording as a microphone hears it that sleeps and wakes: digital silence while it is off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..cough_names import UNSURE
from ..recording import Label

__all__ = ["LEAST_HEARD_S", "MOST_LOST_S", "audible_labels", "awake_stretches", "heard_late", "late_windows"]

ASLEEP_S = (0.1, 0.6)
"""Shortest and longest sleep."""
AWAKE_S = 0.64
"""How long it hears: as long as the comparator that wakes it holds it, and longer than a window."""
MOST_LOST_S = 0.25
"""Of a cough that begins while it sleeps this much may be lost; of one that has lost more nobody can tell."""
LEAST_HEARD_S = 0.1
"""So much of a cough has to be heard."""


def awake_stretches(duration_s: float, audio_sha256: str, copy: int) -> NDArray[np.float64]:
    """Draw when a microphone hears that sleeps for a while, wakes, and sleeps again.

    It wakes at times that know nothing of the sound, so that each part of a cough, and of any other sound, is
    as likely to be the first that is heard. Where the sound is longer, there are more stretches, and the
    first ones are the same.

    Parameters
    ----------
    duration_s
        Until when stretches begin, in seconds.
    audio_sha256
        Hash of the sound; the same sound gives the same stretches.
    copy
        Number of the copy; each has its own.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Start and end of each stretch in seconds, in whole milliseconds, in order.

    Examples
    --------
    >>> awake_stretches(2.0, "00c0ffee1234", 1).tolist()
    [[0.175, 0.815], [1.173, 1.813]]
    """
    rng = np.random.default_rng(int(audio_sha256[:12], 16) + copy)
    cycles = int(duration_s / (AWAKE_S + ASLEEP_S[0])) + 1
    asleep_ms = np.rint(1000 * rng.uniform(*ASLEEP_S, cycles)).astype(np.int64)
    awake_ms = round(1000 * AWAKE_S)
    first_ms = np.cumsum(asleep_ms + awake_ms) - awake_ms
    stretches = np.column_stack([first_ms, first_ms + awake_ms]) / 1000.0
    return np.asarray(stretches[stretches[:, 0] < duration_s])


def heard_late(audio: NDArray[np.int16], rate_hz: int, awake_s: NDArray[np.float64]) -> NDArray[np.int16]:
    """Return a sound with digital silence outside some stretches.

    Parameters
    ----------
    audio : ndarray of int16, shape (n,)
        The sound.
    rate_hz
        Its rate.
    awake_s : ndarray of float64, shape (m, 2)
        The stretches, in seconds.

    Returns
    -------
    ndarray of int16, shape (n,)

    Examples
    --------
    >>> heard_late(np.ones(6, np.int16), 1000, np.array([[0.001, 0.003]])).tolist()
    [0, 1, 1, 0, 0, 0]
    """
    heard = np.zeros_like(audio)
    for first, end in np.rint(awake_s * rate_hz).astype(np.int64).tolist():
        heard[first:end] = audio[first:end]
    return heard


def late_windows(
    awake_s: NDArray[np.float64], start_s: NDArray[np.float64], end_s: NDArray[np.float64], block_s: float
) -> NDArray[np.bool_]:
    """Say which windows a device evaluates with silence in them: their last block is heard, not all of them.

    Parameters
    ----------
    awake_s : ndarray of float64, shape (n, 2)
        What is heard, in seconds.
    start_s, end_s : ndarray of float64, shape (n_windows,)
        Bounds of the windows.
    block_s
        Length of a block.

    Returns
    -------
    ndarray of bool, shape (n_windows,)

    Examples
    --------
    >>> start = np.array([0.0, 0.2, 0.4, 0.6])
    >>> late_windows(np.array([[0.5, 2.0]]), start, start + 0.5, 0.1).tolist()
    [False, True, True, False]
    """
    newest = np.searchsorted(awake_s[:, 0], end_s, side="left") - 1
    there = newest >= 0
    if not len(awake_s):
        return there
    woken, slept = awake_s[np.maximum(newest, 0)].T
    return np.asarray(there & (woken > start_s) & (woken <= end_s - block_s) & (end_s <= slept))


def audible_labels(labels: Sequence[Label], awake_s: NDArray[np.float64]) -> tuple[Label, ...]:
    """Return labels as they bound what is heard.

    A cough becomes what is heard of it, a piece for each stretch. A piece that lacks more than `MOST_LOST_S`
    of the cough's beginning, or is shorter than `LEAST_HEARD_S`, is ``unsure``: nothing is learned from it.
    All other labels stay.

    Parameters
    ----------
    labels
        Labels of the whole recording.
    awake_s : ndarray of float64, shape (n, 2)
        What is heard, in seconds.

    Examples
    --------
    >>> audible_labels([Label(0.3, 0.7, "cough")], np.array([[0.5, 2.0]]))
    (Label(start_s=0.5, end_s=0.7, name='cough', confidence=1.0, weak=False),)
    """
    audible: list[Label] = []
    for label in labels:
        if not label.is_cough:
            audible.append(label)
            continue
        for first, end in awake_s[(awake_s[:, 0] < label.end_s) & (awake_s[:, 1] > label.start_s)].tolist():
            piece = replace(label, start_s=max(label.start_s, first), end_s=min(label.end_s, end))
            lost = piece.start_s - label.start_s
            sure = lost <= MOST_LOST_S and piece.end_s - piece.start_s >= min(
                LEAST_HEARD_S, label.end_s - label.start_s
            )
            audible.append(piece if sure else replace(piece, name=UNSURE))
    return tuple(audible)
