"""What movement does to a microphone that it wakes, sample by sample."""

from __future__ import annotations

import numpy as np
import pytest

from tussis.data.recording import Recording
from tussis.selection.detector import wake
from tussis.selection.detector.wake import STUCK_SAMPLES, MotionWake, heard, heard_recording
from tussis.signal.plan import ImuPlan

RATE_HZ = 100


def still(n: int, seed: int = 0) -> np.ndarray:
    """Gravity and a little noise."""
    imu = np.random.default_rng(seed).normal(size=(n, 6)).astype(np.float32) * np.float32(0.02)
    imu[:, 2] += np.float32(9.81)
    return imu


def crossings(imu, **settings):
    return np.flatnonzero(MotionWake(**settings).crossings(imu, RATE_HZ)).tolist()


def test_gravity_noise_and_a_slow_turn_do_not_cross():
    assert crossings(still(1000)) == []
    turned = still(1000)
    angle = np.linspace(0, np.pi / 2, 1000, dtype=np.float32)
    turned[:, 0] = 9.81 * np.sin(angle)
    turned[:, 2] = 9.81 * np.cos(angle)
    assert crossings(turned) == []


@pytest.mark.parametrize("axis", range(3))
def test_a_jolt_on_any_axis_crosses_where_it_reaches_the_threshold(axis):
    imu = np.tile(np.float32([0, 0, 9.75, 0, 0, 0]), (200, 1))
    imu[::2, :3] += np.float32(1 / 1024)  # it measures
    imu[100, axis] += np.float32(0.41)
    assert crossings(imu) == [100]
    imu[100, axis] -= np.float32(0.03)
    assert crossings(imu) == []


def test_the_high_pass_lets_two_hertz_through_at_minus_three_decibels():
    time = np.arange(2000) / RATE_HZ
    imu = np.zeros((2000, 6), np.float32)
    imu[::2] = np.float32(1 / 1024)  # all axes measure
    for hz, share in ((0.2, 0.1), (2.0, 0.707), (20.0, 1.0)):
        imu[:, 0] = np.sin(2 * np.pi * hz * time)
        just_below, just_above = (share * f for f in (0.85, 1.15))
        settled = slice(500, None)
        assert MotionWake(just_below, 0).crossings(imu, RATE_HZ)[settled].any(), hz
        assert not MotionWake(just_above, 0).crossings(imu, RATE_HZ)[settled].any(), hz


def test_while_the_wearer_walks_steps_stay_below_the_threshold_and_a_shock_does_not():
    time = np.arange(6000) / RATE_HZ
    imu = still(6000)
    imu[:, 0] += (2 * np.sin(2 * np.pi * 2 * time) + np.sin(2 * np.pi * 4 * time)).astype(np.float32)
    imu[5000, 0] += np.float32(9)
    at_first, later = crossings(imu), [at for at in crossings(imu) if at > 1500]
    assert at_first[0] < 30
    assert 5000 in later
    assert len([at for at in later if not 5000 <= at < 5010]) == 0
    assert len(crossings(imu, factor=0)) > 2000


def test_what_is_lost_or_stuck_keeps_the_microphone_on():
    imu = still(1000)
    lost = np.zeros(1000, np.bool_)
    lost[40:60] = True
    assert np.flatnonzero(MotionWake().crossings(imu, RATE_HZ, lost)).tolist() == list(range(40, 60))
    imu[100:800, 1] = imu[100, 1]
    assert crossings(imu) == list(range(100 + STUCK_SAMPLES, 800))


def test_values_that_are_not_finite_count_as_0():
    imu = still(300)
    imu[100, 0], imu[150, 1], imu[200, 2] = np.nan, np.inf, -np.inf
    plain = still(300)
    plain[100, 0] = plain[150, 1] = plain[200, 2] = 0
    assert crossings(imu) == crossings(plain)
    assert 200 in crossings(imu)


def test_no_samples_are_no_crossings():
    assert crossings(still(0)) == []


def test_stretches_join_where_the_microphone_is_still_on():
    assert heard(np.array([1000, 2000, 5001]), 10**9, 9000, 100, 3000).tolist() == [
        [1100, 5000],
        [5101, 8001],
    ]
    assert heard(np.array([5000, 1000, 2000]), 10**9, 9000, 100, 3000).tolist() == [[1100, 8000]]


def test_a_microphone_that_goes_off_before_it_has_started_hears_nothing():
    assert heard(np.array([1000]), 10**9, 9000, 3000, 3000).tolist() == []


def test_a_dead_sensor_leaves_it_on():
    assert heard(np.array([1000]), 6000, 9000, 100, 3000).tolist() == [[1100, 4000], [6100, 9000]]
    assert heard(np.array([4000]), 6000, 9000, 100, 3000).tolist() == [[4100, 9000]]
    assert heard(np.zeros(0, np.int64), 10**9, 9000, 100, 3000).tolist() == []


@pytest.mark.parametrize("audio_rate_hz", [8000, 16000, 48000])
def test_a_recording_is_silent_where_the_microphone_is_off(audio_rate_hz):
    imu = still(600)
    imu[200, 0] += np.float32(2)
    audio = np.full(6 * audio_rate_hz, 77, np.int16)
    recording = Recording("made", audio, audio_rate_hz, imu, RATE_HZ, (), labelled=False)
    found = heard_recording(recording, ImuPlan(), np.zeros(23, np.bool_), 512, MotionWake(factor=0))
    times = np.flatnonzero(found.recording.audio) / audio_rate_hz
    crossed = crossings(imu, factor=0)
    assert crossed[0] == 200
    assert times[0] == pytest.approx(2.01 + 0.032, abs=1e-4)
    assert times[-1] == pytest.approx(crossed[-1] / 100 + 0.01 + 0.64, abs=1e-3)
    assert found.duty == pytest.approx((times[-1] - 2.01) / 6, abs=1e-3)


def test_a_window_that_opens_the_gate_wakes_it_too():
    recording = Recording(
        "made", np.ones(16000 * 6, np.int16), 16000, still(600), RATE_HZ, (), labelled=False
    )
    hits = np.zeros(23, np.bool_)
    hits[4] = True  # it ends at 1.5 s
    found = heard_recording(recording, ImuPlan(), hits, 512)
    assert np.flatnonzero(found.recording.audio)[[0, -1]].tolist() == [24000 + 512, 24000 + 10240 - 1]


def test_crossings_do_not_depend_on_the_chunks_in_which_they_are_computed(monkeypatch):
    rng = np.random.default_rng(3)
    imu = rng.normal(0, 0.3, (4000, 6)).astype(np.float32)
    imu[1000:2000, 1] = imu[1000, 1]  # stuck across chunks
    whole = crossings(imu)
    for chunk in (1, 17, 425, 426, 1000):
        monkeypatch.setattr(wake, "_CHUNK_SAMPLES", chunk)
        assert crossings(imu) == whole
