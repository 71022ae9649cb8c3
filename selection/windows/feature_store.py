"""Features of sessions as a partitioned Parquet dataset: columns can be read alone, and by anybody.

Partitions are ``code=.../plan=.../part=...``, so that a change of the code or of a plan takes no old value. A
segment is one name in all three parts: windows of sound, windows of motion, and a row for each of its
sessions. Each session has a key of its own, made of its content; a new session writes a new segment, and old
ones stay as they are but for many small ones, which are joined.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...data.atomic import write_bytes_whole, write_text_whole
from ...data.input_error import InputError
from ...data.recording import Label
from ...signal.feature import Modality

if TYPE_CHECKING:
    import pyarrow

__all__ = ["BOUNDS", "FeatureStore", "StoredSession"]

BOUNDS = ("start_s", "end_s")
"""Columns of a part of windows that are no features."""

_PARTS = ("audio", "imu", "sessions")
_SMALL_BYTES = 1 << 20
_JOINED = 16
"""So many segments of at most `_SMALL_BYTES` become one: a file of 12 windows is mostly names of columns."""

_ROWS = 1 << 16
_SUM = ".sha256"


@dataclass(frozen=True)
class StoredSession:
    """A session in a segment.

    Attributes
    ----------
    row
        What is known of it, by column of the part ``sessions``.
    segment
        Name of the segment.
    first
        Its first row in each part of windows.
    """

    row: dict[str, Any]
    segment: str
    first: Mapping[Modality, int]

    def count(self, modality: Modality) -> int | None:
        """How many windows it has; None where it has no such part."""
        count: int | None = self.row[f"{modality}_windows"]
        return count


@dataclass
class FeatureStore:
    """Features of one plan, computed by one version of the code.

    Parameters
    ----------
    folder
        Folder of the partitions of this code and plan.
    audio_ids, imu_ids
        Feature ids, which are the columns' names.
    """

    folder: Path
    audio_ids: tuple[str, ...]
    imu_ids: tuple[str, ...]
    damaged: int = 0
    _known: dict[str, StoredSession] = field(default_factory=dict)
    _read: set[str] = field(default_factory=set)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is known: another process looks for itself."""
        return {**self.__dict__, "_known": {}, "_read": set()}

    def ids(self, modality: Modality) -> tuple[str, ...]:
        """Feature ids of a part."""
        return self.audio_ids if modality == "audio" else self.imu_ids

    def look(self) -> None:
        """Take note of the segments that are there; those that are damaged count as not there."""
        for mark in sorted(self._part("sessions").glob(f"*{_SUM}")):
            name = mark.name.removesuffix(_SUM)
            if name in self._read:
                continue
            if self._is_whole(name):
                self._known.update((one.row["key"], one) for one in self._sessions_of(name))
                self._read.add(name)
            else:
                self.damaged += 1
                with contextlib.suppress(OSError):  # a cache that is read-only
                    mark.unlink()

    def find(self, key: str) -> StoredSession | None:
        """Return a session by its key; None if it is not there."""
        return self._known.get(key)

    def write(
        self, row: Mapping[str, Any], windows: Mapping[Modality, tuple[NDArray[Any], Sequence[NDArray[Any]]]]
    ) -> None:
        """Write a session as a segment of its own.

        Parameters
        ----------
        row
            Its columns of the part ``sessions``, ``key`` among them.
        windows
            Values, shape (n, n_features), and bounds in seconds, each of shape (n,), by part.
        """
        import pyarrow as pa

        tables = {"sessions": _session_table([row])}
        for modality, (values, bounds) in windows.items():
            columns = dict(zip(BOUNDS, bounds, strict=True))
            columns |= {name: values[:, at] for at, name in enumerate(self.ids(modality))}
            tables[modality] = pa.table(columns)
        self._write(hashlib.sha256(str(row["key"]).encode()).hexdigest()[:32], tables)

    def join(self, keys: Iterable[str]) -> None:
        """Join the small segments of some sessions, where there are many.

        The joined segment is written before the others are removed: who reads meanwhile finds either.
        """
        import pyarrow as pa

        names = dict.fromkeys(one.segment for key in keys if (one := self._known.get(key)) is not None)
        small = [name for name in names if self._bytes(name) <= _SMALL_BYTES]
        if len(small) < _JOINED:
            return
        group: list[str] = []
        size = 0
        for place, name in enumerate(small):
            group.append(name)
            size += self._bytes(name)
            if size < _JOINED * _SMALL_BYTES and place + 1 < len(small):
                continue
            tables = {
                part: pa.concat_tables(found)
                for part in _PARTS
                if (found := [self._table(one, part) for one in group if self._file(one, part).exists()])
            }
            joined = hashlib.sha256("\0".join(group).encode()).hexdigest()[:32]
            self._write(joined, tables)
            self._known.update((one.row["key"], one) for one in self._sessions_of(joined))
            self._read.add(joined)
            for old in group:
                self._remove(old)
            group, size = [], 0

    def read(
        self, keys: Sequence[str], modality: Modality, names: Sequence[str]
    ) -> Iterator[tuple[int, NDArray[Any]]]:
        """Read some columns of sessions, each segment once, and nothing of the others.

        Parameters
        ----------
        keys
            Sessions that are there and have the part.
        modality
            Part of windows.
        names
            Columns.

        Yields
        ------
        int, ndarray of shape (n_windows, n_columns)
            Place among `keys`, and values; in no particular order.
        """
        waiting = dict(enumerate(keys))
        while waiting:
            segment = self._known[next(iter(waiting.values()))].segment
            try:
                table = self._table(segment, modality, names)
            except FileNotFoundError:  # somebody else has joined it with others
                self._look_again(waiting.values(), segment)
                continue
            whole = np.empty((table.num_rows, len(names)), table.schema.field(0).type.to_pandas_dtype())
            for at, name in enumerate(names):
                whole[:, at] = table.column(name).to_numpy()
            for place in [place for place, key in waiting.items() if self._known[key].segment == segment]:
                one = self._known[waiting.pop(place)]
                first = one.first[modality]
                yield place, whole[first : first + (one.count(modality) or 0)]
        _give_back()

    def _part(self, part: str) -> Path:
        return self.folder / f"part={part}"

    def _file(self, name: str, part: str) -> Path:
        return self._part(part) / f"{name}.parquet"

    def _mark(self, name: str) -> Path:
        return self._part("sessions") / f"{name}{_SUM}"

    def _bytes(self, name: str) -> int:
        return sum(file.stat().st_size for part in _PARTS if (file := self._file(name, part)).exists())

    def _table(self, name: str, part: str, columns: Sequence[str] | None = None) -> pyarrow.Table:
        import pyarrow.parquet as pq

        file = pq.ParquetFile(self._file(name, part), memory_map=True)
        return file.read(None if columns is None else list(columns), use_threads=False)

    def _sessions_of(self, name: str) -> Iterator[StoredSession]:
        first: dict[Modality, int] = {"audio": 0, "imu": 0}
        table = self._table(name, "sessions")
        levels = {part: table.column(f"{part}_level").combine_chunks() for part in first}
        rows = table.drop_columns([f"{part}_level" for part in first]).to_pylist()
        for place, row in enumerate(rows):
            row |= {f"{part}_level": _floats(levels[part][place]) for part in first}
            row["labels"] = tuple(Label(**label) for label in row["labels"] or ())
            yield StoredSession(row, name, dict(first))
            for part in first:
                first[part] += row[f"{part}_windows"] or 0

    def _write(self, name: str, tables: Mapping[str, pyarrow.Table]) -> None:
        """Write the parts of a segment, and at last the file that says that they are whole.

        Nothing waits for the disk: what a loss of power takes away does not agree with its hash.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        sums = []
        for part in _PARTS:
            if part not in tables:
                continue
            floats = [one.name for one in tables[part].schema if pa.types.is_floating(one.type)]
            buffer = io.BytesIO()
            pq.write_table(
                tables[part],
                buffer,
                row_group_size=_ROWS,
                compression="zstd",
                use_dictionary=False,
                write_statistics=False,
                use_byte_stream_split=floats,
            )
            data = buffer.getvalue()
            write_bytes_whole(self._file(name, part), data, durable=False)
            sums.append(f"{hashlib.sha256(data).hexdigest()}  {part}\n")
        write_text_whole(self._mark(name), "".join(sums), durable=False)

    def _is_whole(self, name: str) -> bool:
        """Whether the files of a segment are those that were written: a loss of power leaves parts."""
        found = set()
        try:
            for line in self._mark(name).read_text("utf-8").splitlines():
                wanted, _, part = line.partition("  ")
                found.add(part)
                with self._file(name, part).open("rb") as file:
                    if hashlib.file_digest(file, "sha256").hexdigest() != wanted:
                        return False
        except (OSError, ValueError):
            return False
        return "sessions" in found

    def _look_again(self, keys: Iterable[str], segment: str) -> None:
        """Find the sessions of a segment that is gone elsewhere."""
        self._read.discard(segment)
        self.look()
        if any(self._known[key].segment == segment for key in keys):
            raise InputError(
                self.folder, "features were removed while they were in use", remedy="repeat the command"
            )

    def _remove(self, name: str) -> None:
        self._mark(name).unlink(missing_ok=True)
        for part in _PARTS:
            self._file(name, part).unlink(missing_ok=True)
        self._read.discard(name)


def _give_back() -> None:
    """Let Arrow return the memory that it keeps for more of the same."""
    import pyarrow

    pyarrow.default_memory_pool().release_unused()


def _floats(found: Any) -> NDArray[np.float32]:
    """Take a list of a row; an empty one where there is none."""
    return np.zeros(0, np.float32) if found.values is None else np.asarray(found.values, np.float32)


def _session_table(rows: Sequence[Mapping[str, Any]]) -> pyarrow.Table:
    import pyarrow as pa

    label = pa.struct(
        [
            ("start_s", pa.float64()),
            ("end_s", pa.float64()),
            ("name", pa.string()),
            ("confidence", pa.float64()),
            ("weak", pa.bool_()),
        ]
    )
    schema = pa.schema(
        [
            ("key", pa.string()),
            ("fault", pa.string()),
            ("duration_s", pa.float64()),
            ("audio_hash", pa.string()),
            ("samples_hash", pa.string()),
            ("audio_peak", pa.int64()),
            ("labels", pa.list_(label)),
            ("doubts", pa.list_(pa.string())),
            ("audio_windows", pa.int64()),
            ("imu_windows", pa.int64()),
            ("audio_level", pa.list_(pa.float32())),
            ("imu_level", pa.list_(pa.float32())),
            ("imu_stuck", pa.list_(pa.int32())),
        ]
    )
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema)
