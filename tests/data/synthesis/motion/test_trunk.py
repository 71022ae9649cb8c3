"""Leaning and stirring: gravity keeps its size, changes of posture turn it, lying lies."""

from __future__ import annotations

import numpy as np
import pytest

from tussis.data.motion_figures import moving_acceleration
from tussis.data.synthesis.motion.activity import Motion
from tussis.data.synthesis.motion.trunk import effort, leaning, stirring, trunk_tilt
from tussis.data.synthesis.people.subject import draw_subject

TIMES = np.arange(2000) / 100.0


def tilt(changes: list[Motion], lying: bool = False, seed: int = 0) -> np.ndarray:
    return trunk_tilt(np.random.default_rng(seed), draw_subject(1, 2), TIMES, changes, lying)


def test_gravity_keeps_its_size_however_far_the_trunk_leans() -> None:
    for index, kind in enumerate(("turn", "bend", "shift")):
        change = Motion(kind, 8.0, 1.0, 3.0)
        track = leaning(draw_subject(1, 2), tilt([change], lying=kind == "turn", seed=index))
        for rows in (slice(0, 700), slice(1200, 2000)):
            assert np.linalg.norm(track[rows, :3], axis=1) == pytest.approx(9.81, abs=0.3)


def test_rising_swings_forward_and_back_and_turning_stays() -> None:
    for seed in range(10):
        angles = tilt([Motion("bend", 8.0, 1.0, 3.0)], seed=seed)
        assert angles[950, 0] - angles[700, 0] > 0.2
        assert abs(angles[1300, 0] - angles[700, 0]) < 0.35
        angles = tilt([Motion("turn", 8.0, 1.0, 3.0)], lying=True, seed=seed)
        assert abs(angles[1300, 1] - angles[700, 1]) > 0.6


def test_lying_turns_the_trunk_out_of_the_vertical() -> None:
    for seed in range(10):
        track = leaning(draw_subject(1, 2), tilt([], lying=True, seed=seed))
        assert abs(track[:, 2].mean()) < 6.0
        assert tilt([], seed=seed)[:, 0] == pytest.approx(0.0, abs=0.8)


def test_rest_stirs_as_much_as_people_do_and_less_in_bed() -> None:
    """Real rest between events: 0.20, 0.36 and 0.60 m/s2 rms; fidgets and gestures come on top of this."""
    rms = {
        lying: [
            float(np.sqrt(np.mean(np.sum(moving_acceleration(wave[:, :3], 100.0) ** 2, axis=1))))
            for index in range(60)
            for wave in [stirring(np.random.default_rng(index), draw_subject(6, index), 3000, lying)]
        ]
        for lying in (False, True)
    }
    low, middle, high = np.percentile(rms[False], (10, 50, 90))
    assert 0.05 < low < 0.2
    assert 0.12 < middle < 0.36
    assert 0.2 < high < 0.6
    assert np.median(rms[True]) < 0.8 * middle


def test_sitting_down_ends_in_a_thump() -> None:
    peaks = []
    for seed in range(40):
        piece = effort(np.random.default_rng(seed), Motion("settle", 0.0, 1.0, 2.0))
        assert piece.shape == (260, 6)
        peaks.append(np.sqrt(np.sum(piece[:, :3] ** 2, axis=1)).max())
    assert 1.5 < np.median(peaks) < 5.0
