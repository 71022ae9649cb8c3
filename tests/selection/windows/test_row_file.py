"""Rows in a file are those in memory."""

from __future__ import annotations

import numpy as np
import psutil
import pytest

from tussis.selection.windows import row_file
from tussis.selection.windows.row_file import RowFile, empty_rows, let_go, row_blocks


@pytest.mark.parametrize("block", [3, 100, 1 << 16])
def test_rows_are_read_as_from_an_array(tmp_path, monkeypatch, block):
    monkeypatch.setattr(row_file, "BLOCK_ROWS", block)
    values = np.random.default_rng(0).normal(size=(200, 7)).astype(np.float32)
    (tmp_path / "rows").write_bytes(values.tobytes())
    rows = RowFile(tmp_path / "rows", values.shape)
    mask = np.random.default_rng(1).random(200) < 0.3
    np.testing.assert_array_equal(rows[mask], values[mask])
    np.testing.assert_array_equal(rows[np.flatnonzero(mask)], values[mask])
    np.testing.assert_array_equal(rows[20:45], values[20:45])
    np.testing.assert_array_equal(rows[190:400], values[190:])
    assert rows[np.zeros(200, bool)].shape == (0, 7)
    blocks = [*row_blocks(np.flatnonzero(mask))]
    assert max(map(len, blocks)) <= block
    np.testing.assert_array_equal(np.concatenate(blocks), np.flatnonzero(mask))


def test_what_is_let_go_is_still_there(tmp_path):
    rows = empty_rows((20_000_000 // 64, 64), tmp_path)
    before = psutil.Process().memory_info().rss
    rows[:] = np.arange(64)
    assert psutil.Process().memory_info().rss - before > 70e6
    let_go(rows[5:])
    assert psutil.Process().memory_info().rss - before < 20e6
    np.testing.assert_array_equal(rows[-1], np.arange(64))
    assert not [*tmp_path.iterdir()]
    let_go(np.arange(6.0).reshape(2, 3))
