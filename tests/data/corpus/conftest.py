"""Clips made up on the spot: coughs as bursts of noise, words as tones, a dog, laughter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

RATE_HZ = 16000
BURSTS_S = ((0.5, 0.8), (1.4, 1.75))
"""Where the two coughs of every cough clip are."""


def cough_clip(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    wave = rng.normal(0, 2e-4, 2 * RATE_HZ + RATE_HZ // 2)
    for first_s, last_s in BURSTS_S:
        first, last = round(first_s * RATE_HZ), round(last_s * RATE_HZ)
        wave[first:last] += rng.normal(0, 0.2, last - first) * np.linspace(1, 0.5, last - first)
    return wave


def tone_clip(seed: int, hz: float, length_s: float) -> np.ndarray:
    time = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    return 0.2 * np.sin(2 * np.pi * (hz + seed) * time) * np.hanning(len(time))


def write_clip(path: Path, wave: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(str(path), wave, RATE_HZ, subtype="PCM_16")


def write_clips(root: Path) -> Path:
    """Six people who cough, the first of whom also laughs; 12 speakers, 6 dogs, 3 laughs of others."""
    rows = ["file,subject"]
    for number in range(6):
        for take in range(2):
            write_clip(root / f"cough/p{number}_{take}.flac", cough_clip(10 * number + take))
            rows.append(f"cough/p{number}_{take}.flac,p{number}")
    write_clip(root / "laughing/p0.flac", tone_clip(0, 500.0, 1.0))
    rows.append("laughing/p0.flac,p0")
    for number in range(12):
        write_clip(root / f"speech/s{number}.flac", tone_clip(number, 200.0, 0.6))
    for number in range(6):
        write_clip(root / f"dog/d{number}.flac", tone_clip(number, 800.0, 0.4))
    for number in range(3):
        write_clip(root / f"laughing/l{number}.flac", tone_clip(number, 600.0, 0.8))
    (root / "clips.csv").write_text("\n".join(rows) + "\n")
    (root / "attribution.csv").write_text("clip,licence,source\nd0,CC0,https://example.org/d0\n")
    return root


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clips(tmp_path_factory.mktemp("clips") / "mine")


@pytest.fixture(scope="session")
def bodies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people lying still, accelerometer only, 8 s each at 50 Hz."""
    root = tmp_path_factory.mktemp("motion") / "still"
    for number in range(2):
        folder = root / f"b{number}"
        folder.mkdir(parents=True)
        rng = np.random.default_rng(number)
        acc = rng.normal(0, 0.01, (400, 3)) + np.array([0.0, 9.6, 2.0])
        rows = [f"{k / 50:.3f},{x:.4f},{y:.4f},{z:.4f}" for k, (x, y, z) in enumerate(acc)]
        (folder / "imu.csv").write_text("\n".join(["time_s,acc_x_ms2,acc_y_ms2,acc_z_ms2", *rows]) + "\n")
        (folder / "labels.txt").write_text("0.0\t8.0\tlying\n")
        (folder / "session.json").write_text(f'{{"subject": "b{number}"}}')
    return root
