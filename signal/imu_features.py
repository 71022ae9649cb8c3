"""Motion features of a whole recording: the reference that training uses and the firmware must equal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .catalogue import features, imu_catalogue
from .elementary import Float32
from .feature import Feature
from .host_kernels import MotionKernel, motion_kernel
from .kinematics import SIGNALS, kinematic_features, motion_level, signal_of
from .plan import ImuPlan

_CHUNK_WINDOWS = 1024
_LARGEST = 1e6
"""Values from which squares of squares may not fit a float."""


@dataclass(frozen=True)
class ImuFeatureTable:
    """Motion features of a recording; as `AudioFeatureTable`, `level` per 50 ms frame."""

    values: Float32
    ids: tuple[str, ...]
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    level: Float32


def imu_features(
    imu: Float32, plan: ImuPlan | None = None, ids: Sequence[str] | None = None
) -> ImuFeatureTable:
    """Compute motion features of every window; window j covers samples ``[25 j, 25 j + 50)`` by default.

    ``docs/features.md`` gives the formula, unit and source of each.

    Parameters
    ----------
    imu : float32 array, shape (m, 6)
        Acceleration x, y, z in m/s2 and angular rate x, y, z in deg/s at ``plan.rate_hz``. Features of an
        angular rate that was not measured (NaN) are NaN.
    plan : ImuPlan, optional
        Plan that cuts the samples into windows.
    ids : sequence of str, optional
        Features wanted; all of the catalogue when left out.

    Returns
    -------
    ImuFeatureTable

    Raises
    ------
    KeyError
        If an id is not in the catalogue.

    Examples
    --------
    >>> still = np.tile(np.float32([0, 0, 9.81, 0, 0, 0]), (100, 1))
    >>> found = imu_features(still, ids=["accz_mean", "accz_range"])
    >>> found.values.astype(float).round(2).tolist()
    [[9.81, 0.0], [9.81, 0.0], [9.81, 0.0]]
    """
    plan = plan or ImuPlan()
    wanted = tuple(ids) if ids is not None else tuple(imu_catalogue())
    features(wanted, "imu")
    samples = np.asarray(imu, dtype=np.float32)
    kernel = motion_kernel(plan, len(samples) / plan.rate_hz)
    values = None if kernel is None else _by_kernel(kernel, samples, wanted)
    if values is None:
        values = _by_numpy(samples, wanted, plan)
    start_s: NDArray[np.float64] = np.arange(len(values), dtype=np.float64) * plan.hop_s
    return ImuFeatureTable(values, wanted, start_s, start_s + plan.window_s, motion_level(samples, plan))


def _by_kernel(kernel: MotionKernel, samples: Float32, wanted: tuple[str, ...]) -> Float32 | None:
    """Values by the C; None for samples that no sensor gives, with which only NumPy is defined."""
    measured = np.isfinite(samples).all(axis=0) & (np.abs(samples).max(axis=0, initial=0) < _LARGEST)
    if not measured[:3].all():
        return None
    if measured.all():
        return kernel(samples, wanted)
    if not np.isnan(samples[:, 3:]).any():
        return None
    values = kernel(np.where([True] * 3 + [False] * 3, samples, np.float32(0)).astype(np.float32), wanted)
    turning = [any(name.startswith("gyro") for name in row.needs) for row in features(wanted, "imu")]
    values[:, turning] = np.nan
    return values


def _by_numpy(imu: Float32, wanted: tuple[str, ...], plan: ImuPlan) -> Float32:
    samples = np.ascontiguousarray(imu.T)
    turned = not np.isnan(samples[3:]).any()
    signals = [name for name in _signals_of(features(wanted, "imu")) if turned or not name.startswith("gyro")]
    n = max(0, (samples.shape[1] - plan.window) // plan.hop + 1) if samples.shape[1] >= plan.window else 0
    values = np.empty((n, len(wanted)), dtype=np.float32)
    for first in range(0, n, _CHUNK_WINDOWS):
        last = min(n, first + _CHUNK_WINDOWS)
        index = np.arange(plan.window)[:, None] + plan.hop * np.arange(first, last)
        windows = samples[:, index]
        found: dict[str, Float32] = {}
        for name in signals:
            found |= kinematic_features(name, signal_of(windows, name), plan)
        for column, name in enumerate(wanted):
            values[first:last, column] = found.get(name, np.nan)
    return values


def _signals_of(rows: Iterable[Feature]) -> tuple[str, ...]:
    needed = frozenset().union(*(row.needs for row in rows))
    return tuple(name for name in SIGNALS if name in needed)
