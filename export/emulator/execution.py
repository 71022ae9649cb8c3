"""One exported detector running somewhere: what the host's C and the emulated core have in common.

`Execution` is the C interface of ``tussis.h`` seen from Python; `run_recording` feeds a recording into one
as a board would, 16 ms at a time, and keeps every window and event that comes out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ...data.recording import Recording
from ...selection.detector.mode import MODES, Mode

__all__ = [
    "LONG_TOTALS",
    "CEvent",
    "Execution",
    "SleepingExecution",
    "Totals",
    "Trace",
    "Window",
    "run_recording",
    "run_sleeping",
]

CHUNK_S = 0.016
"""Length of one push: at most one audio window comes due in it."""


class CEvent(NamedTuple):
    """One ``tussis_event_t``: ticks of ``1 / TICK_HZ`` s, confidence 0..1."""

    start_ticks: int
    end_ticks: int
    confidence: float


@dataclass(frozen=True)
class Window:
    """One ``tussis_window_t``: `count` windows were evaluated so far, this one last."""

    index: int
    count: int
    margin: np.float32
    features: NDArray[np.float32]


class Totals(NamedTuple):
    """``tussis_totals_t``, field by field in its order."""

    audio_frames: int = 0
    computed_frames: int = 0
    skipped_audio: int = 0
    heard_audio: int = 0
    audio_squares: int = 0
    clipped_audio: int = 0
    dead_audio: int = 0
    lost_imu: int = 0
    bad_imu: int = 0
    imu_hits: int = 0
    late_imu: int = 0
    lost_hits: int = 0
    lost_events: int = 0
    missed_windows: int = 0
    blind_windows: int = 0
    open_windows: int = 0
    slipped_imu: int = 0

    def losses(self) -> str:
        """Say what was lost; empty where nothing was."""
        names = ("late_imu", "lost_hits", "lost_events", "bad_imu", "missed_windows")
        return ", ".join(f"{name} {getattr(self, name)}" for name in names if getattr(self, name))


LONG_TOTALS = frozenset(Totals._fields[:9])
"""Counters of 64 bits; the others have 32."""


class Execution(Protocol):
    """A detector in C with a state of its own."""

    def start(self, mode: Mode) -> None:
        """Begin at time 0."""

    def push_audio(self, pcm: NDArray[np.int16]) -> int:
        """Push samples at the input rate; the C function's status."""

    def push_imu(self, samples: NDArray[np.float32]) -> int:
        """Push samples, float32 of shape (n, 6); the C function's status."""

    def push_imu_at(self, samples: NDArray[np.float32], audio_tick: int) -> int:
        """Push samples of which the last was read at an audio tick; the C function's result."""

    def flush_step(self) -> bool:
        """Do one step of ending the input; False once there is nothing left."""

    def events_waiting(self) -> int:
        """Events that can be fetched."""

    def next_event(self) -> CEvent | None:
        """Fetch the oldest waiting event."""

    def audio_window(self) -> Window:
        """Return the audio window evaluated last."""

    def imu_window(self) -> Window:
        """Return the IMU window evaluated last."""

    def totals(self) -> Totals:
        """Return the counters."""


class SleepingExecution(Execution, Protocol):
    """A detector in C whose microphone may sleep."""

    def push_silence(self, n: int) -> int:
        """Let n samples pass that the microphone did not give; the C function's status."""


@dataclass
class Trace:
    """Everything one execution made of one recording.

    Attributes
    ----------
    events : list of CEvent
        Events in order.
    audio, imu : dict of int to Window
        Evaluated windows by number.
    totals : Totals
        Counters at the end.
    """

    events: list[CEvent] = field(default_factory=list)
    audio: dict[int, Window] = field(default_factory=dict)
    imu: dict[int, Window] = field(default_factory=dict)
    totals: Totals = field(default_factory=Totals)


