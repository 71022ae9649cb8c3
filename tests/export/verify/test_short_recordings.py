"""Recordings shorter than one window: decided as one window, alike in NumPy, host C and on the Cortex-M33."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tussis.export.build.host_library import HostDetector, host_library
from tussis.export.build.toolchain import find_arm_toolchain
from tussis.export.codegen.project import export_project
from tussis.export.emulator.board_library import BoardDetector
from tussis.export.emulator.execution import run_recording
from tussis.export.emulator.virtual_board import VirtualBoard
from tussis.export.verify.parity import compare
from tussis.export.verify.parity_result import Parity
from tussis.selection.detector.inference import detect
from tussis.selection.detector.microphone import Microphone

from ..conftest import make_recording

WINDOW = 8192
"""Samples at 16 kHz."""


def executions_of(project):
    return {
        "host": HostDetector(host_library(project)),
        "M33": BoardDetector(VirtualBoard(find_arm_toolchain().compile_elf(project))),
    }


@pytest.fixture(scope="module")
def executions(project):
    return executions_of(project)


@pytest.fixture(scope="module")
def gated_executions(detector, tmp_path_factory):
    microphone = Microphone.parse("gated")
    return executions_of(
        export_project(detector, tmp_path_factory.mktemp("gated") / "fw", microphone=microphone)
    )


def cut(recording, audio=None, imu=None, start=0):
    return dataclasses.replace(
        recording,
        audio=recording.audio[start : None if audio is None else start + audio],
        imu=recording.imu[:imu],
        labels=(),
    )


@pytest.fixture(scope="module")
def cough():
    """Sound from 0.1 s into a cough on, of a made-up recording."""
    recording = make_recording(5)
    first = next(label for label in recording.labels if label.is_cough)
    return cut(recording, start=round((first.start_s - 0.1) * 16000))


@pytest.mark.parametrize("samples", [1, 2, 3, 255, 256, 257, 1000, 5000, 8190, 8191, 8192, 8193, 8700])
def test_three_executions_agree(detector, executions, cough, samples):
    parity = Parity("short")
    for imu in (0, 10, 49, 50, 80, 200):  # without a motion window, with one, and with many that come early
        compare(parity, detector, cut(cough, audio=samples, imu=imu), executions)
    assert not parity.first_differences
    assert parity.windows["host"] == parity.windows["M33"] >= 6
    assert parity.differing_margins == 0
    assert all(row.differing == 0 for row in parity.features.values())


@pytest.mark.parametrize("samples", [1, 24, 25, 49, 50, 51])
def test_short_motion_is_decided_too(detector, executions, samples):
    recording = make_recording(5)
    at = next(i for i in range(len(recording.imu)) if abs(recording.imu[i, 0]) > 3)
    recording = dataclasses.replace(recording, imu=recording.imu[at - 10 :])
    parity = Parity("short")
    compare(parity, detector, cut(recording, audio=0, imu=samples), executions, ["imu"])
    assert not parity.first_differences
    assert parity.windows["host"] == parity.windows["M33"] == 1
    assert detect(cut(recording, audio=0, imu=samples), detector, "imu").short == (samples < 50)


@pytest.mark.parametrize("samples", [1, 1000, 8191, 8192, 9000])
def test_a_microphone_that_was_never_on_heard_nothing(detector, gated_executions, cough, samples):
    microphone = Microphone.parse("gated")
    short = cut(cough, audio=samples, imu=80)
    parity = Parity("short")
    compare(parity, detector, short, gated_executions, microphone=microphone)
    assert not parity.first_differences
    assert not detect(short, detector, "gated", microphone=microphone).evaluated.any()
    assert detect(short, detector, "audio", microphone=microphone).evaluated.any()


@pytest.mark.parametrize("samples", [100, 3000, 8100])
@pytest.mark.parametrize("hit", [False, True])
def test_a_gate_that_saw_motion_decides_whenever_it_came(detector, executions, cough, samples, hit):
    other = detector.gating.model_copy(update={"threshold": 1e-6 if hit else 1 - 1e-6})
    for ahead in (True, False):
        c = executions["host"]
        short = cut(cough, audio=samples, imu=60)
        c.start("gated")
        for push in (c.push_imu, c.push_audio) if ahead else (c.push_audio, c.push_imu):
            push(short.imu if push == c.push_imu else short.audio)
        c.flush()
        fired = bool(c.imu_window().margin >= detector.gating.margin)
        assert c.audio_window().count == fired
    gated = detect(short, detector.model_copy(update={"gating": other}), "gated")
    assert gated.evaluated.tolist() == [hit]


def test_a_cough_of_a_third_of_a_second_is_found(detector, cough):
    for mode in ("audio", "gated"):
        found = detect(cut(cough, audio=5600, imu=10), detector, mode)
        assert found.short
        assert len(found.events) == 1
        assert found.evaluated.tolist() == [True]


def test_silence_after_the_sound_is_what_fills_the_window(detector, cough):
    short = cut(cough, audio=5000)
    found = detect(short, detector, "audio")
    # a whole number of decimated samples, then silence for longer than the decimator remembers
    padded = dataclasses.replace(short, audio=np.pad(short.audio, (0, WINDOW - 5000)))
    expected = detect(padded, detector, "audio")
    assert found.audio_margins.shape == expected.audio_margins.shape == (1,)
    assert found.audio_margins[0] == pytest.approx(expected.audio_margins[0], abs=0.5)
    assert found.short
    assert not expected.short


def test_nothing_is_made_of_nothing(detector, executions, cough):
    empty = cut(cough, audio=0, imu=0)
    for mode in ("audio", "imu", "gated"):
        assert not detect(empty, detector, mode).events
        assert not detect(empty, detector, mode).short
        trace = run_recording(executions["host"], empty, mode)
        assert not trace.events
        assert not trace.audio
        assert not trace.imu


def test_samples_that_follow_keep_their_time(detector, executions):
    """A short stretch is ended, then the recording goes on: later windows are those of the whole."""
    recording = make_recording(6)
    whole = detect(recording, detector, "audio")
    c = executions["host"]
    c.start("audio")
    c.push_audio(recording.audio[:3000])
    c.flush()
    assert c.audio_window().index == 0
    found = {}
    for start in range(3000, len(recording.audio), 256):
        c.push_audio(recording.audio[start : start + 256])
        window = c.audio_window()
        found[window.index] = window.margin
    del found[0]
    assert min(found) == 2  # 3000 samples end in frame 11: block 2 is the first that begins after them
    assert all(whole.audio_margins[index] == margin for index, margin in found.items())
    c.flush()  # not short any more
    assert c.audio_window().index == len(whole.audio_margins) - 1
