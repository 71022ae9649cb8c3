"""``tussis golden``: a recording and what a detector finds in it, as C arrays and as JSON."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.atomic import folder_whole
from ...data.input_error import InputError
from ...data.json_text import json_text
from ...data.recording import Recording
from ...selection.detector.detector_file import Detector
from ...selection.detector.gate import TICK_HZ
from ...selection.detector.inference import Detection, detect
from ...selection.detector.mode import Mode
from ...signal.host_kernels import without_kernels
from .c_literals import array_body, float_literal, unsigned_literal
from .config_source import detector_hash
from .packages import SPDX

__all__ = ["FILES", "GoldenVector", "golden_vector", "write_golden"]

_WRITTEN = Path(__file__).resolve().parents[2] / "firmware_stub" / "golden"
_JSON = "golden.json"
FILES = ("tussis_golden.h", "tussis_golden_check.c", "tussis_golden.c", _JSON)
"""What `write_golden` writes."""

_MODES = {"audio": "TUSSIS_MODE_AUDIO", "imu": "TUSSIS_MODE_IMU", "gated": "TUSSIS_MODE_GATED"}


@dataclass(frozen=True)
class GoldenVector:
    """A recording and what a detector makes of it.

    Attributes
    ----------
    name
        Name of the recording.
    identity
        Hash of the detector, as the firmware carries it.
    mode
        Which models ran.
    audio : ndarray of int16, shape (n,)
        Samples at the detector's input rate; none in mode ``imu``.
    imu : ndarray of float32, shape (m, 6)
        Samples in m/s^2 and deg/s; none in mode ``audio``.
    rates_hz
        Of `audio` and `imu`.
    audio_windows, imu_windows
        Number and margin of each window that is evaluated.
    events
        Onset and offset in ticks of 1/16000 s, and confidence.
    """

    name: str
    identity: int
    mode: Mode
    audio: NDArray[np.int16]
    imu: NDArray[np.float32]
    rates_hz: tuple[int, float]
    audio_windows: list[tuple[int, np.float32]]
    imu_windows: list[tuple[int, np.float32]]
    events: list[tuple[int, int, np.float32]]

    @property
    def flash_bytes(self) -> int:
        """What its arrays take."""
        windows = len(self.audio_windows) + len(self.imu_windows)
        return self.audio.nbytes + self.imu.nbytes + 8 * windows + 24 * len(self.events)

    def as_dict(self) -> dict[str, Any]:
        """Return the content of ``golden.json``."""
        return {
            "format": "tussis-golden",
            "version": 1,
            "name": self.name,
            "detector_hash": f"{self.identity:08x}",
            "mode": self.mode,
            "tick_hz": TICK_HZ,
            "audio": {"rate_hz": self.rates_hz[0], "pcm": self.audio.tolist()},
            "imu": {"rate_hz": self.rates_hz[1], "acc_ms2_gyro_dps": [_shortest(row) for row in self.imu]},
            "audio_windows": [{"index": i, "margin": _shortest([m])[0]} for i, m in self.audio_windows],
            "imu_windows": [{"index": i, "margin": _shortest([m])[0]} for i, m in self.imu_windows],
            "events": [
                {"onset_ticks": onset, "offset_ticks": offset, "confidence": _shortest([confidence])[0]}
                for onset, offset, confidence in self.events
            ],
        }


def golden_vector(recording: Recording, detector: Detector, mode: Mode | None = None) -> GoldenVector:
    """Run a detector over a recording and keep what its firmware must give.

    Parameters
    ----------
    recording
        Sound and motion at the detector's rates.
    detector
        What the firmware is exported from.
    mode
        Which models run; None takes that of ``tussis detect``.

    Raises
    ------
    InputError
        The mode cannot run on this recording.
    """
    with without_kernels():
        found = detect(recording, detector, mode)
    audio = recording.audio if found.mode != "imu" else recording.audio[:0]
    imu = recording.board_imu if found.mode != "audio" else np.zeros((0, 6), np.float32)
    return GoldenVector(
        recording.name,
        detector_hash(detector),
        found.mode,
        audio,
        imu,
        (recording.audio_rate_hz, recording.imu_rate_hz),
        _windows(found.audio_margins, found.evaluated) if found.mode != "imu" else [],
        _windows(found.imu_margins, np.ones(len(found.imu_margins), np.bool_))
        if found.mode != "audio"
        else [],
        _events(found, detector),
    )


def write_golden(vector: GoldenVector, out: str | PathLike[str]) -> Path:
    """Write the arrays, what compares with them, and the same as JSON.

    Parameters
    ----------
    vector
        What to write.
    out
        Folder to make; one that an earlier call wrote is replaced.

    Raises
    ------
    InputError
        `out` holds something else or cannot be written.
    """
    target = Path(out)
    with folder_whole(target, replace=_is_golden(target)) as folder:
        for name in FILES[:2]:
            shutil.copyfile(_WRITTEN / name, folder / name)
        (folder / FILES[2]).write_text(_source(vector), encoding="utf-8")
        (folder / _JSON).write_text(json_text(vector.as_dict()) + "\n", encoding="utf-8")
    return target


def _is_golden(folder: Path) -> bool:
    return folder.is_dir() and {file.name for file in folder.iterdir()} == set(FILES)


def _windows(margins: NDArray[np.float32], evaluated: NDArray[np.bool_]) -> list[tuple[int, np.float32]]:
    return [(number, margins[number]) for number in np.flatnonzero(evaluated).tolist()]


def _events(found: Detection, detector: Detector) -> list[tuple[int, int, np.float32]]:
    model = detector.imu if found.mode == "imu" else detector.audio
    if model is None:
        raise InputError(
            "--mode", f"the detector has no model for mode {found.mode}", remedy="use another --mode"
        )
    frame_ticks = round(model.plan.frame_s * TICK_HZ)
    return [
        (frames.start * frame_ticks, frames.end * frame_ticks, np.float32(event.confidence))
        for frames, event in zip(found.event_frames, found.events, strict=True)
    ]


def _shortest(values: Any) -> list[float]:
    """Decimal numbers that are read back to the same float32, and no longer than needed."""
    return [float(np.format_float_positional(np.float32(value), unique=True)) for value in values]


def _source(vector: GoldenVector) -> str:
    lines = [
        SPDX,
        "/* Generated by `tussis golden`: do not edit. */",
        '#include "tussis_golden.h"',
        "",
        *_array("int16_t", "audio", [str(value) for value in vector.audio.tolist()]),
        *_array("tussis_imu_t", "imu", [_sample(row) for row in vector.imu]),
        *_array("tussis_golden_window_t", "audio_windows", [_window(*row) for row in vector.audio_windows]),
        *_array("tussis_golden_window_t", "imu_windows", [_window(*row) for row in vector.imu_windows]),
        *_array("tussis_golden_event_t", "events", [_event(*row) for row in vector.events]),
        "const tussis_golden_t tussis_golden = {",
        f"    {json_text(vector.name)},",
        f"    0x{vector.identity:08X}U,",
        f"    {_MODES[vector.mode]},",
        *_member("audio", len(vector.audio)),
        *_member("imu", len(vector.imu)),
        *_member("audio_windows", len(vector.audio_windows)),
        *_member("imu_windows", len(vector.imu_windows)),
        *_member("events", len(vector.events)),
        "};",
    ]
    return "\n".join(lines) + "\n"


def _array(kind: str, name: str, items: list[str]) -> Iterator[str]:
    if items:
        yield f"static const {kind} {name}[{len(items)}] = {{"
        yield array_body(items)
        yield "};"
        yield ""


def _member(name: str, n: int) -> Iterator[str]:
    yield f"    {name if n else 'NULL'},"
    yield f"    {unsigned_literal(n)},"


def _sample(row: NDArray[np.float32]) -> str:
    acc, gyro = (", ".join(float_literal(value) for value in part) for part in (row[:3], row[3:]))
    return f"{{{{{acc}}}, {{{gyro}}}}}"


def _window(index: int, margin: np.float32) -> str:
    return f"{{{unsigned_literal(index)}, {float_literal(margin)}}}"


def _event(onset: int, offset: int, confidence: np.float32) -> str:
    return f"{{{unsigned_literal(onset)}, {unsigned_literal(offset)}, {float_literal(confidence)}}}"
