"""A gyroscope must earn its current: planted motion in which it adds little, and motion it alone shows."""

import wave
from dataclasses import replace

import numpy as np
import pytest

from tussis.export.estimate.sensor_choice import board_choice
from tussis.selection.budget.budget import Budget
from tussis.selection.budget.cost_table import load_cost_table
from tussis.selection.detector.motion_need import MotionNeed
from tussis.selection.search.gyroscope_search import LEAST_GAIN, gyroscope_uj_per_second, search_motion
from tussis.selection.search.modality_search import SearchTerms
from tussis.selection.training.training import labelled_features
from tussis.signal.catalogue import needs_gyroscope
from tussis.signal.plan import ImuPlan

COUGHS_S = (2.0, 5.1, 8.3, 12.2, 16.4, 20.5)
JERK = np.sin(2 * np.pi * 6 * np.arange(30) / 100) * np.exp(-np.arange(30) / 10)


def write_motion(root, acceleration, turning):
    """Four people who cough: jerks of so many m/s2 and deg/s in noise of 0.02 and 0.2."""
    for person in range(4):
        rng = np.random.default_rng(person)
        imu = rng.normal(size=(2400, 6)) * ([0.02] * 3 + [0.2] * 3)
        imu[:, 2] += 9.81
        labels = []
        for start in COUGHS_S:
            start_s = start + rng.uniform(-0.2, 0.2)
            at = round(100 * start_s)
            imu[at : at + 30, :3] += acceleration * JERK[:, None]
            imu[at : at + 30, 3:] += turning * JERK[:, None]
            labels.append(f"{start_s:.4f}\t{start_s + 0.35:.4f}\tcough\n")
        folder = root / f"session_{person}"
        folder.mkdir(parents=True)
        header = "time_s,acc_x_ms2,acc_y_ms2,acc_z_ms2,gyro_x_dps,gyro_y_dps,gyro_z_dps"
        rows = [f"{k / 100:.2f}," + ",".join(f"{value:.4f}" for value in row) for k, row in enumerate(imu)]
        (folder / "imu.csv").write_text("\n".join([header, *rows]) + "\n")
        (folder / "labels.txt").write_text("".join(labels))
        (folder / "session.json").write_text(f'{{"subject": "subject_{person}"}}')
        with wave.open(str(folder / "audio.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16000)
            file.writeframes((rng.normal(size=24 * 16000) * 30).astype("<i2").tobytes())
    return root


@pytest.fixture
def searched(small_plan, cache_folder, tmp_path):
    """Search the motion of planted people for a board of limited energy, or for none."""

    def search(acceleration, turning, *, limited=True):
        root = write_motion(tmp_path / "planted", acceleration, turning)
        total = {"battery_days": 2.0} if limited else {}
        budget = Budget.model_validate({"device": "nrf5340", "total": total})
        board = board_choice(budget, MotionNeed.of(ImuPlan()))
        terms = SearchTerms(
            budget, "b.toml", None, small_plan, load_cost_table(), (10,), (2,), cache_folder, board
        )
        data = labelled_features(root, small_plan, cache_folder, training=True)
        found, reason = search_motion(data, terms)
        return [needs_gyroscope(one.fitted.features) for one in found.finalists], reason, found

    return search


@pytest.mark.slow
def test_a_gyroscope_that_adds_little_is_not_chosen(searched):
    """Both show every cough; elimination by gain alone keeps features that look at the gyroscope."""
    turning, reason, found = searched(1.0, 40.0)
    assert not any(turning)
    assert max(one.event_f1 for one in found.finalists) > 0.9
    assert reason.startswith("imu: a gyroscope takes ")
    assert reason.endswith("it does not earn that, and no feature looks at one")


def test_without_a_limit_on_the_board_the_same_people_get_features_that_look_at_one(searched):
    turning, reason, _ = searched(1.0, 40.0, limited=False)
    assert any(turning)
    assert reason == ""


def test_a_gyroscope_that_alone_shows_coughs_is_chosen(searched):
    turning, reason, found = searched(0.0, 40.0)
    assert any(turning)
    assert not all(turning)  # a limit that it exceeds leaves the others
    best = max(found.finalists, key=lambda one: one.event_f1)
    assert needs_gyroscope(best.fitted.features)
    still = max(one.event_f1 for one, looks in zip(found.finalists, turning, strict=True) if not looks)
    assert best.event_f1 >= still + LEAST_GAIN
    assert reason.endswith("it earns that")


def test_what_it_draws_is_that_of_the_cheapest_parts_with_and_without():
    budget = Budget.model_validate({"sensors": {"motion": ["lis2dh12", "lsm6dso32"]}, "device": "nrf5340"})
    board = board_choice(budget, MotionNeed.of(ImuPlan()))
    assert gyroscope_uj_per_second(board) == pytest.approx(550 * 1.8 - 20 * 1.8)
    only = replace(board, imus=("bmi270",))
    assert gyroscope_uj_per_second(only) == pytest.approx((685 - 40) * 1.8)
