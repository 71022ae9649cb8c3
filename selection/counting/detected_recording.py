"""Recordings with what was found in each, the silent ones too: what counts and rates are made of."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from ...data.dataset import find_sessions
from ...data.formats.session_folder import SESSION_FILE
from ...data.input_error import InputError
from ...data.large_sound import blocks_of
from ...data.left_out import LeftOut
from ...data.progress import Progress, part_of, silent
from ...data.recording import Recording
from ...data.recording_start import start_in_name
from ...data.scored_coughs import joined_coughs
from ...data.session_ref import Part, SessionRef
from ...data.unread_files import warnings_about_dataset
from ...data.warnings import warnings_about
from ...signal.motion_sensor import MotionSensor, as_sensed
from ..detector.detector_file import Detector
from ..detector.inference import Detection, Event, needed_parts
from ..detector.inference import detect as find_events
from ..detector.microphone import ALWAYS, Microphone
from ..detector.mode import Mode

__all__ = ["DetectedRecording", "DetectedRecordings", "detect_recordings", "labelled_recordings"]

_STAGE = "seconds of sound"


@dataclass(frozen=True)
class DetectedRecording:
    """One recording and its coughs.

    Parameters
    ----------
    session, subject
        Name of the recording, and whose it is. A lone audio file in a folder belongs to that folder.
    duration_s
        Length in seconds: what a rate is over.
    events
        Coughs in order: start, end in seconds from the first sample, confidence.
    start
        Date and time of day of the first sample; None where it is not known.
    mode
        Mode that ran; None where labels are counted.
    facts
        What ``session.json`` says besides: movement, background, a treatment, in text.
    audio_duty, microphone_duty
        As in `tussis.selection.detector.inference.Detection`.
    motion_s, lost_motion_s, zero_sound_s
        Length of the motion, of what is missing in it, and of whole seconds of sound in which every sample is
        0, as where a radio link broke off.
    is_short
        Whether it is shorter than one window.
    """

    session: str
    subject: str
    duration_s: float
    events: tuple[Event, ...]
    start: datetime | None = None
    mode: Mode | None = None
    facts: tuple[tuple[str, str], ...] = ()
    audio_duty: float = 0.0
    microphone_duty: float = 1.0
    motion_s: float = 0.0
    lost_motion_s: float = 0.0
    zero_sound_s: float = 0.0
    is_short: bool = False

    @property
    def coughs_per_hour(self) -> float | None:
        """Coughs per recorded hour; None for a recording without length."""
        return len(self.events) * 3600.0 / self.duration_s if self.duration_s else None

    def as_dict(self) -> dict[str, Any]:
        """Render for JSON, without the events."""
        return {
            "session": self.session,
            "subject": self.subject,
            "start": self.start.isoformat() if self.start is not None else None,
            "duration_s": self.duration_s,
            "mode": self.mode,
            "coughs": len(self.events),
            "coughs_per_hour": self.coughs_per_hour,
            "audio_duty": self.audio_duty,
            "microphone_duty": self.microphone_duty,
            "motion_s": self.motion_s,
            "lost_motion_s": self.lost_motion_s,
            "zero_sound_s": self.zero_sound_s,
            "short": self.is_short,
            "facts": dict(self.facts),
        }


@dataclass(frozen=True)
class DetectedRecordings:
    """What was found in recordings.

    Parameters
    ----------
    recordings
        Each that could be read, in order.
    unreadable
        Those that could not, and why.
    doubts
        What need not be wrong and probably is, each in one line.
    """

    recordings: tuple[DetectedRecording, ...]
    unreadable: tuple[LeftOut, ...] = ()
    doubts: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Render for JSON: ``events``, ``recordings``, ``unreadable``, ``doubts``."""
        return {
            "events": [
                {"session": one.session, **event._asdict()} for one in self.recordings for event in one.events
            ],
            "recordings": [one.as_dict() for one in self.recordings],
            "unreadable": [left.name_and_reason() for left in self.unreadable],
            "doubts": list(self.doubts),
        }


def detect_recordings(
    paths: Sequence[str | os.PathLike[str]],
    detector: Detector,
    mode: Mode | None = None,
    *,
    microphone: Microphone = ALWAYS,
    motion_sensor: MotionSensor | None = None,
    on_recording: Callable[[DetectedRecording, Detection], None] = lambda found, detection: None,
    on_fault: Callable[[InputError], None] = lambda fault: None,
    progress: Progress = silent,
) -> DetectedRecordings:
    """Run a detector on recordings; one that cannot be read does not cost the others.

    Parameters
    ----------
    paths
        Datasets, session folders, audio files.
    detector, mode, microphone
        As in `tussis.selection.detector.inference.detect`.
    motion_sensor
        Sensor that motion is played through; None: as recorded.
    on_recording, on_fault
        Called with each recording as soon as it is decided, and with each that cannot be.
    progress
        Called after each recording.

    Returns
    -------
    DetectedRecordings

    Raises
    ------
    InputError
        No such path, or nothing to read in it.
    """
    needs = needed_parts(detector, mode)

    def decide(reference: SessionRef, name: str, part: Progress) -> tuple[DetectedRecording, Recording]:
        recording = reference.load(**detector.rates, needs=needs)
        sensed = as_sensed(recording, motion_sensor)
        detection = find_events(sensed, detector, mode, microphone=microphone, progress=part)
        found = replace(
            _detected(reference, name, recording, detection.events),
            mode=detection.mode,
            audio_duty=detection.audio_duty,
            microphone_duty=detection.microphone_duty,
            is_short=detection.short,
        )
        on_recording(found, detection)
        return found, recording

    return _read_all(paths, decide, on_fault, progress)


