"""What a dataset holds, and every problem in its files."""

from __future__ import annotations

import math
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Literal

from .dataset import find_sessions
from .formats.audio_file import AudioHeader, channel_read, read_audio_header
from .formats.edge_ai import read_biodata
from .formats.imu_csv import read_imu
from .formats.labels import read_labels
from .formats.session_folder import IMU_FILE, LABELS_FILE, find_file
from .input_error import InputError, OnFault
from .progress import Progress, silent
from .recording import Label
from .remote.remote_url import remote_url
from .scored_coughs import scored_coughs
from .session_ref import Layout, SessionRef
from .unread_files import warnings_about_dataset
from .warnings import DatasetWarning, warnings_about

__all__ = ["Inventory", "Problem", "SessionEntry", "SubjectEntry", "take_inventory"]

_SAID_OF_IT = re.compile(r"""'[^']*'|"[^"]*"|-?\d+(\.\d+)?(e[+-]?\d+)?""")
"""What differs between two errors of one kind: a cell, a number."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one file.

    Attributes
    ----------
    severity
        ``"error"``: the session cannot be used as it is. ``"warning"``: it can, but look at it.
    file, field, problem, remedy
        As in `InputError`; `field` and `remedy` may be empty.
    more
        How many more errors like it the file has: other lines, other values, the same fault.
    """

    severity: Literal["error", "warning"]
    file: str
    field: str
    problem: str
    remedy: str
    more: int = 0

    def __str__(self) -> str:
        """Return the problem in one line, as `InputError` would say it."""
        problem = self.problem + (f" (and {self.more} more like it in this file)" if self.more else "")
        return str(InputError(self.file, problem, field=self.field or None, remedy=self.remedy or None))


@dataclass(frozen=True)
class SessionEntry:
    """One recording of the dataset.

    Attributes
    ----------
    name, layout, subject, movement, background
        As in `SessionRef`.
    duration_s
        Length of the audio, 0 where there is none or it cannot be read.
    audio_format
        Format of the stored audio, like ``"16-bit pcm, 44100 Hz, 2 channels"``; empty where there is none.
    imu_s
        Length of the motion in seconds, 0 where there is none or it cannot be read.
    labelled
        Whether there are annotations.
    events
        Number of labelled coughs.
    scored_events
        How many `tussis score` takes them for (`tussis.data.scored_coughs`).
    labels
        Number of labels of each name.
    usable
        Whether the session can be read as it is.
    """

    name: str
    layout: Layout
    subject: str
    movement: str
    background: str
    duration_s: float
    audio_format: str
    imu_s: float
    labelled: bool
    events: int
    labels: dict[str, int]
    usable: bool
    scored_events: int = 0


@dataclass(frozen=True)
class SubjectEntry:
    """One subject's share of the dataset.

    Attributes
    ----------
    subject
        Name of the subject.
    sessions, hours, events
        Recordings, hours of audio, labelled coughs.
    """

    subject: str
    sessions: int
    hours: float
    events: int


@dataclass(frozen=True)
class Inventory:
    """All of a dataset.

    Attributes
    ----------
    path
        Folder of the dataset.
    sessions
        Recordings of the dataset, in order of their names.
    problems
        Everything wrong, in order of the sessions.
    """

    path: str
    sessions: tuple[SessionEntry, ...]
    problems: tuple[Problem, ...]

    @property
    def subjects(self) -> tuple[SubjectEntry, ...]:
        """Subjects in order of their names."""
        entries = []
        for subject in sorted({session.subject for session in self.sessions}):
            own = [session for session in self.sessions if session.subject == subject]
            entries.append(
                SubjectEntry(subject, len(own), _hours(own), sum(session.events for session in own))
            )
        return tuple(entries)

    @property
    def hours(self) -> float:
        """Hours of audio."""
        return _hours(self.sessions)

    @property
    def labelled_hours(self) -> float:
        """Hours of audio with annotations."""
        return _hours(session for session in self.sessions if session.labelled)

    @property
    def imu_hours(self) -> float:
        """Hours of motion data."""
        return sum(session.imu_s for session in self.sessions) / 3600

    @property
    def events(self) -> int:
        """Labelled coughs."""
        return sum(session.events for session in self.sessions)

    @property
    def scored_events(self) -> int:
        """Coughs that `tussis score` takes the labels for."""
        return sum(session.scored_events for session in self.sessions)

    @property
    def labels(self) -> dict[str, int]:
        """How many labels of each name."""
        total: Counter[str] = Counter()
        for session in self.sessions:
            total.update(session.labels)
        return dict(sorted(total.items()))

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep a session from being used."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    def as_json(self) -> dict[str, object]:
        """Return the inventory as the document that ``tussis info --json`` prints.

        Returns
        -------
        dict[str, object]
            Counts, then one entry for each subject, session and problem.
        """
        return {
            "path": self.path,
            "subjects": len(self.subjects),
            "sessions": len(self.sessions),
            "hours": self.hours,
            "labelled_hours": self.labelled_hours,
            "imu_hours": self.imu_hours,
            "events": self.events,
            "scored_events": self.scored_events,
            "labels": self.labels,
            "by_subject": [asdict(subject) for subject in self.subjects],
            "recordings": [asdict(session) for session in self.sessions],
            "problems": [asdict(problem) for problem in self.problems],
        }


