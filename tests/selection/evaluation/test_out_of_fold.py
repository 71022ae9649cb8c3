"""Training's own answers: those that its provenance scores."""

from dataclasses import replace

import pytest

from tussis import evaluate, evaluate_out_of_fold


@pytest.mark.parametrize(("mode", "key"), [("audio", "audio"), ("imu", "imu"), (None, "gated")])
def test_events_are_those_that_training_counted(dataset, small_plan, cache_folder, detector, mode, key):
    found = evaluate_out_of_fold(dataset, mode, plan=small_plan, cache_folder=cache_folder)
    kept = detector.provenance.scores["out_of_fold"][key]
    total = found.events[mode or "gated"].total
    assert (total.tp, total.fp, total.ref) == (kept["tp"], kept["fp"], kept["ref"])
    assert found.method == "out of fold"
    if mode is None:
        assert found.gate.audio_duty.value == pytest.approx(kept["audio_duty"])


def test_answers_are_not_those_of_the_model_that_heard_everything(
    dataset, small_plan, cache_folder, detector
):
    apart = evaluate_out_of_fold(dataset, "audio", plan=small_plan, cache_folder=cache_folder)
    heard = evaluate(dataset, detector, "audio")
    assert apart.windows["audio"].windows == heard.windows["audio"].windows
    assert apart.windows["audio"].average_precision < heard.windows["audio"].average_precision


def test_thresholds_can_be_changed_and_folds_too(dataset, small_plan, cache_folder):
    def changed(**parts):
        return evaluate_out_of_fold(
            dataset,
            "audio",
            plan=replace(small_plan, **parts),
            adjust=lambda detector: detector.at_threshold(0.3, "audio"),
            cache_folder=cache_folder,
        )

    two, four = changed(), changed(n_splits=4)
    assert two.thresholds["audio"] == 0.3
    assert two.windows != four.windows
