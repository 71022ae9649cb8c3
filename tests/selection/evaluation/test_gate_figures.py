"""The gate over all recordings with motion."""

import pytest

from tussis.data.recording import Label
from tussis.selection.detector.gate_settings import Gating
from tussis.selection.evaluation.gate_figures import gate_figures

GATING = Gating(threshold=0.1, busy_threshold=0.4, hold_s=0.64)


def test_sums_by_movement_and_over_recordings(answer):
    cough = (Label(1, 1.4, "cough"),)
    walking = {"awake_s": {"walk": 30.0, "sit": 0.0}, "watched_s": {"walk": 40.0, "sit": 60.0}}
    found = gate_figures(
        [
            answer("a", mode="imu", has_audio=False, gate=walking | {"others": 400, "others_woken": 300}),
            answer(
                "b",
                mode="gated",
                subject="ben",
                labels=cough,
                audio_duty=0.25,
                duration_s=100.0,
                gate={
                    "awake_s": {"walk": 10.0},
                    "watched_s": {"walk": 100.0},
                    "coughs": 4,
                    "woken": 3,
                    "others": 50,
                    "others_woken": 5,
                },
            ),
            answer("c"),
        ],
        GATING,
    )
    assert found.awake.value == pytest.approx(40 / 200)
    assert {row.name: row.ratio.value for row in found.by_movement} == pytest.approx(
        {"walk": 40 / 140, "sit": 0.0}
    )
    assert found.coughs_woken.value == 0.75
    assert found.others_woken.value == 0.1  # of recordings with coughs only
    assert found.audio_duty.value == 0.25
    assert (found.threshold, found.busy_threshold, found.hold_s) == (0.1, 0.4, 0.64)


def test_without_coughs_all_windows_count_as_others(answer):
    gate = {"awake_s": {"": 1.0}, "watched_s": {"": 4.0}, "others": 10, "others_woken": 2}
    found = gate_figures([answer("a", mode="imu", gate=gate)], GATING)
    assert found.others_woken.value == 0.2
    assert found.coughs_woken.value is None


def test_no_motion_no_gate(answer):
    assert gate_figures([answer("a")], GATING) is None