def take_inventory(path: str | os.PathLike[str], *, progress: Progress = silent) -> Inventory:
    """Read every file of a dataset and write down what is there and what is wrong.

    Parameters
    ----------
    path
        Anything `iter_dataset` reads.
    progress
        Called after every session.

    Returns
    -------
    Inventory
        Sessions and problems. Broken files do not stop it.

    Raises
    ------
    InputError
        No such path, or no recordings in it.
    """
    problems: list[Problem] = []
    refs = find_sessions(path, on_fault=lambda fault: problems.append(_error(fault)))
    sessions = []
    for number, ref in enumerate(refs):
        progress("check", number, len(refs))
        entry, found = _inspect(ref, alone=len(refs) == 1)
        sessions.append(entry)
        problems.extend(found)
    progress("check", len(refs), len(refs))
    problems.extend(_biodata_problems(refs))
    problems.extend(map(_warning, warnings_about_dataset(path, refs)))
    # session.json is read when sessions are found and again with each of them: say it once.
    return Inventory(remote_url(path) or os.fspath(path), tuple(sessions), _each_kind_once(problems))


def _inspect(ref: SessionRef, *, alone: bool) -> tuple[SessionEntry, list[Problem]]:
    problems: list[Problem] = []

    def note(fault: InputError) -> None:
        problems.append(_error(fault))

    audio_format, duration_s, imu_s = "", 0.0, 0.0
    labels: tuple[Label, ...] = ()
    doubts: list[DatasetWarning] = []
    try:
        if ref.audio_path is not None:
            header = read_audio_header(ref.audio_path)
            duration_s, audio_format = header.duration_s, _describe(header, ref.lead_db)
        recording = ref.load(on_fault=note)
    except InputError as fault:
        note(fault)
        _check_beside_audio(ref, note)
    else:
        labels = recording.labels
        imu_s = 0.0 if recording.imu is None else len(recording.imu) / recording.imu_rate_hz
        doubts.extend(warnings_about(ref, recording, alone=alone))
    entry = SessionEntry(
        name=ref.name,
        layout=ref.layout,
        subject=ref.subject,
        movement=ref.movement,
        background=ref.background,
        duration_s=duration_s,
        audio_format=audio_format,
        imu_s=imu_s,
        labelled=ref.labelled,
        events=sum(label.is_cough for label in labels),
        labels=dict(sorted(Counter(label.name for label in labels).items())),
        usable=not problems,
        scored_events=scored_coughs(labels),
    )
    return entry, [*_each_kind_once(problems), *(_warning(doubt) for doubt in doubts)]


def _each_kind_once(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Keep the first error of each kind in a file, with the number of the others, and every warning."""
    first: dict[tuple[object, ...], Problem] = {}
    for problem in dict.fromkeys(problems):
        kind: tuple[object, ...] = (problem,)
        if problem.severity == "error":
            kind = (problem.file, _SAID_OF_IT.sub("", problem.problem), _SAID_OF_IT.sub("", problem.remedy))
        first[kind] = (
            replace(first[kind], more=first[kind].more + 1 + problem.more) if kind in first else problem
        )
    return tuple(first.values())


def _describe(header: AudioHeader, lead_db: float) -> str:
    """Describe the format, and name the channel that is read if it is not the first."""
    channel = channel_read(header.path, lead_db) if header.channels > 1 else 0
    return f"{header}, of which the channel {channel + 1} is read" if channel else str(header)


def _check_beside_audio(ref: SessionRef, note: OnFault) -> None:
    """Check the other files of a session whose audio, and so whose length, cannot be read."""
    if ref.layout in ("wav", "clip"):
        return
    imu_path = find_file(ref.path, IMU_FILE)
    labels_path = find_file(ref.path, LABELS_FILE)
    if imu_path is not None:
        read_imu(imu_path, duration_s=math.inf, on_fault=note)
    if labels_path is not None and ref.layout == "session":
        read_labels(labels_path, math.inf, on_fault=note)


def _biodata_problems(refs: list[SessionRef]) -> Iterator[Problem]:
    for folder in sorted({ref.path.resolve().parents[3] for ref in refs if ref.layout == "edge-ai"}):
        try:
            read_biodata(folder)
        except InputError as fault:
            yield _error(fault)


def _error(fault: InputError) -> Problem:
    return Problem("error", fault.path, fault.field or "", fault.problem, fault.remedy or "")


def _warning(doubt: DatasetWarning) -> Problem:
    return Problem("warning", os.fspath(doubt.path), doubt.field, doubt.problem, doubt.remedy)


def _hours(sessions: Iterable[SessionEntry]) -> float:
    return sum(session.duration_s for session in sessions) / 3600
