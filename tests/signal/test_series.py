"""Each statistic against its definition, on drawn series."""

import numpy as np
import pytest
import scipy.signal
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tussis.signal import series as stat

SERIES = arrays(np.int16, (32, 3), elements=st.integers(-8191, 8191))
WAVY = arrays(np.int16, (32, 3), elements=st.integers(0, 6)).map(lambda s: (s * 200).astype(np.int16))


@given(SERIES)
def test_moments_and_extremes(s):
    assert stat.mean(s) == pytest.approx(s.mean(axis=0) / 256, abs=1e-5)
    assert stat.std(s) == pytest.approx(s.std(axis=0) / 256, abs=2e-3)
    assert np.array_equal(stat.largest(s), s.max(axis=0) / np.float32(256))
    assert np.array_equal(stat.smallest(s), s.min(axis=0) / np.float32(256))
    assert np.array_equal(stat.argmax(s), s.argmax(axis=0))


def test_a_tiny_deviation_on_a_large_mean_survives():
    s = np.full((32, 1), 7600, np.int16)
    s[::2] += 2
    assert stat.std(s)[0] == pytest.approx(1 / 256, rel=1e-3)
    assert stat.std(np.full((32, 1), 7600, np.int16))[0] == 0


@given(SERIES, st.integers(1, 4))
def test_rises_and_falls(s, k):
    wide = s.astype(int)
    changes = wide[k:] - wide[:-k]
    assert np.array_equal(stat.rise(wide, k), changes.max(axis=0) / np.float32(256))
    assert np.array_equal(stat.fall(wide, k), -changes.min(axis=0) / np.float32(256))
    at = stat.rise_position(wide, k)
    assert np.array_equal(stat.at(wide, at) - stat.at(wide, at - k), changes.max(axis=0))


@given(WAVY, st.integers(0, 1200))
def test_above_and_run(s, drop):
    for column in range(s.shape[1]):
        one = s[:, column].astype(int)
        keep = one >= one.max() - drop
        assert stat.above(s.astype(int), drop)[column] == keep.sum()
        first = last = int(one.argmax())
        while first > 0 and keep[first - 1]:
            first -= 1
        while last < 31 and keep[last + 1]:
            last += 1
        assert stat.run(s.astype(int), drop)[column] == last - first + 1


@given(WAVY)
def test_peaks_are_scipys_prominent_peaks(s):
    # the padding makes the start a valley; a rise up to the last frame that never falls again is not a peak
    for column in range(s.shape[1]):
        one = s[:, column].astype(int) - np.arange(32)  # no two equal: scipy counts both of equal twins
        found, _ = scipy.signal.find_peaks(np.concatenate([[-1e9], one]), prominence=stat.THREE_DB + 0.5)
        assert stat.peaks(one[:, None])[0] == len(found)


@given(SERIES, st.integers(1, 10))
def test_second_burst(s, guard):
    values, distances = stat.second(s.astype(int), guard)
    for column in range(s.shape[1]):
        one = s[:, column].astype(int)
        peak = one.argmax()
        far = [i for i in range(32) if abs(i - peak) >= guard and one[i] > one.min()]
        if far:
            best = max(far, key=lambda i: (one[i], -i))
            assert (values[column], distances[column]) == (one[best], best - peak)
        else:
            assert (values[column], distances[column]) == (one.min(), 0)


@given(SERIES)
def test_halves_and_quarters(s):
    assert stat.late_minus_early(s) == pytest.approx(
        (s[16:].mean(axis=0) - s[:16].mean(axis=0)) / 256, abs=1e-5
    )
    quarters = np.array([stat.quarter_minus_mean(s, q) for q in range(4)])
    exact = s.reshape(4, 8, 3).mean(axis=1) - s.mean(axis=0)
    assert quarters == pytest.approx(exact / 256, abs=1e-5)


@pytest.mark.parametrize("n", [16, 24, 31, 32, 63, 64])
def test_the_shifted_scatter_fits_32_bits(n):
    assert (n**2 * 8191**2) >> stat.variance_shift(n) < 2**32
    assert stat.variance_shift(n) == stat.variance_shift(-(-n // 8) * 8)
