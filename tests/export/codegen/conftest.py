"""Projects of packages, and a recording that a sketch's sensors can give."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tussis.data.recording import Recording
from tussis.export.codegen.project import export_project
from tussis.selection.detector.detector_file import Detector

from ..conftest import make_recording

STANDINS = Path(__file__).parent / "standins"


def run(*command: object, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    done = subprocess.run([*map(str, command)], cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def package(detector: Detector, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """``package("zephyr")``: the project of one package, made once."""
    made: dict[object, Path] = {}

    def export(name: str, **choices: object) -> Path:
        key = (name, *choices.items())
        if key not in made:
            folder = tmp_path_factory.mktemp(name) / "firmware"
            made[key] = export_project(detector, folder, package=name, **choices).path
        return made[key]

    return export


@pytest.fixture(scope="module")
def sketch_recording() -> Recording:
    """With motion as the sketch's sensor gives it: float32 in g, and back."""
    made = make_recording(21)
    g = np.float32(9.80665)
    imu = made.imu.astype(np.float32)
    imu[:, :3] = (imu[:, :3] / g) * g
    return Recording(made.name, made.audio, made.audio_rate_hz, imu, made.imu_rate_hz, made.labels, True)
