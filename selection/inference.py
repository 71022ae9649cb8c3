"""The detector run on a recording: the reference that the exported C must equal event by event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..data.input_error import InputError
from ..data.recording import Recording
from ..signal.plan import AudioPlan, ImuPlan
from .detector import Detector, Gating
from .events import EventFrames, EventPlan, Segmenter
from .gating import TICK_HZ, Gate, hit_windows

__all__ = [
    "MODES",
    "Detection",
    "Event",
    "Mode",
    "choose_mode",
    "detect",
    "hits_in_audio",
    "segment",
    "segment_gated",
]

Mode = Literal["audio", "imu", "gated"]
MODES: tuple[Mode, ...] = ("audio", "imu", "gated")


class Event(NamedTuple):
    """One detected cough: seconds from the first sample, confidence in 0..1."""

    start_s: float
    end_s: float
    confidence: float


@dataclass(frozen=True)
class Detection:
    """What one run of a detector found, and everything it computed on the way.

    Parameters
    ----------
    mode
        The mode that ran.
    events
        In order; they never overlap.
    event_frames
        The same as frame indices and margins (audio frames, or IMU frames in mode ``imu``).
    audio_features : ndarray of float32, shape (n_windows, n_audio_features)
        All audio windows, evaluated or not; no columns where the audio model did not run.
    audio_margins : ndarray of float32, shape (n_windows,)
        Log-odds of all audio windows.
    evaluated : ndarray of bool, shape (n_windows,)
        Audio windows that the device would evaluate.
    imu_features, imu_margins : ndarray of float32
        The same for all IMU windows.
    imu_hits : ndarray of bool, shape (n_imu_windows,)
        IMU windows that wake the audio path; all false outside mode ``gated``.
    """

    mode: Mode
    events: tuple[Event, ...]
    event_frames: tuple[EventFrames, ...]
    audio_features: NDArray[np.float32]
    audio_margins: NDArray[np.float32]
    evaluated: NDArray[np.bool_]
    imu_features: NDArray[np.float32]
    imu_margins: NDArray[np.float32]
    imu_hits: NDArray[np.bool_]

    @property
    def audio_duty(self) -> float:
        """Share of audio windows that were evaluated; 0 where there are none."""
        return float(self.evaluated.mean()) if len(self.evaluated) else 0.0


def choose_mode(detector: Detector, recording: Recording, mode: Mode | None) -> Mode:
    """Check that `mode` can run, or choose one: gated where recording and detector have an IMU, else audio.

    Raises
    ------
    InputError
        The detector lacks the model or the recording the IMU that `mode` needs.
    """
    has_imu = recording.imu is not None and detector.imu is not None
    if mode is None:
        mode = "imu" if detector.audio is None else "gated" if has_imu else "audio"
    if mode not in MODES:
        raise InputError("--mode", f"unknown mode {mode!r}", remedy=f"use one of {', '.join(MODES)}")
    if mode != "imu" and detector.audio is None:
        raise InputError("--mode", f"mode {mode} needs an audio model and the detector has none")
    if mode != "audio" and detector.imu is None:
        raise InputError("--mode", f"mode {mode} needs an IMU model and the detector has none")
    if mode != "audio" and recording.imu is None:
        where = recording.path if recording.path is not None else recording.name
        raise InputError(where, f"mode {mode} needs an imu.csv and there is none", remedy="use --mode audio")
    return mode


def detect(recording: Recording, detector: Detector, mode: Mode | None = None) -> Detection:
    """Find the coughs of a recording.

    Parameters
    ----------
    recording
        Its audio must be at the detector's input rate.
    detector
        See `tussis.selection.detector.load_detector`.
    mode
        ``audio``: every audio window is evaluated. ``imu``: only the IMU model runs. ``gated``: the IMU
        model wakes the audio model. None chooses (`choose_mode`).

    Returns
    -------
    Detection

    Raises
    ------
    InputError
        The mode cannot run, or the recording has another sampling rate.
    """
    mode = choose_mode(detector, recording, mode)
    audio_x, audio_margins, audio_level = _audio_margins(recording, detector if mode != "imu" else None)
    imu_x, imu_margins, imu_level = _imu_margins(recording, detector if mode != "audio" else None)
    imu_hits = np.zeros(len(imu_margins), np.bool_)
    if mode == "imu":
        evaluated = np.zeros(0, np.bool_)
        frames = segment(imu_margins, imu_level, detector.imu_events)
        assert detector.imu is not None
        plan: AudioPlan | ImuPlan = detector.imu.plan
    else:
        assert detector.audio is not None
        plan = detector.audio.plan
        if mode == "audio":
            evaluated = np.ones(len(audio_margins), np.bool_)
            frames = segment(audio_margins, audio_level, detector.audio_events)
        else:
            imu_hits = imu_margins >= detector.gating.margin
            assert detector.imu is not None
            hit = hits_in_audio(
                detector.audio.plan, detector.imu.plan, detector.gating, len(audio_margins), imu_hits
            )
            frames, evaluated = segment_gated(
                audio_margins,
                audio_level,
                detector.audio_events,
                hit,
                detector.gating.max_consecutive_audio_windows,
            )
    return Detection(
        mode,
        _events(frames, plan),
        tuple(frames),
        audio_x,
        audio_margins,
        evaluated,
        imu_x,
        imu_margins,
        imu_hits,
    )


def hits_in_audio(
    audio: AudioPlan, imu: ImuPlan, gating: Gating, n_windows: int, imu_hits: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Say which audio windows have an IMU hit: rule (a) of `tussis.selection.gating` for these plans."""
    block = audio.frame * audio.block_frames * TICK_HZ // audio.rate_hz
    sample = TICK_HZ // imu.rate_hz
    return hit_windows(
        n_windows,
        imu_hits,
        audio_first_end=block * audio.window_blocks,
        audio_hop=block,
        imu_first_end=imu.window * sample,
        imu_hop=imu.hop * sample,
        hold=gating.hold_ticks,
    )


