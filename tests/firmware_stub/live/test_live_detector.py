"""Sound cut in any way gives the events of `detect`."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tussis.data.input_error import InputError
from tussis.firmware_stub.live.live_detector import LiveDetector
from tussis.selection.detector.inference import Event, detect

from ...export.conftest import make_detector, make_recording

RECORDING = make_recording(7, seconds=16.0)


@cache
def expected() -> tuple[Event, ...]:
    return detect(replace(RECORDING, imu=None), make_detector(), "audio").events


def heard(cuts: list[int]) -> tuple[list[Event], list[float]]:
    live = LiveDetector(make_detector())
    events: list[Event] = []
    probabilities: list[float] = []
    for part in np.split(RECORDING.audio, cuts):
        found, windows = live.push(part)
        events += found
        probabilities += windows
    assert live.seconds == 16.0
    return events + live.finish(), probabilities


@pytest.mark.parametrize("size", [1, 37, 512, 16000, 10**6])
def test_events_and_windows_do_not_depend_on_the_blocks(size: int) -> None:
    audio = RECORDING.audio if size > 1 else RECORDING.audio[:0]
    cuts = list(range(size, len(audio), size)) or [3, 3, 4, 5, 1000, 1001, 60000]
    events, probabilities = heard(cuts)
    assert tuple(events) == expected()
    assert len(events) > 3
    margins = detect(replace(RECORDING, imu=None), make_detector(), "audio").audio_margins
    assert len(probabilities) >= len(margins) - 1  # the last may come with the end
    assert probabilities == pytest.approx(1 / (1 + np.exp(-margins[: len(probabilities)])), abs=1e-5)


def test_a_detector_of_motion_cannot_listen() -> None:
    with pytest.raises(InputError, match="no audio model"):
        LiveDetector(make_detector().model_copy(update={"audio": None}))
