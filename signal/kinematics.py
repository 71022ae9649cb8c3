"""Motion features of a window of accelerometer and gyroscope samples.

Eight signals: the three accelerations, the three angular rates and the norms of both. How the device sits on
the body is unknown, so every feature but the mean is about the signal's deviation from its window mean
(gravity drops out) and the norms do not depend on the mounting at all.

The approximate zero crossing (AZC) follows Zanetti R., Arza A., Aminifar A. and Atienza D. (IEEE Trans.
Biomed. Eng., 2022), who count the zero crossings of a polygonal approximation of the signal, and whose
polygon is that of Wall and Danielsson ("A fast sequential method for polygonal approximation of digitized
curves", CVGIP 28, 1984): walk along the curve, keep the signed area between curve and chord, and set a
vertex where it grows beyond a tolerance times the chord. Here the chord is measured along time, so the
tolerance is a mean deviation in the signal's own unit and no square root is taken. With y the deviation from
the last vertex, the area after L steps is ``(L - 1) / 2 y[L] - (y[1] + ... + y[L - 1])``.

Arrays are (samples, windows), float32, all sums in time order.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .elementary import Float32, log2, log2_q8, ordered_sum
from .plan import ImuPlan
from .series import to_float

_F = np.float32
SIGNALS = ("accx", "accy", "accz", "gyrox", "gyroy", "gyroz", "accnorm", "gyronorm")
VELOCITY_SIGNALS = ("accx", "accy", "accz", "accnorm")
ACC_TOLERANCES_MS2 = (_F(0.05), _F(0.15), _F(0.5), _F(1.5))
GYRO_TOLERANCES_DPS = (_F(0.5), _F(1.5), _F(5), _F(15))
QUIET = _F(1e-9)
"""Added to sums of squares before a division, so that a constant signal has defined features."""

LEVEL_FLOOR = _F(2.0**-12)
"""Added to the motion level's sum of squares, (m/s2)^2; about 1 mg of noise per axis and sample."""


def azc_tolerances(signal: str) -> tuple[np.float32, ...]:
    """Return the four tolerances of a signal's approximate zero crossings, in its unit.

    Examples
    --------
    >>> [float(t) for t in azc_tolerances("gyroy")]
    [0.5, 1.5, 5.0, 15.0]
    """
    return ACC_TOLERANCES_MS2 if signal.startswith("acc") else GYRO_TOLERANCES_DPS


def signal_of(samples: Float32, name: str) -> Float32:
    """Return one of the eight signals; a norm is ``sqrt((x^2 + y^2) + z^2)``.

    Parameters
    ----------
    samples : float32 array, shape (6, n, windows)
        Acceleration x, y, z in m/s2, angular rate x, y, z in deg/s.
    name : str
        One of `SIGNALS`.

    Returns
    -------
    float32 array, shape (n, windows)

    Examples
    --------
    >>> samples = np.zeros((6, 3, 1), np.float32)
    >>> samples[0], samples[1] = 3, 4
    >>> signal_of(samples, "accnorm")[:, 0].tolist()
    [5.0, 5.0, 5.0]
    """
    if name.endswith("norm"):
        x, y, z = samples[:3] if name == "accnorm" else samples[3:]
        return np.asarray(np.sqrt((x * x + y * y) + z * z), dtype=np.float32)
    return np.asarray(samples[SIGNALS.index(name)], dtype=np.float32)


def kinematic_features(name: str, v: Float32, plan: ImuPlan) -> dict[str, Float32]:
    """Compute every feature of one signal.

    With ``d`` the deviation from the window's mean, ``j`` its first difference, ``v`` its integral from the
    window's start and ``m_n = mean_i d^n`` (moments of a population):

    - ``line_length`` ``sum_i |j|`` (Esteller R. et al., IEEE EMBS 2001), ``zcr`` sign changes of d per sample
      (Kedem B., Proc. IEEE 74, 1986), ``range`` ``max d - min d``, ``mean``;
    - ``rms`` ``sqrt(m_2)``, ``skewness`` ``m_3 / m_2^1.5``, ``kurtosis`` ``m_4 / m_2^2``, ``crest``
      ``max |d| / sqrt(m_2)``;
    - ``azc0`` to ``azc3``: see `approximate_zero_crossings`;
    - ``jerk_rms``, ``jerk_max``, ``jerk_kurtosis`` of j about zero, ``late_early``
      ``log2 sum_(i >= n/2) d^2 - log2 sum_(i < n/2) d^2`` in octaves;
    - for accelerations ``velocity_rms``, ``velocity_max``, ``velocity_range`` of v in m/s.

    Parameters
    ----------
    name : str
        Signal, prefix of the ids.
    v : float32 array, shape (n, windows)
        Signal of each window, from `signal_of`.
    plan : ImuPlan
        Rate and window.

    Returns
    -------
    dict of float32 arrays, shape (windows,)

    Examples
    --------
    >>> shake = np.tile(np.float32([1, -1]), 25)[:, None]
    >>> found = kinematic_features("accx", shake, ImuPlan())
    >>> [round(float(found[f"accx_{name}"][0]), 3) for name in ("rms", "zcr", "line_length", "kurtosis")]
    [1.0, 1.0, 98.0, 1.0]
    """
    n = len(v)
    mean = ordered_sum(v) * (_F(1) / _F(n))
    d = v - mean
    step = np.diff(d, axis=0)
    out = {
        "line_length": ordered_sum(np.abs(step)),
        "zcr": to_float((np.signbit(d[1:]) != np.signbit(d[:-1])).sum(axis=0)) * (_F(1) / _F(n - 1)),
        **_moments(d),
        "range": (d.max(axis=0) - d.min(axis=0)) + _F(0),  # never minus zero
        "mean": mean,
    }
    for level, tolerance in enumerate(azc_tolerances(name)):
        out[f"azc{level}"] = to_float(approximate_zero_crossings(d, tolerance))
    out |= {f"jerk_{key}": value for key, value in _jerk(step).items()}
    half = n // 2
    early = ordered_sum(np.concatenate([np.full_like(d[:1], QUIET), d[:half] * d[:half]]))
    late = ordered_sum(np.concatenate([np.full_like(d[:1], QUIET), d[half:] * d[half:]]))
    out["late_early"] = log2(late) - log2(early)
    if name in VELOCITY_SIGNALS:
        out |= {f"velocity_{key}": value for key, value in _velocity(d, plan).items()}
    return {f"{name}_{key}": value for key, value in out.items()}


