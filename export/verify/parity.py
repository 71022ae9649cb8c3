"""``tussis verify``: NumPy, C on this machine and C on the emulated Cortex-M33, window by window.

Stages are compared in the order in which they depend on each other: features, the model's margins, which
windows were evaluated (the gate), and events. The first stage that differs, at the earliest window, is
named: what lies after it differs because of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.dataset import find_sessions
from ...data.formats.session_folder import SESSION_FILE
from ...data.input_error import InputError
from ...data.progress import Progress, silent
from ...data.recording import Recording
from ...data.session_ref import Part, SessionRef
from ...data.work import Poison
from ...data.workers import worked
from ...selection.detector.detector_file import Detector
from ...selection.detector.gate import TICK_HZ
from ...selection.detector.inference import Detection, as_heard, detect, lacks_gyroscope, needed_parts
from ...selection.detector.microphone import ALWAYS, Microphone
from ...selection.detector.mode import MODES, Mode
from ...signal.catalogue import features
from ...signal.feature import Feature
from ...signal.motion_sensor import MotionSensor, as_sensed
from ..build.compiler_run import CompileError
from ..build.host_library import HostDetector, host_library
from ..build.toolchain import find_arm_toolchain, find_host_compiler
from ..codegen.project import Project, load_project
from ..emulator.board_library import BoardDetector
from ..emulator.execution import CEvent, Execution, Trace, Window, run_recording
from ..emulator.virtual_board import VirtualBoard
from .parity_result import Difference, FeatureParity, Parity

__all__ = ["compare", "verify"]

HOST = "host C"
BOARD = "Cortex-M33"
REFERENCE = "NumPy"


def verify(
    project: Project | str | PathLike[str],
    dataset: str | PathLike[str],
    *,
    modes: Sequence[Mode] = MODES,
    on: Sequence[str] = (HOST, BOARD),
    motion_sensor: MotionSensor | None = None,
    progress: Progress = silent,
) -> Parity:
    """Run every session of a dataset three ways and compare.

    Parameters
    ----------
    project
        An exported project, or its folder.
    dataset
        Recordings; those without an IMU file are compared in mode audio only.
    modes
        Modes to compare, as far as detector and recording have them.
    on
        Executions to compare with NumPy.
    motion_sensor
        Sensor that motion is played through; None: as recorded.
    progress
        Called after every session.

    Returns
    -------
    Parity

    Raises
    ------
    InputError
        No project, no dataset, no recording that can be read, no compiler, or a hand-edited project that
        does not compile.
    CompileError
        The project's C does not compile.

    Examples
    --------
    >>> from tussis import export_project, load_detector, write_dataset
    >>> project = export_project(load_detector("default"), "firmware")
    >>> folder = write_dataset("recordings", subjects=1, sessions_per_subject=1, session_s=3.0)
    >>> verify(project, folder, modes=["audio"], on=["host"]).passed
    True
    """
    opened = project if isinstance(project, Project) else load_project(project)
    faults: list[InputError] = []
    references = find_sessions(dataset, on_fault=faults.append)
    faults = [
        fault for fault in faults if Path(fault.path).name.casefold() != SESSION_FILE
    ]  # no name is asked
    if not references:
        raise faults[0]
    parity = Parity(str(opened.path), modified_files=opened.changed_files, added_files=opened.added_sources)
    executions: dict[str, Execution] = {}
    for number, name in enumerate(on):
        progress("compile", number, len(on))
        try:
            executions[name], parity.compilers[name] = _build(opened, name)
        except CompileError as error:
            changed = [*parity.modified_files, *parity.added_files]
            if not changed:
                raise
            raise InputError(
                opened.path,
                f"does not compile since it was changed: {error.reason}",
                field=", ".join(changed[:3]),
                remedy="correct it or export again",
            ) from error
    progress("compile", len(on), len(on))
    with_imu: Sequence[Mode] = modes if opened.detector.imu is not None else ["audio"]
    needs = frozenset(part for mode in with_imu for part in needed_parts(opened.detector, mode))
    progress("verify", 0, len(references))
    compared = worked(
        _compare_session,
        [(reference,) for reference in references],
        1,
        stage="verify",
        names=[reference.name for reference in references],
        shared=_Comparing(opened, tuple(on), tuple(modes), motion_sensor, needs, executions),
        spare=True,
    )
    for number, (reference, one) in enumerate(zip(references, compared, strict=True)):
        progress("verify", number + 1, len(references))
        if isinstance(one, Parity):
            parity.add(one)
        else:  # one broken recording must not cost the others
            faults.append(InputError(reference.path, one.reason) if isinstance(one, Poison) else one)
    if not parity.sessions:
        raise faults[0]
    parity.unreadable.extend(map(str, faults))
    return parity


@dataclass(frozen=True, eq=False)
class _Comparing:
    """What the comparisons of all recordings share; a worker builds the executions for itself."""

    project: Project
    on: tuple[str, ...]
    modes: tuple[Mode, ...]
    motion_sensor: MotionSensor | None
    needs: frozenset[Part]
    executions: dict[str, Execution]

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what only the process that built it can run."""
        return {**self.__dict__, "executions": {}}


