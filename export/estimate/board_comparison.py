"""Predicted cycles against those a real board counted, and the scale that makes them one.

``tussis replay --json`` brings back the board's own count of cycles spent in the detector (its DWT counter),
stage by stage. The same recording and mode are predicted here; the quotient is the scale, saved and used for
that device.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ...data.input_error import InputError
from ...data.strict_values import as_number
from ...data.untrusted import read_json
from ...selection.detector.detector_file import MODALITIES
from ...selection.detector.mode import MODES, Mode
from ...signal.feature import Modality
from ..emulator.virtual_board import CallCost
from .battery_life import significant
from .cycle_scale import CycleScale
from .estimate import Estimate
from .measurement import ModeRun
from .stages import STAGE_ROOTS, STAGES, Stage

__all__ = [
    "Comparison",
    "MeasuredModality",
    "MeasuredSession",
    "StageRow",
    "compare_measured",
    "read_replay",
]

CALLER_CYCLES = 20
"""Cycles a call between a board's two readings of its clock that are not the library's: arguments, the call,
its result. Counted on the emulated core at `tussis_push_imu`: 20.6 built by gcc, 30.6 by clang."""
_WORTH_FITTING = 0.05
"""Stages with a smaller share of the cycles say nothing about how far the scale holds."""


@dataclass(frozen=True)
class MeasuredModality:
    """What a board counted in the calls that push one path's samples.

    Attributes
    ----------
    calls
        Number of calls.
    longest_call
        Cycles of the longest.
    stages
        Cycles by stage.
    """

    calls: int
    longest_call: int
    stages: Mapping[Stage, int]


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
    paths
        By path, ``"audio"`` or ``"imu"``; empty where the replay was made without STATS.
    decimated
        Whether the samples were decimated before they reached the board, whose count then lacks that work.
    """

    session: str
    mode: Mode
    cycles: int
    clock_hz: float
    paths: Mapping[Modality, MeasuredModality]
    decimated: bool


@dataclass(frozen=True)
class StageRow:
    """Cycles of one stage of one path, or of one path's longest call.

    Attributes
    ----------
    path, stage
        Modality and stage of the row.
    predicted_cycles, measured_cycles
        Over the session.
    comparable
        Whether the board did what was predicted; only then the row counts for the scale.
    """

    path: str
    stage: str
    predicted_cycles: int
    measured_cycles: int
    comparable: bool = True

    @property
    def ratio(self) -> float | None:
        """Measured over predicted."""
        return significant(self.measured_cycles / self.predicted_cycles) if self.predicted_cycles else None

    def as_dict(self) -> dict[str, Any]:
        """Render for JSON."""
        return {**asdict(self), "measured_over_predicted": self.ratio}


