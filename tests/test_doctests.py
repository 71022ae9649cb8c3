"""Every example in a docstring runs and prints what it says."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("data", "signal", "selection", "export", "firmware_stub", "cli")


def modules_with_examples() -> list[str]:
    files = [ROOT / "__init__.py", *(file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py"))]
    found = [file.relative_to(ROOT) for file in sorted(files) if ">>> " in file.read_text(encoding="utf-8")]
    return [".".join(("tussis", *file.with_suffix("").parts)).removesuffix(".__init__") for file in found]


SLOW = {"tussis.selection.training.training", "tussis.selection.evaluation.out_of_fold"}
"""Modules whose examples train a detector."""


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in modules_with_examples()],
)
def test_the_examples_of_a_module_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = doctest.testmod(import_module(name), optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert result.attempted, f"{name}: its examples are not in a docstring, or are skipped"
    assert "+SKIP" not in Path(import_module(name).__file__ or "").read_text(encoding="utf-8")
    assert result.failed == 0
