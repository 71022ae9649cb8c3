"""A finished detector on sessions, clips, motion alone, and what cannot be read."""

import json
import shutil
import wave

import numpy as np
import pytest

from tussis import InputError, evaluate
from tussis.data.dataset import find_sessions
from tussis.selection.training.scoring import score


def write_wav(path, audio):
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(np.clip(audio, -32768, 32767).astype("<i2").tobytes())


@pytest.fixture(scope="module")
def everything(tmp_path_factory, dataset):
    """Two sessions, one of them without sound, three clips, one broken clip, one session without labels."""
    root = tmp_path_factory.mktemp("everything")
    shutil.copytree(dataset / "session_0", root / "sessions" / "whole")
    shutil.copytree(dataset / "session_1", root / "sessions" / "motion")
    (root / "sessions" / "motion" / "audio.wav").unlink()
    (root / "sessions" / "motion" / "labels.txt").write_text("0.0\t12.0\twalking\n12.0\t24.0\tsitting\n")
    shutil.copytree(dataset / "session_2", root / "sessions" / "unlabelled")
    (root / "sessions" / "unlabelled" / "labels.txt").unlink()
    rng = np.random.default_rng(1)
    time = np.arange(round(0.35 * 16000)) / 16000
    burst = rng.normal(size=len(time)) * np.exp(-time / 0.08) * 6000
    quiet = rng.normal(size=48000) * 30
    loud = quiet.copy()
    loud[16000 : 16000 + len(burst)] += burst
    write_wav(root / "clips" / "cough" / "a.wav", loud)
    write_wav(root / "clips" / "cough" / "b.wav", quiet)
    write_wav(root / "clips" / "dog" / "c.wav", loud)
    write_wav(root / "clips" / "rain" / "d.wav", quiet)
    (root / "clips" / "rain" / "e.wav").write_bytes(b"RIFF")
    return root


@pytest.fixture(scope="module")
def found(everything, detector):
    return evaluate(everything, detector)


def test_what_was_evaluated_and_what_was_not(found):
    assert (found.recordings, found.groups) == (6, 6)
    assert found.hours == pytest.approx((24 + 24 + 4 * 3) / 3600)
    assert [left.name for left in found.left_out] == ["clips/rain/e.wav"]
    assert "e.wav" in found.left_out[0].reason
    assert found.unlabelled == ("sessions/unlabelled",)
    assert found.method == "held out"


def test_clips_and_false_events(found):
    assert found.clips.coughs.value == 0.5
    assert found.clips.others.value == 0.5
    assert {row.name: row.ratio.value for row in found.clips.others_by_class} == {"dog": 1.0, "rain": 0.0}
    assert {row.name for row in found.clips.others_by_collection} == {"clips"}
    rates = {row.name: row.ratio for row in found.false_events.by_sound}
    assert rates["dog"].value == pytest.approx(3600 / 3)
    assert rates["rain"].value == 0.0
    assert rates["hum"].total > 1.0
    assert found.false_events.all.total == pytest.approx(24 + 3 + 3)


def test_what_info_doubts_is_kept_of_an_interrupted_run_too(dataset, detector, tmp_path, monkeypatch):
    folder = shutil.copytree(dataset, tmp_path / "data")
    for number in (0, 1):
        with (folder / f"session_{number}" / "labels.txt").open("a") as labels:
            labels.write("23.0\t23.5\tcoughs\n")

    def interrupted(stage, done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate(folder, detector, "audio", cache_folder=tmp_path / "cache", progress=interrupted)
    said = evaluate(folder, detector, "audio", cache_folder=tmp_path / "cache").doubts
    assert ["may mean a cough" in doubt for doubt in said] == [True, True]


def test_motion_alone_runs_by_motion(found):
    assert set(found.events) == {"gated", "imu"}
    assert found.events["imu"].total.ref == 0
    rates = {row.name: row.ratio for row in found.motion}
    assert rates["walking"].counted + rates["sitting"].counted == found.events["imu"].total.fp > 0
    assert rates["walking"].total == pytest.approx(12.0)
    assert {"walking", "sitting"} <= {row.name for row in found.gate.by_movement}
    assert 0 < found.gate.awake.value < 1
    assert found.gate.coughs_woken.total == 6
    assert set(found.sweep) == {"audio", "imu"}


def test_errors_are_those_of_the_figures(found):
    false = [error for error in found.errors if error.kind == "false"]
    missed = [error for error in found.errors if error.kind == "missed"]
    assert ("clips/dog/c.wav", "dog") in {(error.recording, error.sound) for error in false}
    assert "clips/cough/b.wav" in {error.recording for error in missed}
    assert "clips/cough/a.wav" not in {error.recording for error in found.errors}
    of_motion = [error for error in false if not error.with_sound]
    assert len(of_motion) == found.events["imu"].total.fp
    assert len(false) - len(of_motion) == found.false_events.all.counted


def test_the_document_is_json_and_the_same_again(found, everything, detector):
    text = json.dumps(found.as_dict())
    assert text == json.dumps(evaluate(everything, detector).as_dict())
    assert set(json.loads(text)) == set(found.__dataclass_fields__)


@pytest.mark.parametrize("mode", ["audio", "gated", "imu"])
def test_events_are_those_of_score(dataset, detector, mode):
    found = evaluate(dataset, detector, mode)
    scored = score(dataset, detector, mode)
    assert found.events[mode].total == scored.total
    assert found.events[mode].f1_interval() == scored.f1_interval()
    assert found.windows["imu" if mode == "imu" else "audio"].average_precision > 0.7


def test_a_mode_that_some_cannot_run_leaves_those_out(everything, detector):
    audio = evaluate(everything, detector, "audio")
    assert {left.name for left in audio.left_out} == {"clips/rain/e.wav", "sessions/motion"}
    gated = evaluate(everything, detector, "gated")
    assert set(gated.events) == {"gated", "imu"}
    assert gated.clips is None
    assert sum(left.name.startswith("clips/") for left in gated.left_out) == 5


def test_nothing_to_evaluate(tmp_path, detector):
    write_wav(tmp_path / "lone.wav", np.zeros(16000))
    with pytest.raises(InputError, match="no recording has labels"):
        evaluate(tmp_path, detector)
    (tmp_path / "clips" / "cough").mkdir(parents=True)
    (tmp_path / "clips" / "cough" / "a.wav").write_bytes(b"RIFF")
    with pytest.raises(InputError, match=r"no recording can be evaluated; the first: .*a\.wav"):
        evaluate(tmp_path / "clips", detector)


def test_an_interrupted_evaluation_goes_on(everything, detector, tmp_path):
    first = find_sessions(everything, on_fault=pytest.fail)[0].load(**detector.rates)
    provenance = detector.provenance.model_copy(update={"recordings": [first.samples_hash]})
    detector = detector.model_copy(update={"provenance": provenance})
    found = evaluate(everything, detector)
    assert len(found.trained_on) == 2  # two clips have the same samples

    def stop(_stage, done, _total):
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate(everything, detector, cache_folder=tmp_path, progress=stop)
    kept = len([*tmp_path.rglob("*.json")])
    assert kept >= 3
    assert evaluate(everything, detector, cache_folder=tmp_path).as_dict() == found.as_dict()
    assert not [*tmp_path.rglob("*.json")]
