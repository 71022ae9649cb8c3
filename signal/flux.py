"""How a frame differs from the one before: integer series at frame rate, twins of ``dsp/audio_path.c``.

The first frame of a recording has no frame before it and differs by nothing. A window's features leave out
its first frame's difference, which belongs to the frame before the window.
"""

from __future__ import annotations

import numpy as np

from .elementary import Float32, Int
from .fft import POWER_SCALE_LOG2
from .plan import FIRST_BIN, LAST_BIN
from .series import SIX_DB

_F = np.float32
BIN_FLUX_ONE = 512
"""What `bin_flux` gives where a frame's whole spectrum is new.

The C squares it times the frames of a window, 64 at most, in 31 bits."""

BIN_FLUX_FLOOR = _F(2.0 ** (POWER_SCALE_LOG2 // 2 - 4) * sum(range(FIRST_BIN, LAST_BIN + 1)))
"""1/16 LSB in every bin, twice what rounding to int16 leaves there, weighted: keeps silence defined."""


def with_frame_before(x: Int, before: Int | None) -> Int:
    """Put the frame before in front; the first frame itself where there is none.

    Parameters
    ----------
    x : array, shape (rows, n)
        Consecutive frames.
    before : array, shape (rows, 1), optional
        The frame before them.

    Returns
    -------
    array, shape (rows, n + 1), or (rows, 0) without a frame

    Examples
    --------
    >>> import numpy as np
    >>> with_frame_before(np.array([[3, 5]]), None).tolist()
    [[3, 3, 5]]
    """
    return np.concatenate([x[:, :1] if before is None else before, x], axis=1)


def band_changes(logs: Int) -> dict[str, Int]:
    """Change of the mel bands' logarithms from frame to frame.

    With ``d[b, f] = L[b, f] - L[b, f - 1]``: ``flux`` is ``mean_b |d|`` and ``onset`` ``mean_b max(0, d)``,
    both rounded down, ``rising`` the number of bands with ``d`` of 6 dB or more (Klapuri A., "Sound onset
    detection by applying psychoacoustic knowledge", ICASSP 1999, for differences of band logarithms).

    Parameters
    ----------
    logs : int32 array, shape (bands, n + 1)
        Log energies in 1/256 octave, with the frame before in front.

    Returns
    -------
    dict of int16 arrays, shape (n,)
        ``flux`` and ``onset`` in 1/256 octave, ``rising`` in bands.

    Examples
    --------
    >>> import numpy as np
    >>> {name: s.tolist() for name, s in band_changes(np.array([[0, 512], [256, 0]])).items()}
    {'flux': [384], 'onset': [256], 'rising': [1]}
    """
    change = np.diff(logs, axis=1)
    return {
        "flux": (np.abs(change).sum(axis=0) // len(logs)).astype(np.int16),
        "onset": (np.maximum(change, 0).sum(axis=0) // len(logs)).astype(np.int16),
        "rising": (change >= SIX_DB).sum(axis=0).astype(np.int16),
    }


def bin_flux(magnitude: Float32) -> Int:
    """Rise of the spectrum from frame to frame, bin by bin, against the frame's own spectrum.

    ``512 sum_k k max(0, M[k, f] - M[k, f - 1]) / (floor + sum_k k M[k, f])``, rounded down: the half-wave
    rectified difference of successive magnitude spectra (Dixon S., "Onset detection revisited", DAFx 2006),
    each bin weighted by its frequency (Masri P., PhD thesis, University of Bristol, 1996). The division makes
    it independent of gain. `flux` and `onset` compare the logarithms of whole mel bands instead; a tone that
    moves by a bin or two within its band shows here only.

    Parameters
    ----------
    magnitude : float32 array, shape (61, n + 1)
        Square roots of :func:`tussis.signal.fft.frame_power`, with the frame before in front.

    Returns
    -------
    int32 array, shape (n,)
        0 where no bin rises, `BIN_FLUX_ONE` where all of the spectrum is new. Sums run
        from the lowest bin up.

    Examples
    --------
    >>> import numpy as np
    >>> quiet, loud = np.zeros(61, np.float32), np.full(61, 1e9, np.float32)
    >>> bin_flux(np.stack([quiet, loud, loud / 2, loud], axis=1)).tolist()
    [511, 0, 255]
    """
    rise = np.zeros_like(magnitude[0, 1:])
    total = np.full_like(rise, BIN_FLUX_FLOOR)
    for k, row in enumerate(magnitude, start=FIRST_BIN):
        now = row[1:]
        rise += _F(k) * np.maximum(now - row[:-1], _F(0))
        total += _F(k) * now
    share: Int = (rise / total * _F(BIN_FLUX_ONE)).astype(np.int32)
    return share
