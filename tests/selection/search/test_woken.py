"""How long movement keeps a microphone on: as `detect` plays it, and where nothing is known."""

from types import SimpleNamespace

import numpy as np
import pytest

from tussis.data.dataset import iter_dataset
from tussis.selection.detector.detector_file import load_detector
from tussis.selection.detector.inference import detect
from tussis.selection.detector.microphone import Microphone
from tussis.selection.search.woken import Movement, session_movement, woken_share
from tussis.signal.plan import AudioPlan, ImuPlan


@pytest.fixture(scope="module")
def detector():
    return load_detector("default")


def test_the_share_is_that_of_detect(dataset, detector):
    movement = session_movement(dataset, detector.audio.plan, detector.imu.plan)
    shares = []
    for ref in iter_dataset(dataset):
        recording = ref.load(**detector.rates)
        if recording.imu is None:
            assert ref.name not in movement
            continue
        found = detect(recording, detector, "gated", microphone=Microphone.parse("wake"))
        track = SimpleNamespace(duration_s=recording.duration_s, margins=found.imu_margins)
        share = woken_share(movement, {0: ref.name}, {0: track}, detector.imu.plan, detector.gating)
        assert share == pytest.approx(found.microphone_duty, abs=1e-4)
        shares.append(share)
    assert min(shares) > 0
    assert len(shares) >= 2


def test_a_session_without_known_movement_counts_as_on(detector):
    track = SimpleNamespace(duration_s=10.0, margins=np.full(39, -9.0, np.float32))
    share = woken_share({}, {3: "a"}, {3: track}, ImuPlan(), detector.gating)
    assert share == 1.0
    still = Movement(np.array([16000]), 16000 * 12)
    both = {3: track, 4: track}
    share = woken_share({"b": still}, {3: "a", 4: "b"}, both, ImuPlan(), detector.gating)
    assert share == pytest.approx((10 + 0.64) / 20)
    assert woken_share({}, {}, {}, ImuPlan(), detector.gating) == 0.0


def test_sessions_that_cannot_be_read_are_left_out(dataset, tmp_path):
    import shutil

    shutil.copytree(dataset, tmp_path / "copy")
    audio = sorted((tmp_path / "copy").rglob("audio.wav"))[0]
    whole = session_movement(tmp_path / "copy", AudioPlan(), ImuPlan())
    audio.write_bytes(b"RIFF")
    assert len(session_movement(tmp_path / "copy", AudioPlan(), ImuPlan())) == len(whole) - 1
