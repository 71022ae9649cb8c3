"""Rows of the mean spectrum of a window: its shape, its bands and its pitch."""

from __future__ import annotations

from collections.abc import Iterator

from .audio_nodes import ALWAYS, SPECTRUM, SPECTRUM_ACF, SPECTRUM_LOGS, SPECTRUM_MOMENTS
from .c_expression import Constant, call
from .feature import Feature, Topic
from .spectrum import BAND_BINS

_PEETERS = "Peeters, A large set of audio features, IRCAM, 2004"
_SHAPE = Topic("spectrum", "audio", _PEETERS, ALWAYS)
_BANDS = Topic("band_power", "audio", "tussis", ALWAYS)
_VOICING = Topic("voicing", "audio", "Rabiner, IEEE Trans. ASSP-25, 1977; by Wiener-Khinchin", ALWAYS)


def spectrum_rows() -> Iterator[Feature]:
    """Yield the rows in catalogue order."""
    yield from _moments()
    yield from _shape()
    for i, (first, last) in enumerate(BAND_BINS):
        yield _BANDS.row(
            f"band{i}_power",
            "octave",
            f"power from {first * 62.5:g} to {(last + 1) * 62.5:g} Hz over all",
            f"log2(sum_(k={first}..{last}) q[k])",
            call("tussis_band_power", SPECTRUM, first, last),
        )
    yield _BANDS.row(
        "band_high_low",
        "octave",
        "power above 1 kHz over power below",
        "log2(sum_(f_k >= 1 kHz) q[k]) - log2(sum_(f_k < 1 kHz) q[k])",
        call("tussis_band_high_low", SPECTRUM),
    )
    yield _VOICING.row(
        "acf_peak",
        "1",
        "largest autocorrelation at pitch lags 2.5 to 7.25 ms",
        "max_lag sum_k q[k] cos(2 pi k lag / 128) / sum_k q[k], f_k up to 2 kHz",
        SPECTRUM_ACF.member("peak"),
    )
    yield _VOICING.row(
        "acf_lag", "ms", "lag of that largest value", "argmax_lag / 8 kHz", SPECTRUM_ACF.member("lag_ms")
    )


def _moments() -> Iterator[Feature]:
    for name, unit, description, formula in (
        ("centroid", "Hz", "centre of gravity of the mean spectrum", "mu = sum_k f_k q[k]"),
        ("spread", "Hz", "standard deviation about it", "sigma = sqrt(sum_k (f_k - mu)^2 q[k])"),
        ("skewness", "1", "skewness about it", "sum_k (f_k - mu)^3 q[k] / sigma^3"),
        ("kurtosis", "1", "kurtosis about it", "sum_k (f_k - mu)^4 q[k] / sigma^4"),
    ):
        yield _SHAPE.row(f"spec_{name}", unit, description, formula, SPECTRUM_MOMENTS.member(name))


def _shape() -> Iterator[Feature]:
    q, logs, row = SPECTRUM, SPECTRUM_LOGS, _SHAPE.row
    for percent in (85, 95):
        yield row(
            f"spec_rolloff{percent}",
            "Hz",
            f"frequency below which {percent} % of the power lies",
            f"min f_k with sum_(j <= k) q[j] >= 0.{percent}",
            call("tussis_rolloff", q, Constant(f"0.{percent}F")),
        )
    for name, unit, description, formula, arguments in (
        ("flatness", "octave", "geometric over arithmetic mean", "mean_k log2 q[k] + log2 K", (logs,)),
        (
            *("entropy", "1", "entropy over white noise's"),
            *("-sum_k q[k] log2 q[k] / log2 K", (q, logs)),
        ),
        (
            *("slope", "octave/kHz", "regression slope of the log"),
            *("slope of the least-squares line through (f_k, log2 q[k])", (logs,)),
        ),
        (
            *("decrease", "1", "Peeters' decrease from the first bin"),
            *("sum_(i >= 1) (q[i] - q[0]) / i / sum_(i >= 1) q[i], i from the first bin", (q,)),
        ),
        (
            *("std", "1", "standard deviation over bins relative to the mean"),
            *("K sqrt(mean_k (q[k] - 1/K)^2)", (q,)),
        ),
        ("dominant", "Hz", "frequency of the largest bin", "f_k at argmax_k q[k]", (q,)),
        ("crest", "octave", "largest bin over the mean", "log2(max_k q[k]) + log2 K", (q,)),
    ):
        yield row(f"spec_{name}", unit, description, formula, call(f"tussis_spectral_{name}", *arguments))
