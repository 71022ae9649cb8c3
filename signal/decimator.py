"""From the microphone's rate to 8 kHz: anti-alias filter and pre-emphasis in one FIR with 16-bit taps.

The filter is antisymmetric of even length (linear phase, type IV): its response is exactly zero at 0 Hz,
follows the pre-emphasis ``|1 - 0.97 exp(-jw)|`` at 8 kHz up to 3.1 kHz and stops what would alias. Taps were
fitted by weighted least squares (passband 0 to 3.1 kHz with relative weight, stopband from 4.9 kHz with
weight 4), scaled to the same gain at 2 kHz for every rate and rounded to 1/65536. They stand here as numbers,
so that no solver's last digit can change what a detector hears.

========== ===== ============== ======== ============ ===============
input rate taps  gain at 2 kHz  at 3 kHz at 5 kHz     from 5.5 kHz
========== ===== ============== ======== ============ ===============
8 kHz      6     -3.3 dB        -2.9 dB  (no band above 4 kHz)
16 kHz     10    -3.1 dB        -3.1 dB  -31.2 dB     below -37 dB
32 kHz     20    -3.1 dB        -3.0 dB  -29.0 dB     below -34 dB
48 kHz     30    -3.1 dB        -3.0 dB  -28.7 dB     below -34 dB
========== ===== ============== ======== ============ ===============

The sum of the absolute taps is below 65534/65536, so no int16 input can overflow the 32-bit sum or the int16
output, and the output is the upper half of the sum.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .plan import AudioPlan

_HALF_TAPS = {
    8000: (3213, -6297, -23252),
    16000: (2028, 1509, -6737, -14474, -8003),
    32000: (659, 1192, 1176, 136, -1994, -4658, -6803, -7333, -5672, -2136),
    48000: (364, 633, 825, 828, 539, -94, -1047, -2208, -3390, -4361, -4894, -4822, -4080, -2732, -961),
}


def decimator_taps(plan: AudioPlan) -> NDArray[np.int16]:
    """Return the taps ``h[k]`` in 1/65536, k = 0 for the newest sample.

    Parameters
    ----------
    plan : AudioPlan
        Only ``input_rate_hz`` counts.

    Returns
    -------
    int16 array, shape (taps,), even length
        Antisymmetric: ``h[k] == -h[taps - 1 - k]``.

    Examples
    --------
    >>> decimator_taps(AudioPlan(input_rate_hz=8000)).tolist()
    [3213, -6297, -23252, 23252, 6297, -3213]
    """
    half = np.array(_HALF_TAPS[plan.input_rate_hz], dtype=np.int16)
    return np.concatenate([half, -half[::-1]])


def decimate(
    pcm: NDArray[np.int16], plan: AudioPlan, first: int = 0, last: int | None = None
) -> NDArray[np.int16]:
    """Filter and decimate: ``y[n] = (sum_k h[k] x[R n - k] + 2**15) >> 16``, zeros at first.

    Parameters
    ----------
    pcm : int16 array, shape (n,)
        Samples at ``plan.input_rate_hz``.
    plan : AudioPlan
        Plan with the input rate and the decimated rate.
    first, last : int, optional
        Compute outputs `first` to ``last - 1`` only; all when left out.

    Returns
    -------
    int16 array, shape (ceil(n / R),) or (last - first,)
        Samples at ``plan.rate_hz``. Integer arithmetic, so equal to the C in every bit.

    Examples
    --------
    >>> decimate(np.full(32, 10000, np.int16), AudioPlan())[-4:].tolist()  # an offset is taken away
    [0, 0, 0, 0]
    """
    step = plan.decimation
    taps = decimator_taps(plan)
    n_all = -(-len(pcm) // step)
    n_out = (n_all if last is None else min(last, n_all)) - first
    start = first * step - (len(taps) - 1)
    stop = min(start + len(taps) - 1 + n_out * step, len(pcm))
    padded = np.zeros(len(taps) - 1 + n_out * step, dtype=np.int32)
    padded[max(0, -start) : stop - start] = pcm[max(0, start) : stop]
    total = np.full(n_out, 1 << 15, dtype=np.int32)
    for k, tap in enumerate(taps):
        offset = len(taps) - 1 - k
        total += np.int32(tap) * padded[offset : offset + n_out * step : step]
    return (total >> 16).astype(np.int16)
