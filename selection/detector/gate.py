"""When the audio path runs: IMU hits wake it, positive audio windows keep it awake for a while.

Times are compared as integers, in ticks of 1/16000 s, so C decides the same. Audio window w is asked
for at its end, ``t_w = (w + window_blocks) * block_ticks``; IMU window j ends at
``tau_j = (window + hop * j) * sample_ticks``.
Window w is evaluated if

(a) an IMU window that fired ended within the hold time: ``t_w - hold <= tau_j <= t_w``; or
(b) window w - 1 was evaluated and positive, and fewer than N windows in a row were evaluated by this rule
    since the last one evaluated by rule (a).

Where the microphone follows the gate, ``t_w`` is another time: `tussis.selection.detector.microphone`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["TICK_HZ", "Gate", "hit_windows"]

TICK_HZ = 16000
"""Ticks per second in which audio and IMU times are compared."""


def hit_windows(
    n_windows: int,
    imu_hits: NDArray[np.bool_],
    *,
    audio_first: int,
    audio_hop: int,
    imu_first_end: int,
    imu_hop: int,
    hold: int,
) -> NDArray[np.bool_]:
    """Rule (a) for all audio windows at once.

    Parameters
    ----------
    n_windows : int
        Number of audio windows.
    imu_hits : ndarray of bool, shape (n_imu_windows,)
        Which IMU windows fired.
    audio_first, audio_hop, imu_first_end, imu_hop, hold : int
        When audio window 0 is asked for and IMU window 0 ends, distance between windows, and the hold time,
        in ticks.

    Returns
    -------
    ndarray of bool, shape (n_windows,)
    """
    if not n_windows:
        return np.zeros(0, np.bool_)
    end = audio_first + audio_hop * np.arange(n_windows, dtype=np.int64)
    hit_end = imu_first_end + imu_hop * np.flatnonzero(imu_hits).astype(np.int64)
    newest = np.searchsorted(hit_end, end, side="right") - 1
    age = end - hit_end[np.maximum(newest, 0)] if len(hit_end) else np.full(n_windows, hold + 1)
    return (newest >= 0) & (age <= hold)


@dataclass
class Gate:
    """Rule (b), one window after the other.

    Parameters
    ----------
    max_consecutive : int
        N: windows in a row that positive audio windows alone may evaluate.
    """

    max_consecutive: int
    _awake: bool = False  # the window before was evaluated and positive
    _unaided: int = 0  # windows in a row evaluated by rule (b)

    def admits(self, hit: bool) -> bool:
        """Say whether the next window is evaluated; `hit` is rule (a) for it.

        Call `answer` after each admitted window; a window that is not admitted puts the gate to sleep.
        """
        if hit:
            self._unaided = 0
            return True
        if self._awake and self._unaided < self.max_consecutive:
            self._unaided += 1
            return True
        self._awake = False
        return False

    def answer(self, positive: bool) -> None:
        """Say whether the window just admitted was positive."""
        self._awake = positive
