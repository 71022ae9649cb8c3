"""The hash of the C sources: code counts, comments do not; the shipped cost tables were made from this C."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tussis.export.calibration.firmware_hash import firmware_hash
from tussis.export.codegen.project import FIRMWARE
from tussis.selection.budget.cost_table import load_cost_table


@pytest.fixture
def firmware(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FIRMWARE, tmp_path / "firmware"))


def rewrite(firmware: Path, old: str, new: str) -> None:
    file = firmware / "src" / "detector" / "control.c"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize("new", ["/* a remark */\n#include", "// one\n#include", "\n\n#include"])
def test_comments_and_white_space_change_nothing(firmware: Path, new: str) -> None:
    rewrite(firmware, "#include", new)
    assert firmware_hash(firmware) == firmware_hash()


@pytest.mark.parametrize("new", ["int changed;\n#include", 'char const *s = "/* no comment */";\n#include'])
def test_code_changes_it(firmware: Path, new: str) -> None:
    rewrite(firmware, "#include", new)
    assert firmware_hash(firmware) != firmware_hash()


def test_a_name_in_a_string_is_no_comment(firmware: Path) -> None:
    rewrite(firmware, "#include", 'char const *s = "/* one */";\n#include')
    one = firmware_hash(firmware)
    rewrite(firmware, "/* one */", "/* two */")
    assert firmware_hash(firmware) != one


@pytest.mark.parametrize("name", ["gcc", "zig"])
def test_the_shipped_cost_tables_were_measured_on_this_c(name: str) -> None:
    assert load_cost_table(name).firmware_hash == firmware_hash(), "run: make cost-tables"
