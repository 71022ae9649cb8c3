"""Bounds of windows in seconds, and windows with the labels near them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ...data.recording import Label
from ...signal.plan import AudioPlan, ImuPlan

__all__ = ["window_bounds", "windows_near_labels"]

_CHUNK = 4096


def window_bounds(plan: AudioPlan | ImuPlan, n: int) -> NDArray[np.float64]:
    """Start and end of the first n windows of a plan.

    Parameters
    ----------
    plan
        Plan that cuts the signal into windows.
    n
        Number of windows.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Seconds.

    Examples
    --------
    >>> window_bounds(AudioPlan(), 2).tolist()
    [[0.0, 0.512], [0.128, 0.64]]
    """
    if isinstance(plan, AudioPlan):
        hop_s, window_s = plan.block_frames * plan.frame_s, plan.window_frames * plan.frame_s
    else:
        hop_s, window_s = plan.hop / plan.rate_hz, plan.window / plan.rate_hz
    start = np.arange(n, dtype=np.float64) * hop_s
    return np.stack([start, start + window_s], axis=1)


def windows_near_labels(
    labels: Sequence[Label], bounds: NDArray[np.float64]
) -> Iterator[tuple[slice, list[Label]]]:
    """Cut windows into runs, each with the labels that touch it, so that a day's labels fit into memory.

    Parameters
    ----------
    labels
        Labels in any order.
    bounds : ndarray of float64, shape (n, 2)
        Start and end of each window in seconds, in order.

    Yields
    ------
    slice, list[Label]
        A run of windows, and the labels that touch one of them, in their order.
    """
    for first in range(0, len(bounds), _CHUNK):
        run = slice(first, first + _CHUNK)
        start_s, end_s = bounds[run][0, 0], bounds[run][-1, 1]
        yield run, [label for label in labels if label.start_s < end_s and label.end_s > start_s]
