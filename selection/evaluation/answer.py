"""What a detector answered to one recording, reduced to what an evaluation counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...data.recording import Label
from ...data.session_ref import SessionRef
from ...signal.elementary import sigmoid
from ...signal.feature import Modality
from ...signal.plan import AudioPlan, ImuPlan
from ..detector.detector_file import Detector
from ..detector.events import EventPlan
from ..detector.inference import Detection, Event
from ..detector.mode import Mode
from ..training.event_counts import Counts, count_events
from ..training.operating_points import References, threshold_events
from ..windows.window_targets import window_kinds, window_targets
from .gate_answer import GateAnswer, gate_answer
from .window_bounds import window_bounds, windows_near_labels

__all__ = ["Answer", "EventError", "Windows", "covered_s", "make_answer", "touching"]


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of one model: what they should have answered and what they did.

    Parameters
    ----------
    target : ndarray of int8, shape (n,)
        As `tussis.selection.windows.window_targets.window_targets` gives it.
    probability : ndarray of float32, shape (n,)
        Probability of a cough.
    """

    target: NDArray[np.int8]
    probability: NDArray[np.float32]


@dataclass(frozen=True)
class EventError:
    """A cough that was missed, or an event where there is none.

    Parameters
    ----------
    kind
        Which of both.
    recording, path
        Name of the recording, and its folder or file.
    start_s, end_s
        Bounds of the label or of the event, in seconds.
    confidence
        Of a false event its own; of a missed cough the largest probability of a window that touches it.
    sound
        Class of the clip, or the label that fills most of the event; empty where there is none.
    with_sound
        Whether sound was recorded.
    """

    kind: Literal["missed", "false"]
    recording: str
    path: str
    start_s: float
    end_s: float
    confidence: float | None
    sound: str
    with_sound: bool = True


@dataclass(frozen=True, eq=False)
class Answer:
    """A recording's labels and the detector's answer.

    Parameters
    ----------
    reference
        The recording.
    mode
        Mode that ran.
    duration_s
        Length in seconds.
    labels
        All labels.
    events
        Events at the detector's thresholds.
    audio_duty
        Share of audio windows that were evaluated.
    windows
        Windows of each model that ran.
    swept : ndarray of int64, shape (n_thresholds, 3)
        At each of `tussis.selection.training.operating_points.SWEPT_THRESHOLDS`, without a gate: coughs
        found, false events, and whether the recording counts as `heard`.
    missed
        Coughs that were missed.
    gate
        What the motion model would have woken; None where it did not run.
    trained_on
        Whether the detector was trained on the same samples.
    doubts
        What need not be wrong in the recording and probably is, each in one line.
    """

    reference: SessionRef
    mode: Mode
    duration_s: float
    labels: tuple[Label, ...]
    events: tuple[Event, ...]
    audio_duty: float
    windows: Mapping[Modality, Windows]
    swept: NDArray[np.int64]
    missed: tuple[EventError, ...] = ()
    gate: GateAnswer | None = None
    trained_on: bool = False
    doubts: tuple[str, ...] = ()
    _bounds: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        bounds = np.array([event[:2] for event in self.events], np.float64).reshape(-1, 2)
        object.__setattr__(self, "_bounds", bounds)

    @property
    def group(self) -> str:
        """Person or source."""
        return self.reference.subject

    @property
    def modality(self) -> Modality:
        """Whose model decided."""
        return "imu" if self.mode == "imu" else "audio"

    @property
    def is_clip(self) -> bool:
        """Whether it is a clip of a class."""
        return self.reference.clip is not None

    @property
    def is_motion_only(self) -> bool:
        """Whether no sound was recorded."""
        return self.reference.audio_path is None

    @property
    def sound(self) -> str:
        """Class of a clip; empty for others."""
        return self.reference.clip.sound.name if self.reference.clip is not None else ""

    @property
    def has_coughs(self) -> bool:
        """Whether a label says cough."""
        return any(label.is_cough for label in self.labels)

    @property
    def has_bounds(self) -> bool:
        """Whether the labels say where every cough is: so they do in sessions, not in clips of a class."""
        weak = any(label.is_weak_cough for label in self.labels)
        return not weak and (not self.is_clip or self.has_coughs)

    @property
    def judged_s(self) -> float:
        """Seconds in which an event could be false: not in labels ``unsure`` or that only say cough."""
        doubtful = [label for label in self.labels if label.is_doubtful]
        return max(self.duration_s - covered_s(doubtful, self.duration_s), 0.0)

    @cached_property
    def references(self) -> References:
        """The coughs that events are held against."""
        return References(self.labels)

    @cached_property
    def counts(self) -> Counts:
        """Event counts of a recording with bounds."""
        return count_events(self.labels, [event[:2] for event in self.events], self.duration_s)

    @property
    def event_bounds(self) -> NDArray[np.float64]:
        """Start and end of each event in seconds, float64, shape (n, 2)."""
        return self._bounds

    @cached_property
    def is_false(self) -> NDArray[np.bool_]:
        """Which events are false, shape (n,)."""
        return self.references.false(self.event_bounds)

    @cached_property
    def is_right(self) -> NDArray[np.bool_]:
        """Which events touch a cough, of weak labels too; some are neither right nor false."""
        weak = [label for label in self.labels if label.is_weak_cough]
        certain = References([label for label in self.labels if label.is_bounded_cough])
        return ~certain.false(self.event_bounds) | touching(weak, self.event_bounds).any(axis=1)

    @cached_property
    def false_sounds(self) -> tuple[str, ...]:
        """What each false event lies in: the class of a clip, else the label that fills most of it."""
        return _sounds(self, self.event_bounds[self.is_false])

    @property
    def false_errors(self) -> tuple[EventError, ...]:
        """The false events."""
        events = [event for event, wrong in zip(self.events, self.is_false, strict=True) if wrong]
        return tuple(
            EventError(
                "false",
                self.reference.name,
                str(self.reference.path),
                *event,
                sound,
                not self.is_motion_only,
            )
            for event, sound in zip(events, self.false_sounds, strict=True)
        )

    @property
    def heard(self) -> bool:
        """Whether an event touches a cough where there are coughs, else whether there is a false event."""
        return _heard(self.labels, self.references, self.event_bounds)


