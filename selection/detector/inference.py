"""The detector run on a recording: the reference that the exported C must equal event by event."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...data.input_error import InputError
from ...data.large_sound import forget_pages
from ...data.progress import Progress, silent
from ...data.recording import Recording
from ...data.session_ref import Part
from ...signal.plan import AudioPlan, ImuPlan
from .blind import measured_windows, stuck, with_dead_sensor
from .detection import Detection, Event
from .detector_file import Detector
from .events import EventFrames
from .gate import TICK_HZ
from .microphone import ALWAYS, Microphone
from .mode import MODES, Mode
from .segmentation import hits_in_audio, segment, segment_gated
from .silence import Silence, wake_frames
from .wake import HeardRecording, heard_recording
from .window_scale import WindowScale

__all__ = [
    "Detection",
    "Event",
    "as_heard",
    "choose_mode",
    "detect",
    "lacks_gyroscope",
    "needed_parts",
    "timed_events",
]


def needed_parts(detector: Detector, mode: Mode | None, *also: Part) -> frozenset[Part]:
    """Say what of a recording `detect` uses, so that a fault of anything else need not stop it.

    Parameters
    ----------
    detector, mode
        As in `detect`.
    also
        Parts that the caller uses.
    """
    of_mode: dict[Mode, tuple[Part, ...]] = {"audio": ("audio",), "imu": ("imu",), "gated": ("audio", "imu")}
    sole: Mode = "audio" if detector.imu is None else "imu" if detector.audio is None else "gated"
    return frozenset((*of_mode.get(mode or sole, ()), *also))


def choose_mode(detector: Detector, recording: Recording, mode: Mode | None) -> Mode:
    """Check that `mode` can run, or choose one.

    Gated where recording and detector have motion and sound, else whichever of both there is.

    Raises
    ------
    InputError
        The detector lacks the model, or the recording the sound, the IMU or the gyroscope, that `mode` needs.
    """
    has_imu = recording.imu is not None and detector.imu is not None
    if mode is None:
        motion_only = detector.audio is None or not recording.has_audio
        mode = "imu" if has_imu and motion_only else "gated" if has_imu else "audio"
        mode = "imu" if detector.audio is None else mode
    if mode not in MODES:
        raise InputError("--mode", f"unknown mode {mode!r}", remedy=f"use one of {', '.join(MODES)}")
    if mode != "imu" and detector.audio is None:
        raise InputError(
            "--mode", f"mode {mode} needs an audio model and the detector has none", remedy="use --mode imu"
        )
    if mode != "audio" and detector.imu is None:
        raise InputError(
            "--mode", f"mode {mode} needs an IMU model and the detector has none", remedy="use --mode audio"
        )
    where = recording.path if recording.path is not None else recording.name
    if mode != "audio" and recording.imu is None:
        raise InputError(where, f"mode {mode} needs an imu.csv and there is none", remedy="use --mode audio")
    if mode != "imu" and not recording.has_audio and recording.imu is not None and len(recording.imu):
        raise InputError(where, f"mode {mode} needs sound and there is none", remedy="use --mode imu")
    if mode != "audio" and (feature := lacks_gyroscope(recording, detector)):
        raise InputError(
            where,
            f"the IMU file has no gyro columns, and the detector's motion model needs {feature}",
            field="gyro columns",
            remedy="use --mode audio, or a detector whose motion model takes acceleration only",
        )
    return mode


def as_heard(recording: Recording, detector: Detector, mode: Mode, microphone: Microphone) -> HeardRecording:
    """Give a recording as its microphone delivers it to a device in `mode`, and the share of time it is on.

    Where movement wakes the microphone, the sound is silence while that is off; else the recording as it is.
    A microphone that follows the gate is the device's own matter.
    """
    if not microphone.woken or mode != "gated":
        return HeardRecording.whole(recording)
    _, margins, _ = _imu_margins(recording, detector, mode)
    hits = _gate_hits(recording, detector, margins, measured_windows(recording, detector, len(margins)))
    return _heard(recording, detector, mode, microphone, hits)


def _heard(
    recording: Recording, detector: Detector, mode: Mode, microphone: Microphone, hits: NDArray[np.bool_]
) -> HeardRecording:
    """Do what `as_heard` does, with the windows of motion that open the gate known."""
    if not microphone.woken or mode != "gated":
        return HeardRecording.whole(recording)
    assert detector.imu is not None
    return heard_recording(recording, detector.imu.plan, hits, microphone.start_ticks)


def _gate_hits(
    recording: Recording,
    detector: Detector,
    margins: NDArray[np.float32],
    measured: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Windows of motion that open the gate: those that fire, and blind ones."""
    assert detector.imu is not None
    hits = detector.gating.fired(margins, detector.imu.plan.hop_s, measured)
    return np.asarray(hits | ~measured | stuck(recording, detector))