def segment(margins: NDArray[np.float32], level: NDArray[np.float32], plan: EventPlan) -> list[EventFrames]:
    """Segment a recording of which every window is evaluated.

    Parameters
    ----------
    margins : ndarray of float32, shape (n_windows,)
        Log-odds by window.
    level : ndarray of float32, shape (n_frames,)
        Level by frame, log2 power.
    plan
        Parameters.
    """
    segmenter = Segmenter(plan)
    events: list[EventFrames] = []
    previous = -2
    for index in np.flatnonzero(margins >= min(plan.open_margin, plan.continue_margin)).tolist():
        if index != previous + 1:
            events += segmenter.close()
        first = index * plan.hop_frames
        events += segmenter.window(index, margins[index], level[first : first + plan.window_frames])
        previous = index
    return events + segmenter.close()


def segment_gated(
    margins: NDArray[np.float32],
    level: NDArray[np.float32],
    plan: EventPlan,
    hit: NDArray[np.bool_],
    max_consecutive: int,
) -> tuple[list[EventFrames], NDArray[np.bool_]]:
    """Segment a recording of which the gate chooses the windows.

    Parameters
    ----------
    margins, level, plan
        As in `segment`.
    hit : ndarray of bool, shape (n_windows,)
        Rule (a) of the gate by audio window.
    max_consecutive
        N of rule (b).

    Returns
    -------
    events : list of EventFrames
    evaluated : ndarray of bool, shape (n_windows,)
    """
    segmenter, gate = Segmenter(plan), Gate(max_consecutive)
    evaluated = np.zeros(len(margins), np.bool_)
    events: list[EventFrames] = []
    for index, is_hit in enumerate(hit.tolist()):
        if gate.admits(is_hit):
            evaluated[index] = True
            first = index * plan.hop_frames
            events += segmenter.window(index, margins[index], level[first : first + plan.window_frames])
            gate.answer(segmenter.open)
        else:
            events += segmenter.close()
    return events + segmenter.close(), evaluated


def _events(frames: list[EventFrames], plan: AudioPlan | ImuPlan) -> tuple[Event, ...]:
    # Divided once, so that a time is the double nearest to it, as it is when made from the firmware's ticks.
    from ..signal.elementary import sigmoid

    confidence = sigmoid(np.array([event.margin for event in frames], np.float32))
    return tuple(
        Event(event.start * plan.frame / plan.rate_hz, event.end * plan.frame / plan.rate_hz, float(value))
        for event, value in zip(frames, confidence, strict=True)
    )


_Margins = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
_NOTHING = np.zeros((0, 0), np.float32), np.zeros(0, np.float32), np.zeros(0, np.float32)


def _audio_margins(recording: Recording, detector: Detector | None) -> _Margins:
    """Features, margins and frame levels of the audio; nothing where no detector is given."""
    if detector is None:
        return _NOTHING
    from ..signal.audio_features import audio_features

    assert detector.audio is not None
    plan = detector.audio.plan
    if recording.audio_rate_hz != plan.input_rate_hz:
        raise InputError(
            recording.path or recording.name,
            f"audio at {recording.audio_rate_hz} Hz, the detector takes {plan.input_rate_hz} Hz",
            remedy="load it at that rate",
        )
    found = audio_features(recording.audio, plan, ids=detector.audio.features)
    return found.values, detector.audio.trees.margin(found.values), found.level


def _imu_margins(recording: Recording, detector: Detector | None) -> _Margins:
    if detector is None:
        return _NOTHING
    from ..signal.imu_features import imu_features

    assert detector.imu is not None
    assert recording.imu is not None
    plan = detector.imu.plan
    if recording.imu_rate_hz != plan.rate_hz:
        raise InputError(
            recording.path or recording.name,
            f"IMU at {recording.imu_rate_hz:g} Hz, the detector takes {plan.rate_hz:g} Hz",
            remedy="load it at that rate",
        )
    found = imu_features(recording.imu, plan, ids=detector.imu.features)
    return found.values, detector.imu.trees.margin(found.values), found.level