def _compare_session(shared: _Comparing, reference: SessionRef) -> Parity | InputError:
    """Compare one recording, or return why it cannot be read."""
    opened = shared.project
    try:
        recording = reference.load(**opened.detector.rates, needs=shared.needs)
    except InputError as fault:
        return fault
    for name in shared.on:
        if name not in shared.executions:
            shared.executions[name] = _build(opened, name)[0]
    parity = Parity(str(opened.path))
    sensed = as_sensed(recording, shared.motion_sensor)
    compare(parity, opened.detector, sensed, shared.executions, shared.modes, opened.microphone)
    return parity


def compare(
    parity: Parity,
    detector: Detector,
    recording: Recording,
    executions: dict[str, Execution],
    modes: Sequence[Mode] = MODES,
    microphone: Microphone = ALWAYS,
) -> None:
    """Compare one recording in all modes it can run in, and add the outcome to `parity`."""
    parity.sessions += 1
    for mode in modes:
        if not _can_run(detector, recording, mode):
            continue
        heard = as_heard(recording, detector, mode, microphone).recording
        expected = detect(heard, detector, mode, microphone=microphone.built_as)
        parity.events[REFERENCE] = parity.events.get(REFERENCE, 0) + len(expected.events)
        for name, execution in executions.items():
            trace = run_recording(execution, heard, mode)
            parity.events[name] = parity.events.get(name, 0) + len(trace.events)
            _Comparison(parity, detector, recording.name, name, expected, trace).run()


def _build(project: Project, name: str) -> tuple[Execution, str]:
    """Compile the project for one execution; also say by which compiler."""
    if name == HOST:
        host = find_host_compiler()
        return HostDetector(host_library(project, toolchain=host)), host.version
    arm = find_arm_toolchain()
    return BoardDetector(VirtualBoard(arm.compile_elf(project))), f"{arm.name}: {arm.version}"


def _can_run(detector: Detector, recording: Recording, mode: Mode) -> bool:
    has_imu = (
        detector.imu is not None and recording.imu is not None and not lacks_gyroscope(recording, detector)
    )
    has_audio = detector.audio is not None and recording.has_audio
    return {"audio": has_audio, "imu": has_imu, "gated": has_imu and has_audio}[mode]


