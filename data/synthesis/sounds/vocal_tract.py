"""The tube above the folds: time-varying resonances applied to an excitation.

The excitation is cut into overlapping Hann frames, each multiplied in the frequency domain by the response
of its moment, and added up again; this is a time-varying filter whose output glides between the responses.
"""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

from .noise import RATE_HZ, Waveform

__all__ = [
    "GRID_HZ",
    "HOP",
    "band_response",
    "cascade_response",
    "filtered",
    "frame_times_s",
    "parallel_response",
]

HOP = 128
_FRAME = 2 * HOP
_SIZE = 768
GRID_HZ = np.asarray(np.arange(_SIZE // 2 + 1) * (RATE_HZ / _SIZE), dtype=np.float64)
_HIGHEST_HZ = 7400.0
_Z1 = np.exp(-2j * np.pi * GRID_HZ / RATE_HZ)
_Z2 = _Z1**2
_WINDOW = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(_FRAME) / _FRAME)


def frame_times_s(n: int) -> NDArray[np.float64]:
    """Centre in seconds of every frame that `filtered` cuts `n` samples into, shape ``(frames,)``."""
    return np.asarray(np.arange(n // HOP + 2) * (HOP / RATE_HZ), dtype=np.float64)


def _resonances(
    formants_hz: NDArray[np.float64], bandwidths_hz: NDArray[np.float64]
) -> NDArray[np.complex128]:
    """Klatt's digital resonators, unity gain at 0 Hz; shapes (frames, k) -> (frames, k, bins)."""
    radius = np.exp(-np.pi * bandwidths_hz / RATE_HZ)
    b = (2.0 * radius * np.cos(2.0 * np.pi * formants_hz / RATE_HZ))[..., None]
    c = (-(radius**2))[..., None]
    return np.asarray((1.0 - b - c) / (1.0 - b * _Z1 - c * _Z2))


def cascade_response(
    formants_hz: NDArray[np.float64], bandwidths_hz: NDArray[np.float64]
) -> NDArray[np.complex128]:
    """Resonators in series (vowels: the amplitudes follow from the frequencies; Klatt 1980).

    Parameters
    ----------
    formants_hz, bandwidths_hz
        Shape ``(frames, k)``, Hz. A formant above 7.4 kHz, as short tracts have, is left out.

    Returns
    -------
    NDArray[np.complex128]
        Shape ``(frames, bins)`` on `GRID_HZ`.
    """
    widths = np.where(formants_hz > _HIGHEST_HZ, 1e6, bandwidths_hz)  # so wide that its gain is 1 everywhere
    return np.asarray(np.prod(_resonances(formants_hz, widths), axis=1))


def parallel_response(
    formants_hz: NDArray[np.float64], bandwidths_hz: NDArray[np.float64], levels_db: NDArray[np.float64]
) -> NDArray[np.complex128]:
    """Resonators side by side, each with its own peak level (turbulence excites them unequally).

    Parameters
    ----------
    formants_hz, bandwidths_hz, levels_db
        Shape ``(frames, k)``; the level is that of the peak.

    Returns
    -------
    NDArray[np.complex128]
        Shape ``(frames, bins)``; neighbours have alternating signs, so no zeros fall between them.
    """
    peak = np.maximum(formants_hz / np.maximum(bandwidths_hz, 1.0), 1.0)
    signs = np.where(np.arange(formants_hz.shape[1]) % 2 == 0, 1.0, -1.0)
    weight = signs * 10.0 ** (levels_db / 20.0) / peak
    return np.asarray(np.sum(_resonances(formants_hz, bandwidths_hz) * weight[..., None], axis=1))


def band_response(
    centre_hz: NDArray[np.float64], width_octaves: NDArray[np.float64]
) -> NDArray[np.complex128]:
    """Shape frication: a bell on a log-frequency axis, zero phase; shapes (frames,) -> (frames, bins)."""
    axis = np.log2(np.maximum(GRID_HZ, 20.0))
    distance = (axis[None, :] - np.log2(centre_hz)[:, None]) / np.maximum(width_octaves, 0.05)[:, None]
    return np.asarray(np.exp(-0.5 * distance**2) + 0.02, dtype=np.complex128)


def filtered(excitation: Waveform, response: NDArray[np.complex128]) -> Waveform:
    """Apply one response per frame.

    Parameters
    ----------
    excitation
        Excitation signal, shape ``(n,)``.
    response
        Shape ``(frames, bins)`` with the frames of `frame_times_s`, or ``(1, bins)`` for a fixed filter.

    Returns
    -------
    NDArray[np.float64]
        Shape ``(n,)``.
    """
    n = len(excitation)
    frames = n // HOP + 2
    padded = np.zeros((frames + 1) * HOP)
    padded[HOP : HOP + n] = excitation
    view = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[::HOP]
    parts = scipy.fft.irfft(scipy.fft.rfft(view * _WINDOW, _SIZE, axis=1) * response, _SIZE, axis=1)
    chunks = parts.reshape(frames, _SIZE // HOP, HOP)
    out = np.zeros((frames + _SIZE // HOP, HOP))
    for k in range(_SIZE // HOP):
        out[k : k + frames] += chunks[:, k]
    return out.reshape(-1)[HOP : HOP + n].copy()
