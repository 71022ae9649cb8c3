"""The Parquet dataset of features: single columns, joined segments, readers beside writers."""

from __future__ import annotations

import shutil

import numpy as np
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest

from tussis.data.input_error import InputError
from tussis.data.recording import Label
from tussis.selection.windows.feature_store import BOUNDS, FeatureStore

N_FEATURES = 5


def new_store(folder):
    names = tuple(f"f{k}" for k in range(N_FEATURES))
    return FeatureStore(folder / "code=1" / "plan=2", names, ("m0",))


def put(store, number, windows=3):
    draw = np.random.default_rng(number)
    values = draw.normal(size=(windows, N_FEATURES)).astype(np.float32)
    bounds = np.arange(windows) * 0.5, np.arange(windows) * 0.5 + 1.0
    row = {
        "key": f"key{number}",
        "duration_s": 9.0,
        "audio_windows": windows,
        "audio_level": draw.normal(size=7).astype(np.float32),
        "labels": [{"start_s": 1.0, "end_s": 2.0, "name": "cough", "confidence": 1.0, "weak": False}],
    }
    store.write(row, {"audio": (values, bounds)})
    return values, row


@pytest.fixture
def filled(tmp_path):
    """Store with 20 sessions, and what was put in, by key."""
    store = new_store(tmp_path)
    there = {f"key{k}": put(store, k, windows=k % 4) for k in range(20)}
    store.look()
    return store, there


def values_of(store, keys, names):
    return {keys[place]: values for place, values in store.read(keys, "audio", names)}


def test_what_is_written_is_read_bit_by_bit(filled):
    store, there = filled
    names = ["f3", "f1"]
    found = values_of(store, list(there), names)
    for key, (values, row) in there.items():
        np.testing.assert_array_equal(found[key], values[:, [3, 1]])
        stored = store.find(key)
        np.testing.assert_array_equal(stored.row["audio_level"], row["audio_level"])
        assert stored.row["labels"] == tuple(Label(**label) for label in row["labels"])
        assert stored.count("imu") is None
    assert store.find("another") is None


def test_many_small_segments_become_one_with_the_same_content(filled, tmp_path):
    store, there = filled
    before = values_of(store, list(there), store.audio_ids)
    size = sum(file.stat().st_size for file in tmp_path.rglob("*.parquet"))
    store.join(there)
    assert len(list(tmp_path.rglob("part=audio/*"))) == 1
    assert sum(file.stat().st_size for file in tmp_path.rglob("*.parquet")) < size / 5
    fresh = new_store(tmp_path)
    fresh.look()
    for one in (store, fresh):
        after = values_of(one, list(there), store.audio_ids)
        assert after.keys() == before.keys()
        for key, values in before.items():
            np.testing.assert_array_equal(after[key], values)


def test_a_reader_finds_sessions_that_somebody_joins_meanwhile(filled, tmp_path):
    store, there = filled
    other = new_store(tmp_path)
    other.look()
    other.join(there)
    found = values_of(store, list(there), ["f0"])
    np.testing.assert_array_equal(found["key7"], there["key7"][0][:, :1])


def test_features_removed_in_use_are_said_so(filled, tmp_path):
    store, there = filled
    shutil.rmtree(tmp_path / "code=1")
    with pytest.raises(InputError, match="removed while they were in use"):
        values_of(store, list(there), ["f0"])


def test_other_tools_read_it_as_one_dataset(filled, tmp_path):
    _, there = filled
    whole = pyarrow.dataset.dataset(tmp_path, partitioning="hive", exclude_invalid_files=True)
    table = whole.to_table(filter=pyarrow.dataset.field("part") == "audio", columns=["f2", "plan"])
    assert table.num_rows == sum(len(values) for values, _ in there.values())
    assert table.column("plan").unique().to_pylist() == [2]


def test_columns_stand_alone_in_a_file(filled, tmp_path):
    """Another column's bytes may be gone: what is read is what was asked for."""
    store, there = filled
    stored = store.find("key3")
    file = next(tmp_path.rglob(f"part=audio/{stored.segment}.parquet"))
    other = pq.ParquetFile(file).metadata.row_group(0).column(len(BOUNDS) + 4)
    start, size = other.data_page_offset, other.total_compressed_size
    data = file.read_bytes()
    file.write_bytes(data[:start] + bytes(size) + data[start + size :])
    np.testing.assert_array_equal(values_of(store, ["key3"], ["f0"])["key3"], there["key3"][0][:, :1])
    with pytest.raises(OSError, match=r".+"):
        values_of(store, ["key3"], ["f4"])
