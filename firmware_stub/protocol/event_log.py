"""The event log of a worn board: flash pages to records, with wall times from the log's clock anchors.

``ports/live/event_log.h`` defines the format.
"""

from __future__ import annotations

import struct
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from ...data.input_error import InputError

__all__ = ["LogRecord", "read_event_log", "wall_times"]

Kind = Literal["start", "event", "anchor", "loss"]

TICK_HZ = 16000
_SLOT = 32
_MAGIC = 0x474F4C54
_VERSION = 1
_HEADER = struct.Struct("<IBBHIIIIHHI")
_RECORD = struct.Struct("<IHBBQ12sI")
_KINDS: dict[int, Kind] = {1: "start", 2: "event", 3: "anchor", 4: "loss"}
_MODES = {0: "audio", 1: "imu", 2: "gated"}
_WORST_DRIFT = 0.01
"""Where two anchors say more than this of drift, the wall clock was set between them."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class LogRecord:
    """One record.

    Attributes
    ----------
    number
        Rises by 1 from record to record, over restarts.
    boot
        Which start of the board it belongs to; ticks count from that.
    kind
        ``start``, ``event``, ``anchor`` or ``loss``.
    ticks
        Time of the record in 1/16000 s; of an event its onset.
    fields
        What the kind has besides. ``event``: id, mode, confidence, length_ticks, peak_ticks (after the
        onset). ``start``: detector_hash, selftest, reset_cause. ``anchor``: unix_us. ``loss``: audio and imu
        samples and events lost since the start.
    """

    number: int
    boot: int
    kind: Kind
    ticks: int
    fields: dict[str, int | float | str]

    def as_json(self, wall_time: datetime | None = None) -> dict[str, Any]:
        """Return it as a flat object, with ``time`` in ISO 8601 where the wall time is known."""
        time = {} if wall_time is None else {"time": wall_time.isoformat(timespec="milliseconds")}
        return {
            "number": self.number,
            "boot": self.boot,
            "kind": self.kind,
            "ticks": self.ticks,
            **time,
            **self.fields,
        }


def read_event_log(flash: bytes, page_bytes: int = 4096, source: str = "flash") -> list[LogRecord]:
    """Read the records of a dumped ring of pages, oldest first.

    What was being written, or erased, when the power failed is passed over.

    Parameters
    ----------
    flash
        The whole ring.
    page_bytes
        Size of a page.
    source
        Name of the dump, for errors.

    Raises
    ------
    InputError
        The dump is not made of whole pages, or holds no page of a log of that geometry.

    Examples
    --------
    >>> read_event_log(bytes(3 * 4096))
    Traceback (most recent call last):
        ...
    tussis.data.input_error.InputError: flash: holds no page of an event log; dump the whole ring
    """
    if page_bytes < 3 * _SLOT or page_bytes % _SLOT or len(flash) % page_bytes or not flash:
        raise InputError(
            source,
            f"its {len(flash)} bytes are not pages of {page_bytes}",
            field="page_bytes",
            remedy="dump the whole ring, and give the size of a page",
        )
    pages = [flash[at : at + page_bytes] for at in range(0, len(flash), page_bytes)]
    turns = {turn: page for index, page in enumerate(pages) if (turn := _turn(page, index, len(pages))) >= 0}
    if not turns:
        raise InputError(
            source,
            "holds no page of an event log",
            remedy="dump the whole ring",
        )
    return [record for _, page in sorted(turns.items()) for record in _records(page)]


def wall_times(records: Sequence[LogRecord]) -> list[datetime | None]:
    """Return the wall time of each record, UTC; None where its start of the board has no anchor.

    Between two anchors of a start time goes linearly, so that the drift of the board's clock is taken out;
    outside of them by the nearest two. At 16000 ticks per second, from the nearest anchor, where there is but
    one, or where the wall clock was set by more than 1 % of the time between two.
    """
    anchors: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for record in records:
        if record.kind == "anchor":
            anchors[record.boot].append((record.ticks, int(record.fields["unix_us"])))
    return [_wall_time(record.ticks, anchors.get(record.boot, [])) for record in records]


def _wall_time(ticks: int, anchors: Sequence[tuple[int, int]]) -> datetime | None:
    if not anchors:
        return None
    per_tick = 1e6 / TICK_HZ
    behind = next((i for i, (at, _) in enumerate(anchors) if at >= ticks), len(anchors) - 1)
    first, last = anchors[max(behind - 1, 0)], anchors[max(behind, min(1, len(anchors) - 1))]
    if last[0] > first[0]:
        measured = (last[1] - first[1]) / (last[0] - first[0])
        if abs(measured / per_tick - 1) <= _WORST_DRIFT:
            per_tick = measured
        elif abs(last[0] - ticks) < abs(first[0] - ticks):  # the clock was set between them
            first = last
    return _EPOCH + timedelta(microseconds=round(first[1] + (ticks - first[0]) * per_tick))


def _turn(page: bytes, index: int, pages: int) -> int:
    """Turn of a page, or -1 where its header is not one of this ring."""
    magic, version, _, ring, turn, *_, crc = _HEADER.unpack_from(page)
    known = magic == _MAGIC and version == _VERSION and ring == pages and turn % pages == index
    return turn if known and crc == zlib.crc32(page[: _SLOT - 4]) else -1


def _records(page: bytes) -> Iterator[LogRecord]:
    for at in range(_SLOT, len(page), _SLOT):
        slot = page[at : at + _SLOT]
        number, boot, kind, mode, ticks, body, crc = _RECORD.unpack(slot)
        if crc == zlib.crc32(slot[: _SLOT - 4]) and kind in _KINDS:
            yield LogRecord(number, boot, _KINDS[kind], ticks, _fields(_KINDS[kind], mode, body))


def _fields(kind: Kind, mode: int, body: bytes) -> dict[str, int | float | str]:
    if kind == "start":
        detector, selftest, cause = struct.unpack("<IiI", body)
        return {"detector_hash": f"{detector:08x}", "selftest": selftest, "reset_cause": cause}
    if kind == "event":
        number, confidence, length, peak = struct.unpack("<IfHH", body)
        return {
            "id": number,
            "mode": _MODES.get(mode, str(mode)),
            "confidence": round(confidence, 6),
            "length_ticks": length,
            "peak_ticks": peak,
        }
    if kind == "anchor":
        return {"unix_us": struct.unpack("<qI", body)[0]}
    audio, imu, events = struct.unpack("<III", body)
    return {"lost_audio": audio, "lost_imu": imu, "lost_events": events}
