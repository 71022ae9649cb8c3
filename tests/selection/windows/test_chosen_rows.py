"""Chosen columns are the same in memory and in a file."""

from __future__ import annotations

import numpy as np

from tussis.selection.windows import chosen_rows as room
from tussis.selection.windows.chosen_rows import chosen_rows
from tussis.selection.windows.dataset_features import dataset_features
from tussis.selection.windows.row_file import RowFile


def test_a_large_table_goes_into_a_file_that_is_gone_afterwards(dataset, cache_folder, monkeypatch):
    table = dataset_features(dataset, cache_folder=cache_folder).table("audio")
    columns = np.array([3, 10, 11])
    whole = table.columns(columns) * np.float32(2.0)
    with chosen_rows(table, columns, lambda own: own * np.float32(2.0)) as rows:
        np.testing.assert_array_equal(rows, whole)
    monkeypatch.setattr(room, "MOST_BYTES", 100)
    with chosen_rows(table, columns, lambda own: own * np.float32(2.0)) as rows:
        assert isinstance(rows, RowFile)
        np.testing.assert_array_equal(rows[:], whole)
        place = rows.path
    assert not place.parent.exists()
