"""Mel-band energies of a frame and their statistics over a window.

The triangles are those of ``librosa.filters.mel(norm=None, htk=False)``: Slaney's scale (Auditory Toolbox,
1998), linear to 1 kHz and logarithmic above, unit height. A band's energy is kept above one squared LSB, so
that silence has a logarithm, and its logarithm is an integer in 1/256 octave: sums and sums of squares over
frames are exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .elementary import Float32, Int, log2
from .fft import FRAME, POWER_SCALE_LOG2
from .mel_scale import mel_edges_hz
from .plan import FIRST_BIN, LAST_BIN, AudioPlan
from .series import mean_q8, std_q8

_F = np.float32
MFCC_COEFFICIENTS = 13


def mel_weights(plan: AudioPlan) -> Float32:
    """Return the triangular weights over bins 0 to 64 of the 128-point transform.

    ``w[b, k] = max(0, min((f_k - e_b) / (e_{b+1} - e_b), (e_{b+2} - f_k) / (e_{b+2} - e_{b+1})))`` with
    edges ``e`` equally spaced on Slaney's mel scale (Auditory Toolbox, 1998), as
    ``librosa.filters.mel(norm=None)``.

    Parameters
    ----------
    plan : AudioPlan
        Number of bands and their range.

    Returns
    -------
    float32 array, shape (bands, 65), 0 to 1

    Examples
    --------
    >>> weights = mel_weights(AudioPlan())
    >>> weights.shape, np.flatnonzero(weights[0]).tolist()
    ((16, 65), [3, 4, 5, 6])
    """
    edges = mel_edges_hz(plan.mel_fmin_hz, plan.mel_fmax_hz, plan.mel_bands)
    bins_hz = np.arange(FRAME // 2 + 1) * plan.rate_hz / FRAME
    rising = (bins_hz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins_hz) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0, np.minimum(rising, falling)).astype(np.float32)


@dataclass(frozen=True)
class BinShare:
    """How one bin is shared between the two bands whose centres it lies between.

    Attributes
    ----------
    bin : int
        Number of the bin.
    band : int
        The band that gets `weight` times the bin's power.
    weight : float32
        0 to 1; where another band gets the rest, at most 0.5, so that the rest is exact to rounding.
    other : int or None
        The band that gets the rest; None outside the first and the last centre.
    """

    bin: int
    band: int
    weight: np.float32
    other: int | None


def mel_bank(plan: AudioPlan) -> tuple[BinShare, ...]:
    """Return the bank by bins, lowest bin first; bins that no band uses are left out.

    Between two centres the falling weight of one band and the rising one of the next sum to one, so that one
    multiplication serves both.

    Parameters
    ----------
    plan : AudioPlan
        Number of bands and their range.

    Returns
    -------
    tuple of BinShare

    Raises
    ------
    ValueError
        A band uses a bin that the front end does not keep.

    Examples
    --------
    >>> bank = mel_bank(AudioPlan())
    >>> len(bank), bank[2].bin, bank[2].band, bank[2].other, round(float(bank[2].weight), 3)
    (57, 5, 1, 0, 0.478)
    """
    weights = mel_weights(plan)
    bank = []
    for k in map(int, np.flatnonzero(weights.any(axis=0))):
        if not FIRST_BIN <= k <= LAST_BIN:
            raise ValueError(f"mel bands use bin {k}; the front end keeps {FIRST_BIN} to {LAST_BIN}")
        bands = sorted(map(int, np.flatnonzero(weights[:, k])), key=lambda b: float(weights[b, k]))
        bank.append(BinShare(k, bands[0], weights[bands[0], k], bands[1] if len(bands) > 1 else None))
    return tuple(bank)


def mel_energies(power: Float32, plan: AudioPlan) -> Float32:
    """Return ``E[b] = 1 + 2**-42 sum_k w[b, k] P[k]``, summed in bin order.

    Of a bin between two centres the nearer one's band gets what the other one leaves: ``P[k] - w P[k]``.

    Parameters
    ----------
    power : float32 array, shape (61, n)
        Power spectra, from :func:`tussis.signal.fft.frame_power`.
    plan : AudioPlan
        Plan with the number of mel bands.

    Returns
    -------
    float32 array, shape (bands, n), in squared LSB, at least 1

    Examples
    --------
    >>> mel_energies(np.zeros((61, 2), np.float32), AudioPlan(mel_bands=8))[:, 0].tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """
    energies = np.full((plan.mel_bands, power.shape[1]), 2.0**POWER_SCALE_LOG2, dtype=np.float32)
    for share in mel_bank(plan):
        bin_power = power[share.bin - FIRST_BIN]
        part = share.weight * bin_power
        energies[share.band] += part
        if share.other is not None:
            energies[share.other] += bin_power - part
    energies *= _F(2.0**-POWER_SCALE_LOG2)
    return energies


def dct_q14(plan: AudioPlan) -> NDArray[np.int32]:
    """Return the orthonormal DCT-II in Q14, rows from coefficient 0.

    ``D[k, b] = round(2^14 sqrt((2 - [k = 0]) / B) cos(pi k (2 b + 1) / (2 B)))``.

    Returns
    -------
    int32 array, shape (13 or fewer, bands)

    Examples
    --------
    >>> dct = dct_q14(AudioPlan())
    >>> dct.shape, dct[0, :2].tolist(), dct[1, [0, -1]].tolist()
    ((13, 16), [4096, 4096], [5765, -5765])
    """
    b = plan.mel_bands
    k = np.arange(min(MFCC_COEFFICIENTS, b))[:, None]
    basis = np.cos(np.pi * k * (2 * np.arange(b) + 1) / (2 * b)) * np.sqrt(np.where(k == 0, 1, 2) / b)
    return np.round(16384 * basis).astype(np.int32)


def frame_mfcc(log_energies: Int, plan: AudioPlan) -> NDArray[np.int32]:
    """Return each frame's cepstral coefficients ``c[k] = sum_b D[k, b] L[b]``.

    Mel-frequency cepstral coefficients with logarithms to base two (Davis S. and Mermelstein P., IEEE Trans.
    ASSP-28, 1980).

    Parameters
    ----------
    log_energies : integer array, shape (bands, n)
        In 1/256 octave.
    plan : AudioPlan
        Number of bands.

    Returns
    -------
    int32 array, shape (coefficients, n), in 1/64 octave, rounded

    Examples
    --------
    >>> flat = np.full((16, 1), 1024)
    >>> frame_mfcc(flat, AudioPlan())[:3, 0].tolist()
    [1024, 0, 0]
    """
    return ((dct_q14(plan) @ log_energies.astype(np.int32) + (1 << 15)) >> 16).astype(np.int32)


@dataclass(frozen=True)
class MelWindows:
    """Statistics of the mel bands over each window; all arrays (bands, windows).

    Attributes
    ----------
    log_sum, log_square_sum, log_max : int64
        Sums, sums of squares and maxima of the integer logarithms over the window's frames.
    energy_sum, energy_log_sum : float32
        Sum of E, and of E times its integer logarithm: block sums, oldest block first.
    frames : int
        Frames per window.
    """

    log_sum: Int
    log_square_sum: Int
    log_max: Int
    energy_sum: Float32
    energy_log_sum: Float32
    frames: int


def mel_features(mel: MelWindows) -> dict[str, Float32]:
    """Mean, standard deviation, largest value and entropy over frames of every band, and level-free versions.

    With ``L[b, f]`` the logarithm and ``E[b, f]`` the energy of band b in frame f: ``_mean`` is ``mean_f
    L``, ``_std`` ``sqrt(mean_f L^2 - (mean_f L)^2)``, ``_max`` ``max_f L``, all in octaves; ``_entropy`` is
    Shannon's, ``log2(sum_f E) - sum_f E L / sum_f E`` in bits (5 for a constant band, 0 for one frame's
    click); ``_rel`` is ``mean_f L - mean_bf L`` and ``_peak`` ``max_f L - mean_f L``, in octaves.

    Parameters
    ----------
    mel : MelWindows
        Sums over the frames of each window.

    Returns
    -------
    dict of float32 arrays, shape (windows,)
        ``melBB_mean``, ``_std``, ``_max``, ``_entropy``, ``_rel``, ``_peak`` for every band.

    Examples
    --------
    >>> logs, ones = np.full((2, 1), 1024), np.ones((2, 1), np.float32)
    >>> steady = MelWindows(4 * logs, 4 * logs**2, logs, 64 * ones, 64 * 1024 * ones, frames=4)
    >>> found = mel_features(steady)
    >>> {name: round(float(found[f"mel00_{name}"][0]), 2) for name in ("mean", "std", "entropy", "rel")}
    {'mean': 4.0, 'std': 0.0, 'entropy': 2.0, 'rel': 0.0}
    """
    out: dict[str, Float32] = {}
    bands = len(mel.log_sum)
    over_bands = mel.log_sum.sum(axis=0)
    for b in range(bands):
        name, s1 = f"mel{b:02d}", mel.log_sum[b]
        out[f"{name}_mean"] = mean_q8(s1, mel.frames)
        out[f"{name}_std"] = std_q8(s1, mel.log_square_sum[b], mel.frames)
        out[f"{name}_max"] = mean_q8(mel.log_max[b], 1)
        spread = mel.energy_log_sum[b] / mel.energy_sum[b]
        out[f"{name}_entropy"] = log2(mel.energy_sum[b]) - spread * _F(1 / 256)
        out[f"{name}_rel"] = mean_q8(bands * s1 - over_bands, bands * mel.frames)
        out[f"{name}_peak"] = mean_q8(mel.frames * mel.log_max[b] - s1, mel.frames)
    return out


def mfcc_mean_features(mel: MelWindows, plan: AudioPlan) -> dict[str, Float32]:
    """Mean cepstral coefficients ``mfccKK_mean``: the DCT of the mean logarithmic energies.

    ``sum_b D[k, b] mean_f L[b, f]``, which equals ``mean_f c[k, f]`` (Davis and Mermelstein, 1980).

    Parameters
    ----------
    mel : MelWindows
        Its `log_sum` and `frames` are used.
    plan : AudioPlan
        Number of bands.

    Returns
    -------
    dict of float32 arrays, shape (windows,), octaves

    Examples
    --------
    >>> logs, ones = np.full((16, 1), 1024), np.ones((16, 1), np.float32)
    >>> flat = MelWindows(4 * logs, 4 * logs**2, logs, ones, ones, frames=4)
    >>> found = mfcc_mean_features(flat, AudioPlan())
    >>> round(float(found["mfcc00_mean"][0]), 3), float(found["mfcc01_mean"][0])
    (16.0, 0.0)
    """
    total = (dct_q14(plan).astype(np.int64) @ mel.log_sum + (1 << 13)) >> 14
    return {f"mfcc{k:02d}_mean": mean_q8(row, mel.frames) for k, row in enumerate(total)}


def mfcc_std_features(total: Int, square_total: Int, frames: int) -> dict[str, Float32]:
    """Compute ``mfccKK_std``, each coefficient's deviation over frames, from sums of `frame_mfcc`.

    ``sqrt(mean_f c[k, f]^2 - (mean_f c[k, f])^2)``.

    Parameters
    ----------
    total, square_total : integer arrays, shape (coefficients, windows)
        Sums of the coefficients, in 1/64 octave, and of their squares.
    frames : int
        Frames summed.

    Returns
    -------
    dict of float32 arrays, shape (windows,), octaves

    Examples
    --------
    >>> c = np.array([[0, 128, 0, 128]])
    >>> sums = c.sum(axis=1, keepdims=True), (c**2).sum(axis=1, keepdims=True)
    >>> mfcc_std_features(*sums, 4)["mfcc00_std"].tolist()
    [1.0]
    """
    return {
        f"mfcc{k:02d}_std": std_q8(s1, s2, frames) * _F(4)
        for k, (s1, s2) in enumerate(zip(total, square_total, strict=True))
    }
