"""Training's own answers: those that its provenance scores."""

import shutil
import wave
from dataclasses import replace

import numpy as np
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


def test_what_info_doubts_the_evaluation_says(dataset, tmp_path, small_plan, cache_folder):
    folder = shutil.copytree(dataset, tmp_path / "data")
    (folder / "session_0" / "audio_001.wav").write_bytes(b"")
    with (folder / "session_1" / "labels.txt").open("a") as labels:
        labels.write("23.0\t23.5\tcoughs\n")
    said = evaluate_out_of_fold(folder, "audio", plan=small_plan, cache_folder=cache_folder).doubts
    assert ["audio_001.wav" in said[0], "may mean a cough" in said[1], len(said)] == [True, True, 2]


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Four people with a cough clip each, and four clips of a tone; where the coughs are is not said."""
    root = tmp_path_factory.mktemp("clips") / "mine"
    rng = np.random.default_rng(3)
    time = np.arange(round(0.4 * 16000)) / 16000
    for number in range(4):
        for name in ("cough", "music"):
            audio = rng.normal(size=32000) * 30
            sound = rng.normal(size=len(time)) * np.exp(-time / 0.08) * 9000
            if name == "music":
                sound = np.sin(2 * np.pi * 440 * time) * np.hanning(len(time)) * 6000
            audio[12000 : 12000 + len(sound)] += sound
            file = root / name / f"{number}.wav"
            file.parent.mkdir(parents=True, exist_ok=True)
            with wave.open(str(file), "wb") as out:
                out.setnchannels(1)
                out.setsampwidth(2)
                out.setframerate(16000)
                out.writeframes(np.clip(audio, -32768, 32767).astype("<i2").tobytes())
    return root


def test_clips_are_held_against_their_class_not_against_what_training_proposed(
    clips, small_plan, cache_folder
):
    found = evaluate_out_of_fold(clips, plan=replace(small_plan, variants=1), cache_folder=cache_folder)
    assert found.recordings == 8  # varied copies are not counted
    assert found.clips.coughs.total == found.clips.others.total == 4
    assert found.events == {}
    assert found.windows == {}
    assert found.gate is None
    assert found.false_events.all.total == pytest.approx(4 * 2.0)
    missed = [error for error in found.errors if error.kind == "missed"]
    assert len(missed) == 4 - found.clips.coughs.counted
