"""Features that hang on gain are told from those that do not."""

import numpy as np
import soundfile

from tussis.data.dataset import iter_dataset
from tussis.selection.windows import gain_sensitivity as module
from tussis.selection.windows.gain_sensitivity import gain_sensitivity
from tussis.signal.catalogue import audio_catalogue
from tussis.signal.plan import AudioPlan


def test_levels_move_and_shapes_do_not(dataset, tmp_path):
    plan = AudioPlan()
    found = dict(zip(audio_catalogue(plan), gain_sensitivity(iter_dataset(dataset), plan), strict=True))
    assert found["env_max"] > 0.15
    assert found["mel05_max"] > 0.15
    assert found["mfcc03_mean"] < 0.15
    assert found["crest"] < 0.15


def test_the_result_is_kept(dataset, tmp_path, monkeypatch):
    plan = AudioPlan()
    first = gain_sensitivity(iter_dataset(dataset), plan, kept=tmp_path / "gain.npy")
    monkeypatch.setattr(module, "_at_both_gains", None)
    np.testing.assert_array_equal(gain_sensitivity([], plan, kept=tmp_path / "gain.npy"), first)


def test_without_a_window_nothing_is_known(write_session, tmp_path):
    write_session(tmp_path / "data" / "brief", "a", 1, labels=[], with_imu=False)
    audio = tmp_path / "data" / "brief" / "audio.wav"
    samples, rate_hz = soundfile.read(audio, dtype="int16")
    soundfile.write(audio, samples[: rate_hz // 5], rate_hz)
    plan = AudioPlan()
    for sessions in ([], iter_dataset(tmp_path / "data")):
        assert np.isnan(gain_sensitivity(sessions, plan)).sum() == len(audio_catalogue(plan))
