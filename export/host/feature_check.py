"""Made signals on which compiled kernels are compared with NumPy before they are used."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...signal.audio_features import audio_features
from ...signal.catalogue import feature_ids
from ...signal.elementary import Float32
from ...signal.frames import frame_count
from ...signal.host_kernels import AudioKernel, MotionKernel, without_kernels
from ...signal.imu_features import imu_features
from ...signal.plan import AudioPlan, ImuPlan

__all__ = ["difference_of_motion", "difference_of_sound", "made_motion", "made_sound"]


def made_sound(plan: AudioPlan) -> NDArray[np.int16]:
    """Return 12 s of sound that reaches the corners of int16, an odd number of samples.

    Examples
    --------
    >>> made_sound(AudioPlan()).shape
    (192007,)
    """
    rate = plan.input_rate_hz
    rng = np.random.default_rng(20)
    time = np.arange(2 * rate) / rate
    parts = [
        np.zeros(2 * rate),
        rng.standard_normal(2 * rate) * 3000 * np.exp(-((time % 0.7) / 0.1)),
        90000 * np.sin(2 * np.pi * 700 * time),
        rng.integers(-32768, 32768, 2 * rate),
        rng.integers(-1, 2, 2 * rate),
        12000 * np.sin(2 * np.pi * (50 + 700 * time) * time),
        np.full(7, -32768),
    ]
    pcm: NDArray[np.int16] = np.clip(np.concatenate(parts), -32768, 32767).astype(np.int16)
    return pcm


def made_motion(plan: ImuPlan) -> Float32:
    """Return motion of several kinds: still, zeros of both signs, denormal, walking, blows, a stuck axis.

    Examples
    --------
    >>> made_motion(ImuPlan()).shape
    (2407, 6)
    """
    rng = np.random.default_rng(21)
    n = 4 * plan.rate_hz
    time = np.arange(n) / plan.rate_hz
    gravity = np.array([0.3, -4.0, 8.9, 0, 0, 0])
    walk = gravity + np.sin(2 * np.pi * 2 * time)[:, None] * [2, 1, 3, 30, 20, 10]
    walk += rng.standard_normal((n, 6))
    stuck = walk.copy()
    stuck[:, 1] = 4.0
    blows = np.zeros((n, 6))
    blows[::33] = 160
    parts = [
        np.tile(gravity, (n, 1)),
        np.copysign(0.0, rng.standard_normal((n, 6))),
        rng.standard_normal((n, 6)) * 1e-39,
        walk,
        stuck,
        blows,
        rng.standard_normal((7, 6)),
    ]
    return np.concatenate(parts).astype(np.float32)


def difference_of_sound(kernel: AudioKernel, plan: AudioPlan) -> str:
    """Say in what a kernel differs from NumPy; nothing where all bits are equal."""
    pcm, ids = made_sound(plan), feature_ids("audio", plan)
    with without_kernels():
        wanted = audio_features(pcm, plan)
    values, level = kernel(pcm, ids, frame_count(pcm, plan), lambda done, total: None)
    return _difference([*ids, "level"], [*wanted.values.T, wanted.level], [*values.T, level])


def difference_of_motion(kernel: MotionKernel, plan: ImuPlan) -> str:
    """Say in what a kernel differs from NumPy; nothing where all bits are equal."""
    samples, ids = made_motion(plan), feature_ids("imu")
    with without_kernels():
        wanted = imu_features(samples, plan)
    return _difference(ids, list(wanted.values.T), list(kernel(samples, ids).T))


def _difference(ids: Sequence[str], wanted: Sequence[Float32], found: Sequence[Float32]) -> str:
    unequal = [
        name
        for name, ours, theirs in zip(ids, wanted, found, strict=True)
        if ours.shape != theirs.shape or np.any(_bits(ours) != _bits(theirs))
    ]
    many = f" and {len(unequal) - 5} more" if len(unequal) > 5 else ""
    return f"other bits than NumPy in {', '.join(unequal[:5])}{many}" if unequal else ""


def _bits(values: Float32) -> NDArray[np.uint32]:
    return np.ascontiguousarray(values).view(np.uint32)
