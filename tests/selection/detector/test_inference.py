"""The reference run: modes, the gate's effect, and recordings that are short, empty or at other rates."""

from dataclasses import replace

import numpy as np
import pytest

from tussis.data.dataset import iter_dataset
from tussis.data.input_error import InputError
from tussis.selection.detector.inference import choose_mode, detect


@pytest.fixture(scope="module")
def recording(dataset):
    return iter_dataset(dataset)[1].load()


def test_events_are_near_the_labels(detector, recording):
    found = detect(recording, detector, "audio")
    assert found.mode == "audio"
    for cough in recording.coughs:
        near = [e for e in found.events if e.start_s < cough.end_s and e.end_s > cough.start_s]
        assert len(near) == 1
        assert near[0].start_s == pytest.approx(cough.start_s, abs=0.06)
        assert 0.5 < near[0].confidence <= 1.0


def test_all_windows_are_evaluated_without_a_gate(detector, recording):
    found = detect(recording, detector, "audio")
    assert found.evaluated.all()
    assert found.audio_duty == 1.0
    assert found.audio_features.shape == (len(found.audio_margins), len(detector.audio.features))
    assert len(found.imu_margins) == 0


def test_the_gate_skips_windows_and_changes_no_margin(detector, recording):
    audio, gated = detect(recording, detector, "audio"), detect(recording, detector, "gated")
    np.testing.assert_array_equal(audio.audio_margins, gated.audio_margins)
    assert 0.0 < gated.audio_duty < 1.0
    assert gated.imu_hits.any()
    assert not gated.imu_hits.all()


def test_imu_mode_needs_no_audio_model(detector, recording):
    imu_only = detector.model_copy(update={"audio": None})
    found = detect(recording, imu_only)
    assert found.mode == "imu"
    assert len(found.events) >= 4
    assert found.event_frames[0].start * 0.05 == pytest.approx(found.events[0].start_s)
    assert found.audio_duty == 0.0


def test_the_mode_follows_what_there_is(detector, recording):
    assert choose_mode(detector, recording, None) == "gated"
    assert choose_mode(detector, replace(recording, imu=None), None) == "audio"
    assert choose_mode(detector.model_copy(update={"imu": None}), recording, None) == "audio"


@pytest.mark.parametrize(
    ("mode", "message"),
    [("imu", "mode imu needs an imu.csv"), ("gated", "mode gated needs an imu.csv"), ("x", "unknown")],
)
def test_modes_that_cannot_run(detector, recording, mode, message):
    with pytest.raises(InputError, match=message):
        detect(replace(recording, imu=None), detector, mode)


def test_a_detector_without_the_model_wanted(detector, recording):
    with pytest.raises(InputError, match="needs an IMU model"):
        detect(recording, detector.model_copy(update={"imu": None}), "gated")
    with pytest.raises(InputError, match="needs an audio model"):
        detect(recording, detector.model_copy(update={"audio": None}), "audio")


def test_other_rates_are_refused(detector, recording):
    with pytest.raises(InputError, match="audio at 8000 Hz, the detector takes 16000 Hz"):
        detect(replace(recording, audio_rate_hz=8000), detector)
    with pytest.raises(InputError, match="IMU at 50 Hz, the detector takes 100 Hz"):
        detect(replace(recording, imu_rate_hz=50.0), detector)


@pytest.mark.parametrize("samples", [0, 1, 255, 8191, 8192, 12345])
@pytest.mark.parametrize("mode", ["audio", "imu", "gated"])
def test_short_recordings(detector, recording, samples, mode):
    short = replace(recording, audio=recording.audio[:samples], imu=recording.imu[: samples // 160])
    found = detect(short, detector, mode)
    assert found.events == ()
    if mode != "imu":
        assert len(found.audio_margins) == max((samples // 256 - 32) // 8 + 1, 0) if samples >= 8192 else True


def test_an_imu_that_ends_early_gates_what_it_can(detector, recording):
    found = detect(replace(recording, imu=recording.imu[:600]), detector, "gated")
    assert found.evaluated[:40].any()
    assert not found.evaluated[52:58].any()
    assert found.evaluated[59:].any()  # after 2 s without motion the sensor is dead: the audio decides
