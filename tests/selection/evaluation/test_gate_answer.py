"""What motion wakes in one recording."""

import numpy as np
import pytest

from tussis.data.recording import Label
from tussis.data.session_ref import SessionRef
from tussis.selection.detector.gate_settings import Gating
from tussis.selection.evaluation.gate_answer import awake_share, gate_answer


def reference(path, **parts):
    return SessionRef("a", path, "session", "anna", parts.pop("movement", ""), "", **parts, labelled=True)


def test_the_hold_time_runs_from_the_end_of_the_last_window_that_fired():
    hits = np.array([True, True, False, False, False])
    assert awake_share(hits, 0.25, Gating(hold_s=0.6)).tolist() == pytest.approx([1, 1, 1, 0.4, 0])
    assert awake_share(~hits, 0.25, Gating(hold_s=0.0)).tolist() == [0] * 5
    assert len(awake_share(hits[:0], 0.25, Gating())) == 0


def test_movements_are_labels_where_there_is_no_sound(tmp_path, detector):
    detector = detector.model_copy(update={"gating": Gating(threshold=0.5, hold_s=0.5)})
    hop_s = detector.imu.plan.hop / detector.imu.plan.rate_hz
    n = round(8.0 / hop_s)
    margins = np.full(n, np.float32(-9))
    margins[: n // 2] = 9
    labels = (Label(0, 4, "walking"), Label(4, 8, "sitting"))
    moved = reference(tmp_path, audio_path=None, has_imu=True, movement="all day")
    found = gate_answer(moved, labels, margins, detector)
    assert set(found.awake_s) == {"walking", "sitting"}
    assert found.awake_s["walking"] == pytest.approx(found.watched_s["walking"])
    assert 0 < found.awake_s["sitting"] < 0.3 * found.watched_s["sitting"]
    assert sum(found.watched_s.values()) == pytest.approx(n * hop_s)
    assert gate_answer(moved, (), margins, detector).watched_s == pytest.approx({"all day": n * hop_s})
    heard = reference(tmp_path, audio_path=tmp_path, has_imu=True, movement="sit")
    assert gate_answer(heard, labels, margins, detector).watched_s == pytest.approx({"sit": n * hop_s})


def test_coughs_and_other_windows_that_fire(tmp_path, detector):
    plan = detector.imu.plan
    hop_s, window_s = plan.hop / plan.rate_hz, plan.window / plan.rate_hz
    n = 40
    margins = np.full(n, np.float32(-9))
    first, second = 8 * hop_s, 24 * hop_s
    margins[8] = margins[38] = 9
    labels = tuple(Label(at, at + window_s, "cough") for at in (first, second))
    found = gate_answer(reference(tmp_path, audio_path=None, has_imu=True), labels, margins, detector)
    assert (found.coughs, found.woken) == (2, 1)
    assert found.others_woken == 1
    assert 20 < found.others < 38
    weak = (Label(0, 10, "cough", weak=True),)
    assert (
        gate_answer(reference(tmp_path, audio_path=None, has_imu=True), weak, margins, detector).coughs == 0
    )


def test_motion_that_goes_on_wakes_less_with_a_busy_rule(tmp_path, detector):
    """A walk whose windows all look a little like coughs, and one cough that stands out."""
    plan = detector.imu.plan
    hop_s, window_s = plan.hop / plan.rate_hz, plan.window / plan.rate_hz
    margins = np.full(round(60 / hop_s), np.float32(-0.5))
    margins[100] = 3
    labels = (Label(0, 60, "walking"), Label(100 * hop_s, 100 * hop_s + window_s, "cough"))
    moved = reference(tmp_path, audio_path=None, has_imu=True)
    answers = [
        gate_answer(moved, labels, margins, detector.model_copy(update={"gating": gating}))
        for gating in (Gating(threshold=0.14), Gating(threshold=0.14, busy_threshold=0.5))
    ]
    assert [answer.awake_s["walking"] > 58 for answer in answers] == [True, False]
    assert answers[1].awake_s["walking"] < 3
    assert [answer.woken for answer in answers] == [1, 1]
    assert answers[1].others_woken < 4 < answers[0].others_woken
