"""Shape of the mean power spectrum of a window, bins 125 to 3875 Hz.

The power of each bin is summed over the window's frames, then normalised to one; a floor of a quarter squared
LSB per bin and frame keeps silence defined. Definitions follow Peeters G., "A large set of audio features for
sound description" (IRCAM, 2004), with power for amplitude, as librosa's ``spectral_centroid`` family does
when given a power spectrum; frequencies are in Hz, logarithms in octaves.
"""

from __future__ import annotations

import numpy as np

from .elementary import Float32, log2, log2_q8, ordered_dot, ordered_sum
from .fft import FRAME, POWER_SCALE_LOG2
from .plan import FIRST_BIN, LAST_BIN, N_BINS, AudioPlan
from .series import to_float

_F = np.float32
BIN_HZ = _F(62.5)
BAND_BINS = ((2, 3), (4, 7), (8, 15), (16, 31), (32, 47), (48, 62))
"""First and last bin of the relative band powers: 125-250-500-1000-2000-3000-3875 Hz."""

HIGH_BIN = 16
"""First bin, 1 kHz, of the upper part that `band_high_low` compares."""

ACF_BINS = (2, 32)
ACF_LAGS = tuple(range(20, 60, 2))
"""Lags in samples at 8 kHz, 2.5 to 7.25 ms: voices from 138 to 400 Hz."""

_BINS = np.arange(FIRST_BIN, LAST_BIN + 1)
MIDDLE_BIN = (FIRST_BIN + LAST_BIN) // 2
BIN_SHARE = _F(1 / N_BINS)
LOG_BINS = _F(np.log2(N_BINS))
LOG_SHARE = _F(1 / (256 * N_BINS))
ENTROPY_SCALE = _F(-1 / (256 * np.log2(N_BINS)))
SLOPE_SCALE = _F(1 / (256 * 0.0625 * ((_BINS - MIDDLE_BIN) ** 2).sum()))
"""Octaves per kHz of a regression over bins of 62.5 Hz of logarithms in 1/256 octave."""


def psd_floor(plan: AudioPlan) -> np.float32:
    """Return the floor added to each bin of a window's summed power: 1/4 squared LSB times its frames.

    Examples
    --------
    >>> float(psd_floor(AudioPlan()) / 2.0**POWER_SCALE_LOG2)
    8.0
    """
    return _F(plan.window_frames * 2.0 ** (POWER_SCALE_LOG2 - 2))


def bin_cosines() -> Float32:
    """Return ``cos(2 pi i / 128)``, float32 (128,).

    Examples
    --------
    >>> bin_cosines()[[0, 32, 64]].astype(float).round(6).tolist()
    [1.0, 0.0, -1.0]
    """
    return np.cos(2 * np.pi * np.arange(FRAME) / FRAME).astype(np.float32)


def normalise(psd_sum: Float32, plan: AudioPlan) -> Float32:
    """Return the window's spectrum as a distribution over bins.

    ``q[k] = (floor + sum_f P[k, f]) / sum_k (floor + sum_f P[k, f])``.

    Parameters
    ----------
    psd_sum : float32 array, shape (blocks, 61, windows)
        Block sums of power, oldest block first.
    plan : AudioPlan
        For the floor.

    Returns
    -------
    float32 array, shape (61, windows)
        Sums to one (to rounding).

    Examples
    --------
    >>> q = normalise(np.zeros((4, 61, 1), np.float32), AudioPlan())
    >>> bool(np.allclose(q, 1 / 61))
    True
    """
    p = psd_sum[0] + psd_floor(plan)
    for block in psd_sum[1:]:
        p = p + block
    return np.asarray(p * (_F(1) / ordered_sum(p)), dtype=np.float32)


def spectral_features(q: Float32) -> dict[str, Float32]:
    """Compute every spectral-shape feature of normalised spectra.

    With ``f_k`` the frequency of a bin, ``mu = sum_k f_k q[k]`` and K = 61 bins (Peeters 2004 unless stated):

    - ``spec_centroid`` mu, ``spec_spread`` ``sigma = sqrt(sum_k (f_k - mu)^2 q)``, in Hz;
    - ``spec_skewness``, ``spec_kurtosis``: ``sum_k (f_k - mu)^n q / sigma^n`` for n = 3, 4;
    - ``spec_rolloff85``, ``spec_rolloff95``: see `rolloff`;
    - ``spec_flatness`` ``mean_k log2 q + log2 K``, ``spec_crest`` ``log2 max_k q + log2 K``, in octaves;
    - ``spec_entropy`` ``-sum_k q log2 q / log2 K``; ``spec_std`` ``K sqrt(mean_k (q - 1/K)^2)``;
    - ``spec_slope``: slope of the least-squares line through ``log2 q``, in octave/kHz;
    - ``spec_decrease`` ``sum_i (q[i] - q[0]) / i / sum_i q[i]``, i >= 1; ``spec_dominant`` ``argmax_k q``
      in Hz;
    - ``band0_power`` to ``band5_power`` ``log2 sum q`` over `BAND_BINS`, ``band_high_low`` that from 1 kHz
      on minus that below, in octaves;
    - ``acf_peak`` ``max_lag sum_k q cos(2 pi k lag / 128) / sum_k q`` over `ACF_LAGS` and the bins up to 2
      kHz, ``acf_lag`` that lag in ms (Rabiner L., IEEE Trans. ASSP-25, 1977, by Wiener-Khinchin).

    Parameters
    ----------
    q : float32 array, shape (61, windows)
        Normalised spectra, from `normalise`.

    Returns
    -------
    dict of float32 arrays, shape (windows,)

    Examples
    --------
    >>> found = spectral_features(np.full((61, 1), 1 / 61, np.float32))
    >>> [round(float(found[f"spec_{name}"][0]), 2) for name in ("centroid", "spread", "kurtosis", "entropy")]
    [2000.0, 1100.43, 1.8, 1.0]
    """
    return _moments(q) | _shape(q) | _bands(q) | _periodicity(q)


