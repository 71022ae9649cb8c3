"""Windows in which the motion sensor saw nothing: samples lost, an axis stuck, the sensor dead."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...data.recording import Recording
from .detector_file import Detector
from .gate import TICK_HZ

__all__ = ["DEAD_WINDOWS", "measured_windows", "stuck", "with_dead_sensor"]

DEAD_WINDOWS = 8
"""IMU windows in a row, 2 s: from the eighth missing one on the sensor is dead and the audio decides."""


def with_dead_sensor(
    imu_hits: NDArray[np.bool_], detector: Detector, n_audio_windows: int
) -> NDArray[np.bool_]:
    """Go on with windows that a dead sensor does not give: from the eighth missing one on they count as hits.

    Parameters
    ----------
    imu_hits : ndarray of bool, shape (n_imu_windows,)
        Which IMU windows fired, as far as there are any.
    detector
        Its plans say how far the audio goes on.
    n_audio_windows
        Number of audio windows.

    Returns
    -------
    ndarray of bool, shape (at least n_imu_windows,)
    """
    assert detector.audio is not None
    assert detector.imu is not None
    audio, imu = detector.audio.plan, detector.imu.plan
    ticks = (n_audio_windows * audio.block_frames + audio.window_frames) * audio.frame * TICK_HZ
    missing = ticks // audio.rate_hz // (imu.hop * TICK_HZ // imu.rate_hz) - len(imu_hits)
    return np.concatenate([imu_hits, np.arange(max(missing, 0)) >= DEAD_WINDOWS - 1])


def stuck(recording: Recording, detector: Detector) -> NDArray[np.bool_]:
    """Say in which IMU windows an axis stands still that a feature looks at."""
    from ...signal.catalogue import features
    from ...signal.imu_health import imu_axes, stuck_windows

    assert detector.imu is not None
    axes = imu_axes(features(detector.imu.features, "imu"))
    return stuck_windows(recording.board_imu, detector.imu.plan, axes)


def measured_windows(recording: Recording, detector: Detector, n_windows: int) -> NDArray[np.bool_]:
    """Say which IMU windows lack no sample."""
    if recording.imu_lost is None or detector.imu is None or not n_windows:
        return np.ones(n_windows, np.bool_)
    plan = detector.imu.plan
    lost = np.concatenate([[0], np.cumsum(recording.imu_lost)])
    first = np.arange(n_windows) * plan.hop
    return np.asarray(lost[np.minimum(first + plan.window, len(lost) - 1)] == lost[first])
