"""Event scores through `timescoring`, summed over sessions, with an interval over subjects.

`timescoring` works on a 10 Hz grid. Four of its habits matter here:

- a detected event shorter than a grid step may cover none and then counts as false wherever it lies;
- a reference of 0.5 s grows to 1.0 s by the tolerances and needs more than 0.125 s of detection in it, which
  is two grid steps: keep detected events at 0.2 s or longer;
- events over 0.6 s are split, references too, so ``ref`` can exceed the number of labels; a length that
  is too long by rounding alone leaves a piece that covers nothing, hence `_tidy`;
- of references that overlap the end of the later one wins, even if it lies within the earlier, hence
  `joined_coughs`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from ...data.dataset import find_sessions
from ...data.frames import data_frame
from ...data.html_view import facts_html, rows_html
from ...data.input_error import InputError
from ...data.left_out import LeftOut
from ...data.progress import Progress, part_of, silent
from ...data.recording import Label, Recording
from ...data.scored_coughs import MAX_EVENT_S, ROUNDING_S, joined_coughs
from ...data.session_ref import Part, SessionRef
from ...data.unread_files import warnings_about_dataset
from ...data.warnings import warnings_about
from ...data.work import Poison
from ...data.workers import worked
from ...signal.motion_sensor import MotionSensor, as_sensed
from ..detector.detector_file import Detector
from ..detector.inference import detect, needed_parts
from ..detector.microphone import ALWAYS, Microphone
from ..detector.mode import Mode
from ..windows.window_targets import window_kinds

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = [
    "MAX_EVENT_S",
    "Counts",
    "Score",
    "SessionScore",
    "count_events",
    "f1_interval",
    "false_events",
    "joined_coughs",
    "score",
]

TOLERANCE_START_S = 0.25
TOLERANCE_END_S = 0.25
MIN_OVERLAP = 0.125
MIN_BETWEEN_S = 0.0
GRID_HZ = 10

_STAGE = "seconds of sound"
_LABELS = "add a labels.txt to each; tussis detect --labels DIR proposes tracks to correct"

BOOTSTRAP_DRAWS = 1000
BOOTSTRAP_SEED = 0


@dataclass(frozen=True)
class Counts:
    """Counted events and the time they were counted in; add them up over sessions.

    Parameters
    ----------
    tp
        Number of references that were found.
    fp
        Detections that touch no found reference.
    ref
        References, after splitting those longer than 0.6 s.
    duration_s
        Length of the recordings.
    """

    tp: int = 0
    fp: int = 0
    ref: int = 0
    duration_s: float = 0.0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.tp + other.tp, self.fp + other.fp, self.ref + other.ref, self.duration_s + other.duration_s
        )

    @property
    def sensitivity(self) -> float | None:
        """Share of the references that were found; None without references."""
        return self.tp / self.ref if self.ref else None

    @property
    def precision(self) -> float | None:
        """Share of found references among found and false ones; None where nothing was detected."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of both; None without references and false detections."""
        return 2 * self.tp / (self.tp + self.fp + self.ref) if self.ref + self.fp else None

    @property
    def fp_per_hour(self) -> float | None:
        """False detections per hour; None for recordings without length."""
        return self.fp * 3600.0 / self.duration_s if self.duration_s else None

    def as_dict(self) -> dict[str, Any]:
        """Render for JSON; undefined figures are null."""
        return {
            "sensitivity": self.sensitivity,
            "precision": self.precision,
            "f1": self.f1,
            "fp_per_hour": self.fp_per_hour,
            "tp": self.tp,
            "fp": self.fp,
            "ref": self.ref,
        }


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
    progress: Progress = silent,
) -> Score:
    """Run a detector on every labelled session of a dataset and count events.

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
    trained_on = frozenset(detector.provenance.recordings)
    rows: list[SessionScore] = []
    unlabelled: list[str] = []
    left_out: list[LeftOut] = []
    doubts = [str(doubt) for doubt in warnings_about_dataset(dataset, found)]
    lengths = [reference.whole_seconds for reference in found]
    total = sum(lengths)
    starts = [*accumulate(lengths, initial=0)]
    progress(_STAGE, 0, total)
    scored = worked(
        _score_session,
        [(reference,) for reference in found],
        1,
        stage="score",
        names=[reference.name for reference in found],
        shared=_Scoring(detector, mode, microphone, motion_sensor, needs, trained_on),
        spare=True,
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
    trained_on: frozenset[str]


def _score_session(
    shared: _Scoring, reference: SessionRef, progress: Progress = silent
) -> tuple[SessionScore | str | InputError, list[str]]:
    """Score one session: its row and its doubts, its name where it has no labels, or why it cannot be."""
    detector = shared.detector
    try:
        recording = reference.load(**detector.rates, needs=shared.needs)
        if not recording.labelled:
            return recording.name, []
        known = recording.samples_hash in shared.trained_on
        sensed = as_sensed(recording, shared.motion_sensor)
        row = _score_of(sensed, detector, shared.mode, shared.microphone, progress, trained_on=known)
    except InputError as fault:
        return fault, []
    return row, [str(doubt) for doubt in warnings_about(reference, recording, alone=True)]


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


def f1_interval(sessions: Iterable[tuple[str, Counts]]) -> tuple[float, float] | None:
    """95 % interval of F1 from subjects and counts of sessions; None with fewer than two subjects.

    Percentile bootstrap over whole subjects (B. Efron, Annals of Statistics 7, 1979): what one subject coughs
    is no independent witness.
    """
    by_subject: dict[str, Counts] = {}
    for subject, counts in sessions:
        by_subject[subject] = by_subject.get(subject, Counts()) + counts
    if len(by_subject) < 2:
        return None
    table = np.array([(c.tp, c.fp, c.ref) for _, c in sorted(by_subject.items())])
    draws = np.random.default_rng(BOOTSTRAP_SEED).integers(len(table), size=(BOOTSTRAP_DRAWS, len(table)))
    tp, fp, ref = table[draws].sum(axis=1).T
    valid = tp + fp + ref > 0
    if not valid.any():
        return None
    low, high = np.quantile(2 * tp[valid] / (tp + fp + ref)[valid], [0.025, 0.975])
    return float(low), float(high)


def count_events(
    references: Iterable[Label], events: Sequence[tuple[float, float]], duration_s: float
) -> Counts:
    """Count one session's events with DESIGN's parameters.

    A weak label is one reference, found if any event touches it. Events that touch no other cough than a weak
    one, or a label named ``unsure``, are not false.

    Parameters
    ----------
    references
        Labels in any order; coughs that overlap count as one, other names than cough and unsure do not count.
    events
        Detected ``(start_s, end_s)`` in order, not overlapping.
    duration_s
        Length of the recording in seconds.
    """
    return false_events(references, events, duration_s)[0]


def false_events(
    references: Iterable[Label], events: Sequence[tuple[float, float]], duration_s: float
) -> tuple[Counts, list[tuple[float, float]]]:
    """Count as `count_events` does, and return the bounds of what counts as false, in seconds."""
    coughs, doubtful = split_references(references)
    if doubtful:
        weak = [label for label in doubtful if label.is_cough]
        found = sum(any(_touch(label, event) for event in events) for label in weak)
        events = [
            event
            for event in events
            if any(_touch(label, event) for label in coughs)
            or not any(_touch(label, event) for label in doubtful)
        ]
        counts, false = false_events(coughs, events, duration_s)
        return Counts(tp=found, ref=len(weak)) + counts, false
    if not coughs and not events:  # most recordings of everyday sounds, and `timescoring` is slow
        return Counts(duration_s=duration_s), []
    # `timescoring` cuts an event to pieces before it looks at the recording's length: none may be endless.
    events = [(start, min(end, max(start, duration_s) + MAX_EVENT_S)) for start, end in events]
    from timescoring.annotations import Annotation
    from timescoring.scoring import EventScoring

    steps = max(math.ceil(duration_s * GRID_HZ), 1)
    result = EventScoring(
        Annotation(_tidy(joined_coughs(coughs)), GRID_HZ, steps),
        Annotation(_tidy(events), GRID_HZ, steps),
        EventScoring.Parameters(
            toleranceStart=TOLERANCE_START_S,
            toleranceEnd=TOLERANCE_END_S,
            minOverlap=MIN_OVERLAP,
            maxEventDuration=MAX_EVENT_S,
            minDurationBetweenEvents=MIN_BETWEEN_S,
        ),
    )
    false = [
        (float(start), float(end))
        for start, end in result.hyp.events
        if not result.tpMask[round(start * result.fs) : round(end * result.fs)].any()
    ]
    return Counts(int(result.tp), int(result.fp), int(result.refTrue), duration_s), false


def split_references(references: Iterable[Label]) -> tuple[list[Label], list[Label]]:
    """Return the coughs whose bounds are known, and the stretches in which there may be some."""
    known = list(references)
    return (
        [label for label in known if label.is_bounded_cough],
        [label for label in known if label.is_doubtful],
    )


def _touch(label: Label, event: tuple[float, float]) -> bool:
    return event[0] < label.end_s and event[1] > label.start_s


def _tidy(events: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Take the rounding error off lengths that are a multiple of `MAX_EVENT_S`."""
    tidy = []
    for start, end in events:
        pieces = round((end - start) / MAX_EVENT_S)
        if pieces and abs(end - start - pieces * MAX_EVENT_S) < ROUNDING_S:
            end = start + pieces * MAX_EVENT_S - ROUNDING_S
        tidy.append((start, end))
    return tidy
