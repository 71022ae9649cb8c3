"""A microphone that sleeps: silence pushed for it gives what a recording gives that is silent there."""

from dataclasses import replace

import numpy as np
import pytest

from tussis.export.build.host_library import HostDetector, host_library
from tussis.export.emulator.execution import run_recording, run_sleeping

from ..conftest import make_recording


def silenced(recording, heard):
    audio = np.zeros_like(recording.audio)
    for first, end in heard:
        audio[first:end] = recording.audio[first:end]
    return replace(recording, audio=audio)


@pytest.fixture(scope="module")
def recording():
    return make_recording(0, 6.0)


@pytest.fixture(scope="module")
def library(project):
    return host_library(project)


@pytest.mark.parametrize(
    "heard",
    [
        [],
        [[0, 96_000]],
        [[1_000, 1_001], [30_003, 80_017]],  # edges within a piece of 16 ms
        [[256 * 8, 256 * 60], [100_000, 10_000_000]],
    ],
)
@pytest.mark.parametrize("most", [7, 777, 2048])  # 7: less than the FIR remembers
def test_silence_gives_what_a_silent_recording_gives(library, recording, heard, most):
    expected = run_recording(HostDetector(library), silenced(recording, heard), "gated")
    found = run_sleeping(HostDetector(library), recording, np.array(heard, np.int64).reshape(-1, 2), most)
    assert found.events == expected.events
    assert list(found.audio) == list(expected.audio)
    for number, window in expected.audio.items():
        assert found.audio[number].margin == window.margin
        assert np.array_equal(found.audio[number].features, window.features)
    assert list(found.imu) == list(expected.imu)
    assert found.totals.audio_frames == expected.totals.audio_frames
    if heard == [[0, 96_000]]:
        assert found.audio


def test_samples_that_are_not_heard_are_pushed_as_few_calls_as_may_be(library, recording):
    class Counting(HostDetector):
        silent = heard = 0

        def push_silence(self, n):
            self.silent += 1
            assert n <= 2048
            return super().push_silence(n)

        def push_audio(self, pcm):
            self.heard += len(pcm)
            return super().push_audio(pcm)

    detector = Counting(library)
    run_sleeping(detector, recording, np.array([[16_000, 32_000]]), 2048)
    assert detector.heard == 16_000
    asleep = len(recording.audio) - 16_000
    assert asleep / 2048 <= detector.silent <= asleep / 2048 + 3
