"""Which recordings are decided."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tussis.selection.counting.detected_recording import (
    DetectedRecordings,
    detect_recordings,
    labelled_recordings,
)
from tussis.selection.detector.detector_file import load_detector


def by_detector(paths: list[Path]) -> DetectedRecordings:
    return detect_recordings(paths, load_detector(), "audio")


@pytest.mark.parametrize("decide", [labelled_recordings, by_detector])
@pytest.mark.parametrize(
    "named",
    [
        (".", "."),
        (".", "a"),
        ("a", ".", "b"),
        (".", "a/audio.wav"),
        ("a/audio.wav", "."),
        (".", "link"),
        ("a", "b", "a/../b", "a"),
    ],
)
def test_a_recording_that_is_named_twice_counts_once(
    named: tuple[str, ...],
    decide: Callable[[list[Path]], DetectedRecordings],
    write_session: Callable[..., Path],
    tmp_path: Path,
) -> None:
    """`tussis count DATASET DATASET/s1` had the coughs and the hours of s1 twice."""
    place = tmp_path / "set"
    for seed, name in enumerate("ab"):
        write_session(place / name, name, seed)
    (tmp_path / "link").symlink_to(place / "b")
    found = decide([tmp_path / "link" if one == "link" else place / one for one in named])
    once = decide([place])
    assert sum(one.duration_s for one in found.recordings) == sum(one.duration_s for one in once.recordings)
    assert len(found.recordings) == 2
    assert any("named twice, and are taken once" in doubt for doubt in found.doubts)
    assert not any("named twice" in doubt for doubt in once.doubts)
