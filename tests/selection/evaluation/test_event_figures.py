"""Clips with an event and false events per hour, by what they lie in."""

import pytest

from tussis.data.recording import Label
from tussis.selection.evaluation.event_figures import (
    clip_shares,
    event_scores,
    false_by_sound,
    false_per_hour,
    seconds_by_label,
)


def values(rows):
    return {row.name: row.ratio.value for row in rows}


def test_clips_by_class_come_with_their_share_the_largest_first(answer):
    clips = [
        answer("a", sound="dog", events=((1, 1.3, 0.9), (2, 2.3, 0.9))),
        answer("b", sound="dog", subject="ben"),
        answer("c", sound="rain"),
        answer("d", sound="siren", events=((1, 1.3, 0.9),)),
    ]
    rows = clip_shares(clips, lambda clip: clip.sound)
    assert [row.name for row in rows] == ["siren", "dog", "rain"]
    assert values(rows) == {"dog": 0.5, "rain": 0.0, "siren": 1.0}
    assert (rows[1].ratio.counted, rows[1].ratio.total) == (1, 2)


def test_false_events_per_hour_of_a_class_and_of_a_label(answer):
    session = answer(
        "a",
        labels=(Label(0, 1, "cough"), Label(2, 4, "laugh"), Label(3, 6, "laugh")),
        events=((0.2, 0.5, 0.9), (2.5, 2.8, 0.9), (5.1, 5.4, 0.9), (9, 9.3, 0.9)),
        duration_s=11.0,
    )
    clip = answer("b", sound="dog", events=((1, 1.3, 0.9),), duration_s=5.0)
    assert values(false_by_sound([session, clip])) == pytest.approx(
        {"laugh": 2 * 3600 / 4, "": 3600 / 6, "dog": 3600 / 5}
    )


def test_seconds_by_label_are_unions_within_the_recording():
    labels = (Label(0, 1, "Cough"), Label(2, 4, "speech"), Label(3, 12, "SPEECH "), Label(3, 3.5, "laugh"))
    assert seconds_by_label(labels, 10.0) == pytest.approx({"speech": 8.0, "laugh": 0.5, "": 1.0})


def test_false_events_by_condition(answer):
    sessions = [
        answer("a", movement="walk", events=((1, 1.3, 0.9),), duration_s=36.0),
        answer("b", movement="sit", duration_s=36.0),
        answer("c", movement="walk", duration_s=36.0, subject="ben"),
    ]
    rows = false_per_hour(sessions, lambda answer: answer.reference.movement)
    assert values(rows) == pytest.approx({"walk": 50.0, "sit": 0.0})
    assert rows[0].ratio.groups == 2


def test_time_in_which_no_event_can_be_false_is_not_counted(answer):
    unsure = answer("a", labels=(Label(0, 4, "unsure"), Label(3, 6, "unsure")), duration_s=10.0)
    assert unsure.judged_s == pytest.approx(4.0)
    cough = answer("b", sound="cough", events=((1, 1.3, 0.9),))
    assert cough.judged_s == 0.0
    dog = answer("c", sound="dog", events=((1, 1.3, 0.9),), duration_s=5.0)
    assert values(false_by_sound([cough, dog])) == pytest.approx({"dog": 720.0})
    rows = false_per_hour([cough, dog], lambda answer: answer.reference.collection)
    assert values(rows) == pytest.approx({"": 720.0})


def test_only_recordings_with_bounds_are_scored_and_by_mode(answer):
    cough = (Label(1, 1.4, "cough"),)
    scores = event_scores(
        [
            answer("a", labels=cough, events=((1, 1.3, 0.9),)),
            answer("b", labels=cough, mode="imu", subject="ben"),
            answer("c", sound="cough"),
            answer("d", sound="dog", events=((1, 1.3, 0.9),)),
            answer("e", sound="cough", labels=cough),
        ]
    )
    assert set(scores) == {"audio", "imu"}
    assert [row.session for row in scores["audio"].sessions] == ["a", "e"]
    assert (scores["audio"].total.tp, scores["audio"].total.fp, scores["audio"].total.ref) == (1, 0, 2)
    assert scores["imu"].total.sensitivity == 0.0
