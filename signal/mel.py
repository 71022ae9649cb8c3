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
from .plan import FIRST_BIN, LAST_BIN, AudioPlan
from .series import mean_q8, std_q8

_F = np.float32
MFCC_COEFFICIENTS = 13


def _mel_from_hz(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = hz * 3 / 200
    return np.where(hz < 1000, linear, 15 + 27 * np.log(np.maximum(hz, 1000) / 1000) / np.log(6.4))


def _hz_from_mel(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))


def mel_weights(plan: AudioPlan) -> Float32:
    """Return the triangular weights, float32 (bands, 65) over bins 0..64 of the 128-point transform."""
    ends = _mel_from_hz(np.array([plan.mel_fmin_hz, plan.mel_fmax_hz]))
    edges = _hz_from_mel(np.linspace(ends[0], ends[1], plan.mel_bands + 2))
    bins_hz = np.arange(FRAME // 2 + 1) * plan.rate_hz / FRAME
    rising = (bins_hz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins_hz) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0, np.minimum(rising, falling)).astype(np.float32)


@dataclass(frozen=True)
class MelBand:
    """The bins of one band that count: `weights` (times ``2**-44``) start at bin `first`."""

    first: int
    weights: Float32


def mel_bank(plan: AudioPlan) -> tuple[MelBand, ...]:
    """Return the sparse bank, weights scaled so that energies are in squared LSB."""
    bank = []
    for number, row in enumerate(mel_weights(plan)):
        used = np.flatnonzero(row)
        if not used.size:
            raise ValueError(f"audio plan: mel_bands is {plan.mel_bands}, but band {number} holds no FFT bin")
        first, last = int(used[0]), int(used[-1])
        if first < FIRST_BIN or last > LAST_BIN:
            raise ValueError(
                f"mel band uses bins {first} to {last}; the front end keeps {FIRST_BIN} to {LAST_BIN}"
            )
        bank.append(MelBand(first, row[first : last + 1] * _F(2.0**-POWER_SCALE_LOG2)))
    return tuple(bank)


def mel_energies(power: Float32, plan: AudioPlan) -> Float32:
    """Return ``1 + sum_k w[b, k] p[k]``, summed in bin order, float32 (bands, n), in squared LSB.

    Parameters
    ----------
    power : float32 array, shape (61, n)
        From :func:`tussis.signal.fft.frame_power`.
    plan : AudioPlan
        Bank.
    """
    energies = np.empty((plan.mel_bands, power.shape[1]), dtype=np.float32)
    for band, energy in zip(mel_bank(plan), energies, strict=True):
        energy[:] = _F(1)
        for k, weight in enumerate(band.weights, start=band.first - FIRST_BIN):
            energy += weight * power[k]
    return energies


def dct_q14(plan: AudioPlan) -> NDArray[np.int32]:
    """Return the orthonormal DCT-II in Q14, int32 (13 or fewer, bands), rows from coefficient 0."""
    b = plan.mel_bands
    k = np.arange(min(MFCC_COEFFICIENTS, b))[:, None]
    basis = np.cos(np.pi * k * (2 * np.arange(b) + 1) / (2 * b)) * np.sqrt(np.where(k == 0, 1, 2) / b)
    return np.round(16384 * basis).astype(np.int32)


def frame_mfcc(log_energies: Int, plan: AudioPlan) -> NDArray[np.int32]:
    """Return each frame's cepstral coefficients in 1/64 octave, int32 (coefficients, n); input (bands, n)."""
    return ((dct_q14(plan) @ log_energies.astype(np.int32) + (1 << 15)) >> 16).astype(np.int32)


@dataclass(frozen=True)
class MelWindows:
    """Statistics of the mel bands over each window; all arrays (bands, windows).

    Attributes
    ----------
    log_sum, log_square_sum, log_max : int64
        Of the integer logarithms over the window's frames.
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

    Returns
    -------
    dict of float32 arrays, shape (windows,)
        ``melBB_mean/std/max`` in octaves, ``_entropy`` in bits (5 for a constant band, 0 for one frame's
        click), ``_rel`` the mean against the mean over bands, ``_peak`` the largest value against the band's
        own mean.
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
    """Mean cepstral coefficients ``mfccKK_mean`` in octaves: the DCT of the mean logarithmic energies."""
    total = (dct_q14(plan).astype(np.int64) @ mel.log_sum + (1 << 13)) >> 14
    return {f"mfcc{k:02d}_mean": mean_q8(row, mel.frames) for k, row in enumerate(total)}


def mfcc_std_features(total: Int, square_total: Int, frames: int) -> dict[str, Float32]:
    """Compute ``mfccKK_std`` in octaves, each coefficient's deviation, from sums of `frame_mfcc`."""
    return {
        f"mfcc{k:02d}_std": std_q8(s1, s2, frames) * _F(4)
        for k, (s1, s2) in enumerate(zip(total, square_total, strict=True))
    }
