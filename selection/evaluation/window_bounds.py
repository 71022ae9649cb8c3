"""Bounds of windows in seconds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...signal.plan import AudioPlan, ImuPlan

__all__ = ["window_bounds"]


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