def _moments(d: Float32) -> dict[str, Float32]:
    n = len(d)
    s2, s3, s4 = (np.zeros_like(d[0]) for _ in range(3))
    for row in d:
        square = row * row
        s2 += square
        s3 += square * row
        s4 += square * square
    m2 = s2 * (_F(1) / _F(n)) + QUIET
    rms = np.sqrt(m2)
    return {
        "rms": rms,
        "kurtosis": s4 * (_F(1) / _F(n)) / (m2 * m2),
        "skewness": s3 * (_F(1) / _F(n)) / (m2 * rms),
        "crest": np.abs(d).max(axis=0) / rms,
    }


def _jerk(step: Float32) -> dict[str, Float32]:
    n = len(step)
    s2, s4 = np.zeros_like(step[0]), np.zeros_like(step[0])
    for row in step:
        square = row * row
        s2 += square
        s4 += square * square
    m2 = s2 * (_F(1) / _F(n)) + QUIET
    return {"rms": np.sqrt(m2), "max": np.abs(step).max(axis=0), "kurtosis": s4 * (_F(1) / _F(n)) / (m2 * m2)}


def _velocity(d: Float32, plan: ImuPlan) -> dict[str, Float32]:
    """Integral of the deviation from the mean, zero at both ends of the window by construction."""
    v = np.zeros_like(d[0])
    square, high, low = np.zeros_like(v), np.zeros_like(v), np.zeros_like(v)
    for row in d:
        v = v + row
        square += v * v
        high, low = np.where(v > high, v, high), np.where(v < low, v, low)
    dt = _F(1) / _F(plan.rate_hz)
    return {
        "rms": np.sqrt(square * (_F(1) / _F(len(d)))) * dt,
        "max": np.where(-low > high, -low, high) * dt,
        "range": (high - low) * dt,
    }


def approximate_zero_crossings(d: Float32, tolerance: np.float32) -> NDArray[np.int64]:
    """Count sign changes along the vertices of the polygonal approximation (Zanetti et al., 2022).

    Parameters
    ----------
    d : float32 array, shape (n, windows)
        Signal minus its mean.
    tolerance : float32
        Largest mean deviation of curve from chord, in the signal's unit.

    Returns
    -------
    int64 array, shape (windows,)
        Crossings between consecutive vertices, the first and last sample included.

    Examples
    --------
    >>> swing = np.sin(2 * np.pi * np.arange(50) / 25).astype(np.float32)[:, None]
    >>> [int(approximate_zero_crossings(swing, np.float32(t))[0]) for t in (0.05, 5)]
    [3, 1]
    """
    start = d[0].copy()
    total, half = np.zeros_like(start), np.zeros_like(start)
    limit = np.full_like(start, tolerance)
    sign = np.signbit(start)
    count = np.zeros(d.shape[1], dtype=np.int64)
    for before, value in pairwise(d):
        y = value - start
        vertex = np.abs(half * y - total) > limit
        new_sign = np.signbit(before)
        count += vertex & (new_sign != sign)
        sign = np.where(vertex, new_sign, sign)
        start = np.where(vertex, before, start)
        y = np.where(vertex, value - before, y)
        total = np.where(vertex, y, total + y)
        half = np.where(vertex, _F(0.5), half + _F(0.5))
        limit = np.where(vertex, tolerance, limit) + tolerance
    count += np.signbit(d[-1]) != sign
    return count


def motion_level(imu: Float32, plan: ImuPlan) -> Float32:
    """Level per 50 ms frame: log2 of the summed squared first differences of the three accelerations.

    ``log2(floor + sum_i (a[i] - a[i - 1])^2)`` over the samples and axes of a frame. Defined here.

    Parameters
    ----------
    imu : float32 array, shape (m, 6)
        Samples; the difference before the first is zero.
    plan : ImuPlan
        Samples per frame.

    Returns
    -------
    float32 array, shape (m // plan.frame,)
        Octaves of (m/s2)^2, at least -12; summed sample by sample, x, y, z within a sample.

    Examples
    --------
    >>> imu = np.zeros((10, 6), np.float32)
    >>> imu[5:, 2] = 2
    >>> motion_level(imu, ImuPlan()).astype(float).round(1).tolist()
    [-12.0, 2.0]
    """
    frames = len(imu) // plan.frame
    if not frames:
        return np.zeros(0, dtype=np.float32)
    acc = np.concatenate([imu[:1, :3], imu[: frames * plan.frame, :3]]).astype(np.float32)
    step = np.diff(acc, axis=0)
    squares = np.ascontiguousarray((step * step).reshape(frames, plan.frame * 3).T)
    total = ordered_sum(np.concatenate([np.full((1, frames), LEVEL_FLOOR, dtype=np.float32), squares]))
    return log2_q8(total).astype(np.float32) * _F(1 / 256)
