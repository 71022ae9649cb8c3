import numpy as np
import pytest

from tussis.signal import elementary as e


def floats(low: float, high: float, n: int = 300_000) -> np.ndarray:
    """Every mantissa region of many octaves."""
    return np.exp2(np.random.default_rng(1).uniform(low, high, n)).astype(np.float32)


def test_log2_is_within_its_stated_error_near_one():
    x = np.linspace(0.5, 2, 1_000_001).astype(np.float32)
    assert np.abs(e.log2(x) - np.log2(x.astype(float))).max() <= e.LOG2_MAX_ERROR


def test_log2_of_any_size_adds_only_the_rounding_of_the_result():
    x = floats(-126, 127)
    exact = np.log2(x.astype(float))
    assert (
        np.abs(e.log2(x) - exact) <= e.LOG2_MAX_ERROR + np.spacing(np.abs(exact).astype(np.float32))
    ).all()


def test_log2_has_no_step_between_octaves():
    ends = np.exp2(np.arange(-20, 20)).astype(np.float32)
    assert np.abs(e.log2(ends) - e.log2(np.nextafter(ends, np.float32(0)))).max() < 5e-6


def test_log2_q8_is_within_its_stated_error_and_never_decreases():
    x = np.sort(floats(-60, 80))
    q8 = e.log2_q8(x)
    assert np.abs(q8 - 256 * np.log2(x.astype(float))).max() <= e.LOG2_Q8_MAX_ERROR
    assert (np.diff(q8) >= 0).all()
    mantissas = (np.arange(1 << 23, dtype=np.uint32) | 0x3F800000).view(np.float32)
    assert (np.diff(e.log2_q8(mantissas)) >= 0).all()


def test_log2_q8_has_no_bias():
    x = floats(0, 30)
    assert abs((e.log2_q8(x) - 256 * np.log2(x.astype(float))).mean()) < 0.05


def test_exp2_is_within_its_stated_error():
    x = np.linspace(-126, 126, 1_000_001).astype(np.float32)
    assert np.abs(e.exp2(x) / np.exp2(x.astype(float)) - 1).max() <= e.EXP2_MAX_RELATIVE_ERROR
    assert np.array_equal(e.exp2(np.arange(-126, 127).astype(np.float32)), np.exp2(np.arange(-126.0, 127)))


@pytest.mark.parametrize(("x", "limit"), [(-1e30, -126), (1e30, 126), (np.nan, -126), (-np.inf, -126)])
def test_exp2_limits_its_argument(x, limit):
    assert e.exp2(np.float32([x]))[0] == np.float32(2.0**limit)


def test_sigmoid():
    x = np.linspace(-80, 80, 100_001).astype(np.float32)
    exact = 1 / (1 + np.exp(-x.astype(float)))
    assert np.abs(e.sigmoid(x) / exact - 1).max() < 1e-5
    assert np.abs(e.sigmoid(x) - exact).max() < 3e-7
    assert e.sigmoid(np.float32([0]))[0] == 0.5
    p = e.sigmoid(np.float32([-1e9, 1e9, np.nan]))
    assert ((p > 0) & (p <= 1)).all()


def test_ordered_sums_add_from_the_first_to_the_last():
    # 2^24 + 1 + 1 loses both ones in this order, none in the other
    x = np.float32([[2**24], [1], [1]])
    assert e.ordered_sum(x)[0] == 2**24
    assert e.ordered_sum(x[::-1])[0] == 2**24 + 2
    assert e.ordered_dot(np.float32([1, 1, 1]), x)[0] == 2**24
    rng = np.random.default_rng(0)
    y = rng.standard_normal((1000, 3)).astype(np.float32)
    total = np.float32(0)
    for value in y[:, 0]:
        total = np.float32(total + value)
    assert e.ordered_sum(y)[0] == total
