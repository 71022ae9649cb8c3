"""Scores of a detector on a dataset: session by session, and summed up."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from itertools import accumulate
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.cache_place import cache_place
from ...data.code_hash import code_hash
from ...data.dataset import find_sessions
from ...data.frames import data_frame
from ...data.html_view import facts_html, rows_html
from ...data.input_error import InputError
from ...data.kept_tasks import KeptRun, worked_once
from ...data.left_out import LeftOut
from ...data.progress import Progress, part_of, silent
from ...data.recording import Recording
from ...data.session_ref import Part, SessionRef
from ...data.unread_files import warnings_about_dataset
from ...data.warnings import warnings_about
from ...data.work import Poison
from ...signal.motion_sensor import MotionSensor, as_sensed
from ..detector.detector_file import Detector
from ..detector.inference import detect, needed_parts
from ..detector.microphone import ALWAYS, Microphone
from ..detector.mode import Mode
from ..windows.window_targets import window_kinds
from .event_counts import Counts, f1_interval, false_events

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Score", "SessionScore", "score"]

CODE = ("data", "signal", "selection", "firmware_stub/src/dsp")
"""What a result depends on besides detector and recording."""

_STAGE = "seconds of sound"
_LABELS = "add a labels.txt to each; tussis detect --labels DIR proposes tracks to correct"


@dataclass(frozen=True)
class SessionScore:
    """One session's counts and the circumstances they belong to.

    Parameters
    ----------
    session, subject, mode, audio_duty
        Name, whose it is, the mode that ran, and the share of audio windows that were evaluated.
    counts
        What was counted.
    labels
        Number of labels that say cough; `Counts.ref` counts long ones several times.
    false_by_label
        False events by the label that fills most of each; ``""`` where there is none.
    trained_on
        Whether the detector says that it was trained on the same samples.
    """

    session: str
    subject: str
    mode: Mode
    counts: Counts
    audio_duty: float
    labels: int = 0
    false_by_label: tuple[tuple[str, int], ...] = ()
    trained_on: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Render for JSON."""
        return {
            "session": self.session,
            "subject": self.subject,
            "mode": self.mode,
            **self.counts.as_dict(),
            "duration_s": self.counts.duration_s,
            "audio_duty": self.audio_duty,
            "labels": self.labels,
            "false_by_label": dict(self.false_by_label),
            "trained_on": self.trained_on,
        }


