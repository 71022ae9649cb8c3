"""Figures of motion: known answers for peak, width, spectrum, jerk, delay, rest and steps."""

from __future__ import annotations

import numpy as np
import pytest

from tussis.data.motion_figures import (
    centroid_hz,
    event_figures,
    moving_acceleration,
    recording_figures,
    rest_rms_ms2,
    step_rate_hz,
)
from tussis.data.recording import Label, Recording

RATE_HZ = 100.0
TIMES = np.arange(1000) / RATE_HZ


def burst(at_s: float, frequency_hz: float, peak: float, half_s: float) -> np.ndarray:
    """Acceleration (1000, 3): circular motion of the given frequency under a triangle around `at_s`."""
    envelope = peak * np.clip(1 - np.abs(TIMES - at_s) / half_s, 0, None)
    phase = 2 * np.pi * frequency_hz * TIMES
    return np.stack([envelope * np.cos(phase), envelope * np.sin(phase), 0 * TIMES], axis=1)


def test_an_event_of_known_shape_is_measured() -> None:
    found = event_figures(burst(5.15, 8.0, 2.0, 0.4), RATE_HZ, 5.0)
    assert found is not None
    assert found.peak_ms2 == pytest.approx(2.0, rel=1e-6)
    assert found.delay_s == pytest.approx(0.15, abs=1e-9)
    assert found.width_s == pytest.approx(2 * 0.7 * 0.4, abs=0.02)
    assert found.centroid_hz == pytest.approx(8.0, abs=0.2)
    assert found.jerk_ms3 == pytest.approx(2.0 * 2 * RATE_HZ * np.sin(np.pi * 8.0 / RATE_HZ), rel=0.06)


def test_an_event_at_the_edge_is_left_out() -> None:
    assert event_figures(burst(0.2, 8.0, 2.0, 0.4), RATE_HZ, 0.1) is None
    assert event_figures(burst(9.9, 8.0, 2.0, 0.4), RATE_HZ, 9.8) is None
    assert event_figures(burst(0.4, 8.0, 2.0, 0.2), RATE_HZ, 0.35) is None


def test_gravity_and_slow_leaning_are_removed_without_delay() -> None:
    acc = burst(5.0, 8.0, 1.0, 0.4) + np.array([3.0, -4.0, 8.0])
    acc[:, 0] += np.sin(2 * np.pi * 0.1 * TIMES)
    moving = moving_acceleration(acc, RATE_HZ)
    assert np.abs(moving[200:400]).max() < 0.03
    assert np.argmax(np.sum(moving**2, axis=1)) == pytest.approx(500, abs=1)


def test_the_centroid_of_two_tones_lies_between_them() -> None:
    tones = np.sin(2 * np.pi * 4 * TIMES) + np.sin(2 * np.pi * 10 * TIMES)
    assert centroid_hz(np.stack([tones, tones, tones], axis=1), RATE_HZ) == pytest.approx(7.0, abs=0.05)
    assert np.isnan(centroid_hz(np.zeros((100, 3)), RATE_HZ))


def test_rest_leaves_out_events_and_their_margin() -> None:
    moving = np.full((1000, 3), 0.1)
    moving[400:500] = 5.0
    assert rest_rms_ms2(moving, RATE_HZ, [(4.0, 5.0)]) == pytest.approx(0.1 * 3**0.5)
    assert rest_rms_ms2(moving, RATE_HZ, []) > 1.0
    assert np.isnan(rest_rms_ms2(moving, RATE_HZ, [(0.0, 10.0)]))


@pytest.mark.parametrize("steps_hz", [1.4, 1.8, 2.6])
def test_steps_are_counted_though_the_legs_differ(steps_hz: float) -> None:
    step = 2 * np.pi * steps_hz * TIMES
    vertical = np.sin(step) + 0.5 * np.sin(2 * step) + 0.3 * np.sin(0.5 * step)
    moving = np.stack([0.3 * np.sin(0.5 * step), 0 * step, vertical], axis=1)
    assert step_rate_hz(moving, RATE_HZ) == pytest.approx(steps_hz, rel=0.03)


def test_a_recording_gives_the_events_that_stand_apart_and_its_rest() -> None:
    acc = burst(2.1, 8.0, 1.0, 0.3) + burst(5.1, 8.0, 2.0, 0.3) + burst(7.1, 8.0, 4.0, 0.3)
    imu = np.concatenate([acc + np.array([0.0, 0.0, 9.81]), np.zeros((1000, 3))], axis=1).astype(np.float32)
    labels = tuple(
        Label(start_s, start_s + 0.3, name)
        for start_s, name in ((2.0, "cough"), (5.0, "laugh"), (7.0, "cough"), (7.5, "speech"))
    )
    recording = Recording(
        name="r",
        audio=np.zeros(160000, np.int16),
        audio_rate_hz=16000,
        imu=imu,
        imu_rate_hz=RATE_HZ,
        labels=labels,
        labelled=True,
    )
    for rate_hz in (None, 64.0):
        found = recording_figures(recording, rate_hz)
        assert sorted(found.events) == ["cough", "laugh"]
        assert [figures.peak_ms2 for figures in found.events["cough"]] == pytest.approx([1.0], rel=0.05)
        assert [figures.delay_s for figures in found.events["laugh"]] == pytest.approx([0.1], abs=0.02)
        assert found.rest_rms_ms2 < 0.05
    still = Recording(
        name="a",
        audio=np.zeros(16, np.int16),
        audio_rate_hz=16000,
        imu=None,
        imu_rate_hz=RATE_HZ,
        labels=(),
        labelled=True,
    )
    with pytest.raises(ValueError, match="no motion"):
        recording_figures(still)