def labelled_recordings(
    paths: Sequence[str | os.PathLike[str]], *, progress: Progress = silent
) -> DetectedRecordings:
    """Take the coughs that labels name, by hand or corrected, in place of a detector's.

    Labels that overlap are one cough. Recordings without labels are listed as unreadable; arguments and
    errors otherwise as in `detect_recordings`.
    """

    def read(reference: SessionRef, name: str, part: Progress) -> tuple[DetectedRecording, Recording]:
        signal: Part = "audio" if reference.audio_path is not None else "imu"
        recording = reference.load(needs=frozenset((signal, "labels")))
        if not recording.labelled:
            raise InputError(reference.path, "has no labels", remedy="leave --labelled out to use a detector")
        coughs = joined_coughs(label for label in recording.labels if label.is_bounded_cough)
        events = tuple(Event(start_s, end_s, 1.0) for start_s, end_s in coughs)
        return _detected(reference, name, recording, events), recording

    return _read_all(paths, read, lambda fault: None, progress)


def _read_all(
    paths: Sequence[str | os.PathLike[str]],
    read: Callable[[SessionRef, str, Progress], tuple[DetectedRecording, Recording]],
    on_fault: Callable[[InputError], None],
    progress: Progress,
) -> DetectedRecordings:
    unreadable: list[LeftOut] = []
    doubts: list[str] = []

    def fault(error: InputError) -> None:
        if Path(error.path).name.casefold() == SESSION_FILE:  # whose it is does not decide what is heard
            doubts.append(str(error))
            return
        unreadable.append(LeftOut(error.path, "", str(error)))
        on_fault(error)

    named: list[SessionRef] = []
    for path in paths:
        found_here = find_sessions(path, on_fault=fault)
        named += found_here
        doubts += map(str, warnings_about_dataset(path, found_here))
    references = _each_once(named)
    if twice := len(named) - len(references):
        doubts.append(f"{twice} of {len(named)} recordings are named twice, and are taken once")
    names = Counter(reference.name for reference in references)
    decided: list[DetectedRecording] = []
    lengths = [reference.whole_seconds for reference in references]
    total, done = sum(lengths), 0
    progress(_STAGE, 0, total)
    for reference, length in zip(references, lengths, strict=True):
        name = reference.name if names[reference.name] == 1 else str(reference.path)
        try:
            found, recording = read(reference, name, part_of(progress, _STAGE, done, length, total))
            doubts += map(str, warnings_about(reference, recording, alone=True))
        except InputError as error:
            fault(error)
        else:
            decided.append(found)
        done += length
        progress(_STAGE, done, total)
    return DetectedRecordings(tuple(decided), tuple(unreadable), tuple(dict.fromkeys(doubts)))


def _each_once(references: Sequence[SessionRef]) -> list[SessionRef]:
    """Leave out what has the sound, or without sound the motion, of one before it."""
    first: dict[str, SessionRef] = {}
    for reference in references:
        place = os.path.realpath(reference.audio_path or reference.path)
        if place not in first or first[place].layout == "wav":  # of a session more is known than of its file
            first[place] = reference
    return list(first.values())


def _detected(
    reference: SessionRef, name: str, recording: Recording, events: tuple[Event, ...]
) -> DetectedRecording:
    stated = (("movement", reference.movement), ("background", reference.background))
    folder = reference.name.rpartition("/")[0].rpartition("/")[2]
    imu, lost = recording.imu, recording.imu_lost
    return DetectedRecording(
        session=name,
        subject=folder if reference.layout == "wav" and folder else reference.subject,
        duration_s=recording.duration_s,
        events=events,
        start=reference.start or start_in_name(reference.name),
        facts=(*((key, value) for key, value in stated if value), *reference.facts),
        motion_s=0.0 if imu is None else len(imu) / recording.imu_rate_hz,
        lost_motion_s=0.0 if lost is None else float(np.sum(lost)) / recording.imu_rate_hz,
        zero_sound_s=_zero_s(recording),
    )


def _zero_s(recording: Recording) -> float:
    """Whole seconds of sound in which every sample is 0."""
    rate_hz = recording.audio_rate_hz
    zeros = 0
    for block in blocks_of(recording.audio):
        whole = block[: len(block) // rate_hz * rate_hz].reshape(-1, rate_hz)
        zeros += int(np.sum(~whole.any(axis=1)))
    return float(zeros)
