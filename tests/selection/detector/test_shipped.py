"""The detectors that ship, by the words that stand for their files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tussis.data.input_error import InputError
from tussis.selection.detector.detector_file import load_detector
from tussis.selection.detector.shipped import LARGE, SHIPPED, detector_path


@pytest.mark.parametrize("word", SHIPPED)
def test_a_word_names_a_detector_that_is_there(word: str) -> None:
    detector = load_detector(word)
    assert detector.audio is not None
    assert detector.imu is not None
    assert detector.provenance.recordings


def test_the_larger_one_finds_as_many_coughs_at_fewer_false_events() -> None:
    """Out of fold, as both files hold it: where 92 % of the coughs of clips are found."""
    small, large = (least_false_per_hour(word, 0.92) for word in SHIPPED)
    assert large < 0.7 * small


def least_false_per_hour(word: str, found: float) -> float:
    """False events per hour of the sound at the highest threshold that finds this share of the coughs."""
    points = load_detector(word).operating_points
    assert points is not None
    assert points.sweep.audio is not None
    return min(row.false_per_hour for row in points.sweep.audio if row.sensitivity >= found)


def test_any_other_word_is_a_file(tmp_path: Path) -> None:
    assert detector_path(tmp_path / LARGE) == tmp_path / LARGE
    with pytest.raises(InputError, match="default"):
        load_detector(tmp_path / LARGE)
