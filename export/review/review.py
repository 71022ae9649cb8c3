"""A review: what there is to decide, what was decided, and the label tracks that follow from it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ...data.input_error import InputError
from ...data.recording import UNSURE, Label
from ...data.session_ref import SessionRef
from ...selection.detector.inference import Event
from .journal import Action, Entry, Journal
from .proposals import Proposal, proposals
from .track import Track, exact

__all__ = ["Item", "Review", "ReviewedSession"]

_LONGEST_NAME = 100
_OF_EVENTS = ("false", "found")
_Key = tuple[str, str, float, float]
_WORD = {"accept": "accepted", "move": "accepted", "add": "accepted", "reject": "rejected"}


@dataclass(eq=False)
class ReviewedSession:
    """A recording under review.

    Attributes
    ----------
    reference
        Where it is.
    track
        Its labels.
    events
        What the detector found.
    duration_s
        Its length in seconds.
    is_new
        Whether it had no labels when its track was read: then what is not decided is written as unsure.
    """

    reference: SessionRef
    track: Track
    events: tuple[Event, ...]
    duration_s: float
    is_new: bool = False
    changed: bool = False

    def __post_init__(self) -> None:
        self.is_new = not self.track.annotated

    @property
    def name(self) -> str:
        """Name of the recording."""
        return self.reference.name


@dataclass(eq=False)
class Item:
    """One thing to decide, and what was decided.

    Attributes
    ----------
    number
        Its place in the list; never changes.
    session
        Name of the recording.
    proposal
        What is asked.
    label
        The label that stands for it now; None: none.
    entries
        Numbers of the decisions about it that were not taken back.
    decision
        ``accepted``, ``rejected``, or empty.
    """

    number: int
    session: str
    proposal: Proposal
    label: Label | None
    entries: list[int] = field(default_factory=list)
    decision: str = ""

    @property
    def key(self) -> _Key:
        """What it is known by in the journal."""
        return _key(self.session, self.proposal)

    @property
    def is_of_event(self) -> bool:
        """Whether it is about an event, not about a label."""
        return self.proposal.kind in _OF_EVENTS

    def as_dict(self) -> dict[str, Any]:
        """Render for the page."""
        return {
            "number": self.number,
            "session": self.session,
            "kind": self.proposal.kind,
            "start_s": self.proposal.start_s,
            "end_s": self.proposal.end_s,
            "confidence": self.proposal.confidence,
            "label": None if self.label is None else asdict(self.label),
            "decision": self.decision,
        }


class Review:
    """Decisions about recordings.

    Parameters
    ----------
    sessions
        The recordings, in the order in which they are stepped through.
    journal
        Decisions made before, and where new ones go.
    agreed
        Whether labels that the detector agrees with are listed too.

    Attributes
    ----------
    conflicts
        Decisions about labels that the tracks no longer hold, each in one line.
    """

    def __init__(
        self, sessions: Sequence[ReviewedSession], journal: Journal, *, agreed: bool = False
    ) -> None:
        self.sessions = {session.name: session for session in sessions}
        self.items: list[Item] = []
        self.conflicts: list[str] = []
        self._journal = journal
        self._by_key: dict[_Key, Item] = {}
        proposed = {
            name: proposals(one.track.labels, one.events, annotated=not one.is_new, agreed=agreed)
            for name, one in self.sessions.items()
        }
        for name, found in proposed.items():
            for proposal in found:
                self._add_item(name, proposal)
        self._replay([entry for entry in journal.entries if entry.session in self.sessions])

    @property
    def seen(self) -> int:
        """Number of the last entry; a page that knows another one is not up to date."""
        return len(self._journal.entries)

    @property
    def unsaved(self) -> tuple[str, ...]:
        """Names of recordings whose tracks are not written with all decisions."""
        return tuple(name for name, session in self.sessions.items() if session.changed)

    @property
    def shown(self) -> list[Item]:
        """Items that a person sees: not what was added and taken back."""
        return [item for item in self.items if item.proposal.kind != "added" or item.entries]

    def as_dict(self) -> dict[str, Any]:
        """Render all for the page."""
        sessions = [
            {"name": name, "duration_s": one.duration_s, "subject": one.reference.subject}
            for name, one in self.sessions.items()
        ]
        return {
            "items": [item.as_dict() for item in self.shown],
            "sessions": sessions,
            "seen": self.seen,
            "unsaved": list(self.unsaved),
        }

    def decide(self, number: int, action: Action, label: Label | None = None) -> Item:
        """Accept, move or reject an item.

        Parameters
        ----------
        number
            Which one.
        action
            ``accept`` or ``move`` with the label that shall stand for it, ``reject`` without.
        label
            The label.

        Raises
        ------
        InputError
            There is no such item, the label cannot stand, or the journal cannot be written.
        """
        if not 0 <= number < len(self.items):
            raise InputError("item", f"there is no item {number}")
        item = self.items[number]
        after = None if action == "reject" else self._checked(item.session, label)
        self._record(item, action, item.label, after)
        return item

    def add(self, session: str, label: Label) -> Item:
        """Mark what neither labels nor detector had.

        Raises
        ------
        InputError
            As `decide`; or there is such a label already.
        """
        if session not in self.sessions:
            raise InputError(session, "there is no such recording")
        new = self._checked(session, label)
        if new in self.sessions[session].track.labels:
            raise InputError(session, f"there is a label at {new.start_s:g} s already")
        proposal = Proposal("added", new.start_s, new.end_s, None, None)
        item = self._by_key.get(_key(session, proposal)) or self._add_item(session, proposal)
        self._record(item, "add", None, new)
        return item

    def undo(self) -> Item | None:
        """Take the last decision back, with all steps of a move; None where there is none left."""
        live = [(item.entries[-1], item) for item in self.items if item.entries]
        if not live:
            return None
        _, item = max(live, key=lambda one: one[0])
        undone = [item.entries[-1]]
        entries = self._journal.entries
        if entries[undone[0] - 1].action == "move":
            for number in reversed(item.entries[:-1]):
                if entries[number - 1].action != "move" or number != undone[-1] - 1:
                    break
                undone.append(number)
        self._record(item, "undo", item.label, entries[undone[-1] - 1].before, tuple(undone))
        return item

    def save(self) -> list[str]:
        """Write the tracks of all recordings with decisions that are not in them.

        Returns
        -------
        list[str]
            The files.

        Raises
        ------
        InputError
            One cannot be written, or was changed by another program; those before it are written.
        """
        written = []
        for name in self.unsaved:
            session = self.sessions[name]
            own = any(e.action == "saved" and e.session == name for e in self._journal.entries)
            if session.is_new:
                self._mark_open(name)
            session.track.write(keep=not own)
            self._append(Entry(self.seen + 1, name, "saved", sha256=session.track.sha256))
            session.changed = False
            written.append(str(session.track.path))
        return written

    def _mark_open(self, name: str) -> None:
        """In a recording that had no labels, keep what is not decided from counting as no cough."""
        track = self.sessions[name].track
        for item in self.items:
            if item.session == name and not item.decision and item.label is None:
                if item.proposal.kind == "added":
                    continue
                sure = round(item.proposal.confidence or 0.5, 2) or 0.01
                item.label = Label(item.proposal.start_s, item.proposal.end_s, UNSURE, confidence=sure)
                track.change(None, item.label)

    def _checked(self, session: str, label: Label | None) -> Label:
        if label is None:
            raise InputError(session, "a label is missing")
        new = exact(replace(label, name=" ".join(label.name.split())))
        duration_s = self.sessions[session].duration_s
        if not (math.isfinite(new.start_s) and math.isfinite(new.end_s)):
            raise InputError(session, "a time is no number")
        if not 0.0 <= new.start_s < new.end_s <= round(duration_s, 4):
            raise InputError(
                session,
                f"{new.start_s:g} to {new.end_s:g} s is no stretch of a recording of {duration_s:.2f} s",
                remedy="put the onset before the offset",
            )
        if not new.name or len(new.name) > _LONGEST_NAME:
            raise InputError(session, f"a label has a name of 1 to {_LONGEST_NAME} characters")
        return new

    def _record(
        self,
        item: Item,
        action: Action,
        before: Label | None,
        after: Label | None,
        undoes: tuple[int, ...] = (),
    ) -> None:
        what = item.proposal
        self._append(
            Entry(
                self.seen + 1,
                item.session,
                action,
                what.kind,
                what.start_s,
                what.end_s,
                what.confidence,
                before,
                after,
                undoes,
            )
        )
        self._note(item, self._journal.entries[-1])
        session = self.sessions[item.session]
        session.track.change(before, after)
        session.changed |= session.is_new or before != after

    def _append(self, entry: Entry) -> None:
        self._journal.append(entry)

    def _note(self, item: Item, entry: Entry) -> None:
        """Let an entry count for its item."""
        item.label = entry.after
        if entry.action == "undo":
            item.entries = [number for number in item.entries if number not in entry.undoes]
        else:
            item.entries.append(entry.number)
        last = self._journal.entries[item.entries[-1] - 1].action if item.entries else ""
        item.decision = _WORD.get(last, "")

    def _add_item(self, session: str, proposal: Proposal) -> Item:
        item = Item(len(self.items), session, proposal, proposal.label)
        self.items.append(item)
        self._by_key[item.key] = item
        return item

    def _replay(self, entries: Sequence[Entry]) -> None:
        """Let the entries of an earlier run count, and put those into the tracks that are not in them."""
        pending: dict[Item, list[Entry]] = {}
        decided: set[Item] = set()
        for entry in entries:
            if entry.kind is None:
                pending = {item: of for item, of in pending.items() if item.session != entry.session}
                continue
            what = Proposal(entry.kind, entry.start_s, entry.end_s, entry.confidence, entry.before)
            item = self._by_key.get(_key(entry.session, what)) or self._add_item(entry.session, what)
            self._note(item, entry)
            decided.add(item)
            pending.setdefault(item, []).append(entry)
        for item, of_item in pending.items():
            session = self.sessions[item.session]
            before, after = of_item[0].before, of_item[-1].after
            session.changed |= session.is_new or before != after
            if before != after and not session.track.change(before, after):
                assert before is not None
                self.conflicts.append(
                    f"{session.track.path}: the label at {before.start_s:g} s that was decided about"
                    " is not in it any more"
                )
        self._tidy(decided)

    def _tidy(self, decided: set[Item]) -> None:
        """Leave out what the tracks or decisions of an earlier run have settled; sort and number the rest."""
        there = {name: set(session.track.labels) for name, session in self.sessions.items()}
        settled = {(item.session, item.label) for item in decided if item.label is not None}
        rejected = [item for item in decided if item.decision == "rejected" and item.is_of_event]
        self.items = [
            item
            for item in self.items
            if (item.label is None or item.label in there[item.session])
            and (
                item in decided
                or not (
                    (item.session, item.label) in settled
                    or (item.is_of_event and any(_covers(other, item) for other in rejected))
                )
            )
        ]
        order = {name: place for place, name in enumerate(self.sessions)}
        self.items.sort(key=lambda item: (order[item.session], item.proposal.start_s, item.proposal.end_s))
        for number, item in enumerate(self.items):
            item.number = number
        self._by_key = {item.key: item for item in self.items}


def _key(session: str, proposal: Proposal) -> _Key:
    """Name a proposal so that an event stays what it is when its recording gets labels."""
    kind = "event" if proposal.kind in _OF_EVENTS else "added" if proposal.kind == "added" else "label"
    return session, kind, proposal.start_s, proposal.end_s


def _covers(rejected: Item, item: Item) -> bool:
    """Whether most of an event was rejected before, as another detector had found it."""
    one, other = rejected.proposal, item.proposal
    common = min(one.end_s, other.end_s) - max(one.start_s, other.start_s)
    return rejected.session == item.session and common > 0.5 * (other.end_s - other.start_s)
