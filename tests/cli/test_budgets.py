"""Options of the verbs about budgets that exclude each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tussis.cli.app import main


def test_a_way_to_search_needs_a_budget(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", str(tmp_path), "--out", str(tmp_path / "d.json"), "--search", "halving"]
    assert main(words) == 2
    assert "--search: belongs to --budget; give --budget too" in capsys.readouterr().err


def test_too_few_rows_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", str(tmp_path), "--out", str(tmp_path / "d.json"), "--max-rows", "10"]
    assert main(words) == 2
    assert "1000" in capsys.readouterr().err


@pytest.mark.parametrize("designs", ["0", "-1", "1.5", "many"])
def test_a_calibration_measures_at_least_one_design(
    designs: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["calibrate", "--out", str(tmp_path / "c.json"), "--designs", designs]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "--designs" in line
    assert not list(tmp_path.iterdir())
