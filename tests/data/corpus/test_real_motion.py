"""Stretches of real motion: from one recording if it is long enough, else strung together smoothly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tussis.data.corpus.real_motion import draw_stretch, find_bodies
from tussis.data.input_error import InputError


def test_a_stretch_is_a_piece_of_a_recording(bodies: Path) -> None:
    (ref, *_) = find_bodies(bodies)
    whole = ref.load().imu
    assert whole is not None
    starts = set()
    for seed in range(5):
        stretch = draw_stretch(np.random.default_rng(seed), [ref], 300)
        ((name, first_s, last_s),) = stretch.pieces
        assert (name, stretch.movement, last_s - first_s) == (ref.name, "lying", pytest.approx(3.0))
        first = round(first_s * 100)
        assert np.array_equal(stretch.imu[:, :3], whole[first : first + 300, :3])
        starts.add(first)
    assert len(starts) > 2


def test_longer_stretches_are_strung_together_without_a_step(tmp_path: Path) -> None:
    for name, gravity in (("a", 9.8), ("b", -9.8)):
        folder = tmp_path / name
        folder.mkdir()
        rows = "".join(f"{k / 100:.2f},0,0,{gravity},1,2,3\n" for k in range(500))
        header = "time_s,acc_x_ms2,acc_y_ms2,acc_z_ms2,gyro_x_dps,gyro_y_dps,gyro_z_dps\n"
        (folder / "imu.csv").write_text(header + rows)
    stretch = draw_stretch(np.random.default_rng(1), find_bodies(tmp_path), 4000)
    assert stretch.imu.shape == (4000, 6)
    assert {name for name, _, _ in stretch.pieces} == {"a", "b"}
    assert np.abs(np.diff(stretch.imu[:, 2])).max() < 0.5
    assert np.allclose(stretch.imu[:, 3:], [1, 2, 3])


def test_a_gyroscope_that_is_missing_once_is_missing_throughout(tmp_path: Path) -> None:
    for name, gyro in (("a", ""), ("b", ",gyro_x_dps,gyro_y_dps,gyro_z_dps")):
        (tmp_path / name).mkdir()
        header = f"time_s,acc_x_ms2,acc_y_ms2,acc_z_ms2{gyro}\n"
        rows = "".join(f"{k / 100:.2f},0,0,9.8{',1,2,3' if gyro else ''}\n" for k in range(500))
        (tmp_path / name / "imu.csv").write_text(header + rows)
    stretch = draw_stretch(np.random.default_rng(1), find_bodies(tmp_path), 4000)
    assert {name for name, _, _ in stretch.pieces} == {"a", "b"}
    assert np.isnan(stretch.imu[:, 3:]).all()
    assert not np.isnan(stretch.imu[:, :3]).any()


def test_motion_is_wanted_and_long_enough(clips: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no sessions of motion alone"):
        find_bodies(clips)
    (tmp_path / "short").mkdir()
    rows = "".join(f"{k / 100:.2f},0,0,9.8\n" for k in range(150))
    (tmp_path / "short" / "imu.csv").write_text("time_s,acc_x_ms2,acc_y_ms2,acc_z_ms2\n" + rows)
    with pytest.raises(InputError, match="less than 2 s"):
        draw_stretch(np.random.default_rng(0), find_bodies(tmp_path), 100)
