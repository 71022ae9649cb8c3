"""A detector trained in a second on made-up sound: enough for every branch, good for nothing else."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tussis.data.recording import Label, Recording
from tussis.export.build.toolchain import Toolchain, find_arm_toolchain
from tussis.selection.detector.detector_file import (
    AudioModel,
    Detector,
    EventParameters,
    EventSettings,
    ImuModel,
)
from tussis.selection.detector.gate_settings import Gating
from tussis.selection.detector.motion_need import MotionNeed
from tussis.selection.models.booster import BoosterPlan, booster_json, fit_booster
from tussis.signal.audio_features import audio_features
from tussis.signal.catalogue import feature_ids
from tussis.signal.imu_features import imu_features
from tussis.signal.plan import AudioPlan, ImuPlan


def make_recording(seed: int, seconds: float = 12.0, rate_hz: int = 16000) -> Recording:
    """Noise bursts, each after a jerk, over a noise floor; every second one is tonal and no cough."""
    rng = np.random.default_rng(seed)
    n, m = int(seconds * rate_hz), int(seconds * 100)
    audio = rng.normal(0, 40, n)
    imu = rng.normal(0, 0.05, (m, 6)) + np.array([0, 0, 9.81, 0, 0, 0])
    labels = []
    for number, start in enumerate(np.sort(rng.uniform(0.5, seconds - 1, int(seconds / 1.2)))):
        length = int(rng.uniform(0.2, 0.5) * rate_hz)
        first = int(start * rate_hz)
        length = min(length, n - first)
        time = np.arange(length) / rate_hz
        shape = np.exp(-time / rng.uniform(0.05, 0.2)) * rng.uniform(1000, 12000)
        cough = number % 2 == 0
        audio[first : first + length] += shape * (
            rng.normal(0, 1, length) if cough else np.sin(2e3 * time * 6.28)
        )
        if cough:
            labels.append(Label(start, start + length / rate_hz, "cough"))
            at = int(start * 100) - 5
            imu[max(at, 0) : at + 15, :] += rng.normal(0, 2, (min(15, m - at), 6))
    pcm = np.clip(audio, -32768, 32767).astype(np.int16)
    return Recording(f"made/{seed}", pcm, rate_hz, imu.astype(np.float32), 100.0, tuple(labels), True)


BUSY = Gating(threshold=0.3, busy_threshold=0.8, busy_from=0.4, follow_s=2.0)
"""A gate whose other threshold `make_detector` reaches in `make_restless_recording`."""


def make_restless_recording(seed: int, seconds: float = 16.0) -> Recording:
    """`make_recording`, whose wearer moves without a pause from 5 s to 11 s."""
    recording = make_recording(seed, seconds)
    assert recording.imu is not None
    imu = recording.imu.copy()
    imu[500:1100] += np.random.default_rng(seed).normal(0, 0.7, (600, 6)).astype(np.float32)
    return replace(recording, imu=imu)


def _targets(recording: Recording, start_s: np.ndarray, end_s: np.ndarray) -> np.ndarray:
    hit = np.zeros(len(start_s), np.int64)
    for label in recording.labels:
        hit |= (np.minimum(end_s, label.end_s) - np.maximum(start_s, label.start_s) > 0.1).astype(np.int64)
    return hit


STILL = MotionNeed.of(ImuPlan())
"""What a detector needs of the motion sensor that looks at accelerations alone."""
TURNING = MotionNeed.of(ImuPlan(), gyroscope=True)


@functools.cache
def make_detector(
    audio_ids: tuple[str, ...] | None = None,
    imu_ids: tuple[str, ...] | None = None,
    n_trees: int = 20,
    depth: int = 4,
    audio_plan: AudioPlan | None = None,
    imu_plan: ImuPlan | None = None,
) -> Detector:
    """Train both models; by default on every fifth audio and every fourth motion feature."""
    audio_plan, imu_plan = audio_plan or AudioPlan(), imu_plan or ImuPlan()
    audio_ids = audio_ids or feature_ids("audio", audio_plan)[::5]
    imu_ids = imu_ids or feature_ids("imu")[::4]
    recordings = [make_recording(seed, rate_hz=audio_plan.input_rate_hz) for seed in range(3)]
    plan = BoosterPlan(n_trees=n_trees, max_depth=depth, min_child_weight=1.0)
    audio = [audio_features(r.audio, audio_plan, ids=audio_ids) for r in recordings]
    imu = [imu_features(r.imu, imu_plan, ids=imu_ids) for r in recordings]
    models = []
    for found in (audio, imu):
        X = np.concatenate([f.values for f in found])
        y = np.concatenate([_targets(r, f.start_s, f.end_s) for r, f in zip(recordings, found, strict=True)])
        models.append(booster_json(fit_booster(X, y, None, plan)))
    return Detector(
        audio=AudioModel(
            plan=audio_plan, features=audio_ids, model=models[0], threshold=0.5, continue_threshold=0.3
        ),
        imu=ImuModel(plan=imu_plan, features=imu_ids, model=models[1], threshold=0.5, continue_threshold=0.3),
        gating=Gating(threshold=0.3),
        events=EventSettings(audio=EventParameters(), imu=EventParameters()),
    )


@pytest.fixture(scope="session")
def detector() -> Detector:
    return make_detector()


@pytest.fixture(scope="session")
def project(detector, tmp_path_factory):
    """The detector exported once."""
    from tussis.export.codegen.project import export_project

    return export_project(detector, tmp_path_factory.mktemp("export") / "firmware")


WORKLOADS = Path(__file__).parent / "workloads"


@pytest.fixture(scope="session")
def arm_toolchain() -> Toolchain:
    """The compiler for the Cortex-M33; TUSSIS_TOOLCHAIN chooses."""
    return find_arm_toolchain()


@pytest.fixture(scope="session")
def m33_workloads() -> Path:
    """Folder of the C and assembly sources."""
    return WORKLOADS


@pytest.fixture(scope="session")
def m33_image(arm_toolchain: Toolchain) -> Callable[..., Path]:
    """Build an image from files of tests/export/workloads: ``m33_image("calls.c", opt="O2")``."""

    def build(*names: str, opt: str = "O2", toolchain: Toolchain | None = None) -> Path:
        return (toolchain or arm_toolchain).build(
            [WORKLOADS / name for name in names],
            "elf",
            linker_script=WORKLOADS / "board.ld",
            link_flags=["-Wl,-e,main"],
            opt=opt,
            extra_flags=["-Wno-infinite-recursion"],
        )

    return build


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory) -> Path:
    """A recording with audio and IMU on disk, 6 s."""
    from tussis.data.session_set import write_session

    folder = tmp_path_factory.mktemp("recordings") / "made_up"
    write_session(make_recording(3, seconds=6.0), folder)
    return folder


@pytest.fixture(scope="session")
def make_session() -> Callable[[int, float], Recording]:
    """`make_recording` for tests that need one of their own length."""
    return make_recording