def lacks_gyroscope(recording: Recording, detector: Detector) -> str:
    """Name a feature of the motion model that needs a gyroscope which the recording lacks; empty if none."""
    from ...signal.catalogue import imu_catalogue

    if detector.imu is None or recording.imu is None or recording.has_gyroscope or not len(recording.imu):
        return ""
    rows = imu_catalogue()
    turning = (name for name in detector.imu.features if any(n.startswith("gyro") for n in rows[name].needs))
    return next(turning, "")


def detect(
    recording: Recording,
    detector: Detector,
    mode: Mode | None = None,
    *,
    microphone: Microphone = ALWAYS,
    progress: Progress = silent,
) -> Detection:
    """Find the coughs of a recording.

    A stream too short for one window is decided as one: audio with silence after it, which a gate without any
    IMU window lets pass; motion with its last sample held, in mode ``imu``.

    Parameters
    ----------
    recording
        Recording whose audio is at the detector's input rate.
    detector
        The detector, see `tussis.selection.detector.detector_file.load_detector`.
    mode
        ``audio``: every audio window is evaluated. ``imu``: only the IMU model runs. ``gated``: the IMU
        model wakes the audio model. None chooses (`choose_mode`). Where the detector has a sound level,
        windows without a loud frame are left out (`tussis.selection.detector.sound_level`).
    microphone
        Whether it hears all the time or, in mode ``gated``, follows the gate or is woken by movement.
    progress
        Called with the frames of sound that are done.

    Returns
    -------
    Detection

    Raises
    ------
    InputError
        The mode cannot run, or the recording has another sampling rate; a microphone shall follow the gate
        of a detector with a sound level.

    Examples
    --------
    >>> from tussis import Recording, load_detector
    >>> silence = Recording("silence", np.zeros(32000, np.int16), 16000, None, 100.0, (), labelled=False)
    >>> detect(silence, load_detector("default")).events
    ()
    """
    mode = choose_mode(detector, recording, mode)
    imu_x, imu_margins, imu_level = _imu_margins(recording, detector if mode != "audio" else None, mode)
    imu_evaluated = measured_windows(recording, detector, len(imu_margins))
    imu_hits = np.zeros(len(imu_margins), np.bool_)
    if mode == "gated":
        imu_hits = _gate_hits(recording, detector, imu_margins, imu_evaluated)
    recording, microphone_duty, _ = _heard(recording, detector, mode, microphone, imu_hits)
    audio_x, audio_margins, audio_level = _audio_margins(
        recording, detector if mode != "imu" else None, progress
    )
    evaluated = np.ones(len(audio_margins), np.bool_)
    short = _is_short(recording, detector, mode)
    loud = _loud(recording, detector, microphone, len(audio_margins))
    if mode == "imu":
        frames = segment(
            np.where(imu_evaluated, imu_margins, np.float32(-np.inf)), imu_level, detector.imu_events
        )
    elif mode == "audio" and loud is None:
        frames = segment(audio_margins, audio_level, detector.audio_events)
    elif mode == "audio":
        assert loud is not None
        frames, evaluated = segment_gated(audio_margins, audio_level, detector.audio_events, loud, 0)
    else:
        fired = with_dead_sensor(imu_hits, detector, len(audio_margins))
        short = short and not microphone.gated  # it heard nothing: no hit comes before half a second
        hit = _wakes(detector, microphone, len(audio_margins), fired, len(imu_hits), short=short)
        silence = _unheard(recording, detector, microphone, audio_x, fired)
        if detector.sound_level is not None and loud is not None:
            hit, loud = detector.sound_level.combined(hit, loud)
        most = detector.gating.max_consecutive_audio_windows
        frames, evaluated = segment_gated(
            audio_margins, audio_level, detector.audio_events, hit, most, silence, loud
        )
        if microphone.gated:
            assert detector.audio is not None
            assert detector.imu is not None
            plans = detector.audio.plan, detector.imu.plan
            microphone_duty = microphone.duty(*plans, imu_hits, evaluated)
    model = detector.imu if mode == "imu" else detector.audio
    assert model is not None
    return Detection(
        mode,
        timed_events(frames, model.plan),
        tuple(frames),
        audio_x,
        audio_margins,
        evaluated,
        imu_x,
        imu_margins,
        imu_hits,
        audio_level,
        imu_level,
        imu_evaluated,
        short,
        microphone_duty,
        *_scales(detector, mode),
    )


def _scales(detector: Detector, mode: Mode) -> tuple[WindowScale | None, WindowScale | None]:
    """Give when windows are, and from which log-odds they count, of the models that run in `mode`."""
    audio = imu = None
    if detector.audio is not None and mode != "imu":
        plan = detector.audio.plan
        audio = WindowScale(plan.window_s, plan.hop_s, float(detector.audio_events.open_margin))
    if detector.imu is not None and mode != "audio":
        margin = detector.gating.margin if mode == "gated" else detector.imu_events.open_margin
        imu = WindowScale(detector.imu.plan.window_s, detector.imu.plan.hop_s, float(margin))
    return audio, imu


