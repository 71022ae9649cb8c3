"""Coughs in a clip by level: runs that stand out, none too long, none too soft."""

from __future__ import annotations

import numpy as np
import pytest

from tussis.data.corpus.level_segments import FALL_DB, LONGEST_S, REACH_DB, SHORTEST_S, level_segments
from tussis.selection.training.weak_labels import PROPOSAL_EVENTS


def clip(*bursts: tuple[float, float, float], length_s: float = 4.0) -> np.ndarray:
    rng = np.random.default_rng(0)
    wave = rng.normal(0, 2.0, round(length_s * 16000))
    for first_s, last_s, level_db in bursts:
        first, last = round(first_s * 16000), round(last_s * 16000)
        wave[first:last] = rng.normal(0, 5000 * 10 ** (level_db / 20), last - first)
    return np.clip(wave, -32768, 32767).astype(np.int16)


def test_bursts_are_found_to_a_frame_and_soft_or_short_ones_are_not() -> None:
    found = level_segments(clip((0.5, 0.8, 0), (1.2, 1.5, -14), (2.0, 2.05, 0), (3.0, 3.4, -4)))
    assert np.allclose(found, [(0.5, 0.8), (3.0, 3.4)], atol=0.017)


def test_a_run_of_coughs_is_cut_where_it_is_softest() -> None:
    found = level_segments(clip((0.5, 0.95, 0), (0.95, 1.05, -15), (1.05, 1.5, 0)))
    assert len(found) == 2
    assert 0.95 <= found[0][1] <= 1.05
    assert all(SHORTEST_S <= last - first <= LONGEST_S for first, last in found)


@pytest.mark.parametrize("audio", [np.zeros(0, np.int16), np.zeros(100, np.int16), np.zeros(9000, np.int16)])
def test_silence_holds_nothing(audio: np.ndarray) -> None:
    assert level_segments(audio) == ()


def test_training_proposes_by_the_same_levels() -> None:
    said = (PROPOSAL_EVENTS.high_db, PROPOSAL_EVENTS.low_db, PROPOSAL_EVENTS.min_s, PROPOSAL_EVENTS.max_s)
    assert said == (REACH_DB, FALL_DB, SHORTEST_S, LONGEST_S)