@dataclass(frozen=True)
class Score:
    """Scores of a detector on a dataset.

    Parameters
    ----------
    sessions
        Scores of the sessions, in the dataset's order.
    unlabelled
        Names of sessions left out because they have no labels.
    left_out
        Clips that cannot be read.
    unreadable
        Sessions that cannot be read or lack what the mode needs.
    doubts
        What need not be wrong in a session and probably is, each in one line.
    """

    sessions: tuple[SessionScore, ...]
    unlabelled: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    unreadable: tuple[LeftOut, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def total(self) -> Counts:
        """Counts summed over sessions."""
        return sum((row.counts for row in self.sessions), Counts())

    def f1_interval(self) -> tuple[float, float] | None:
        """95 % interval of F1, bootstrapped over subjects; None with fewer than two of them."""
        return f1_interval((row.subject, row.counts) for row in self.sessions)

    def __repr__(self) -> str:
        """Say the score in one line."""
        return f"Score({', '.join(f'{name} {value}' for name, value in self._facts())})"

    def _facts(self) -> list[tuple[str, str]]:
        total = self.total

        def text(value: float | None, digits: int = 2) -> str:
            return "undefined" if value is None else f"{value:.{digits}f}"

        return [
            ("sessions", str(len(self.sessions))),
            ("event F1", text(total.f1)),
            ("sensitivity", text(total.sensitivity)),
            ("false per hour", text(total.fp_per_hour, 1)),
        ]

    def _repr_html_(self) -> str:
        """Give what a notebook shows: the sum, and the first sessions."""
        frame = [
            (row.session, row.mode, row.counts.tp, row.counts.fp, row.counts.ref) for row in self.sessions
        ]
        head = ("session", "mode", "found", "false", "references")
        return facts_html("Score", self._facts()) + rows_html(head, frame)

    def to_frame(self) -> DataFrame:
        """Give one row per session as a pandas frame; the columns are those of `as_dict`.

        Raises
        ------
        InputError
            pandas is not installed; the extra ``notebook`` brings it.

        Examples
        --------
        >>> row = SessionScore("monday", "ada", "audio", Counts(tp=3, fp=1, ref=4, duration_s=3600.0), 1.0)
        >>> Score((row,)).to_frame()[["session", "tp", "fp_per_hour"]]
          session  tp  fp_per_hour
        0  monday   3          1.0
        """
        rows = [row.as_dict() for row in self.sessions]
        names = tuple(rows[0]) if rows else ()
        return data_frame([tuple(row.values()) for row in rows], names)

    @property
    def labels(self) -> int:
        """Labels that say cough, each once."""
        return sum(row.labels for row in self.sessions)

    @property
    def false_by_label(self) -> dict[str, int]:
        """False events by the label that they lie in, most first."""
        total: Counter[str] = Counter()
        for row in self.sessions:
            total.update(dict(row.false_by_label))
        return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))

    @property
    def trained_on(self) -> tuple[str, ...]:
        """Sessions that the detector was trained on."""
        return tuple(row.session for row in self.sessions if row.trained_on)

    def as_dict(self) -> dict[str, Any]:
        """Render for JSON: ``event``, ``sessions``, and what was left out or is doubtful."""
        interval = self.f1_interval()
        return {
            "event": {
                **self.total.as_dict(),
                "labels": self.labels,
                "f1_interval": list(interval) if interval else None,
            },
            "false_by_label": self.false_by_label,
            "trained_on": list(self.trained_on),
            "sessions": [row.as_dict() for row in self.sessions],
            "unlabelled": list(self.unlabelled),
            "left_out": [asdict(left) for left in self.left_out],
            "unreadable": [asdict(left) for left in self.unreadable],
            "doubts": list(self.doubts),
        }


def score(
    dataset: str | PathLike[str],
    detector: Detector,
    mode: Mode | None = None,
    *,
    microphone: Microphone = ALWAYS,
    motion_sensor: MotionSensor | None = None,
    cache_folder: Path | None = None,
    progress: Progress = silent,
) -> Score:
    """Run a detector on every labelled session of a dataset and count events.

    An interrupted call, repeated, goes on where it stopped.

    Parameters
    ----------
    dataset
        Anything `tussis.data.dataset.iter_dataset` reads.
    detector
        The detector to score.
    mode, microphone
        As in `tussis.selection.detector.inference.detect`; None chooses a mode for each session.
    motion_sensor
        Sensor that motion is played through; None: as recorded.
    cache_folder
        Folder that keeps finished sessions until all are; None is the user's cache folder.
    progress
        Called after each session.

    Returns
    -------
    Score

    Raises
    ------
    InputError
        No session can be scored: the first fault, if there is one.

    Examples
    --------
    >>> from tussis import load_detector, write_dataset
    >>> folder = write_dataset("recordings", subjects=1, sessions_per_subject=1, session_s=10.0)
    >>> score(folder, load_detector("default"), "audio").total.ref > 0
    True
    """
    faults: list[InputError] = []
    found = find_sessions(dataset, on_fault=faults.append)
    unreadable = {str(fault): LeftOut(fault.path, "", str(fault)) for fault in faults}
    needs = needed_parts(detector, mode, "labels", "names")
    rows: list[SessionScore] = []
    unlabelled: list[str] = []
    left_out: list[LeftOut] = []
    doubts = [str(doubt) for doubt in warnings_about_dataset(dataset, found)]
    lengths = [reference.whole_seconds for reference in found]
    total = sum(lengths)
    starts = [*accumulate(lengths, initial=0)]
    progress(_STAGE, 0, total)
    terms = (detector.model_dump_json(), mode, microphone, motion_sensor and motion_sensor.key)
    scored = worked_once(
        _score_session,
        found,
        KeptRun(cache_folder or cache_place(), f"score {code_hash(*CODE)} {terms}", _as_document, _as_scored),
        shared=_Scoring(detector, mode, microphone, motion_sensor, needs),
        stage="score",
        inner=lambda number: part_of(progress, _STAGE, starts[number], lengths[number], total),
    )
    for number, (reference, one) in enumerate(zip(found, scored, strict=True)):
        progress(_STAGE, starts[number + 1], total)
        fault = InputError(str(reference.path), one.reason) if isinstance(one, Poison) else one[0]
        if isinstance(fault, InputError):  # one bad recording of thousands must not cost the others
            left = LeftOut(reference.name, reference.collection, str(fault))
            if reference.layout == "clip":
                left_out.append(left)
            else:
                unreadable[left.reason] = left
            faults.append(fault)
        elif isinstance(fault, str):
            unlabelled.append(fault)
        else:
            rows.append(fault)
            doubts.extend(one[1])
    progress(_STAGE, total, total)
    if not rows and faults:
        raise faults[0]
    if not rows:
        raise InputError(dataset, "no session has labels to score against", remedy=_LABELS)
    return Score(tuple(rows), tuple(unlabelled), tuple(left_out), tuple(unreadable.values()), tuple(doubts))


