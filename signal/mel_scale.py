"""Slaney's mel scale (Auditory Toolbox, 1998): linear to 1 kHz and logarithmic above."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["mel_edges_hz"]


def mel_edges_hz(fmin_hz: float, fmax_hz: float, bands: int) -> NDArray[np.float64]:
    """Return the edges of overlapping triangles, equally spaced on the mel scale.

    Parameters
    ----------
    fmin_hz, fmax_hz
        Lower edge of the first triangle and upper edge of the last, in Hz.
    bands
        Number of triangles.

    Returns
    -------
    ndarray of float64, shape (bands + 2,)
        Band b rises from edge b to edge b + 1, and falls to edge b + 2; in Hz.

    Examples
    --------
    >>> mel_edges_hz(100.0, 700.0, 2).tolist()
    [100.0, 300.0, 500.0, 700.0]
    """
    ends = _mel_from_hz(np.array([fmin_hz, fmax_hz]))
    return _hz_from_mel(np.linspace(ends[0], ends[1], bands + 2))


def _mel_from_hz(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = hz * 3 / 200
    return np.where(hz < 1000, linear, 15 + 27 * np.log(np.maximum(hz, 1000) / 1000) / np.log(6.4))


def _hz_from_mel(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))
