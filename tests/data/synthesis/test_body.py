"""Motion: gravity, gait, the jerk that leads a cough, and a sensor that is not perfect."""

from __future__ import annotations

import numpy as np
import pytest

from tussis.data.synthesis.body import (
    IMU_HZ,
    Motion,
    Posture,
    Sensor,
    draw_posture,
    draw_sensor,
    moved,
)
from tussis.data.synthesis.people.subject import draw_subject

STILL = Posture(())
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


def test_breathing_moves_a_resting_trunk_slowly() -> None:
    subject = draw_subject(2, 1)
    imu = moved(np.random.default_rng(0), subject, QUIET, STILL, [], 60.0).astype(float)
    acc = imu[:, :3] - imu[:, :3].mean(axis=0)
    assert 0.005 < np.sqrt(np.mean(np.sum(acc**2, axis=1))) < 1.0
    spectrum = np.sum(np.abs(np.fft.rfft(acc, axis=0)) ** 2, axis=1)
    frequency = np.fft.rfftfreq(len(acc), 1 / IMU_HZ)
    assert spectrum[frequency < 0.7].sum() > 0.5 * spectrum.sum()


@pytest.mark.parametrize("index", range(8))
def test_the_jerk_leads_the_sound_and_rings_at_three_to_ten_hertz(index: int) -> None:
    subject = draw_subject(4, index)
    onset = 5.0
    lead, size, peak_gyro = [], [], []
    for seed in range(12):
        still = moved(np.random.default_rng(seed), subject, QUIET, STILL, [], 10.0).astype(float)
        moving = moved(np.random.default_rng(seed), subject, QUIET, STILL, [Motion("jerk", onset, 1.0)], 10.0)
        extra = moving.astype(float)[: len(still)] - still
        extra[:, :3] -= np.median(extra[:100, :3], axis=0)
        magnitude = np.sqrt(np.sum(extra[:, :3] ** 2, axis=1))
        started = np.argmax(magnitude > 0.15 * magnitude.max()) / IMU_HZ
        lead.append(onset - started)
        size.append(magnitude.max())
        peak_gyro.append(np.sqrt(np.sum(extra[:, 3:] ** 2, axis=1)).max())
        after = magnitude[round((onset + 1.5) * IMU_HZ) :]
        assert after.max() < 0.25 * magnitude.max()  # damped
    assert 0.0 < np.median(lead) < 0.16
    assert np.mean(np.array(lead) > 0.0) > 0.8
    assert 0.15 < np.median(size) < 8.0
    assert 0.5 < np.median(peak_gyro) < 130.0


def test_weak_jerks_are_much_weaker() -> None:
    subject = draw_subject(4, 2)

    def size(kind: str) -> float:
        sizes = [
            jolt(moved(np.random.default_rng(s), subject, QUIET, STILL, [Motion(kind, 2.0, 1.0)], 5.0)).max()
            for s in range(10)
        ]
        return float(np.median(sizes))

    assert size("weak_jerk") < 0.35 * size("jerk")
    assert size("jerk") > 5 * size("none")


def test_walking_repeats_at_the_step_rate() -> None:
    for index in range(6):
        subject = draw_subject(9, index)
        walk = Posture(((0.0, 30.0),))
        imu = moved(np.random.default_rng(index), subject, QUIET, walk, [], 30.0).astype(float)
        norm = np.sqrt(np.sum(imu[:, :3] ** 2, axis=1))
        spectrum = np.abs(np.fft.rfft(norm - norm.mean()))
        frequency = np.fft.rfftfreq(len(norm), 1 / IMU_HZ)
        walking = (frequency > 0.5) & (frequency < 8)
        strongest = frequency[walking][np.argmax(spectrum[walking])]
        multiples = strongest / subject.step_hz
        assert min(abs(multiples - k) / k for k in (0.5, 1, 2, 3)) < 0.12
        assert 0.1 < norm.std() < 6.0


def test_bumps_and_gestures_move_without_a_sound_and_shifts_turn_gravity() -> None:
    subject = draw_subject(1, 1)
    for kind in ("bump", "gesture"):
        imu = moved(np.random.default_rng(3), subject, QUIET, STILL, [Motion(kind, 2.0, 1.5, 1.0)], 5.0)
        still = moved(np.random.default_rng(3), subject, QUIET, STILL, [], 5.0)
        assert jolt(imu).max() > 3 * jolt(still).max()
    imu = moved(np.random.default_rng(5), subject, QUIET, STILL, [Motion("shift", 4.0, 2.0, 1.0)], 10.0)
    before, after = imu[:300, :3].mean(axis=0), imu[700:, :3].mean(axis=0)
    assert np.linalg.norm(after - before) > 0.3
    assert np.linalg.norm(after) == pytest.approx(9.81, abs=0.3)


def test_sensors_differ_in_noise_and_round_to_their_step() -> None:
    noises = [draw_sensor(np.random.default_rng(i)).acc_noise for i in range(200)]
    assert min(noises) < 0.008
    assert max(noises) > 0.03
    sensor = Sensor(0.02, 0.1, np.zeros(3), np.zeros(3), np.ones(3), 0.0096, 0.061)
    imu = moved(np.random.default_rng(0), draw_subject(1, 0), sensor, STILL, [], 2.0).astype(float)
    steps = imu[:, :3] / 0.0096
    assert np.allclose(steps, np.rint(steps), atol=1e-3)


def test_postures_sit_walk_and_change() -> None:
    rng = np.random.default_rng(0)
    assert draw_posture(rng, "sit", 30.0).walks == ()
    assert draw_posture(rng, "walk", 30.0).walks == ((0.0, 30.0),)
    mixed = [draw_posture(rng, "mixed", 60.0).walks for _ in range(20)]
    share = np.mean([sum(end - start for start, end in walks) / 60.0 for walks in mixed])
    assert 0.2 < share < 0.8
