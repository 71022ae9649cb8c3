"""Riding: vibration of the expected size, brighter than walking, with bumps in some rides."""

from __future__ import annotations

import numpy as np

from tussis.data.motion_figures import centroid_hz, moving_acceleration
from tussis.data.synthesis.motion.vehicle import ride

TIMES = np.arange(3000) / 100.0


def rides() -> list[np.ndarray]:
    return [ride(np.random.default_rng(index), TIMES) for index in range(40)]


def test_rides_vibrate_as_much_as_is_said() -> None:
    moving = [moving_acceleration(piece[:, :3], 100.0) for piece in rides()]
    rms = [float(np.sqrt(np.mean(np.sum(one**2, axis=1)))) for one in moving]
    assert np.percentile(rms, 10) > 0.03
    assert 0.15 < np.median(rms) < 0.8
    assert np.percentile(rms, 90) < 1.6
    assert 3.0 < np.median([centroid_hz(one, 100.0) for one in moving]) < 12.0


def test_some_rides_have_bumps() -> None:
    peaks = np.array([np.abs(piece[:, 2]).max() for piece in rides()])
    assert np.mean(peaks > 2.0) > 0.2
    assert peaks.max() < 20.0