def _wakes(
    detector: Detector,
    microphone: Microphone,
    n_windows: int,
    imu_hits: NDArray[np.bool_],
    measured: int,
    *,
    short: bool,
) -> NDArray[np.bool_]:
    """Say which audio windows the gate asks for; it lets a short one pass that it could not have seen."""
    assert detector.audio is not None
    assert detector.imu is not None
    audio, imu = detector.audio.plan, detector.imu.plan
    hit = hits_in_audio(audio, imu, detector.gating, n_windows, imu_hits, microphone)
    hit |= short and _gate_is_blind(audio, imu, measured)
    return hit


def _unheard(
    recording: Recording,
    detector: Detector,
    microphone: Microphone,
    audio_x: NDArray[np.float32],
    imu_hits: NDArray[np.bool_],
) -> Silence | None:
    """Features of windows that a microphone behind the gate heard in part; None if it always hears."""
    if not microphone.gated:
        return None
    assert detector.audio is not None
    assert detector.imu is not None
    asked = wake_frames(detector.audio.plan, detector.imu.plan, microphone, len(audio_x), imu_hits)
    return Silence(recording.audio, detector.audio, asked, audio_x)


def _loud(
    recording: Recording, detector: Detector, microphone: Microphone, n_windows: int
) -> NDArray[np.bool_] | None:
    """Say which audio windows hold a loud frame; None where the detector does not ask."""
    if detector.sound_level is None:
        return None
    if microphone.gated:
        raise InputError(
            "--microphone",
            "the detector's sound level follows a microphone that always hears",
            remedy="use --microphone always, or a detector without sound_level",
        )
    assert detector.audio is not None
    return detector.sound_level.loud_windows(recording.audio, detector.audio.plan, n_windows)


def _is_short(recording: Recording, detector: Detector, mode: Mode) -> bool:
    """Whether the stream that decides holds something, but no whole window."""
    if mode == "imu":
        assert detector.imu is not None
        assert recording.imu is not None
        return 0 < len(recording.imu) < detector.imu.plan.window
    assert detector.audio is not None
    plan = detector.audio.plan
    samples = -(-len(recording.audio) // plan.decimation)
    return 0 < samples < plan.window_frames * plan.frame


def _gate_is_blind(audio: AudioPlan, imu: ImuPlan, n_imu_windows: int) -> bool:
    """Whether the gate lacks an IMU window that would have ended by the end of audio window 0."""
    return not n_imu_windows and imu.window * TICK_HZ // imu.rate_hz <= ALWAYS.first_asked(audio)


def timed_events(frames: list[EventFrames], plan: AudioPlan | ImuPlan) -> tuple[Event, ...]:
    """Give events their times in seconds and their confidence.

    Parameters
    ----------
    frames
        Events in frames of the plan.
    plan
        Plan of the model that decided.
    """
    # Divided once, so that a time is the double nearest to it, as it is when made from the firmware's ticks.
    from ...signal.elementary import sigmoid

    confidence = sigmoid(np.array([event.margin for event in frames], np.float32))
    return tuple(
        Event(event.start * plan.frame / plan.rate_hz, event.end * plan.frame / plan.rate_hz, float(value))
        for event, value in zip(frames, confidence, strict=True)
    )


_Margins = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
_NOTHING = np.zeros((0, 0), np.float32), np.zeros(0, np.float32), np.zeros(0, np.float32)


def _audio_margins(recording: Recording, detector: Detector | None, progress: Progress) -> _Margins:
    """Features, margins and frame levels of the audio; nothing where no detector is given."""
    if detector is None:
        return _NOTHING
    from ...signal.audio_features import audio_features

    assert detector.audio is not None
    plan = detector.audio.plan
    _check_rate(recording, "audio", recording.audio_rate_hz, plan.input_rate_hz)
    audio = recording.audio

    def passed(done: int, total: int) -> None:
        forget_pages(audio)
        progress("frames", done, total)

    found = audio_features(
        audio,
        plan,
        ids=detector.audio.features,
        at_least=plan.window_frames if len(audio) else 0,
        done=passed,
    )
    return found.values, detector.audio.trees.margin(found.values), found.level


def _imu_margins(recording: Recording, detector: Detector | None, mode: Mode) -> _Margins:
    """Features, margins and frame levels of the motion; nothing where no detector is given."""
    if detector is None:
        return _NOTHING
    from ...signal.imu_features import imu_features

    assert detector.imu is not None
    assert recording.imu is not None
    plan = detector.imu.plan
    _check_rate(recording, "IMU", recording.imu_rate_hz, plan.rate_hz)
    imu = recording.imu
    if mode == "imu" and _is_short(recording, detector, mode):
        imu = np.pad(imu, ((0, plan.window - len(imu)), (0, 0)), mode="edge")
    found = imu_features(imu, plan, ids=detector.imu.features)
    return found.values, detector.imu.trees.margin(found.values), found.level


def _check_rate(recording: Recording, signal: str, rate_hz: float, wanted_hz: float) -> None:
    if rate_hz != wanted_hz:
        raise InputError(
            recording.path or recording.name,
            f"{signal} at {rate_hz:g} Hz, the detector takes {wanted_hz:g} Hz",
            remedy="load it at that rate",
        )
