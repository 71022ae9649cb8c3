"""Predicted cycles against those a real board counted, and the scale that makes them one.

``tussis replay --json`` brings back the board's own count of cycles spent in the detector (its DWT counter).
The same recording and mode are predicted here; the quotient is the scale, saved and used for that device.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..data.atomic import write_text_whole
from ..data.input_error import InputError
from ..selection.inference import MODES, Mode
from .estimate import Estimate, significant
from .metering import ModeRun

__all__ = ["Comparison", "MeasuredSession", "compare_measured", "load_scale", "read_replay", "save_scale"]

_FORMAT = "tussis-cycle-scale"


@dataclass(frozen=True)
class MeasuredSession:
    """What a board counted on one session.

    Attributes
    ----------
    session, mode
        Which recording, and which models ran.
    cycles
        Spent in the detector over the session.
    clock_hz
        The board's core clock.
    by_path
        Cycles up to each evaluated window, summed by the window's path; empty where the file has none.
    decimated
        Whether the samples were decimated before they reached the board, whose count then lacks that work.
    """

    session: str
    mode: Mode
    cycles: int
    clock_hz: float
    by_path: Mapping[str, int]
    decimated: bool


@dataclass(frozen=True)
class Comparison:
    """Predicted and measured cycles of one session.

    Attributes
    ----------
    device, session, mode, clock_hz
        What was compared.
    rows
        (what, predicted cycles, measured cycles); the last row is the whole session.
    scale
        Measured over predicted, of the whole session.
    """

    device: str
    session: str
    mode: Mode
    clock_hz: float
    rows: tuple[tuple[str, int, int], ...]
    scale: float

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON document of ``tussis estimate --measured``."""
        return {
            "device": self.device,
            "session": self.session,
            "mode": self.mode,
            "clock_hz": self.clock_hz,
            "rows": [
                {
                    "stage": stage,
                    "predicted_cycles": predicted,
                    "measured_cycles": measured,
                    "measured_over_predicted": significant(measured / predicted) if predicted else None,
                }
                for stage, predicted, measured in self.rows
            ],
            "cycle_scale": self.scale,
        }


def read_replay(path: str | os.PathLike[str]) -> list[MeasuredSession]:
    """Read what boards counted from the output of ``tussis replay --json``.

    Raises
    ------
    InputError
        Not such a file, or the board counted no cycles (it has no counter, or counted instructions).
    """
    source = Path(path)
    try:
        document = json.loads(source.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(source, f"cannot be read: {error.strerror or error}") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(source, f"is not JSON: {error}") from error
    sessions = document.get("sessions") if isinstance(document, dict) else None
    parts = sessions if isinstance(sessions, list) else [document]
    found = [_session(source, part) for part in parts if not isinstance(part, dict) or not part.get("error")]
    if not found:
        raise InputError(source, "holds no session that was completed")
    return found


def _session(source: Path, part: Any) -> MeasuredSession:
    try:
        clock_hz = float(part["link"]["clock_hz"])
        cycles = int(part["totals"]["cycles"])
        mode = part["mode"]
        if mode not in MODES:
            raise ValueError(f"mode {mode!r}")
        decimated = bool(part["link"].get("decimated", False))
        by_path = {str(k): int(v["cycles"]) for k, v in (part.get("cycles") or {}).items()}
        session = str(part["session"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            source, f"is no output of `tussis replay --json` ({error!r})", remedy="save it with --json"
        ) from error
    if cycles <= 0 or clock_hz <= 0:
        raise InputError(
            source,
            "the board counted no cycles",
            field=f"{session}.totals.cycles",
            remedy="enable the DWT cycle counter in the port, or run `tussis board --cycles`",
        )
    return MeasuredSession(session, mode, cycles, clock_hz, by_path, decimated)


def compare_measured(estimate: Estimate, measured: MeasuredSession) -> Comparison:
    """Compare a board's count with the prediction for the same recording and mode.

    Parameters
    ----------
    estimate
        Of the same recording, for the board's device; its ``cycle_scale`` is left out.
    measured
        From :func:`read_replay`.

    Raises
    ------
    InputError
        Another recording, or a mode that the estimate did not run.
    """
    measurement = estimate.measurement
    if measurement.recording != measured.session:
        raise InputError(
            "--measured",
            f"is of session {measured.session}, --recording is {measurement.recording}",
            remedy="estimate the session that was replayed",
        )
    run = measurement.modes.get(measured.mode)
    if run is None:
        raise InputError("--measured", f"ran in mode {measured.mode}, which the estimate could not run")

    lacking = run.calls_of("tussis_decimate") if measured.decimated else None

    def predicted(sums: tuple[int, int], path: str) -> int:
        instructions, cycles = sums
        if lacking is not None and path != "imu":
            instructions -= lacking.total_instructions
            cycles -= lacking.total_cycles
        return round(cycles + estimate.stalls[measured.mode] * instructions)

    by_path = _until_windows(run)
    rows = [
        (f"up to {path} windows", predicted(by_path[path], path), measured.by_path[path])
        for path in ("audio", "imu")
        if path in by_path and path in measured.by_path
    ]
    pushed = [p.cost for p in run.pushes]
    whole = predicted((sum(c.instructions for c in pushed), sum(c.cycles for c in pushed)), "")
    rows.append(("whole session", whole, measured.cycles))
    scale = significant(measured.cycles / whole) if whole else 1.0
    return Comparison(
        estimate.device_name, measured.session, measured.mode, measured.clock_hz, tuple(rows), scale
    )


def _until_windows(run: ModeRun) -> dict[str, tuple[int, int]]:
    """Return (instructions, cycles) between window ends, summed by the path of the window, as STATS count."""
    sums: dict[str, tuple[int, int]] = {}
    instructions = cycles = 0
    for push in run.pushes:
        instructions, cycles = instructions + push.cost.instructions, cycles + push.cost.cycles
        if push.window:
            path = "imu" if push.function == "tussis_push_imu" else "audio"
            before = sums.get(path, (0, 0))
            sums[path] = before[0] + instructions, before[1] + cycles
            instructions = cycles = 0
    return sums


def save_scale(comparison: Comparison, path: str | os.PathLike[str]) -> None:
    """Write the fitted scale of a device; scales of other devices in the file are kept.

    Raises
    ------
    InputError
        The file exists and is no file of scales, or cannot be written.
    """
    target = Path(path)
    scales = _read_scales(target) if target.exists() else {}
    scales[comparison.device] = {
        "cycle_scale": comparison.scale,
        "clock_hz": comparison.clock_hz,
        "session": comparison.session,
        "mode": comparison.mode,
    }
    document = {"format": _FORMAT, "version": 1, "devices": dict(sorted(scales.items()))}
    write_text_whole(target, json.dumps(document, indent=2) + "\n")


def load_scale(path: str | os.PathLike[str], device: str) -> float:
    """Return the saved scale of a device.

    Raises
    ------
    InputError
        No such file, or the device is not in it.
    """
    scales = _read_scales(Path(path))
    try:
        return float(scales[device]["cycle_scale"])
    except (KeyError, TypeError, ValueError):
        known = ", ".join(scales) or "none"
        raise InputError(path, f"has no cycle scale for {device}", remedy=f"it has: {known}") from None


def _read_scales(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["format"] != _FORMAT:
            raise KeyError("format")
        return dict(document["devices"])
    except OSError as error:
        raise InputError(path, f"cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(path, "is no file of cycle scales", remedy="make one with --save-scale") from error
