"""How a frame differs from the one before: integer series at frame rate, twins of ``dsp/audio_path.c``.

The first frame of a recording has no frame before it and differs by nothing. A window's features leave out
its first frame's difference, which belongs to the frame before the window.
"""

from __future__ import annotations

import numpy as np

from .elementary import Int
from .series import SIX_DB


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
    array, shape (rows, n + 1), or (rows, 0) where there is no frame

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
