"""When the audio path runs: IMU hits wake it, positive audio windows keep it awake for a while.

Times are compared as integers, in ticks of 1/16000 s, so C decides the same. Audio window w is asked
for at its end, ``t_w = (w + window_blocks) * block_ticks``; IMU window j ends at
``tau_j = (window + hop * j) * sample_ticks``.
Window w is evaluated if

(a) an IMU window that fired ended within the hold time: ``t_w - hold <= tau_j <= t_w``; or
(b) window w - 1 was evaluated and positive, and fewer than N windows in a row were evaluated by this rule
    since the last one evaluated by rule (a).

An IMU window fires where its margin reaches a threshold: a low one while the wearer rests, for a cough then
stands out, and a higher one while the wearer moves. That is where the mean margin of the windows before, with
exponentially fading weights, is high: a following threshold, as in radar (H. M. Finn and R. S. Johnson,
Adaptive detection mode with threshold control as a function of spatially sampled clutter-level estimates, RCA
Review 29, 1968).

Where the microphone follows the gate, ``t_w`` is another time: `tussis.selection.detector.microphone`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["TICK_HZ", "BusyRule", "Gate", "fired_windows", "hit_windows"]

TICK_HZ = 16000
"""Ticks per second in which audio and IMU times are compared."""


class BusyRule(NamedTuple):
    """When the wearer moves, and what fires then.

    Attributes
    ----------
    margin : float32
        Log-odds from which a window fires meanwhile.
    start : float32
        The wearer moves while the mean log-odds of the windows before lie above; they begin here.
    weight : float32
        Of the newest window in the mean.
    """

    margin: np.float32
    start: np.float32
    weight: np.float32


def fired_windows(
    margins: NDArray[np.float32],
    margin: np.float32,
    busy: BusyRule | None = None,
    measured: NDArray[np.bool_] | None = None,
) -> NDArray[np.bool_]:
    """Say which IMU windows fire.

    Parameters
    ----------
    margins : ndarray of float32, shape (n,)
        Log-odds of the IMU windows.
    margin
        From where a window fires at rest.
    busy
        What holds while the wearer moves; None: the same.
    measured : ndarray of bool, shape (n,)
        Windows that a device evaluates; the others neither fire nor count. All where None.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    known = np.ones(len(margins), np.bool_) if measured is None else measured
    if busy is None:
        return (margins >= margin) & known
    fired = np.zeros(len(margins), np.bool_)
    mean = busy.start
    for number in np.flatnonzero(known).tolist():
        now = margins[number]
        fired[number] = now >= (busy.margin if mean > busy.start else margin)
        mean = np.float32(mean + np.float32(busy.weight * np.float32(now - mean)))
    return fired


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

    def admits(self, hit: bool, loud: bool = True) -> bool:
        """Say whether the next window is evaluated; `hit` is rule (a) for it, `loud` that it may be at all.

        Call `answer` after each admitted window; a window that is not admitted puts the gate to sleep.
        """
        if loud and hit:
            self._unaided = 0
            return True
        if loud and self._awake and self._unaided < self.max_consecutive:
            self._unaided += 1
            return True
        self._awake = False
        return False

    def answer(self, positive: bool) -> None:
        """Say whether the window just admitted was positive."""
        self._awake = positive
