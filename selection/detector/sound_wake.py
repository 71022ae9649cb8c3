"""When sound wakes a microphone: its own detector of acoustic activity, as a port sees it.

Parts such as the TDK T5838 and the Vesper VM3011 compare the level of the sound with a threshold while they
draw some 10 to 20 uA, and raise a line where it is passed. Modelled on a recording, block by block of 8 ms
from its beginning, in integers:

    loud  where  n sum(x^2) - sum(x)^2  >=  limit n^2,   limit = ceil(2^29 10^(threshold / 10))

with the n int16 samples x of the block and the threshold in dB FS: 0 dB FS is a sine of full scale, whose
mean square is 2^29, and an offset does not count. A threshold in dB SPL needs the level at which the
recording's microphone reaches full scale, which no WAV file says: 120 dB SPL are assumed, the usual -26 dB FS
at 94 dB SPL of a digital MEMS microphone.

The port switches the microphone on at the end of a loud block, hears after its start-up, and switches it back
`hold` after the last loud block, while it hears or not. No block depends on another one or on how samples
arrive. Filters of the part's detector are not modelled, nor a threshold that follows the noise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.input_error import InputError
from ...data.recording import Recording
from .gate import TICK_HZ
from .wake import HeardRecording, switched_recording

__all__ = ["FULL_SCALE_DB_SPL", "SoundWake", "heard_by_sound", "threshold_dbfs"]

FULL_SCALE_DB_SPL = 120.0
"""Assumed level of a sine of full scale in a recording."""
_BLOCKS_PER_S = 125
_FULL_SCALE_SQUARE = 2.0**29
_CHUNK_BLOCKS = 1 << 12


@dataclass(frozen=True)
class SoundWake:
    """Settings of a microphone's detector of acoustic activity.

    Attributes
    ----------
    threshold_dbfs
        Level from which a block is loud, in dB FS.
    start_ms
        From there to the first good sample, in ms.
    hold_s
        For how long after the last loud block the microphone stays on, in seconds.
    """

    threshold_dbfs: float
    start_ms: float
    hold_s: float = 0.64

    def loud(self, audio: NDArray[np.int16], rate_hz: int) -> NDArray[np.bool_]:
        """Say which blocks are loud.

        Parameters
        ----------
        audio : ndarray of int16, shape (n,)
            Sound; what does not fill a block at its end does not count.
        rate_hz
            Samples per second.

        Returns
        -------
        ndarray of bool, shape (n * 125 // rate_hz,) where 125 divides the rate

        Examples
        --------
        >>> sound = np.zeros(1280, np.int16)
        >>> sound[300:340:2] = 200
        >>> SoundWake(-60.0, 20.0).loud(sound, 16000).tolist()
        [False, False, True, False, False, False, False, False, False, False]
        """
        n = rate_hz // _BLOCKS_PER_S
        limit = math.ceil(_FULL_SCALE_SQUARE * 10 ** (self.threshold_dbfs / 10)) * n * n
        found = np.zeros(len(audio) // n, np.bool_)
        for first in range(0, len(found), _CHUNK_BLOCKS):
            last = min(first + _CHUNK_BLOCKS, len(found))
            blocks = np.asarray(audio[first * n : last * n], np.int64).reshape(-1, n)
            found[first:last] = n * (blocks * blocks).sum(axis=1) - blocks.sum(axis=1) ** 2 >= limit
        return found


def threshold_dbfs(text: str) -> float:
    """Read a threshold: ``60dBSPL``, or ``-60dBFS``, which asks for no assumption.

    Raises
    ------
    InputError
        It is neither, or not between -96 and 0 dB FS.

    Examples
    --------
    >>> threshold_dbfs("60dBSPL"), threshold_dbfs("-55dBFS")
    (-60.0, -55.0)
    """
    words = text.strip().lower().replace(" ", "")
    unit = next((unit for unit in ("dbspl", "dbfs") if words.endswith(unit)), "")
    try:
        level = float(words.removesuffix(unit)) if unit else math.nan
    except ValueError:
        level = math.nan
    level -= FULL_SCALE_DB_SPL if unit == "dbspl" else 0.0
    if not -96.0 <= level <= 0.0:
        raise InputError(
            "--sound-threshold",
            f"{text!r} is not a threshold from -96 to 0 dB FS",
            remedy="write 60dBSPL or -60dBFS",
        )
    return level


def heard_by_sound(recording: Recording, wake: SoundWake) -> HeardRecording:
    """Give a recording as a microphone delivers it that sound wakes: silence where it is not on."""
    rate_hz = recording.audio_rate_hz
    block = rate_hz // _BLOCKS_PER_S
    ends = (np.flatnonzero(wake.loud(recording.audio, rate_hz)).astype(np.int64) + 1) * block
    start, hold = math.ceil(wake.start_ms * TICK_HZ / 1000), round(wake.hold_s * TICK_HZ)
    return switched_recording(recording, -(-ends * TICK_HZ // rate_hz), start, hold)
