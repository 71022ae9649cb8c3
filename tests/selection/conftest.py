"""A small dataset whose coughs a few trees can tell from its other sounds, and a detector trained on it."""

import json
import wave

import numpy as np
import pytest

from tussis.selection.detector.detector_file import EventParameters
from tussis.selection.models.booster import BoosterPlan
from tussis.selection.training.training import train
from tussis.selection.training.training_plan import ModalityPlan, TrainingPlan

RATE_HZ = 16000
DURATION_S = 24.0
COUGHS_S = (2.0, 5.1, 8.3, 12.2, 16.4, 20.5)
TONES_S = (3.5, 6.7, 10.1, 14.3, 18.6)


def burst(rng, length_s=0.35):
    """Noise that starts at once and dies away: near enough to a cough for a test."""
    time = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    return rng.normal(size=len(time)) * np.exp(-time / 0.08) * 6000


def tone(rng, length_s=0.5):
    time = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    return np.sin(2 * np.pi * rng.uniform(300, 900) * time) * np.hanning(len(time)) * 5000


def session_signals(seed):
    rng = np.random.default_rng(seed)
    audio = rng.normal(size=round(DURATION_S * RATE_HZ)) * 30
    imu = rng.normal(size=(round(DURATION_S * 100), 6)) * 0.02
    imu[:, 2] += 9.81
    labels = []
    for starts, make, name in ((COUGHS_S, burst, "cough"), (TONES_S, tone, "hum")):
        for start in starts:
            start_s = start + rng.uniform(-0.2, 0.2)
            sound = make(rng)
            first = round(start_s * RATE_HZ)
            audio[first : first + len(sound)] += sound
            labels.append((start_s, start_s + len(sound) / RATE_HZ, name))
            if name == "cough":
                jerk = np.sin(2 * np.pi * 6 * np.arange(30) / 100) * np.exp(-np.arange(30) / 10) * 4
                at = round(start_s * 100) - 5
                imu[at : at + 30, :3] += jerk[:, None]
    return np.clip(audio, -32768, 32767).astype("<i2"), imu, sorted(labels)


def made_session(folder, subject, seed, *, with_imu=True, labels=None):
    audio, imu, found = session_signals(seed)
    folder.mkdir(parents=True)
    with wave.open(str(folder / "audio.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(audio.tobytes())
    if with_imu:
        header = "time_s,acc_x_ms2,acc_y_ms2,acc_z_ms2,gyro_x_dps,gyro_y_dps,gyro_z_dps"
        rows = [f"{k / 100:.2f}," + ",".join(f"{value:.4f}" for value in row) for k, row in enumerate(imu)]
        (folder / "imu.csv").write_text("\n".join([header, *rows]) + "\n")
    lines = [
        f"{start:.4f}\t{end:.4f}\t{name}\n" for start, end, name in (found if labels is None else labels)
    ]
    (folder / "labels.txt").write_text("".join(lines))
    (folder / "session.json").write_text(json.dumps({"subject": subject}))
    return folder


@pytest.fixture(scope="session")
def write_session():
    """Write one session folder: ``write_session(folder, subject, seed, with_imu=True, labels=None)``."""
    return made_session


@pytest.fixture(scope="session")
def dataset(tmp_path_factory):
    """Four subjects, 24 s each."""
    root = tmp_path_factory.mktemp("dataset")
    for number in range(4):
        made_session(root / f"session_{number}", f"subject_{number}", number)
    return root


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def small_plan():
    booster = BoosterPlan(n_trees=8, max_depth=2, min_child_weight=1.0, learning_rate=0.4)
    events = EventParameters(max_s=0.55)
    return TrainingPlan(
        audio=ModalityPlan(6, 3, booster, events),
        imu=ModalityPlan(4, 2, booster, events),
        n_splits=2,
        step=0.5,
    )


@pytest.fixture(scope="session")
def detector(dataset, cache_folder, small_plan):
    return train(dataset, plan=small_plan, cache_folder=cache_folder, command="test")