@dataclass(frozen=True)
class Comparison:
    """Predicted and measured cycles of one session.

    Attributes
    ----------
    device, session, mode
        What was compared.
    clock_hz, predicted_clock_hz
        Clocks of the board and of the estimate: at other clocks the waits for flash are others.
    rows
        One per stage and path.
    longest_calls
        One per path.
    whole
        All comparable stages together.
    scale
        What all predicted cycles are to be multiplied with.
    """

    device: str
    session: str
    mode: Mode
    clock_hz: float
    predicted_clock_hz: float
    rows: tuple[StageRow, ...]
    longest_calls: tuple[StageRow, ...]
    whole: StageRow
    scale: CycleScale

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON document of ``tussis estimate --measured``."""
        return {
            "device": self.device,
            "session": self.session,
            "mode": self.mode,
            "clock_hz": self.clock_hz,
            "predicted_clock_hz": self.predicted_clock_hz,
            "stages": [row.as_dict() for row in self.rows],
            "longest_calls": [row.as_dict() for row in self.longest_calls],
            "whole": self.whole.as_dict(),
            "cycle_scale": self.scale.factor,
            "stages_within": [self.scale.low, self.scale.high],
        }


def read_replay(path: str | os.PathLike[str]) -> list[MeasuredSession]:
    """Read what boards counted from the output of ``tussis replay --json``.

    Raises
    ------
    InputError
        Not such a file, or the board counted no cycles (it has no counter, or counted instructions).
    """
    source = Path(path)
    document = read_json(source, "give the output of tussis replay --json")
    sessions = document.get("sessions") if isinstance(document, dict) else None
    parts = sessions if isinstance(sessions, list) else [document]
    found = [_session(source, part) for part in parts if not isinstance(part, dict) or not part.get("error")]
    if not found:
        raise InputError(
            source, "holds no session that was completed", remedy="run it again: tussis replay --json"
        )
    return found


def _session(source: Path, part: Any) -> MeasuredSession:
    try:
        clock_hz = as_number(part["link"]["clock_hz"])
        cycles = int(as_number(part["totals"]["cycles"]))
        mode = part["mode"]
        if mode not in MODES:
            raise ValueError(f"mode {mode!r}")
        decimated = bool(part["link"].get("decimated", False))
        stages = dict(part.get("stages") or {})
        paths = {modality: _path(stages[modality]) for modality in MODALITIES if modality in stages}
        session = str(part["session"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(
            source, f"is not an output of `tussis replay --json` ({error!r})", remedy="save it with --json"
        ) from error
    if cycles <= 0 or clock_hz <= 0:
        raise InputError(
            source,
            "the board counted no cycles",
            field=f"{session}.totals.cycles",
            remedy="enable the DWT cycle counter in the port, or run `tussis board --cycles`",
        )
    return MeasuredSession(session, mode, cycles, clock_hz, paths, decimated)


def _path(entry: Any) -> MeasuredModality:
    stages = {stage: int(as_number(entry["cycles"][stage])) for stage in STAGES}
    calls, longest = (int(as_number(entry[key])) for key in ("calls", "longest_call_cycles"))
    return MeasuredModality(calls, longest, stages)


def compare_measured(estimate: Estimate, measured: MeasuredSession) -> Comparison:
    """Compare a board's count with the prediction for the same recording and mode.

    Parameters
    ----------
    estimate
        Estimate of the same recording, for the board's device; its ``cycle_scale`` is left out.
    measured
        Sessions of a replay, from :func:`read_replay`.

    Raises
    ------
    InputError
        Another recording, a mode that the estimate did not run, or counts that no core can have.
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
        problem = f"ran in mode {measured.mode}, which the estimate could not run"
        raise InputError("--measured", problem, remedy="give --recording the session that was replayed")

    costs = {path: _costs(measured, run, path) for path in MODALITIES}
    _refuse_other_clocks(measured, sum(c.instructions for path in costs.values() for c in path.values()))
    predicted = {
        path: {stage: _on_device(estimate, measured.mode, cost) for stage, cost in stages.items()}
        for path, stages in costs.items()
    }
    for path, entry in measured.paths.items():
        predicted[path]["control"] += entry.calls * CALLER_CYCLES
    rows = [
        StageRow(path, stage, predicted[path][stage], counted, _same_work(measured, path, stage))
        for path, entry in measured.paths.items()
        for stage, counted in entry.stages.items()
        if counted or predicted[path][stage]
    ]
    whole = StageRow(
        "all",
        "all",
        sum(row.predicted_cycles for row in rows if row.comparable),
        sum(row.measured_cycles for row in rows if row.comparable),
    )
    if not rows:  # a replay without STATS
        everything = sum(sum(stages.values()) for stages in predicted.values())
        whole = StageRow("all", "all", everything, measured.cycles)
    return Comparison(
        estimate.device_name,
        measured.session,
        measured.mode,
        measured.clock_hz,
        estimate.clock.clock_hz,
        tuple(rows),
        tuple(_longest_call(estimate, measured, run, path) for path in measured.paths),
        whole,
        replace(
            _fitted(whole, rows),
            clock_hz=measured.clock_hz,
            toolchain=measurement.toolchain,
            opt=measurement.opt,
        ),
    )


def _refuse_other_clocks(measured: MeasuredSession, instructions: int) -> None:
    """Refuse counts that no such core can have: it issues two instructions a cycle at most."""
    if measured.cycles < instructions / 2:
        raise InputError(
            "--measured",
            f"holds {measured.cycles:,} cycles for {instructions:,} instructions; a Cortex-M33 issues two a"
            " cycle at most, so this counter is not its core's (QEMU's is none)",
            remedy="replay on hardware, or on `tussis board --cycles`",
        )


def _costs(measured: MeasuredSession, run: ModeRun, path: str) -> dict[Stage, CallCost]:
    """Cost by stage over the recording, of the work that the board had to do."""
    costs = {stage: run.stages.get((path, stage), CallCost(0, 0)) for stage in STAGES}
    if measured.decimated and path == "audio":
        spared = (run.calls_of(root.function) for root in STAGE_ROOTS if root.decimates)
        for lacking in filter(None, spared):
            whole = costs["front end"]
            costs["front end"] = CallCost(
                whole.instructions - lacking.total_instructions, whole.cycles - lacking.total_cycles
            )
    return costs


def _longest_call(estimate: Estimate, measured: MeasuredSession, run: ModeRun, path: Modality) -> StageRow:
    worst = _on_device(estimate, measured.mode, run.worst(f"tussis_push_{path}"))
    longest = measured.paths[path].longest_call
    return StageRow(path, "longest call", worst, longest, _same_work(measured, path, "control"))


def _same_work(measured: MeasuredSession, path: str, stage: str) -> bool:
    """Say whether the board did what is predicted.

    Decimated samples are copied, not filtered into their place, and nobody looks whether a microphone lives.
    """
    return not (measured.decimated and path == "audio" and stage == "control")


def _on_device(estimate: Estimate, mode: Mode, cost: CallCost) -> int:
    """Cycles with waits for flash, and without any scale: that is what is looked for."""
    return round(cost.cycles + estimate.stalls[mode] * cost.instructions)


def _fitted(whole: StageRow, rows: list[StageRow]) -> CycleScale:
    factor = whole.ratio or 1.0
    least = _WORTH_FITTING * whole.predicted_cycles
    ratios = [
        row.ratio / factor for row in rows if row.ratio and row.comparable and row.predicted_cycles >= least
    ]
    return CycleScale(factor, significant(min(ratios, default=1.0)), significant(max(ratios, default=1.0)))
