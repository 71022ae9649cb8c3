"""Decisions, the tracks that follow from them, and what a second run makes of the first one's journal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tussis.data.dataset import find_sessions
from tussis.data.formats.labels import read_labels
from tussis.data.input_error import InputError
from tussis.data.recording import Label
from tussis.data.session_set import write_session
from tussis.export.review.journal import JOURNAL_NAME, opened_journal
from tussis.export.review.review import Review, ReviewedSession
from tussis.export.review.track import read_track
from tussis.selection.detector.inference import Event

from ..conftest import make_recording

COUGH = Label(1.0, 1.3, "cough")
UNSURE = Label(4.0, 4.5, "unsure", confidence=0.6)
LAUGH = Label(8.0, 8.5, "laugh")
EVENTS = (Event(2.0, 2.4, 0.9), Event(4.1, 4.4, 0.8))


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """One labelled session and one without labels."""
    labelled = replace(make_recording(1), labels=(COUGH, UNSURE, LAUGH))
    write_session(labelled, tmp_path / "set" / "a")
    write_session(make_recording(2), tmp_path / "set" / "b")
    (tmp_path / "set" / "b" / "labels.txt").unlink()
    return tmp_path / "set"


@contextlib.contextmanager
def opened(dataset: Path, *, events: tuple[Event, ...] = EVENTS, agreed: bool = False) -> Iterator[Review]:
    with opened_journal(dataset / JOURNAL_NAME) as journal:
        sessions = []
        for reference in find_sessions(dataset, on_fault=lambda fault: None):
            recording = reference.load()
            track = read_track(reference, recording, None)
            sessions.append(ReviewedSession(reference, track, events, recording.duration_s))
        yield Review(sessions, journal, agreed=agreed)


def asked(review: Review) -> list[tuple[str, str, float, str]]:
    return [
        (one.session, one.proposal.kind, one.proposal.start_s, one.decision)
        for one in sorted(review.shown, key=lambda one: one.number)
    ]


def track(dataset: Path, session: str) -> list[tuple[float, float, str]]:
    labels = read_labels(dataset / session / "labels.txt", 12.0)
    return [(one.start_s, one.end_s, one.name) for one in labels]


def test_what_is_asked(dataset: Path) -> None:
    with opened(dataset) as review:
        assert asked(review) == [
            ("a", "missed", 1.0, ""),
            ("a", "false", 2.0, ""),
            ("a", "unsure", 4.0, ""),
            ("b", "found", 2.0, ""),
            ("b", "found", 4.1, ""),
        ]
    assert not (dataset / JOURNAL_NAME).exists()
    with opened(dataset, events=(Event(1.1, 1.4, 0.9),), agreed=True) as review:
        assert ("a", "agreed", 1.0, "") in asked(review)


def test_accept_move_reject_and_add_are_written_and_other_rows_stay(dataset: Path) -> None:
    place = dataset / "a" / "labels.txt"
    place.write_text("1.000000\t1.300000\tcough\n\\\t200.0\t900.0\n4\t4.5\tunsure 0.60\n8\t8.5\tlaugh\n")
    with opened(dataset) as review:
        review.decide(0, "reject")
        review.decide(1, "accept", Label(2.05, 2.4, "cough"))
        review.decide(2, "move", Label(4.01, 4.5, "cough"))
        review.add("a", Label(6.0, 6.4, "throat  clearing"))
        assert place.read_text().startswith("1.000000")
        assert review.save() == [str(place)]
        assert review.unsaved == ()
    assert place.read_text() == (
        "2.0500\t2.4000\tcough\n4.0100\t4.5000\tcough\n6.0000\t6.4000\tthroat clearing\n8\t8.5\tlaugh\n"
    )
    assert (dataset / "a" / "labels.txt.bak").read_text().startswith("1.000000\t1.300000\tcough\n\\")


def test_a_recording_without_labels_keeps_what_is_open_as_unsure(dataset: Path) -> None:
    with opened(dataset) as review:
        review.decide(3, "reject")
        review.save()
    assert track(dataset, "b") == [(4.1, 4.4, "unsure")]
    with opened(dataset) as review:
        assert [row for row in asked(review) if row[0] == "b"] == [
            ("b", "false", 2.0, "rejected"),
            ("b", "unsure", 4.1, ""),
        ]
        review.decide(4, "accept", Label(4.1, 4.4, "cough"))
        review.save()
    assert track(dataset, "b") == [(4.1, 4.4, "cough")]
    assert not list(dataset.rglob("*.bak"))  # the track is the review's own


def test_every_decision_can_be_undone_a_move_at_once(dataset: Path) -> None:
    with opened(dataset) as review:
        before = {name: one.track.text for name, one in review.sessions.items()}
        review.decide(1, "move", Label(2.01, 2.4, "cough"))
        review.decide(1, "move", Label(2.02, 2.4, "cough"))
        review.decide(0, "reject")
        review.add("a", Label(6.0, 6.4, "cough"))
        with pytest.raises(InputError, match="label at 6 s already"):
            review.add("a", Label(6.0, 6.4, "cough"))
        assert [review.undo() is None for _ in range(4)] == [False, False, False, True]
        assert {name: one.track.text for name, one in review.sessions.items()} == before
        assert all(decision == "" for *_, decision in asked(review))
        assert len(asked(review)) == 5


def test_another_run_goes_on_where_the_first_stopped(dataset: Path) -> None:
    with opened(dataset) as review:
        review.decide(0, "reject")
        review.decide(1, "move", Label(2.01, 2.4, "cough"))
        review.decide(1, "move", Label(2.02, 2.4, "cough"))
        review.decide(2, "reject")
        review.undo()
    with opened(dataset) as review:
        assert asked(review)[:3] == [
            ("a", "missed", 1.0, "rejected"),
            ("a", "false", 2.0, "accepted"),
            ("a", "unsure", 4.0, ""),
        ]
        assert review.unsaved == ("a",)
        review.save()
    assert track(dataset, "a") == [(2.02, 2.4, "cough"), (4.0, 4.5, "unsure"), (8.0, 8.5, "laugh")]
    with opened(dataset) as review:  # and after the track was written: undo reaches back
        assert review.unsaved == ()
        assert asked(review)[1] == ("a", "false", 2.0, "accepted")
        review.undo()
        review.undo()
        review.save()
    assert track(dataset, "a") == [(1.0, 1.3, "cough"), (4.0, 4.5, "unsure"), (8.0, 8.5, "laugh")]


def test_a_track_written_just_before_the_end_is_not_written_twice(dataset: Path) -> None:
    """The process died between the track and the journal's word of it."""
    with opened(dataset) as review:
        review.decide(1, "accept", Label(2.0, 2.4, "cough"))
        review.decide(0, "move", Label(1.1, 1.3, "cough"))
        review.save()
        after = (dataset / "a" / "labels.txt").read_text()
    journal = dataset / JOURNAL_NAME
    journal.write_text("".join(journal.read_text().splitlines(keepends=True)[:-1]))
    with opened(dataset) as review:
        assert review.conflicts == []
        review.save()
    assert (dataset / "a" / "labels.txt").read_text() == after