def _moments(q: Float32) -> dict[str, Float32]:
    k = _BINS.astype(np.float32)
    centroid = ordered_dot(k, q)
    m2, m3, m4 = (np.zeros_like(centroid) for _ in range(3))
    for k_i, q_i in zip(k, q, strict=True):
        d = k_i - centroid
        d2q = d * d * q_i
        m2 += d2q
        m3 += d2q * d
        m4 += d2q * (d * d)
    spread = np.sqrt(m2)
    return {
        "spec_centroid": centroid * BIN_HZ,
        "spec_spread": spread * BIN_HZ,
        "spec_skewness": m3 / (m2 * spread),
        "spec_kurtosis": m4 / (m2 * m2),
    }


def rolloff(q: Float32, share: np.float32) -> Float32:
    """Frequency of the first bin at which the cumulated power reaches `share`.

    ``min f_k with sum_(j <= k) q[j] >= share`` (Peeters 2004).

    Parameters
    ----------
    q : float32 array, shape (61, windows)
        Normalised spectra, from `normalise`.
    share : float32
        0 to 1.

    Returns
    -------
    float32 array, shape (windows,), Hz

    Examples
    --------
    >>> rolloff(np.full((61, 1), 1 / 61, np.float32), np.float32(0.85)).tolist()
    [3312.5]
    """
    cumulated = np.zeros_like(q[0])
    below = np.zeros(q.shape[1], dtype=np.int64)
    for q_i in q[:-1]:
        cumulated += q_i
        below += cumulated < share
    return to_float(below + FIRST_BIN) * BIN_HZ


def _shape(q: Float32) -> dict[str, Float32]:
    logs = log2_q8(q).astype(np.int64)
    n = N_BINS
    steepness = ((_BINS - MIDDLE_BIN)[:, None] * logs).sum(axis=0)
    entropy = ordered_dot(logs.astype(np.float32), q)
    square = np.zeros_like(q[0])
    for q_i in q:
        square += (q_i - BIN_SHARE) * (q_i - BIN_SHARE)
    decrease = np.zeros_like(q[0])
    for i in range(1, n):
        decrease += (q[i] - q[0]) / _F(i)
    largest = q.max(axis=0)
    return {
        "spec_rolloff85": rolloff(q, _F(0.85)),
        "spec_rolloff95": rolloff(q, _F(0.95)),
        "spec_flatness": to_float(logs.sum(axis=0)) * LOG_SHARE + LOG_BINS,
        "spec_entropy": entropy * ENTROPY_SCALE,
        "spec_slope": to_float(steepness) * SLOPE_SCALE,
        "spec_decrease": decrease / ordered_sum(q[1:]),
        "spec_std": np.sqrt(square * BIN_SHARE) * _F(n),
        "spec_dominant": to_float(q.argmax(axis=0) + FIRST_BIN) * BIN_HZ,
        "spec_crest": to_float(log2_q8(largest)) * _F(1 / 256) + LOG_BINS,
    }


def _bands(q: Float32) -> dict[str, Float32]:
    out = {}
    for i, (first, last) in enumerate(BAND_BINS):
        part = ordered_sum(q[first - FIRST_BIN : last + 1 - FIRST_BIN])
        out[f"band{i}_power"] = log2(part)
    low = ordered_sum(q[: HIGH_BIN - FIRST_BIN])
    high = ordered_sum(q[HIGH_BIN - FIRST_BIN :])
    out["band_high_low"] = log2(high) - log2(low)
    return out


def _periodicity(q: Float32) -> dict[str, Float32]:
    """Largest autocorrelation at pitch lags, from the spectrum (Wiener-Khinchin) between 125 and 2000 Hz.

    Lags are even: bins k and 32 - k have the same cosine, but for the sign where half the lag is odd. Their
    sums and differences are taken first.
    """
    cosines = bin_cosines()
    first, last = ACF_BINS
    part = q[: last + 1 - FIRST_BIN]
    fold = last // 2
    bins = np.arange(fold + 1)
    low = np.concatenate([np.zeros_like(q[:first]), q[: fold + 1 - first]])
    high = np.concatenate([part[fold + 1 - first :][::-1], np.zeros_like(q[:1])])
    folded = low + high, low - high
    best = np.full(q.shape[1], -2, dtype=np.float32)
    where = np.zeros(q.shape[1], dtype=np.int64)
    for lag in ACF_LAGS:
        r = ordered_dot(cosines[(bins * lag) & 127], folded[lag // 2 % 2])
        better = r > best
        best = np.where(better, r, best).astype(np.float32)
        where = np.where(better, lag, where)
    return {"acf_peak": best / ordered_sum(part), "acf_lag": to_float(where) * _F(1 / 8)}
