"""Spectral shape against librosa and plain formulas."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tussis.signal.plan import AudioPlan
from tussis.signal.spectrum import BAND_BINS, normalise, psd_floor, spectral_features

HZ = np.arange(2, 63) * 62.5
SPECTRA = arrays(np.float64, (61, 2), elements=st.floats(0, 12)).map(lambda x: 10.0 ** (x + 14))


def features_of(psd: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The normalised spectrum in float64, and the features of the power summed in one block."""
    plan = AudioPlan()
    blocks = np.zeros((plan.window_blocks, *psd.shape), np.float32)
    blocks[0] = psd
    q = normalise(blocks, plan)
    exact = blocks.astype(float).sum(axis=0) + float(psd_floor(plan))
    return exact / exact.sum(axis=0), spectral_features(q)


@given(psd=SPECTRA)
def test_shape_equals_librosas(psd, librosa):
    q, found = features_of(psd)
    centroid = librosa.feature.spectral_centroid(S=q, freq=HZ)[0]
    spread = librosa.feature.spectral_bandwidth(S=q, freq=HZ, p=2)[0]
    flatness = np.log2(librosa.feature.spectral_flatness(S=q, power=1.0, amin=1e-20)[0])
    assert found["spec_centroid"] == pytest.approx(centroid, rel=1e-5)
    assert found["spec_spread"] == pytest.approx(spread, rel=1e-4, abs=0.1)
    assert found["spec_flatness"] == pytest.approx(flatness, abs=0.006)


@given(SPECTRA)
def test_moments_equal_their_definition(psd):
    q, found = features_of(psd)
    k = np.arange(2, 63)[:, None]
    centroid = (k * q).sum(axis=0)
    m2, m3, m4 = (((k - centroid) ** n * q).sum(axis=0) for n in (2, 3, 4))
    skewness, kurtosis = m3 / m2**1.5, m4 / m2**2
    # the sums of 61 bins move the centroid; of a sharp peak that is much of its width
    moved = len(k) * 2.0**-24 * centroid / np.sqrt(m2)
    assert np.all(np.abs(found["spec_skewness"] - skewness) <= 1e-3 * (1 + np.abs(skewness)) + 3 * moved)
    assert np.all(np.abs(found["spec_kurtosis"] / kurtosis - 1) <= 1e-3 + 4 * moved)


@given(SPECTRA)
def test_rolloff_is_the_first_bin_that_reaches_the_share(psd):
    q, found = features_of(psd)
    cumulated = np.cumsum(q, axis=0)
    for share in (85, 95):
        bin_ = np.round(found[f"spec_rolloff{share}"] / 62.5).astype(int) - 2
        for column in range(q.shape[1]):
            assert cumulated[bin_[column], column] >= share / 100 - 1e-5
            assert bin_[column] == 0 or cumulated[bin_[column] - 1, column] < share / 100 + 1e-5


def test_rolloff_equals_librosas_on_a_smooth_spectrum(librosa):
    psd = 1e20 * np.exp(-((HZ[:, None] - [900, 2000]) ** 2) / 2 / 400**2)
    q, found = features_of(psd)
    theirs = librosa.feature.spectral_rolloff(S=q, freq=HZ, roll_percent=0.85)[0]
    assert found["spec_rolloff85"] == pytest.approx(theirs)


@given(SPECTRA)
def test_levels_between_bins(psd):
    q, found = features_of(psd)
    assert found["spec_crest"] == pytest.approx(np.log2(q.max(axis=0) * 61), abs=0.007)
    assert found["spec_entropy"] == pytest.approx(-(q * np.log2(q)).sum(axis=0) / np.log2(61), abs=0.002)
    assert found["spec_std"] == pytest.approx(q.std(axis=0) * 61, rel=1e-4, abs=1e-4)
    assert np.array_equal(found["spec_dominant"], HZ[q.astype(np.float32).argmax(axis=0)].astype(np.float32))
    decrease = ((q[1:] - q[0]) / np.arange(1, 61)[:, None]).sum(axis=0) / q[1:].sum(axis=0)
    assert found["spec_decrease"] == pytest.approx(decrease, rel=1e-4, abs=1e-3)
    for i, (first, last) in enumerate(BAND_BINS):
        assert found[f"band{i}_power"] == pytest.approx(
            np.log2(q[first - 2 : last - 1].sum(axis=0)), abs=1e-4
        )
    ratio = np.log2(q[14:].sum(axis=0) / q[:14].sum(axis=0))
    assert found["band_high_low"] == pytest.approx(ratio, abs=1e-4)


def test_band_edges_leave_no_gap():
    bins = [k for first, last in BAND_BINS for k in range(first, last + 1)]
    assert bins == list(range(2, 63))


@given(SPECTRA)
def test_slope_is_the_regression_slope(psd):
    q, found = features_of(psd)
    slope = np.polyfit(HZ / 1000, np.log2(q), 1)[0]
    assert found["spec_slope"] == pytest.approx(slope, abs=0.003)


@pytest.mark.parametrize(("pitch_hz", "lag_ms"), [(200, 5.0), (250, 4.0), (320, 3.25)])
def test_a_voice_has_its_pitch_as_lag(pitch_hz, lag_ms):
    harmonics = np.arange(1, 10) * pitch_hz
    psd = 1e20 * np.exp(-((HZ[:, None] - harmonics) ** 2) / 2 / 40**2).sum(axis=1, keepdims=True)
    _, voiced = features_of(psd)
    _, noise = features_of(np.full((61, 1), 1e20))
    assert voiced["acf_lag"][0] == pytest.approx(lag_ms, abs=0.26)
    assert voiced["acf_peak"][0] > 0.4 > 0.2 > noise["acf_peak"][0]


def test_silence_is_white():
    _, found = features_of(np.zeros((61, 1)))
    assert found["spec_flatness"][0] == pytest.approx(0, abs=0.006)
    assert found["spec_entropy"][0] == pytest.approx(1, abs=0.001)
    assert found["spec_centroid"][0] == pytest.approx(2000, rel=1e-5)
