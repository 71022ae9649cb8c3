"""A cost table of other firmware or of another compiler is not used without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import run_command
from tussis.export.build.toolchain import find_arm_toolchain
from tussis.export.calibration.firmware_hash import firmware_hash
from tussis.export.calibration.table_origin import table_differs
from tussis.selection.budget.cost_table import CostTable, load_cost_table

OTHERS = {
    "toolchain": ("zig", ["by zig, and gcc would build here"]),
    "opt": ("Os", ["with -Os, and firmware is built with -O2"]),
    "firmware_hash": ("0" * 64, ["on other firmware than this tussis exports"]),
}


def of_here(**changed: str) -> CostTable:
    """Return a table that differs from what is built here in what is named only."""
    here = {"toolchain": "gcc", "opt": "O2", "firmware_hash": firmware_hash()}
    return load_cost_table("gcc").model_copy(update={**here, **changed})


@pytest.mark.parametrize("key", OTHERS)
def test_each_difference_is_named(key: str) -> None:
    value, said = OTHERS[key]
    assert table_differs(of_here(**{key: value}), "gcc") == said


def test_what_was_measured_on_what_is_built_needs_no_word() -> None:
    assert table_differs(of_here(), "gcc") == []


def test_differences_add_up() -> None:
    assert len(table_differs(of_here(**{key: value for key, (value, _) in OTHERS.items()}), "gcc")) == 3


@pytest.mark.parametrize("key", [None, *OTHERS])
def test_train_says_it(key: str | None, tmp_path: Path) -> None:
    here = find_arm_toolchain().name
    value = "" if key is None else OTHERS[key][0]
    if key == "toolchain":
        value = "zig" if here == "gcc" else "gcc"
    table = of_here(**{"toolchain": here, **({key: value} if key else {})})
    (tmp_path / "costs.json").write_text(table.model_dump_json())
    (tmp_path / "budget.toml").write_text("[audio]\ncycles_per_second = 700_000\n")
    (tmp_path / "set").mkdir()
    words = ("train", tmp_path / "set", "--out", tmp_path / "d.json", "--budget", tmp_path / "budget.toml")
    answer = run_command(*words, "--costs", tmp_path / "costs.json")
    assert answer.returncode == 2  # nothing to train on
    said = [line for line in answer.stderr.splitlines() if "costs.json: measured" in line]
    assert len(said) == (key is not None), answer.stderr
