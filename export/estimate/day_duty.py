"""For how long the gate is awake in a day: the detector run on each session, one after the other."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from ...data.day_sessions import DaySession, read_day
from ...data.input_error import InputError
from ...data.progress import Progress, silent
from ...data.session_ref import SessionRef
from ...data.workers import worked
from ...selection.detector.detector_file import Detector
from ...selection.detector.inference import detect
from ...selection.detector.microphone import ALWAYS, Microphone
from ...selection.detector.sound_wake import SoundWake, heard_by_sound
from ...selection.training.event_counts import Counts, count_events
from ...selection.training.gate_trial import covered_blocks
from ...signal.motion_sensor import MotionSensor, as_sensed

__all__ = ["ActivityDuty", "DayDuty", "SessionDuty", "day_duty", "session_duty"]


@dataclass(frozen=True)
class SessionDuty:
    """What the gate does in one session.

    Attributes
    ----------
    share, windows
        Shares of the audio blocks whose frames are computed, and of the audio windows that are evaluated.
    listening
        Share of the time in which the microphone is on.
    counts
        Events against labels.
    """

    share: float
    windows: float
    listening: float
    counts: Counts


@dataclass(frozen=True)
class ActivityDuty:
    """What the gate does during one activity.

    Attributes
    ----------
    name, hours
        The activity, and for how long it lasts in a day of 24 hours.
    share
        Share of the time in which the audio path computes, 0..1.
    listening
        Share of the time in which the microphone is on.
    """

    name: str
    hours: float
    share: float
    listening: float


@dataclass(frozen=True)
class DayDuty:
    """What the gate does in a day.

    Attributes
    ----------
    activities
        In the order in which they first come.
    sessions, seconds
        What was run.
    counts
        Events against labels over all sessions, unweighted.
    """

    activities: tuple[ActivityDuty, ...]
    sessions: int
    seconds: float
    counts: Counts

    @property
    def share(self) -> float:
        """Share of the day in which the audio path computes."""
        return self._mean("share")

    @property
    def listening(self) -> float:
        """Share of the day in which the microphone is on."""
        return self._mean("listening")

    def _mean(self, field: str) -> float:
        hours = sum(one.hours for one in self.activities)
        return float(sum(one.hours * getattr(one, field) for one in self.activities) / hours)


def day_duty(
    detector: Detector,
    dataset: str | os.PathLike[str],
    microphone: Microphone | SoundWake,
    progress: Progress = silent,
) -> DayDuty:
    """Run a detector in gated mode on the sessions of a day and average by the hours that they stand for.

    Parameters
    ----------
    detector
        With both models.
    dataset
        A day, as `tussis synth --day` writes it.
    microphone
        How it is run in gated mode; its own detector of sound may wake it.
    progress
        Called before each session.

    Raises
    ------
    InputError
        The detector lacks a model, or the sessions are not those of a day.
    """
    if detector.audio is None or detector.imu is None:
        raise InputError("--day", "needs a detector with an audio and a motion model", remedy="name another")
    sessions = read_day(dataset)
    rows: list[tuple[DaySession, SessionDuty]] = []
    progress("day", 0, len(sessions))
    tasks = [(session.ref, microphone) for session in sessions]
    for number, duty in enumerate(worked(session_duty, tasks, 1, stage="day", shared=detector)):
        rows.append((sessions[number], duty))
        progress("day", number + 1, len(sessions))
    counts = sum((duty.counts for _, duty in rows), Counts())
    scale = 24.0 / sum(session.hours for session in sessions)
    names = dict.fromkeys(session.activity for session in sessions)
    activities = tuple(_activity(name, rows, scale) for name in names)
    return DayDuty(activities, len(sessions), counts.duration_s, counts)


def _activity(name: str, rows: Sequence[tuple[DaySession, SessionDuty]], scale: float) -> ActivityDuty:
    own = [(one.hours, duty) for one, duty in rows if one.activity == name]
    hours = sum(weight for weight, _ in own)
    share = sum(weight * duty.share for weight, duty in own) / hours
    listening = sum(weight * duty.listening for weight, duty in own) / hours
    return ActivityDuty(name, scale * hours, share, listening)


def session_duty(
    detector: Detector,
    ref: SessionRef,
    microphone: Microphone | SoundWake,
    motion_sensor: MotionSensor | None = None,
) -> SessionDuty:
    """Run a detector of both models in gated mode on a session, its motion played through a sensor."""
    assert detector.audio is not None
    recording = as_sensed(ref.load(**detector.rates), motion_sensor)
    listening = None
    if isinstance(microphone, SoundWake):
        recording, listening, _ = heard_by_sound(recording, microphone)
        microphone = ALWAYS
    found = detect(recording, detector, "gated", microphone=microphone)
    blocks = covered_blocks(found.evaluated, detector.audio.plan.window_blocks)
    share = float(blocks.mean()) if len(found.evaluated) else 0.0
    references = [label for label in recording.labels if label.is_cough or label.is_unsure]
    events = [(event.start_s, event.end_s) for event in found.events]
    counts = count_events(references, events, recording.duration_s)
    listening = found.microphone_duty if listening is None else listening
    return SessionDuty(share, found.audio_duty, listening, counts)
