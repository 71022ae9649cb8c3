"""When a recording began, from session.json, names and nothing else."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from types import ModuleType

import pytest

from tussis.data.dataset import find_sessions, iter_dataset
from tussis.data.input_error import InputError
from tussis.data.recording_start import start_in_name, start_of_text


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("anna/20261128_221500.WAV", datetime(2026, 11, 28, 22, 15)),
        ("anna/20261128T221500Z.wav", datetime(2026, 11, 28, 22, 15)),
        ("2026-11-28 22.15.07.flac", datetime(2026, 11, 28, 22, 15, 7)),
        ("2026-11-28_22-15/anna", datetime(2026, 11, 28, 22, 15)),
        ("20261128_2215.wav", datetime(2026, 11, 28, 22, 15)),
        ("ZOOM_261128-221500.wav", datetime(2026, 11, 28, 22, 15)),
        ("session_01", None),
        ("20261128.wav", None),
        ("00096021-2cb2-4098-b906-4878a5e225a3.mp3", None),
        ("20261328_221500.wav", None),
        ("20261128_256000.wav", None),
        ("120261128_221500", None),
    ],
)
def test_a_name_says_when(name: str, start: datetime | None) -> None:
    assert start_in_name(name) == start


@pytest.mark.parametrize("text", ["2026-11-28", "22:15", "28.11.2026 22:15", "1970-01-01T00:00:00", ""])
def test_half_a_time_or_an_unset_clock_is_no_start(text: str) -> None:
    assert start_of_text(text) is None


def test_session_json_says_when_and_what_else(tmp_path: Path, made: ModuleType) -> None:
    info = {"subject": "anna", "start": "2026-11-28T22:15:00", "treatment": "B ", "dose_mg": 5, "ok": True}
    made.write_session(tmp_path / "a", info=info)
    (ref,) = iter_dataset(tmp_path)
    assert ref.start == datetime(2026, 11, 28, 22, 15)
    assert ref.facts == (("treatment", "B"), ("dose_mg", "5"))


@pytest.mark.parametrize("start", ["tonight", 1764367200, "2026-11-28"])
def test_a_start_that_is_none_is_named(tmp_path: Path, made: ModuleType, start: object) -> None:
    made.write_session(tmp_path / "a", info={"subject": "anna", "start": start})
    faults: list[InputError] = []
    (ref,) = find_sessions(tmp_path, on_fault=faults.append)
    assert ref.start is None
    assert [fault.field for fault in faults] == ["start"]
    assert "2026-11-28T22:15:00" in str(faults[0])
