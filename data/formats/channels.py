"""Which channel of a recording is read."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

__all__ = ["CALL_LEAD_DB", "DEAD_LEAD_DB", "living_channel"]

DEAD_LEAD_DB = 40.0
"""Another channel of a recording is read if the first carries this much less energy: it is not connected.

Less says nothing: the other channel may be the noisy one.
"""

CALL_LEAD_DB = 1.0
"""Another channel of a clip is read if it carries this much more energy: calls have two ends.

The far end is quiet by more, but MP3 at low bit rates mixes channels: of 24 dB it leaves 2.5.
"""


def living_channel(
    blocks: Iterable[NDArray[np.float64]], channels: int, lead_db: float = DEAD_LEAD_DB
) -> int:
    """Choose the channel to read: the first, or the loudest if that is much louder.

    Parameters
    ----------
    blocks
        The signal in blocks, each of shape ``(n, channels)``.
    channels
        Number of channels; of one, nothing is read.
    lead_db
        Energy by which another channel has to exceed the first, in dB.

    Returns
    -------
    int
        Channel, counted from 0. A channel's loudness is its energy about its mean, so that an offset of the
        converter does not count.

    Examples
    --------
    >>> import numpy as np
    >>> sound = np.sin(np.arange(1000.0))
    >>> living_channel([np.stack([0.5 * sound, sound], axis=1)], 2)
    0
    >>> living_channel([np.stack([0.5 * sound, sound], axis=1)], 2, CALL_LEAD_DB)
    1
    >>> living_channel([np.stack([0.0 * sound, sound], axis=1)], 2)
    1
    """
    if channels == 1:
        return 0
    count, total, energy = 0, np.zeros(channels), np.zeros(channels)
    for block in blocks:
        values = np.asarray(block, np.float64)
        values = np.where(np.isfinite(values), values, 0.0)
        count += len(values)
        total += values.sum(axis=0)
        energy += np.square(values).sum(axis=0)
    spread = np.maximum(energy - total**2 / max(count, 1), 0.0)
    loudest = int(spread.argmax())
    return loudest if spread[loudest] > spread[0] * 10.0 ** (lead_db / 10.0) else 0
