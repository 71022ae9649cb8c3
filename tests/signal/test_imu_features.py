import numpy as np
import pytest

from tussis.signal.catalogue import feature_ids
from tussis.signal.imu_features import imu_features
from tussis.signal.plan import ImuPlan


def imu(n: int = 300) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((n, 6)).astype(np.float32) + np.float32(
        [0, 0, 9.8, 0, 0, 0]
    )


def test_times_follow_the_plan():
    found = imu_features(imu(), ids=["accx_rms"])
    assert found.start_s == pytest.approx(np.arange(11) * 0.25)
    assert found.end_s == pytest.approx(np.arange(11) * 0.25 + 0.5)
    assert len(found.level) == 60


def test_a_window_depends_on_its_own_samples_only():
    whole, cut = imu_features(imu()), imu_features(imu()[50:])
    assert np.array_equal(cut.values, whole.values[2:])


def test_chosen_ids_give_the_same_columns():
    everything = imu_features(imu())
    ids = np.random.default_rng(0).permutation(feature_ids("imu"))[:30].tolist()
    chosen = imu_features(imu(), ids=ids)
    assert np.array_equal(chosen.values, everything.values[:, [everything.ids.index(name) for name in ids]])


@pytest.mark.parametrize(("n", "windows"), [(0, 0), (49, 0), (50, 1), (74, 1), (75, 2)])
def test_short_recordings(n, windows):
    assert imu_features(imu(n)).values.shape == (windows, len(feature_ids("imu")))


def test_a_still_device_has_finite_features():
    still = np.tile(np.float32([0.1, -0.2, 9.81, 0, 0, 0]), (100, 1))
    assert np.isfinite(imu_features(still).values).all()


def test_gravity_drops_out():
    ids = [
        name for name in feature_ids("imu") if name.startswith(("accx", "accy")) and not name.endswith("mean")
    ]
    offset = imu() + np.float32([4, -8, 0, 0, 0, 0])
    ours, theirs = imu_features(imu(), ids=ids).values, imu_features(offset, ids=ids).values
    assert ours == pytest.approx(theirs, rel=2e-3, abs=2e-3)


def test_another_plan():
    plan = ImuPlan(rate_hz=50, window=32, hop=8, frame=4)
    found = imu_features(imu(), plan, ids=["accx_rms"])
    assert len(found.values) == (300 - 32) // 8 + 1
    assert found.start_s[1] == pytest.approx(0.16)