def make_answer(
    reference: SessionRef,
    labels: tuple[Label, ...],
    duration_s: float,
    detection: Detection,
    detector: Detector,
    swept_plans: Mapping[Modality, Sequence[EventPlan]],
    *,
    trained_on: bool = False,
) -> Answer:
    """Reduce a detection to what is counted.

    Parameters
    ----------
    reference, labels, duration_s
        The recording.
    detection
        What the detector made of it.
    detector
        The detector.
    swept_plans
        Parameters of the segmenter at every swept threshold, by model.
    trained_on
        As in `Answer`.
    """
    references = References(labels)
    decides: Modality = "imu" if detection.mode == "imu" else "audio"
    parts = {"audio": detection.audio_margins, "imu": detection.imu_margins}
    levels = {"audio": detection.audio_level, "imu": detection.imu_level}
    plans: dict[Modality, AudioPlan | ImuPlan | None] = {
        "audio": detector.audio.plan if detector.audio else None,
        "imu": detector.imu.plan if detector.imu else None,
    }
    windows: dict[Modality, Windows] = {}
    bounds: dict[Modality, NDArray[np.float64]] = {}
    for modality in swept_plans:
        plan = plans[modality]
        if plan is not None and len(parts[modality]):
            bounds[modality] = window_bounds(plan, len(parts[modality]))
            near = windows_near_labels(labels, bounds[modality])
            target = [window_targets(some, *bounds[modality][run].T) for run, some in near]
            probability = sigmoid(parts[modality]).astype(np.float32)
            windows[modality] = Windows(np.concatenate(target), probability)
    deciding = plans[decides]
    assert deciding is not None
    found = threshold_events(parts[decides], levels[decides], swept_plans[decides], deciding.frame_s)
    return Answer(
        reference=reference,
        mode=detection.mode,
        duration_s=duration_s,
        labels=labels,
        events=detection.events,
        audio_duty=detection.audio_duty,
        windows=windows,
        swept=_swept(labels, references, found),
        missed=_missed(reference, labels, references, detection, windows, bounds),
        gate=gate_answer(reference, labels, detection.imu_margins, detector) if "imu" in windows else None,
        trained_on=trained_on,
    )


def covered_s(labels: Iterable[Label], duration_s: float) -> float:
    """Length of the union of labels within a recording, in seconds."""
    covered, last = 0.0, 0.0
    for label in sorted(labels, key=lambda label: label.start_s):
        end_s = min(label.end_s, duration_s)
        covered += max(end_s - max(label.start_s, last), 0.0)
        last = max(last, end_s)
    return covered


def touching(labels: Sequence[Label], bounds: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say which stretches touch which labels, shape (n_stretches, n_labels)."""
    start = np.array([label.start_s for label in labels], np.float64)
    end = np.array([label.end_s for label in labels], np.float64)
    return np.asarray((bounds[:, :1] < end) & (bounds[:, 1:] > start))


def _heard(labels: Sequence[Label], references: References, bounds: NDArray[np.float64]) -> bool:
    coughs = [label for label in labels if label.is_cough]
    return bool(touching(coughs, bounds).any() if coughs else references.false(bounds).any())


def _swept(
    labels: Sequence[Label], references: References, events: Sequence[NDArray[np.float64]]
) -> NDArray[np.int64]:
    rows = np.zeros((len(events), 3), np.int64)
    before: NDArray[np.float64] | None = None
    for number, bounds in enumerate(events):
        if bounds is before:
            rows[number] = rows[number - 1]
        elif len(bounds):
            rows[number] = (*references.count(bounds), _heard(labels, references, bounds))
        before = bounds
    return rows


def _missed(
    reference: SessionRef,
    labels: Sequence[Label],
    references: References,
    detection: Detection,
    windows: Mapping[Modality, Windows],
    bounds: Mapping[Modality, NDArray[np.float64]],
) -> tuple[EventError, ...]:
    """List the coughs that no event finds; of clips with weak labels those that no event touches."""
    events = np.array([event[:2] for event in detection.events], np.float64).reshape(-1, 2)
    certain = references.cough_bounds[~references.found(events)]
    weak = [label for label in labels if label.is_weak_cough]
    unheard = ~touching(weak, events).any(axis=0)
    missed = [*certain.tolist(), *((weak[at].start_s, weak[at].end_s) for at in np.flatnonzero(unheard))]
    decides: Modality = "imu" if detection.mode == "imu" else "audio"
    sound = reference.clip.sound.name if reference.clip is not None else "cough"
    errors = []
    for start_s, end_s in missed:
        most = None
        if decides in windows:
            touched = (bounds[decides][:, 0] < end_s) & (bounds[decides][:, 1] > start_s)
            most = float(windows[decides].probability[touched].max(initial=0.0))
        errors.append(
            EventError(
                "missed",
                reference.name,
                str(reference.path),
                start_s,
                end_s,
                most,
                sound,
                reference.audio_path is not None,
            )
        )
    return tuple(errors)


def _sounds(answer: Answer, bounds: NDArray[np.float64]) -> tuple[str, ...]:
    if answer.is_clip:
        return (answer.sound,) * len(bounds)
    others = [label for label in answer.labels if label.is_other]
    return tuple(window_kinds(others, *bounds.T).tolist())
