"""Recordings of a dataset as time lines: which stretch, its errors, and their sound if it is wanted."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np

from ...data.input_error import InputError
from ...data.recording import Recording
from ...data.session_ref import SessionRef
from ...selection.detector.detector_file import Detector
from ...selection.detector.inference import Detection, detect
from ...selection.detector.microphone import ALWAYS, Microphone
from ...selection.detector.mode import Mode
from ...signal.motion_sensor import MotionSensor, as_sensed
from .report_page import Clip, SessionView
from .session_chart import Excerpt, session_chart

__all__ = ["EXCERPT_S", "MAX_SESSIONS", "errors_of", "session_view", "session_views"]

EXCERPT_S = 60.0
"""A time line shows at most so much of a recording."""
MAX_SESSIONS = 4
MAX_CLIPS = 15
"""Sounds that are embedded per recording: with `MAX_SESSIONS` they stay below half a megabyte."""


def errors_of(recording: Recording, found: Detection) -> list[tuple[str, float, float]]:
    """Name coughs that no event touches ``missed``, and events that touch no cough ``false``, in order.

    Events in stretches that are labelled as doubtful are no errors. Nothing is one without labels.
    """
    if not recording.labelled:
        return []
    coughs = [label for label in recording.labels if label.is_bounded_cough]
    known = [*coughs, *(label for label in recording.labels if label.is_doubtful)]
    missed = [
        ("missed", cough.start_s, cough.end_s)
        for cough in coughs
        if not any(event.start_s < cough.end_s and event.end_s > cough.start_s for event in found.events)
    ]
    false = [
        ("false", event.start_s, event.end_s)
        for event in found.events
        if not any(event.start_s < label.end_s and event.end_s > label.start_s for label in known)
    ]
    return sorted(missed + false, key=lambda error: error[1])


def session_views(
    references: Sequence[SessionRef],
    detector: Detector,
    mode: Mode | None = None,
    *,
    microphone: Microphone = ALWAYS,
    motion_sensor: MotionSensor | None = None,
    audio: bool = False,
) -> tuple[SessionView, ...]:
    """Draw the first `MAX_SESSIONS` recordings that can be read and have what the mode needs.

    Parameters
    ----------
    references
        Recordings.
    detector, mode, microphone
        As in `tussis.selection.detector.inference.detect`.
    motion_sensor
        Sensor that motion is played through; None: as recorded.
    audio
        Whether the second around each error is embedded.

    Raises
    ------
    InputError
        None of them can be drawn: the first fault.
    """
    views: list[SessionView] = []
    faults: list[InputError] = []
    for reference in references:
        if len(views) == MAX_SESSIONS:
            break
        try:
            recording = as_sensed(reference.load(**detector.rates), motion_sensor)
            views.append(session_view(recording, detector, mode, microphone=microphone, audio=audio))
        except InputError as fault:  # one bad recording must not cost the others
            faults.append(fault)
    if faults and not views:
        raise faults[0]
    return tuple(views)


def session_view(
    recording: Recording,
    detector: Detector,
    mode: Mode | None = None,
    *,
    microphone: Microphone = ALWAYS,
    audio: bool = False,
) -> SessionView:
    """Draw the stretch of one recording that has the most labels and events."""
    found = detect(recording, detector, mode, microphone=microphone)
    start_s, end_s = _busiest(recording, found)
    excerpt = Excerpt(recording, found, detector, start_s, end_s)
    errors = [error for error in errors_of(recording, found) if excerpt.inside(*error[1:])]
    clips = tuple(
        Clip(
            f"{kind} at {start:.2f} s",
            round(start, 3),
            round(end, 3),
            _sound(recording, (start + end) / 2) if audio and number < MAX_CLIPS else "",
        )
        for number, (kind, start, end) in enumerate(errors)
    )
    return SessionView(recording.name, session_chart(excerpt, errors), start_s, end_s, clips)


def _busiest(recording: Recording, found: Detection) -> tuple[float, float]:
    """Choose where most labelled coughs and events begin."""
    last = max(recording.duration_s - EXCERPT_S, 0.0)
    starts = np.array(
        [label.start_s for label in recording.coughs] + [event.start_s for event in found.events], float
    )
    candidates = np.arange(0.0, last + 1e-9, 5.0)
    counts = [int(((starts >= at) & (starts < at + EXCERPT_S)).sum()) for at in candidates]
    start_s = float(candidates[int(np.argmax(counts))])
    return start_s, min(start_s + EXCERPT_S, recording.duration_s)


def _sound(recording: Recording, middle_s: float) -> str:
    """Cut the second around a moment out, at 8 kHz, as FLAC in a data address; empty without sound."""
    import soundfile
    import soxr

    if not recording.has_audio:
        return ""
    rate = recording.audio_rate_hz
    first = max(round((middle_s - 0.5) * rate), 0)
    second = soxr.resample(recording.audio[first : first + rate], rate, 8000)
    file = io.BytesIO()
    soundfile.write(file, second, 8000, format="FLAC", subtype="PCM_16")
    return "data:audio/flac;base64," + base64.b64encode(file.getvalue()).decode()
