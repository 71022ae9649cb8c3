"""One recording as another microphone in another room would have heard it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..synthesis.clip import ClipHistory, through
from ..synthesis.people.subject import random_rotation
from ..synthesis.sounds.noise import gain
from ..synthesis.sounds.sound import levelled

__all__ = ["turned", "varied"]

_HISTORY = ClipHistory(narrow=0.15, compressed=0.2, trimmed=0.0, noisy=0.6, coloured=0.7, reverberant=0.5)
"""Shares of recordings that are narrowed, compressed, given noise, coloured and put into a room."""

_NOISE_SHARE = 0.35
_NOISE_DB = (10.0, 35.0)
_PEAK_DB = (-36.0, 10.0)
"""Peak of the copy against full scale; above 0 dB it is clipped, as a microphone with too much gain does."""


def varied(audio: NDArray[np.int16], seed: int) -> NDArray[np.int16]:
    """Change the circumstances of a recording and leave its times.

    Colour of the microphone, room, bandwidth, compression and hiss by `tussis.data.synthesis.clip.through`;
    white noise 10 to 35 dB below the loudest 20 ms in a third of cases; a new peak between -36 and 10 dB
    of full scale, clipped above it.

    Parameters
    ----------
    audio : ndarray of int16, shape (n,)
        The recording at 16 kHz.
    seed
        Same seed and recording, same result.

    Returns
    -------
    ndarray of int16, shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> sound = np.round(3000 * np.sin(np.arange(8000.0))).astype(np.int16)
    >>> other = varied(sound, seed=1)
    >>> len(other) == len(sound), bool((other == varied(sound, seed=1)).all()), bool((other != sound).any())
    (True, True, True)
    """
    rng = np.random.default_rng(seed)
    wave = through(rng, levelled(audio / 32768.0), _HISTORY)
    wave = np.pad(wave, (0, max(len(audio) - len(wave), 0)))[: len(audio)]
    if rng.random() < _NOISE_SHARE:
        wave = wave + rng.standard_normal(len(wave)) * gain(-float(rng.uniform(*_NOISE_DB)))
    peak = max(float(np.abs(wave).max(initial=0.0)), 1e-9)
    scale = 32767.0 * gain(float(rng.uniform(*_PEAK_DB))) / peak
    return np.clip(np.rint(wave * scale), -32768, 32767).astype(np.int16)


def turned(imu: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """Turn the sensor: the same motion as a sensor mounted another way round would have felt it.

    Parameters
    ----------
    imu : ndarray of float32, shape (n, 6)
        Acceleration x y z and angular rate x y z.
    seed
        Same seed, same rotation, drawn uniformly from all.

    Returns
    -------
    ndarray of float32, shape (n, 6)

    Examples
    --------
    >>> import numpy as np
    >>> still = np.tile(np.float32([0, 0, 9.81, 0, 0, 0]), (3, 1))
    >>> np.linalg.norm(turned(still, seed=1)[:, :3].astype(float), axis=1).round(2).tolist()
    [9.81, 9.81, 9.81]
    """
    rotation = random_rotation(np.random.default_rng(seed))
    both = [imu[:, :3].astype(np.float64) @ rotation.T, imu[:, 3:].astype(np.float64) @ rotation.T]
    return np.concatenate(both, axis=1).astype(np.float32)
