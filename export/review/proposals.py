"""What a person is asked about in one recording: where labels and detector disagree, or are not sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...data.recording import Label
from ...selection.detector.inference import Event
from .journal import Kind
from .track import exact

__all__ = ["Proposal", "proposals"]


@dataclass(frozen=True)
class Proposal:
    """A stretch to decide about.

    Attributes
    ----------
    kind
        Why.
    start_s, end_s
        Bounds of the label or of the event, seconds.
    confidence
        Of an event, or of a label that is not sure; None where there is none.
    label
        The label that it is about; None where there is none yet.
    """

    kind: Kind
    start_s: float
    end_s: float
    confidence: float | None
    label: Label | None


def proposals(
    labels: Sequence[Label], events: Sequence[Event], *, annotated: bool, agreed: bool = False
) -> list[Proposal]:
    """Compare labels with events.

    Parameters
    ----------
    labels
        Labels of the recording, in any order; weak ones left out.
    events
        What the detector found in it.
    annotated
        Whether somebody has labelled the recording.
    agreed
        Whether labels that the detector agrees with are listed too.

    Returns
    -------
    list[Proposal]
        In order of their start. Events within a label that is not sure are not listed beside it.

    Examples
    --------
    >>> labels = [Label(1.0, 1.3, "cough"), Label(4.0, 4.5, "unsure", confidence=0.6)]
    >>> events = [Event(2.0, 2.4, 0.9), Event(4.1, 4.4, 0.8)]
    >>> [(one.kind, one.start_s) for one in proposals(labels, events, annotated=True)]
    [('missed', 1.0), ('false', 2.0), ('unsure', 4.0)]
    """
    known = [label for label in labels if label.is_cough or label.is_unsure]
    found: list[Proposal] = []
    for label in known:
        touched = any(_touch(label, event) for event in events)
        sure = label.is_cough and label.confidence == 1.0
        kind: Kind = "unsure" if not sure else "agreed" if touched else "missed"
        if kind != "agreed" or agreed:
            confidence = None if sure else label.confidence
            found.append(Proposal(kind, label.start_s, label.end_s, confidence, label))
    for event in events:
        if not any(_touch(label, event) for label in known):
            bounds = exact(Label(event.start_s, event.end_s, ""))
            unlabelled: Kind = "false" if annotated else "found"
            confidence = round(event.confidence, 4)
            found.append(Proposal(unlabelled, bounds.start_s, bounds.end_s, confidence, None))
    return sorted(found, key=lambda one: (one.start_s, one.end_s, one.kind))


def _touch(label: Label, event: Event) -> bool:
    return event.start_s < label.end_s and event.end_s > label.start_s