def test_what_another_program_changed_is_left_and_said(dataset: Path) -> None:
    place = dataset / "a" / "labels.txt"
    with opened(dataset) as review:
        review.decide(0, "move", Label(1.1, 1.3, "cough"))
        place.write_text("3.0\t3.2\tcough\n")
        with pytest.raises(InputError, match="changed by another program"):
            review.save()
    assert place.read_text() == "3.0\t3.2\tcough\n"
    with opened(dataset) as review:
        assert len(review.conflicts) == 1
        assert "the label at 1 s that was decided about is not in it any more" in review.conflicts[0]
        review.save()
    assert track(dataset, "a") == [(1.1, 1.3, "cough"), (3.0, 3.2, "cough")]


def test_rejected_events_stay_rejected_for_another_detector(dataset: Path) -> None:
    with opened(dataset) as review:
        review.decide(1, "reject")
    with opened(dataset, events=(Event(2.05, 2.5, 0.7), Event(10.0, 10.4, 0.7))) as review:
        of_a = [row[1:] for row in asked(review) if row[0] == "a" and row[1] == "false"]
        assert of_a == [("false", 2.0, "rejected"), ("false", 10.0, "")]


@pytest.mark.parametrize(
    "label",
    [Label(2.0, 1.0, "cough"), Label(-0.1, 1.0, "cough"), Label(1.0, 99.0, "cough"), Label(1.0, 2.0, " ")],
)
def test_a_label_that_cannot_stand_is_no_decision(label: Label, dataset: Path) -> None:
    with opened(dataset) as review:
        with pytest.raises(InputError):
            review.decide(0, "accept", label)
        with pytest.raises(InputError, match="no item 99"):
            review.decide(99, "reject")
        assert review.seen == 0


def test_a_torn_last_line_is_no_decision_and_a_broken_one_stops(dataset: Path) -> None:
    with opened(dataset) as review:
        review.decide(0, "reject")
    journal = dataset / JOURNAL_NAME
    whole = journal.read_bytes()
    journal.write_bytes(whole + whole[: len(whole) // 2])
    with opened(dataset) as review:
        assert review.seen == 1
    assert journal.read_bytes() == whole
    journal.write_bytes(b"{}\n" + whole)
    with pytest.raises(InputError, match=r"tussis-review\.jsonl: line 1: is not an entry"), opened(dataset):
        pass


def test_two_reviews_at_once_are_refused(dataset: Path) -> None:
    with opened(dataset), pytest.raises(InputError, match="another review"), opened(dataset):
        pass
