"""What counts as right, false, heard and missed in one recording."""

import numpy as np

from tussis.data.dataset import iter_dataset
from tussis.data.recording import Label
from tussis.selection.detector.inference import detect
from tussis.selection.evaluation.answer import make_answer
from tussis.selection.evaluation.threshold_rows import swept_plans


def test_events_of_a_session(answer):
    one = answer(
        "a",
        labels=(Label(1, 1.4, "cough"), Label(3, 4, "Laugh"), Label(6, 7, "unsure")),
        events=((1.1, 1.3, 0.9), (3.2, 3.5, 0.8), (6.2, 6.5, 0.7), (8, 8.3, 0.6)),
    )
    assert one.is_right.tolist() == [True, False, False, False]
    assert one.is_false.tolist() == [False, True, False, True]
    assert one.false_sounds == ("laugh", "")
    assert [(error.kind, error.start_s, error.sound) for error in one.false_errors] == [
        ("false", 3.2, "laugh"),
        ("false", 8, ""),
    ]
    assert one.has_bounds
    assert one.heard
    assert one.counts.tp == 1


def test_a_clip_that_only_says_cough(answer):
    quiet = answer("a", sound="cough")
    found = answer("b", sound="cough", events=((2, 2.3, 0.9),))
    assert not quiet.heard
    assert found.heard
    assert not found.has_bounds
    assert found.is_right.tolist() == [True]
    assert found.is_false.tolist() == [False]


def test_a_clip_of_something_else(answer):
    assert not answer("a", sound="dog").heard
    barked = answer("b", sound="dog", events=((2, 2.3, 0.9),))
    assert barked.heard
    assert barked.false_sounds == ("dog",)
    assert not barked.has_bounds


def test_missed_coughs_say_how_near_they_came(dataset, detector):
    reference = iter_dataset(dataset)[0]
    recording = reference.load(**detector.rates)
    deaf = detector.at_threshold(0.999, "audio")
    missed = Label(9.0, 9.3, "cough")
    labels = (*recording.labels, missed)
    made = make_answer(
        reference, labels, recording.duration_s, detect(recording, deaf, "audio"), deaf, swept_plans(deaf)
    )
    coughs = [label for label in labels if label.is_cough]
    assert made.events == ()
    bounds = sorted((label.start_s, label.end_s) for label in coughs)
    assert [(error.start_s, error.end_s) for error in made.missed] == bounds
    near = {error.start_s: error.confidence for error in made.missed}
    assert near[9.0] < min(value for start_s, value in near.items() if start_s != 9.0)


def test_the_sweep_holds_what_detect_finds_at_each_threshold(dataset, detector):
    reference = iter_dataset(dataset)[0]
    recording = reference.load(**detector.rates)

    def made(at):
        found = detect(recording, at, "audio")
        return make_answer(reference, recording.labels, recording.duration_s, found, at, swept_plans(at))

    from tussis.selection.training.operating_points import SWEPT_THRESHOLDS

    swept = made(detector).swept
    assert len(np.unique(swept[:, 0])) > 1
    for at in (5, 12, 15, 20, 30):
        one = made(detector.at_threshold(SWEPT_THRESHOLDS[at], "audio"))
        assert swept[at].tolist() == [*one.references.count(one.event_bounds), one.heard]