def run_recording(execution: Execution, recording: Recording, mode: Mode) -> Trace:
    """Feed a recording in real time's order, IMU samples before the audio of their time.

    Parameters
    ----------
    execution
        The detector's execution; it is initialised first.
    recording
        Audio and IMU at the detector's rates.
    mode
        Which models run.
    """
    trace = Trace()
    execution.start(mode)
    for audio, imu in _in_time(recording, mode):
        _push_motion(execution, imu, trace)
        if len(audio):
            execution.push_audio(audio)
            _keep_sound(execution, trace)
    return _finished(execution, trace)


def run_sleeping(
    execution: SleepingExecution, recording: Recording, heard: NDArray[np.int64], most: int
) -> Trace:
    """Feed a recording in gated mode, with silence in place of samples while the microphone sleeps.

    What comes out is what `run_recording` gives of a recording that is silent there.

    Parameters
    ----------
    execution
        The detector's execution; it is initialised first.
    recording
        Audio and IMU at the detector's rates.
    heard : ndarray of int64, shape (n, 2)
        First sample and the sample after the last one of each stretch that the microphone hears, in order.
    most
        Samples of silence to push at once: at most those of a block, or a push may hold two windows.
    """
    trace = Trace()
    execution.start("gated")
    on = np.zeros(len(recording.audio), np.bool_)
    for first, end in heard.tolist():
        on[first:end] = True
    passed = done = 0

    def silence() -> None:
        nonlocal passed
        while passed:
            n = min(passed, most)
            execution.push_silence(n)
            passed -= n
            _keep_sound(execution, trace)

    for audio, imu in _in_time(recording, "gated"):
        _push_motion(execution, imu, trace)
        hears = on[done : done + len(audio)]
        edges = np.flatnonzero(np.diff(hears)) + 1
        for piece, awake in zip(np.split(audio, edges), np.split(hears, edges), strict=True):
            if len(piece) and awake[0]:
                silence()
                execution.push_audio(np.ascontiguousarray(piece))
                _keep_sound(execution, trace)
            else:
                passed += len(piece)
        done += len(audio)
        if passed >= most:
            silence()
    silence()
    return _finished(execution, trace)


def _push_motion(execution: Execution, imu: NDArray[np.float32], trace: Trace) -> None:
    for sample in imu:  # one by one: every window is seen
        execution.push_imu(sample[None])
        _take_events(execution, trace)
        _keep(execution.imu_window(), trace.imu)


def _keep_sound(execution: Execution, trace: Trace) -> None:
    _take_events(execution, trace)
    _keep(execution.audio_window(), trace.audio)


def _finished(execution: Execution, trace: Trace) -> Trace:
    """End the input."""
    more = True
    while more:
        more = execution.flush_step()
        _keep(execution.imu_window(), trace.imu)
        _keep(execution.audio_window(), trace.audio)
        _take_events(execution, trace)
    trace.totals = execution.totals()
    return trace


def _in_time(recording: Recording, mode: Mode) -> Iterator[tuple[NDArray[np.int16], NDArray[np.float32]]]:
    """Cut a recording into pieces of 16 ms; what the mode does not use is left out."""
    imu = recording.board_imu if mode != "audio" else recording.board_imu[:0]
    audio = recording.audio if mode != "imu" else recording.audio[:0]
    step = round(CHUNK_S * recording.audio_rate_hz)
    duration_s = max(len(audio) / recording.audio_rate_hz, len(imu) / recording.imu_rate_hz)
    pieces = math.ceil(duration_s / CHUNK_S)
    done = 0
    for number in range(pieces):
        until = int((number + 1) * CHUNK_S * recording.imu_rate_hz) + 1
        yield np.ascontiguousarray(audio[number * step : (number + 1) * step]), imu[done:until]
        done = until


def _keep(window: Window, windows: dict[int, Window]) -> None:
    if window.count != len(windows):
        if window.count != len(windows) + 1:
            raise AssertionError("two windows in one push: the trace has a hole")
        windows[window.index] = window


def _take_events(execution: Execution, trace: Trace) -> None:
    while execution.events_waiting() and (event := execution.next_event()) is not None:
        trace.events.append(event)


def mode_number(mode: Mode) -> int:
    """Value of ``tussis_mode_t``."""
    return MODES.index(mode)
