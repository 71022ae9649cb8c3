"""What each form of trees costs on the core, and which one a limit asks for."""

import re

import numpy as np
import pytest

from tussis.export.codegen.tree_emitters import EMITTERS
from tussis.export.emulator.elf_image import load_elf
from tussis.export.emulator.stack import worst_path
from tussis.export.emulator.virtual_board import VirtualBoard
from tussis.export.estimate import row_cost
from tussis.export.estimate.form_choice import (
    FormCost,
    choose_form,
    detector_form,
    form_cost,
    rows_at_splits,
)

from ..codegen.test_trees import model
from ..conftest import make_detector

TABLE = FormCost("table", 2100, 2000, 1950, 2200, 18_000, 130, 1.0)
BRANCHES = FormCost("branches", 1400, 1300, 1280, 1600, 40_000, 8, 1.0)


@pytest.mark.parametrize(
    ("limits", "form", "why"),
    [
        ({}, "branches", "the fastest; no limit was given"),
        ({"max_flash": 40_000}, "branches", "the fastest within 40,000 bytes of flash"),
        ({"max_flash": 39_999}, "table", "the fastest within 39,999 bytes of flash"),
        ({"max_flash": 17_999}, "table", "the smallest, none keeps 17,999 bytes of flash"),
        ({"max_cycles": 2000}, "table", "the smallest within 2,000 cycles"),
        ({"max_cycles": 1999}, "branches", "the smallest within 1,999 cycles"),
        ({"max_cycles": 1}, "branches", "the fastest, none keeps 1 cycles"),
        ({"max_cycles": 2000, "max_flash": 50_000}, "branches", "the fastest within 2,000 cycles and 50,000"),
        ({"max_cycles": 1, "max_flash": 50_000}, "table", "the smallest, none keeps 1 cycles and 50,000"),
    ],
)
def test_a_limit_asks_for_a_form(limits, form, why):
    chosen, reason = choose_form([TABLE, BRANCHES], **limits)
    assert chosen == form
    assert why in reason
    assert "table takes 2,000 cycles and 18,000 bytes of flash" in reason


def test_rows_lie_on_thresholds_and_just_below():
    trees = model()
    X = rows_at_splits(trees)
    for feature in range(trees.n_features):
        at = trees.threshold[(trees.left >= 0) & (trees.feature == feature)]
        assert np.isin(X[:, feature], [*at, *np.nextafter(at, np.float32(-np.inf))]).all()
    left = trees.leaves(X)
    assert len(np.unique(left)) > 0.5 * (trees.left < 0).sum()


@pytest.mark.parametrize(("toolchain", "leaf_bits"), [("gcc", None), ("zig", 8)])
def test_branches_on_the_core(toolchain, leaf_bits, toolchain_named, monkeypatch):
    """Exact, faster than the table, on less than 64 bytes of stack: what a row used, and what any can."""
    trees = model(depth=5, n_trees=30, n_features=25, base_score=0.5, leaf_bits=leaf_bits)
    found = toolchain_named(toolchain)
    images = []
    monkeypatch.setattr(row_cost, "VirtualBoard", lambda elf: images.append(elf) or VirtualBoard(elf))
    rows = rows_at_splits(trees, 20)
    table, plain, missing = (
        form_cost(trees, form, missing=nan, toolchain=found, rows=rows)
        for form, nan in (("table", False), ("branches", False), ("branches", True))
    )
    assert {cost.equal for cost in (table, plain, missing)} == {1.0}
    assert plain.cycles_low < plain.cycles < plain.cycles_high < 1.5 * plain.cycles
    assert plain.cycles < 0.95 * table.cycles
    assert plain.cycles < missing.cycles < 1.15 * table.cycles
    assert max(plain.stack_bytes, missing.stack_bytes) < 64 < table.stack_bytes
    bounds = [worst_path(load_elf(elf), ["margin"]) for elf in images]
    assert [path.unbounded for path in bounds] == [()] * 3
    assert plain.stack_bytes <= bounds[1].bytes < 64
    assert missing.stack_bytes <= bounds[2].bytes < 64


@pytest.mark.parametrize("form", EMITTERS)
def test_missing_values_of_either_sign_on_the_core(form, hard_rows):
    trees = model(n_trees=30, depth=4, nan=True)
    rows = hard_rows(trees, 150)
    sign = np.signbit(rows[np.isnan(rows)])
    assert sign.any()
    assert not sign.all()
    assert form_cost(trees, form, missing=True, rows=rows).equal == 1.0


def test_a_detectors_flash_is_its_image_and_its_budget_the_limit():
    detector = make_detector()
    form, reason = detector_form(detector)
    assert form == "branches"
    assert "cycles a second of both models" in reason
    flash = [int(text.replace(",", "")) for text in re.findall(r"([\d,]+) bytes", reason)]
    limit = min(flash)
    limited = detector.model_copy(update={"budget": {"total": {"flash_bytes": limit}}})
    form, reason = detector_form(limited)
    assert form == "table"  # uneven trees, which are not padded in either
    assert f"the fastest within {limit:,} bytes of flash" in reason
    assert detector_form(limited, max(flash))[0] == "branches"
