"""Recordings made up on the spot: sessions, edge-AI folders, WAV bytes of any kind."""

from __future__ import annotations

import json
import os
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

RATE_HZ = 16000
HEADER = "time_s,acc_x_ms2,acc_y_ms2,acc_z_ms2,gyro_x_dps,gyro_y_dps,gyro_z_dps"


def wav_bytes(
    data: bytes,
    *,
    tag: int = 1,
    channels: int = 1,
    rate_hz: int = RATE_HZ,
    bits: int = 16,
    frame_bytes: int | None = None,
    data_length: int | None = None,
    before: bytes = b"",
    after: bytes = b"",
) -> bytes:
    """Put a RIFF header before sample bytes; every field can be made to lie."""
    frame = channels * bits // 8 if frame_bytes is None else frame_bytes
    fmt = struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * frame, frame, bits)
    length = len(data) if data_length is None else data_length
    body = b"WAVE" + b"fmt " + struct.pack("<I", len(fmt)) + fmt + before
    body += b"data" + struct.pack("<I", length) + data + b"\0" * (len(data) & 1) + after
    return b"RIFF" + struct.pack("<I", len(body)) + body


def tone(
    duration_s: float = 1.0, rate_hz: int = RATE_HZ, hz: float = 440.0, peak: float = 8000.0
) -> np.ndarray:
    times = np.arange(round(duration_s * rate_hz)) / rate_hz
    return np.rint(peak * np.sin(2 * np.pi * hz * times)).astype("<i2")


def imu_rows(duration_s: float = 1.0, rate_hz: float = 100.0) -> np.ndarray:
    """Time, acceleration with gravity on z, some rotation."""
    times = np.arange(round(duration_s * rate_hz)) / rate_hz
    rows = np.zeros((len(times), 7))
    rows[:, 0] = times
    rows[:, 1] = 0.3 * np.sin(2 * np.pi * 2 * times)
    rows[:, 3] = 9.81 + 0.2 * np.cos(2 * np.pi * 3 * times)
    rows[:, 4] = 10 * np.sin(2 * np.pi * times)
    return rows


def imu_text(rows: np.ndarray, header: str = HEADER) -> str:
    lines = [",".join(f"{value:.6g}" for value in row) for row in rows]
    return "\n".join([header, *lines]) + "\n"


def write_session(
    folder: Path,
    *,
    duration_s: float = 1.0,
    labels: str | None = "0.200000\t0.500000\tcough\n",
    imu: str | None = "",
    info: dict[str, object] | None = None,
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "audio.wav").write_bytes(wav_bytes(tone(duration_s).tobytes()))
    if imu is not None:
        (folder / "imu.csv").write_text(imu or imu_text(imu_rows(duration_s)))
    if labels is not None:
        (folder / "labels.txt").write_text(labels)
    if info is not None:
        (folder / "session.json").write_text(json.dumps(info))
    return folder


def write_edge_ai(
    root: Path,
    *,
    subject: str = "14287",
    trial: int = 1,
    movement: str = "sit",
    background: str = "nothing",
    sound: str = "cough",
    truth: dict[str, object] | None = None,
    duration_s: float = 2.0,
) -> Path:
    """Write one recording as the public set has it: index column, exchanged names, 32-bit samples."""
    folder = root / subject / f"trial_{trial}" / f"mov_{movement}" / f"background_noise_{background}" / sound
    folder.mkdir(parents=True)
    samples = tone(duration_s).astype("<i4") << 14  # full scale 2**29
    for name in ("outward_facing_mic.wav", "body_facing_mic.wav"):
        (folder / name).write_bytes(wav_bytes(samples.tobytes(), bits=32))
    rows = round(duration_s * 100)
    angles, acc = edge_ai_motion(rows)
    lines = [",Accel x,Accel y,Accel z,Gyro Y,Gyro P,Gyro R"]
    for at in range(rows):
        lines.append(",".join([str(at), *(f"{value:.2f}" for value in (*angles[at], *acc[at]))]))
    (folder / "imu.csv").write_text("\n".join(lines) + "\n")
    if sound == "cough":
        truth = {"start_times": [0.5, 1.0], "end_times": [0.9, 1.4]} if truth is None else truth
        (folder / "ground_truth.json").write_text(json.dumps(truth))
    (root / subject / "biodata.json").write_text(json.dumps({"Gender": "Female", "BMI": 21.3}))
    return folder


def edge_ai_motion(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Yaw, pitch, roll in degrees, and the gravity they imply on the axes of the columns Gyro Y, P, R."""
    times = np.arange(rows) / 100
    yaw = 170 + 20 * times  # passes 180: the file wraps it
    pitch = -4 + 2 * np.sin(2 * np.pi * 0.5 * times)
    roll = 105 + 6 * np.sin(2 * np.pi * 0.3 * times)
    theta, phi = np.deg2rad(pitch), np.deg2rad(roll)
    acc = 9.81 * np.stack([-np.cos(theta) * np.sin(phi), np.sin(theta), np.cos(theta) * np.cos(phi)], axis=1)
    return np.stack([(yaw + 180) % 360 - 180, pitch, roll], axis=1), acc


@pytest.fixture(scope="session")
def made() -> ModuleType:
    """The functions of this file: test folders are no packages, so tests cannot import it."""
    return sys.modules[__name__]


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, bytes | str], Path]:
    """Write a file in the test's folder."""

    def write(name: str, content: bytes | str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Real recordings; the tests that want them are skipped, loudly, where they are absent."""
    root = Path(__file__).parents[2]
    place = Path(os.environ.get("TUSSIS_RECORDINGS", root.parent / "shared" / "recordings"))
    if not (place / "sessions").is_dir():
        pytest.skip(f"no real recordings at {place}; set TUSSIS_RECORDINGS")
    return place
