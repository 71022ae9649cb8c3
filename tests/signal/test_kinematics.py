"""Motion features against scipy and plain formulas; the polygon of the approximate zero crossings by hand."""

import numpy as np
import pytest
import scipy.integrate
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tussis.signal.kinematics import (
    LEVEL_FLOOR,
    SIGNALS,
    approximate_zero_crossings,
    kinematic_features,
    motion_level,
    signal_of,
)
from tussis.signal.plan import ImuPlan

PLAN = ImuPlan()
WINDOWS = arrays(np.float32, (50, 4), elements=st.floats(-50, 50, width=32)).filter(
    lambda v: (v.std(axis=0) > 0.1).all()
)


@given(WINDOWS)
def test_statistics_of_a_signal(v):
    found = {key.removeprefix("accx_"): value for key, value in kinematic_features("accx", v, PLAN).items()}
    wide = v.astype(float)
    d = wide - wide.mean(axis=0)
    step = np.diff(wide, axis=0)
    assert found["mean"] == pytest.approx(wide.mean(axis=0), rel=1e-4, abs=1e-4)
    assert found["rms"] == pytest.approx(wide.std(axis=0), rel=1e-4)
    assert found["line_length"] == pytest.approx(np.abs(step).sum(axis=0), rel=1e-4)
    assert found["kurtosis"] == pytest.approx(scipy.stats.kurtosis(wide, fisher=False), rel=1e-3)
    assert found["skewness"] == pytest.approx(scipy.stats.skew(wide), rel=1e-3, abs=1e-3)
    assert found["crest"] == pytest.approx(np.abs(d).max(axis=0) / wide.std(axis=0), rel=1e-3)
    assert found["range"] == pytest.approx(np.ptp(wide, axis=0), rel=1e-4)
    assert found["jerk_max"] == pytest.approx(np.abs(step).max(axis=0), rel=1e-4, abs=1e-4)
    assert found["jerk_rms"] == pytest.approx(np.sqrt((step**2).mean(axis=0)), rel=1e-4, abs=1e-4)
    energy = np.log2((1e-9 + (d[25:] ** 2).sum(axis=0)) / (1e-9 + (d[:25] ** 2).sum(axis=0)))
    assert found["late_early"] == pytest.approx(energy, abs=0.01)
    velocity = np.cumsum(d, axis=0) / 100
    assert found["velocity_rms"] == pytest.approx(np.sqrt((velocity**2).mean(axis=0)), rel=1e-3, abs=1e-4)
    assert found["velocity_max"] == pytest.approx(np.abs(velocity).max(axis=0), rel=1e-3, abs=1e-4)


def test_zero_crossings_about_the_mean():
    v = (9.81 + np.sin(2 * np.pi * 0.1 * np.arange(50) + 0.1)).astype(np.float32)[:, None]
    found = kinematic_features("accz", v, PLAN)
    assert found["accz_zcr"][0] == pytest.approx(9 / 49, abs=1e-6)


def test_norms_do_not_depend_on_the_mounting():
    rng = np.random.default_rng(2)
    samples = rng.standard_normal((6, 50, 20)).astype(np.float32) + 3
    q, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    turned = np.concatenate([np.einsum("ij,jkl->ikl", q, part) for part in (samples[:3], samples[3:])])
    for name in ("accnorm", "gyronorm"):
        ours = kinematic_features(name, signal_of(samples, name), PLAN)
        theirs = kinematic_features(name, signal_of(turned.astype(np.float32), name), PLAN)
        for key in (f"{name}_rms", f"{name}_line_length", f"{name}_kurtosis"):
            assert ours[key] == pytest.approx(theirs[key], rel=1e-3)


def test_signals_come_from_their_columns():
    samples = np.arange(6 * 50, dtype=np.float32).reshape(6, 50, 1)
    for i, name in enumerate(SIGNALS[:6]):
        assert np.array_equal(signal_of(samples, name), samples[i])
    assert signal_of(samples, "accnorm")[0, 0] == pytest.approx(np.linalg.norm([0, 50, 100]))


# --- approximate zero crossings ---


def polygon_crossings(d: np.ndarray, tolerance: float) -> int:
    """Wall and Danielsson's walk in float64, vertices first, crossings after."""
    vertices, start = [0], 0
    for i in range(1, len(d)):
        length = i - start
        y = d[start : i + 1] - d[start]
        area = (length - 1) / 2 * y[-1] - y[1:-1].sum()
        if abs(area) > tolerance * length:
            start = i - 1
            vertices.append(start)
    vertices.append(len(d) - 1)
    signs = np.signbit(d[vertices])
    return int((signs[1:] != signs[:-1]).sum())


@given(st.integers(0, 10**6), st.sampled_from([0.05, 0.5, 5.0]))
def test_azc_equals_the_walk_written_out(seed, tolerance):
    d = (np.random.default_rng(seed).integers(-64, 65, (50, 3)) / 8).astype(np.float32)  # exact in float32
    wanted = [polygon_crossings(d[:, c].astype(float), float(np.float32(tolerance))) for c in range(3)]
    assert approximate_zero_crossings(d, np.float32(tolerance)).tolist() == wanted


def test_area_is_the_area_between_curve_and_chord():
    y = np.array([0, 3, 4, 1, -2, 5.0])
    length = len(y) - 1
    chord = np.linspace(0, y[-1], length + 1)
    assert (length - 1) / 2 * y[-1] - y[1:-1].sum() == pytest.approx(scipy.integrate.trapezoid(chord - y))


def test_no_tolerance_counts_every_crossing_and_a_large_one_none():
    rng = np.random.default_rng(3)
    d = rng.standard_normal((50, 40)).astype(np.float32)
    zero_crossings = (np.signbit(d[1:]) != np.signbit(d[:-1])).sum(axis=0)
    assert np.array_equal(approximate_zero_crossings(d, np.float32(0)), zero_crossings)
    ends = np.signbit(d[0]) != np.signbit(d[-1])
    assert np.array_equal(approximate_zero_crossings(d, np.float32(1e6)), ends)


def test_small_ripple_on_a_large_swing_is_not_counted():
    t = np.arange(50)
    swing = 5 * np.cos(2 * np.pi * t / 50)
    ripple = 0.4 * np.cos(np.pi * t)
    d = (swing + ripple).astype(np.float32)[:, None]
    assert (np.signbit(d[1:]) != np.signbit(d[:-1])).sum() >= 2
    assert approximate_zero_crossings(d, np.float32(0.5))[0] == 2


# --- level ---


def test_motion_level_is_the_log_of_squared_steps():
    rng = np.random.default_rng(4)
    imu = rng.standard_normal((103, 6)).astype(np.float32)
    level = motion_level(imu, PLAN)
    step = np.diff(np.concatenate([imu[:1, :3], imu[:, :3]]).astype(float), axis=0)
    exact = np.log2((step[:100] ** 2).reshape(20, 15).sum(axis=1) + float(LEVEL_FLOOR))
    assert level.shape == (20,)
    assert level == pytest.approx(exact, abs=0.006)


def test_motion_level_at_rest_is_the_floor():
    assert motion_level(np.full((10, 6), 9.81, np.float32), PLAN).tolist() == pytest.approx(
        [-12, -12], abs=0.01
    )
    assert motion_level(np.zeros((4, 6), np.float32), PLAN).shape == (0,)
    assert motion_level(np.zeros((0, 6), np.float32), PLAN).shape == (0,)