@dataclass(frozen=True, eq=False)
class _Scoring:
    """What the scoring of all sessions shares."""

    detector: Detector
    mode: Mode | None
    microphone: Microphone
    motion_sensor: MotionSensor | None
    needs: frozenset[Part]


def _score_session(
    shared: _Scoring, reference: SessionRef, progress: Progress = silent
) -> tuple[SessionScore | str | InputError, list[str]]:
    """Score one session: its row and its doubts, its name where it has no labels, or why it cannot be."""
    detector = shared.detector
    try:
        recording = reference.load(**detector.rates, needs=shared.needs)
        if not recording.labelled:
            return recording.name, []
        known = detector.provenance.was_trained_on(recording)
        sensed = as_sensed(recording, shared.motion_sensor)
        row = _score_of(sensed, detector, shared.mode, shared.microphone, progress, trained_on=known)
    except InputError as fault:
        return fault, []
    return row, [str(doubt) for doubt in warnings_about(reference, recording, alone=True)]


def _as_document(found: tuple[SessionScore | str | InputError, list[str]]) -> dict[str, Any] | None:
    """Give a result as JSON; none of a session that cannot be scored."""
    row, doubts = found
    if isinstance(row, InputError):
        return None
    return {"row": row if isinstance(row, str) else asdict(row), "doubts": doubts}


def _as_scored(_reference: SessionRef, document: Any) -> tuple[SessionScore | str, list[str]]:
    row, doubts = document["row"], [str(doubt) for doubt in document["doubts"]]
    if isinstance(row, str):
        return row, doubts
    false = tuple((str(label), int(count)) for label, count in row["false_by_label"])
    return SessionScore(**row | {"counts": Counts(**row["counts"]), "false_by_label": false}), doubts


def _score_of(
    recording: Recording,
    detector: Detector,
    mode: Mode | None,
    microphone: Microphone,
    progress: Progress,
    *,
    trained_on: bool,
) -> SessionScore:
    found = detect(recording, detector, mode, microphone=microphone, progress=progress)
    events = [(event.start_s, event.end_s) for event in found.events]
    counts, false = false_events(recording.labels, events, recording.duration_s)
    kinds: Counter[str] = Counter()
    if false:
        others = [label for label in recording.labels if label.is_other]
        kinds.update(window_kinds(others, *np.array(false, np.float64).T).tolist())
    return SessionScore(
        recording.name,
        recording.subject,
        found.mode,
        counts,
        found.audio_duty,
        len(recording.coughs),
        tuple(sorted(kinds.items())),
        trained_on,
    )
