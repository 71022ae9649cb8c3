"""The whole motion of a session: gravity, breathing, events and activities, whatever the mounting."""

from __future__ import annotations

import numpy as np
import pytest

from tussis.data.synthesis.motion.activity import Activity, Episode, Motion
from tussis.data.synthesis.motion.body import moved
from tussis.data.synthesis.motion.sensor import IMU_HZ, Sensor, draw_sensor
from tussis.data.synthesis.people.subject import draw_subject

STILL = Activity()
QUIET = Sensor(1e-4, 1e-3, np.zeros(3), np.zeros(3), np.ones(3), 1e-4, 1e-3)


def jolt(imu: np.ndarray) -> np.ndarray:
    """Magnitude of the change of acceleration from row to row, (n - 1,)."""
    return np.sqrt(np.sum(np.diff(imu[:, :3].astype(float), axis=0) ** 2, axis=1))


def test_gravity_has_the_right_size_in_every_mounting() -> None:
    directions = []
    for index in range(40):
        subject = draw_subject(1, index)
        rng = np.random.default_rng(index)
        imu = moved(rng, subject, draw_sensor(rng), STILL, [], 10.0)
        assert imu.shape == (1000, 6)
        assert imu.dtype == np.float32
        acc = imu[:, :3].mean(axis=0)
        assert np.linalg.norm(acc) == pytest.approx(9.81, abs=0.6)
        directions.append(acc / np.linalg.norm(acc))
    assert np.std(directions, axis=0).min() > 0.35


def test_a_resting_trunk_moves_slowly() -> None:
    shares = []
    for index in range(12):
        imu = moved(np.random.default_rng(index), draw_subject(2, index), QUIET, STILL, [], 60.0).astype(
            float
        )
        acc = imu[:, :3] - imu[:, :3].mean(axis=0)
        assert 0.02 < np.sqrt(np.mean(np.sum(acc**2, axis=1))) < 1.5
        spectrum = np.sum(np.abs(np.fft.rfft(acc, axis=0)) ** 2, axis=1)
        shares.append(spectrum[np.fft.rfftfreq(len(acc), 1 / IMU_HZ) < 3.0].sum() / spectrum.sum())
    assert np.median(shares) > 0.6


@pytest.mark.parametrize("index", range(6))
def test_a_cough_rings_around_its_onset_and_dies_away(index: int) -> None:
    subject, onset = draw_subject(4, index), 5.0
    before, size, turning = [], [], []
    for seed in range(12):
        still = moved(np.random.default_rng(seed), subject, QUIET, STILL, [], 10.0).astype(float)
        moving = moved(np.random.default_rng(seed), subject, QUIET, STILL, [Motion("jerk", onset, 1.0)], 10.0)
        extra = moving.astype(float) - still
        magnitude = np.sqrt(np.sum(extra[:, :3] ** 2, axis=1))
        before.append(magnitude[: round((onset - 0.3) * IMU_HZ)].max() / magnitude.max())
        size.append(magnitude.max())
        turning.append(np.sqrt(np.sum(extra[:, 3:] ** 2, axis=1)).max())
        assert magnitude[round((onset + 2.3) * IMU_HZ) :].max() < 0.05
    assert np.median(before) < 0.1
    assert 0.5 < np.median(size) < 6.0
    assert 2.0 < np.median(turning) < 91.0


def test_throat_clearing_moves_less_than_a_cough_and_speech_hardly() -> None:
    subject = draw_subject(4, 2)

    def size(kind: str) -> float:
        sizes = [
            jolt(moved(np.random.default_rng(s), subject, QUIET, STILL, [Motion(kind, 2.0, 1.0)], 5.0)).max()
            for s in range(30)
        ]
        return float(np.median(sizes))

    assert 0.2 < size("weak_jerk") / size("jerk") < 0.95
    assert size("speech") < 0.4 * size("jerk")
    assert size("jerk") > 5 * size("none")


def test_bumps_and_gestures_move_without_a_sound_and_shifts_turn_gravity() -> None:
    subject = draw_subject(1, 1)
    for kind in ("bump", "gesture", "fidget", "startle"):
        imu = moved(np.random.default_rng(3), subject, QUIET, STILL, [Motion(kind, 2.0, 1.5, 1.0)], 5.0)
        still = moved(np.random.default_rng(3), subject, QUIET, STILL, [], 5.0)
        extra = np.abs(imu[:, :3].astype(float) - still[:, :3]).max(axis=1)
        assert extra.max() > 0.1
        assert extra[:120].max() < 0.02  # nothing before its time
    imu = moved(np.random.default_rng(5), subject, QUIET, STILL, [Motion("shift", 4.0, 2.0, 1.0)], 10.0)
    before, after = imu[:300, :3].mean(axis=0), imu[700:, :3].mean(axis=0)
    assert np.linalg.norm(after - before) > 0.3
    assert np.linalg.norm(after) == pytest.approx(9.81, abs=0.3)


def test_an_episode_moves_only_its_own_stretch() -> None:
    subject = draw_subject(1, 4)
    for kind in ("walk", "jog", "ride"):
        activity = Activity((Episode(kind, 4.0, 8.0),))
        imu = moved(np.random.default_rng(2), subject, QUIET, activity, [], 12.0)
        still = moved(np.random.default_rng(2), subject, QUIET, STILL, [], 12.0)
        assert jolt(imu[:390]).max() == pytest.approx(jolt(still[:390]).max(), rel=0.05)
        assert jolt(imu[450:750]).mean() > 1.5 * jolt(still).mean()
        assert jolt(imu[815:]).max() < 2 * jolt(still).max()
