"""Control and event code compiled against stand-in kernels: a test chooses every margin and level."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tussis.export.build.host_library import HostDetector, load_library
from tussis.export.build.toolchain import find_host_compiler
from tussis.export.codegen.config_source import config_header
from tussis.selection.detector.detector_file import (
    AudioModel,
    Detector,
    EventParameters,
    EventSettings,
    ImuModel,
)
from tussis.selection.detector.gate_settings import Gating
from tussis.selection.detector.microphone import ALWAYS, Microphone
from tussis.selection.detector.pre_roll import PreRoll
from tussis.signal.plan import AudioPlan, ImuPlan

REPOSITORY = Path(__file__).resolve().parents[4]
STUB = Path(__file__).parent / "stub"


@dataclass(frozen=True)
class Script:
    """Margins and levels of a made-up recording.

    Attributes
    ----------
    margins : int array, shape (n_frames,)
        256 times the margin of the window that starts at each frame (only block starts count).
    levels : int array, shape (n_frames,)
        64 times the level of each frame.
    imu_margins : float32 array, shape (m,)
        Margin of the IMU window that starts at each sample.
    acceleration : float32 array, shape (m, 3)
        What motion levels are computed from.
    """

    margins: np.ndarray
    levels: np.ndarray
    imu_margins: np.ndarray
    acceleration: np.ndarray

    def pcm(self) -> np.ndarray:
        """Audio at 16 kHz that the stand-in kernels read the script back from."""
        frames = np.zeros((len(self.levels), 128), np.int16)
        frames[:, 0] = frames[:, -1] = self.levels
        frames[:, 1] = self.margins
        return np.repeat(frames.reshape(-1), 2)

    def imu(self) -> np.ndarray:
        """IMU samples, float32 (m, 6)."""
        rows = np.zeros((len(self.imu_margins), 6), np.float32)
        rows[:, :3] = self.acceleration
        rows[:, 3] = self.imu_margins
        return rows


def stub_detector(hold_s: float = 0.64, max_consecutive: int = 4) -> Detector:
    """Build a detector with one dummy feature per path; its models are never read."""
    common = {"features": ("mel00_mean",), "model": {}, "threshold": 0.5, "continue_threshold": 0.3}
    events = EventParameters()
    return Detector(
        audio=AudioModel(plan=AudioPlan(), **common),
        imu=ImuModel(plan=ImuPlan(), **{**common, "features": ("accx_rms",)}),
        gating=Gating(threshold=0.5, hold_s=hold_s, max_consecutive_audio_windows=max_consecutive),
        events=EventSettings(audio=events, imu=events),
    )


@pytest.fixture(scope="session")
def stub_library(tmp_path_factory) -> Callable[..., object]:
    """Compile the control code with the stand-in kernels; keyed by its parameters."""
    built: dict[object, object] = {}

    def build(
        detector: Detector | None = None,
        microphone: Microphone = ALWAYS,
        pre_roll: PreRoll = "decimated",
        **defines: int,
    ):
        detector = detector or stub_detector()
        header = config_header(detector, microphone, pre_roll)
        key = (header, *sorted(defines.items()))
        if key not in built:
            folder = tmp_path_factory.mktemp("stub")
            source = REPOSITORY / "firmware_stub" / "src"
            shutil.copytree(
                source / "detector",
                folder / "detector",
                ignore=shutil.ignore_patterns("selftest.c"),  # its golden vector is for real kernels
            )
            shutil.copytree(STUB, folder, dirs_exist_ok=True)
            for name in ("elementary.h", "dual.h", "floats.h"):
                shutil.copy(source / "dsp" / name, folder / "dsp")
            (folder / "tussis" / "tussis_config.h").write_text(header)
            built[key] = load_library(
                find_host_compiler().build(
                    sorted(folder.rglob("*.c")),
                    "shared",
                    include=[REPOSITORY / "firmware_stub/include", folder],
                    defines=defines,
                )
            )
        return HostDetector(built[key])

    return build
