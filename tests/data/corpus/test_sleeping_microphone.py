"""What a microphone hears that sleeps and wakes, which windows count then, and what bounds a cough."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from tussis.data.corpus.sleeping_microphone import (
    ASLEEP_S,
    AWAKE_S,
    LEAST_HEARD_S,
    MOST_LOST_S,
    audible_labels,
    awake_stretches,
    heard_late,
    late_windows,
)
from tussis.data.recording import UNSURE, Label

HASHES = [hashlib.sha256(bytes([number])).hexdigest() for number in range(6)]


@pytest.mark.parametrize("audio_sha256", HASHES)
def test_stretches_depend_on_the_sound_and_the_copy_alone(audio_sha256):
    first = awake_stretches(60.0, audio_sha256, 1)
    assert first.tolist() == awake_stretches(60.0, audio_sha256, 1).tolist()
    assert first.tolist() != awake_stretches(60.0, audio_sha256, 2).tolist()
    assert all(
        first.tolist() != awake_stretches(60.0, other, 1).tolist()
        for other in HASHES
        if other != audio_sha256
    )
    part = awake_stretches(17.3, audio_sha256, 1)
    assert part.tolist() == first[: len(part)].tolist()
    asleep = first[:, 0] - np.append(0.0, first[:-1, 1])
    assert asleep.min() >= ASLEEP_S[0] - 1e-9
    assert asleep.max() <= ASLEEP_S[1] + 1e-9
    assert first[:, 1] - first[:, 0] == pytest.approx(AWAKE_S)
    assert first[-1, 1] + ASLEEP_S[1] + AWAKE_S > 60.0  # to the end


@pytest.mark.parametrize("duration_s", [0.0, 0.05, 0.3])
def test_a_short_sound_has_few_stretches_or_none(duration_s):
    assert len(awake_stretches(duration_s, HASHES[0], 1)) <= 1
    assert (awake_stretches(duration_s, HASHES[0], 1)[:, 0] < duration_s).all()


def test_outside_them_there_is_digital_silence():
    audio = np.arange(1, 32001).astype(np.int16)
    awake = np.array([[0.25, 0.5], [1.9, 2.5]])
    heard = heard_late(audio, 16000, awake)
    assert (heard[4000:8000] == audio[4000:8000]).all()
    assert (heard[30400:] == audio[30400:]).all()
    assert not heard[:4000].any()
    assert not heard[8000:30400].any()
    assert audio[0] == 1


def test_windows_count_that_hold_a_start_and_end_in_what_is_heard():
    start = np.arange(0.0, 3.0, 0.1)
    counted = late_windows(np.array([[0.55, 1.4], [1.6, 9.0]]), start, start + 0.5, 0.1)
    # from 0.65 to 1.05 and from 1.7 to 2.1, where a window ends that began before the start
    assert start[counted].round(1).tolist() == [0.2, 0.3, 0.4, 0.5, 1.2, 1.3, 1.4, 1.5]
    assert not late_windows(np.zeros((0, 2)), start, start + 0.5, 0.1).any()


@pytest.mark.parametrize(
    ("cough", "heard"),
    [
        ((0.6, 0.9), [(0.6, 0.9, "cough")]),
        ((0.4, 0.9), [(0.5, 0.9, "cough")]),
        ((0.5 - MOST_LOST_S, 0.9), [(0.5, 0.9, "cough")]),
        ((0.2, 0.9), [(0.5, 0.9, UNSURE)]),
        ((0.3, 0.55), [(0.5, 0.55, UNSURE)]),
        ((0.53, 0.58), [(0.53, 0.58, "cough")]),  # short, and whole
        ((0.1, 0.3), []),
        ((0.8, 1.7), [(0.8, 1.0, "cough"), (1.5, 1.7, UNSURE)]),
        ((0.85, 1.6), [(0.85, 1.0, "cough"), (1.5, 1.6, UNSURE)]),
    ],
)
def test_a_cough_is_what_is_heard_of_it(cough, heard):
    awake = np.array([[0.5, 1.0], [1.5, 2.0]])
    assert LEAST_HEARD_S == 0.1
    found = audible_labels([Label(*cough, "cough", 0.7)], awake)
    assert [(label.start_s, label.end_s, label.name) for label in found] == heard
    assert {label.confidence for label in found} <= {0.7}


def test_other_labels_stay():
    others = (Label(0.0, 3.0, "speech"), Label(0.2, 0.4, UNSURE))
    assert audible_labels(others, np.array([[0.5, 1.0]])) == others
