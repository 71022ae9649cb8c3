"""From the microphone's rate to 8 kHz: anti-alias filter and pre-emphasis in one Q15 FIR.

The filter is antisymmetric of even length (linear phase, type IV): its response is exactly zero at 0 Hz,
follows the pre-emphasis ``|1 - 0.97 exp(-jw)|`` at 8 kHz up to 3.1 kHz and stops what would alias. Taps were
fitted by weighted least squares (passband 0 to 3.1 kHz with relative weight, stopband from 4.9 kHz with
weight 4), scaled to the same gain at 2 kHz for every rate and rounded to integers. They stand here as
numbers, so that no solver's last digit can change what a detector hears.

========== ===== =============== ============ ============== =======================
input rate taps  gain at 2 kHz   at 3 kHz     at 5 kHz       from 5.5 kHz
========== ===== =============== ============ ============== =======================
8 kHz      6     -3.6 dB         within 1 dB of 16 kHz's     (no band above 4 kHz)
16 kHz     12    -3.6 dB         -3.1 dB      -29.9 dB       below -35 dB
32 kHz     24    -3.6 dB         -3.3 dB      -30.8 dB       below -37 dB
48 kHz     36    -3.6 dB         -3.3 dB      -30.8 dB       below -37 dB
========== ===== =============== ============ ============== =======================

The sum of the absolute taps is at most 32767, so no int16 input can overflow the int16 output.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .plan import AudioPlan

_HALF_TAPS = {
    8000: (1357, -2737, -11818),
    16000: (-183, 920, 961, -3075, -7178, -4049),
    32000: (-102, 39, 322, 594, 597, 98, -931, -2219, -3257, -3516, -2722, -1025),
    48000: (
        *(-72, -33, 55, 182, 317, 414, 416, 276, -30, -490, -1050, -1618),
        *(-2083, -2338, -2303, -1948, -1304, -459),
    ),
}


def decimator_taps(plan: AudioPlan) -> NDArray[np.int16]:
    """Return the Q15 taps ``h[k]``, k = 0 for the newest sample.

    Parameters
    ----------
    plan : AudioPlan
        Only ``input_rate_hz`` counts.

    Returns
    -------
    int16 array, shape (taps,), even length
        Antisymmetric: ``h[k] == -h[taps - 1 - k]``.
    """
    half = np.array(_HALF_TAPS[plan.input_rate_hz], dtype=np.int16)
    return np.concatenate([half, -half[::-1]])


def decimate(pcm: NDArray[np.int16], plan: AudioPlan) -> NDArray[np.int16]:
    """Filter and decimate: ``y[n] = (sum_k h[k] x[R n - k] + 2**14) >> 15``, zeros before the first sample.

    Parameters
    ----------
    pcm : int16 array, shape (n,)
        Samples at ``plan.input_rate_hz``.
    plan : AudioPlan
        Rates.

    Returns
    -------
    int16 array, shape (ceil(n / R),)
        Samples at ``plan.rate_hz``. Integer arithmetic, so equal to the C in every bit.
    """
    step = plan.decimation
    taps = decimator_taps(plan)
    n_out = -(-len(pcm) // step)
    padded = np.zeros(len(taps) - 1 + n_out * step, dtype=np.int32)
    padded[len(taps) - 1 : len(taps) - 1 + len(pcm)] = pcm
    total = np.full(n_out, 1 << 14, dtype=np.int32)
    for k, tap in enumerate(taps):
        start = len(taps) - 1 - k
        total += np.int32(tap) * padded[start : start + n_out * step : step]
    return (total >> 15).astype(np.int16)
