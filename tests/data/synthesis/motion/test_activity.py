"""Movements by name: everyone has a plan that fits the session."""

from __future__ import annotations

import numpy as np
import pytest

from tussis.data.synthesis.motion.activity import MOVEMENTS, Activity, draw_activity


@pytest.mark.parametrize("movement", MOVEMENTS)
def test_every_movement_fits_the_session(movement: str) -> None:
    for seed in range(20):
        activity = draw_activity(np.random.default_rng(seed), movement, 30.0)
        ends = [0.0]
        for episode in activity.episodes:
            assert ends[-1] <= episode.start_s < episode.end_s <= 30.0
            ends.append(episode.end_s)
        assert all(0.0 <= change.time_s < 30.0 for change in activity.changes)
        assert activity.lying == (movement == "lie")


def test_sitting_is_rest_and_walking_lasts() -> None:
    rng = np.random.default_rng(0)
    assert draw_activity(rng, "sit", 30.0) == Activity()
    for movement in ("walk", "jog", "ride"):
        (episode,) = draw_activity(rng, movement, 30.0).episodes
        assert (episode.kind, episode.start_s, episode.end_s) == (movement, 0.0, 30.0)


def test_mixed_sessions_walk_about_half_of_the_time() -> None:
    rng = np.random.default_rng(0)
    shares = [
        sum(episode.end_s - episode.start_s for episode in draw_activity(rng, "mixed", 60.0).episodes) / 60.0
        for _ in range(20)
    ]
    assert 0.2 < np.mean(shares) < 0.8


def test_stairs_go_up_and_down_and_rising_changes_posture() -> None:
    rng = np.random.default_rng(0)
    kinds = {episode.kind for _ in range(10) for episode in draw_activity(rng, "stairs", 60.0).episodes}
    assert kinds == {"upstairs", "downstairs", "walk"}
    kinds = {change.kind for _ in range(10) for change in draw_activity(rng, "rise", 60.0).changes}
    assert kinds == {"rise", "settle", "bend"}
    assert {change.kind for change in draw_activity(rng, "lie", 300.0).changes} == {"turn"}
