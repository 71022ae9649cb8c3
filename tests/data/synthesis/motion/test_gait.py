"""Walking, stairs, jogging: step rate, size and spectrum beside those of real waists.

The figures of twenty people with a phone at the waist are those of docs/synthesis.md: rms 2.4-3.4 (walking),
2.2-3.5 (upstairs), 3.1-4.9 m/s2 (downstairs), 10 to 90 % of stretches; centroids 3.9-4.8, 2.8-3.9, 3.1-4.3.
"""

from __future__ import annotations

import numpy as np
import pytest

from tussis.data.motion_figures import centroid_hz, moving_acceleration, step_rate_hz
from tussis.data.synthesis.motion.gait import GAITS, gait
from tussis.data.synthesis.people.subject import draw_subject

TIMES = np.arange(1500) / 100.0
REAL = {"walk": (2.87, 4.2, 1.79), "upstairs": (2.89, 3.2, 1.61), "downstairs": (4.05, 3.7, 1.79)}


def stretches(kind: str) -> list[np.ndarray]:
    made = []
    for index in range(30):
        piece = gait(np.random.default_rng(index), draw_subject(9, index), kind, TIMES)
        assert piece.shape == (1500, 6)
        made.append(moving_acceleration(piece[:, :3], 100.0))
    return made


def rms(moving: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.sum(moving**2, axis=1))))


@pytest.mark.parametrize("kind", sorted(REAL))
def test_going_is_as_large_and_as_bright_as_real_going(kind: str) -> None:
    real_rms, real_centroid, real_steps = REAL[kind]
    made = stretches(kind)
    assert np.median([rms(one) for one in made]) == pytest.approx(real_rms, rel=0.3)
    assert np.median([centroid_hz(one, 100.0) for one in made]) == pytest.approx(real_centroid, abs=1.0)
    assert np.median([step_rate_hz(one, 100.0) for one in made]) == pytest.approx(real_steps, rel=0.1)


def test_steps_come_at_the_persons_rate() -> None:
    for kind in ("walk", "jog"):
        ratios = [
            step_rate_hz(one, 100.0) / (draw_subject(9, index).step_hz * GAITS[kind].step_rate)
            for index, one in enumerate(stretches(kind))
        ]
        assert np.mean(np.abs(np.log(ratios)) < 0.15) > 0.75


def test_running_shakes_far_more_than_walking() -> None:
    walking, running = (np.median([rms(one) for one in stretches(kind)]) for kind in ("walk", "jog"))
    assert 2.0 < running / walking < 4.0