@dataclass
class _Comparison:
    """One recording, mode and execution against the reference."""

    parity: Parity
    detector: Detector
    session: str
    execution: str
    expected: Detection
    trace: Trace

    def run(self) -> None:
        found = [*self._imu(), *self._audio(), *self._events()]
        if found:  # the earliest, and of those at one time the first stage
            self.parity.first_differences.append(min(found, key=lambda d: d.time_s))

    def _imu(self) -> Iterable[Difference]:
        if self.detector.imu is None or self.expected.mode == "audio":
            return
        rows = features(self.detector.imu.features, "imu")
        hop_s = self.detector.imu.plan.hop_s
        wanted = self.expected.imu_evaluated
        yield from self._windows("IMU windows", wanted, self.trace.imu, hop_s)
        yield from self._values(
            rows, "IMU model", self.expected.imu_features, self.expected.imu_margins, self.trace.imu, hop_s
        )

    def _audio(self) -> Iterable[Difference]:
        if self.detector.audio is None or self.expected.mode == "imu":
            return
        plan = self.detector.audio.plan
        rows = features(self.detector.audio.features, "audio", plan)
        stage = "gate" if self.expected.mode == "gated" else "audio windows"
        yield from self._values(
            rows,
            "audio model",
            self.expected.audio_features,
            self.expected.audio_margins,
            self.trace.audio,
            plan.hop_s,
        )
        yield from self._windows(stage, self.expected.evaluated, self.trace.audio, plan.hop_s)

    def _windows(
        self, stage: str, wanted: NDArray[np.bool_], found: dict[int, Window], hop_s: float
    ) -> Iterable[Difference]:
        """Compare which windows were evaluated."""
        differing = sorted(set(np.flatnonzero(wanted).tolist()) ^ set(found))
        self.parity.differing_windows += len(differing)
        if differing:
            first = differing[0]
            what = "evaluated, should not be" if first in found else "not evaluated, should be"
            yield self._difference(stage, first * hop_s, f"window {first}: {what}")

    def _values(
        self,
        rows: Sequence[Feature],
        stage: str,
        values: NDArray[np.float32],
        margins: NDArray[np.float32],
        found: dict[int, Window],
        hop_s: float,
    ) -> Iterable[Difference]:
        """Compare features and margins of the windows that both evaluated."""
        common = sorted(number for number in found if number < len(margins))
        self.parity.windows[self.execution] = self.parity.windows.get(self.execution, 0) + len(common)
        if not common:
            return
        got = np.stack([found[number].features for number in common])
        yield from self._feature_values(rows, values[common], got, np.array(common), hop_s)
        got_margins = np.array([found[number].margin for number in common], np.float32)
        differing = np.flatnonzero(got_margins != margins[common])
        self.parity.differing_margins += len(differing)
        for place in differing[:1]:
            number = common[place]
            detail = f"window {number}: margin {got_margins[place]:.9g}, expected {margins[number]:.9g}"
            yield self._difference(stage, number * hop_s, detail)

    def _feature_values(
        self,
        rows: Sequence[Feature],
        expected: NDArray[np.float32],
        got: NDArray[np.float32],
        numbers: NDArray[np.int64],
        hop_s: float,
    ) -> Iterable[Difference]:
        # NaN equals nothing, so it counts as an infinite error.
        with np.errstate(invalid="ignore"):
            error = np.abs(got.astype(np.float64) - expected.astype(np.float64))
        error = np.where(got == expected, 0.0, np.where(np.isnan(error), np.inf, error))
        relative = error / np.maximum(np.abs(expected.astype(np.float64)), 1.0)
        for column, row in enumerate(rows):
            entry = self.parity.features.setdefault(row.id, FeatureParity(row.id, row.tolerance))
            entry.windows += len(numbers)
            entry.differing += int((error[:, column] > 0).sum())
            worst = int(relative[:, column].argmax())
            entry.worst_absolute = max(entry.worst_absolute, float(error[:, column].max()))
            if relative[worst, column] > entry.worst_relative:
                entry.worst_relative = float(relative[worst, column])
                entry.where = f"{self.session}, {self.execution}, window {numbers[worst]}"
            over = np.flatnonzero(relative[:, column] > row.tolerance)
            for place in over[:1]:
                values = f"{got[place, column]:.9g}, expected {expected[place, column]:.9g}"
                detail = f"window {numbers[place]}: {values}"
                yield self._difference(f"feature {row.id}", float(numbers[place]) * hop_s, detail)

    def _events(self) -> Iterable[Difference]:
        imu = self.expected.mode == "imu"
        plan = (
            self.detector.imu.plan
            if imu and self.detector.imu
            else self.detector.audio.plan
            if self.detector.audio
            else None
        )
        assert plan is not None
        ticks = round(plan.frame_s * TICK_HZ)
        expected = [
            CEvent(frames.start * ticks, frames.end * ticks, event.confidence)
            for frames, event in zip(self.expected.event_frames, self.expected.events, strict=True)
        ]
        differing = sorted(set(expected) ^ set(self.trace.events))
        self.parity.differing_events += len(differing)
        if differing:
            first = differing[0]
            what = "found, not expected" if first in self.trace.events else "expected, not found"
            span = f"{first.start_ticks / TICK_HZ:.3f} to {first.end_ticks / TICK_HZ:.3f} s"
            losses = self.trace.totals.losses()
            detail = f"{span}, confidence {first.confidence:.6f}: {what}" + (f"; {losses}" if losses else "")
            yield self._difference("events", first.start_ticks / TICK_HZ, detail)

    def _difference(self, stage: str, time_s: float, detail: str) -> Difference:
        return Difference(self.session, self.expected.mode, self.execution, stage, time_s, detail)
