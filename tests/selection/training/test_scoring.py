"""Event counts: DESIGN's parameters, timescoring's habits, totals over sessions."""

import shutil

import numpy as np
import pytest

from tussis.data.input_error import InputError
from tussis.data.recording import Label
from tussis.selection.detector.detector_file import load_detector
from tussis.selection.training.scoring import Counts, Score, SessionScore, count_events, score


def count(coughs, events, duration_s=30.0):
    counts = count_events([Label(*cough, "cough") for cough in coughs], events, duration_s)
    return counts.tp, counts.fp, counts.ref


def test_a_hit_a_miss_and_a_false_alarm():
    assert count([(1.0, 1.4), (5.0, 5.4)], [(1.1, 1.5), (9.0, 9.3)]) == (1, 1, 2)


def test_nothing_at_all():
    assert count([], []) == (0, 0, 0)
    assert Counts(0, 0, 0, 30.0).f1 is None
    assert Counts(0, 0, 0, 0.0).fp_per_hour is None


def test_an_event_within_the_tolerance_counts():
    assert count([(1.0, 1.4)], [(0.7, 1.0)]) == (1, 0, 1)
    assert count([(1.0, 1.4)], [(0.2, 0.7)]) == (0, 1, 1)


def test_a_long_reference_is_split():
    assert count([(1.0, 1.8)], [(1.0, 1.5)]) == (2, 0, 2)


@pytest.mark.parametrize("frame_s", [0.016, 0.05, 0.01])
def test_a_length_of_exactly_the_longest_is_not_split_by_rounding(frame_s):
    for start in range(0, 400, 7):
        event = (start * frame_s, (start + round(0.6 / frame_s)) * frame_s)
        if event[1] - event[0] < 0.6 + 1e-6:
            assert count([], [event]) == (0, 1, 0)


def test_overlapping_references_count_once():
    assert count([(1.0, 1.5), (1.1, 1.2)], [(1.0, 1.5)]) == (1, 0, 1)


def test_references_in_any_order():
    assert count([(5.0, 5.4), (1.0, 1.4)], [(1.1, 1.5), (5.0, 5.5)]) == (2, 0, 2)


def row(session, subject, tp, fp, ref, duration_s=1800.0):
    return SessionScore(session, subject, "audio", Counts(tp, fp, ref, duration_s), 1.0)


def test_totals_are_sums():
    score = Score((row("a", "1", 8, 1, 10), row("b", "2", 5, 3, 5)))
    document = score.as_dict()
    assert document["event"]["tp"] == 13
    assert document["event"]["fp"] == 4
    assert document["event"]["ref"] == 15
    assert document["event"]["sensitivity"] == pytest.approx(13 / 15)
    assert document["event"]["precision"] == pytest.approx(13 / 17)
    assert document["event"]["f1"] == pytest.approx(2 * 13 / (13 + 4 + 15))
    assert document["event"]["fp_per_hour"] == pytest.approx(4.0)
    assert [session["session"] for session in document["sessions"]] == ["a", "b"]
    low, high = document["event"]["f1_interval"]
    assert low <= document["event"]["f1"] <= high


def test_no_interval_from_one_subject():
    assert Score((row("a", "1", 1, 0, 1), row("b", "1", 1, 0, 1))).f1_interval() is None


def test_equals_timescoring_on_random_sessions():
    from timescoring.annotations import Annotation
    from timescoring.scoring import EventScoring

    rng = np.random.default_rng(0)
    for _ in range(50):
        bounds = np.cumsum(rng.uniform(0.15, 0.55, 40))
        events = list(zip(bounds[::2].tolist(), bounds[1::2].tolist(), strict=True))
        bounds = np.cumsum(rng.uniform(0.15, 0.9, 24))
        coughs = list(zip(bounds[::2].tolist(), bounds[1::2].tolist(), strict=True))
        plain = EventScoring(
            Annotation(coughs, 100, 3000),
            Annotation(events, 100, 3000),
            EventScoring.Parameters(0.25, 0.25, 0.125, 0.6, 0),
        )
        assert count(coughs, events) == (plain.tp, plain.fp, plain.refTrue)


@pytest.mark.parametrize("file", ["audio.wav", "imu.csv", "labels.txt", "session.json"])
def test_an_unreadable_session_costs_itself_only(dataset, tmp_path, file):
    shutil.copytree(dataset, tmp_path / "data")
    broken = tmp_path / "data" / "session_1" / file
    broken.write_bytes(b"RIFF" if file == "audio.wav" else b"\xff\xfe\0broken")
    found = score(tmp_path / "data", load_detector("default"), "gated")
    assert len(found.unreadable) == 1
    assert str(broken) in found.unreadable[0].reason
    assert found.as_dict()["unreadable"][0]["reason"] == found.unreadable[0].reason
    shutil.rmtree(broken.parent)
    assert score(tmp_path / "data", load_detector("default"), "gated").sessions == found.sessions


def test_motion_that_is_not_needed_stops_no_score(dataset, tmp_path):
    shutil.copytree(dataset, tmp_path / "data")
    (tmp_path / "data" / "session_1" / "imu.csv").write_text("no motion")
    found = score(tmp_path / "data", load_detector("default"), "audio")
    assert found.unreadable == ()
    assert found.sessions == score(dataset, load_detector("default"), "audio").sessions


def test_a_single_unreadable_session_is_refused_with_its_own_words(dataset, tmp_path):
    shutil.copytree(dataset / "session_1", tmp_path / "s")
    (tmp_path / "s" / "audio.wav").write_bytes(b"")
    with pytest.raises(InputError, match=r"audio\.wav: the file is empty"):
        score(tmp_path / "s", load_detector("default"))


def test_what_info_doubts_the_score_says(dataset, tmp_path):
    shutil.copytree(dataset, tmp_path / "data")
    with (tmp_path / "data" / "session_1" / "labels.txt").open("a") as labels:
        labels.write("0.1\t0.2\tCough?\n")
    (tmp_path / "data" / "session_2" / "audio_001.wav").write_bytes(b"")
    said = score(tmp_path / "data", load_detector("default"), "audio").doubts
    assert any("audio_001.wav" in line for line in said)
    assert any("may mean a cough ('Cough?')" in line for line in said)
