"""Whether a motion sensor still measures.

An axis that has one value in a whole window is *flat*. Noise moves the last digit of a sensor that lives, so
sixteen flat windows in a row, 4.25 s with the default plan, say that the axis is stuck: a bus that repeats
one sample, a broken axis, a sensor that sleeps. Angular rates that stand at 0 do not count, as a sensor
without a gyroscope gives them. Only axes are looked at that a feature needs.

``firmware_stub/src/detector/imu_health.c`` is the same in C: the gate opens in such windows. Training
learns nothing from them (`tussis.selection.windows.session_features.WindowFeatures.targets`).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from .elementary import Float32
from .feature import Feature
from .plan import ImuPlan

__all__ = ["STUCK_WINDOWS", "imu_axes", "stuck_windows"]

STUCK_WINDOWS = 16
"""Flat windows in a row that no living sensor gives."""


def imu_axes(rows: Iterable[Feature]) -> int:
    """Axes of the motion that features look at: 3, the acceleration, or 6 with the angular rates."""
    return 6 if any(name.startswith("gyro") for row in rows for name in row.needs) else 3


def stuck_windows(imu: Float32, plan: ImuPlan | None = None, axes: int = 6) -> NDArray[np.bool_]:
    """Say in which windows an axis is stuck.

    Parameters
    ----------
    imu : float32 array, shape (m, 6)
        m/s2 and deg/s at the plan's rate.
    plan
        Plan that cuts the samples into windows.
    axes
        3: the acceleration only. 6: also the angular rates.

    Returns
    -------
    bool array, shape (windows,)

    Examples
    --------
    >>> still = np.full((600, 6), 9.8, np.float32)
    >>> int(np.flatnonzero(stuck_windows(still))[0])
    15
    """
    plan = plan or ImuPlan()
    count = max((len(imu) - plan.window) // plan.hop + 1, 0)
    same = np.zeros((len(imu) + 1, axes), np.int64)
    same[2:] = np.cumsum(imu[1:, :axes] == imu[:-1, :axes], axis=0)[: max(len(imu) - 1, 0)]
    first = np.arange(count) * plan.hop
    flat = same[first + plan.window] - same[first + 1] == plan.window - 1
    flat[:, 3:] &= imu[first, 3:axes] != 0
    run = np.zeros(axes, np.int64)
    stuck = np.zeros(count, np.bool_)
    for number, window in enumerate(flat):
        run = np.where(window, run + 1, 0)
        stuck[number] = bool((run >= STUCK_WINDOWS).any())
    return stuck
