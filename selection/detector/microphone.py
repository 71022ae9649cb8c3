"""What the microphone does in gated mode: hear all the time, follow the gate, or be woken by movement."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Self, cast

import numpy as np
from numpy.typing import NDArray

from ...data.input_error import InputError
from ...signal.plan import AudioPlan, ImuPlan
from .gate import TICK_HZ

__all__ = ["ALWAYS", "GATED_START_MS", "Microphone", "Way"]

GATED_START_MS = 32
"""Default of `Microphone.start_ms`: 20.5 ms for the microphone, the rest for the IMU's FIFO and the decision.

The data sheet of the TDK ICS-43432 gives 4.5 ms until it puts out data at 16 kHz (table 7) and a soft unmute
of 256 samples, 16 ms, after that. Parts differ: the ICS-52000 wants 256 ms at 16 kHz.
"""
_MAX_START_MS = 1000

Way = Literal["always", "gated", "wake"]
"""What ``--microphone`` chooses."""


@dataclass(frozen=True)
class Microphone:
    """How the microphone is run; a compile-time choice of the firmware, ``TUSSIS_MICROPHONE``.

    A microphone that follows the gate is off until an IMU window fires and hears nothing before
    ``tau_j + start``, where ``tau_j`` is the end of that window. The gate is asked for an audio window at its
    end less one block and the start-up, where it is asked at the end with a microphone that hears everything:
    an isolated hit leads to as many windows, at least the last block of each is heard, and what is not heard
    is silence (`tussis.selection.detector.silence`).

    A microphone that movement wakes is switched on by a comparator, sample by sample
    (`tussis.selection.detector.wake`); its firmware is that of one that is always on, and is given silence
    while it is off.

    Parameters
    ----------
    way
        ``always``: it hears all the time. ``gated``: it follows the gate. ``wake``: movement wakes it.
    start_ms
        From what wakes it, the end of an IMU window or a sample of it, to the first good sample, in ms:
        reading the IMU, the decision, the microphone's own start. Nothing where it is always on.

    Examples
    --------
    >>> Microphone.parse("gated:20")
    Microphone(way='gated', start_ms=20)
    """

    way: Way = "always"
    start_ms: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what ``--microphone`` takes: ``always``, or ``gated`` or ``wake``, which ``:MS`` may follow.

        Raises
        ------
        InputError
            It is none of them, or MS is not a whole number of 0 to 1000 ms.
        """
        word, _, start = text.partition(":")
        if text == "always":
            return cls()
        if word not in ("gated", "wake") or (start and not start.isdecimal()) or text.endswith(":"):
            raise InputError(
                "--microphone", f"unknown choice {text!r}", remedy="use always, gated:32 or wake:32 (ms)"
            )
        start_ms = int(start) if start else GATED_START_MS
        if start_ms > _MAX_START_MS:
            raise InputError("--microphone", f"{start_ms} ms to start", remedy=f"use at most {_MAX_START_MS}")
        return cls(cast(Way, word), start_ms)

    def __str__(self) -> str:
        return self.way if self.way == "always" else f"{self.way}:{self.start_ms}"

    @property
    def gated(self) -> bool:
        """Whether it follows the gate."""
        return self.way == "gated"

    @property
    def woken(self) -> bool:
        """Whether movement wakes it."""
        return self.way == "wake"

    @property
    def built_as(self) -> Microphone:
        """The microphone that the firmware is compiled for: one that movement wakes is the port's matter."""
        return self if self.gated else ALWAYS

    @property
    def start_ticks(self) -> int:
        """`start_ms` in ticks of 1/16000 s."""
        return self.start_ms * TICK_HZ // 1000

    def first_asked(self, audio: AudioPlan) -> int:
        """Tick at which the gate is asked for audio window 0; window w follows w hops later."""
        block = audio.block_frames * _frame_ticks(audio)
        end = audio.window_frames * _frame_ticks(audio)
        return end - block - self.start_ticks if self.gated else end

    def duty(
        self, audio: AudioPlan, imu: ImuPlan, imu_hits: NDArray[np.bool_], evaluated: NDArray[np.bool_]
    ) -> float:
        """Share of the time in gated mode for which a microphone that follows the gate draws its current.

        From the end of each IMU window that fired to the end of the first audio window it leads to, and
        during the last block of every evaluated window.

        Parameters
        ----------
        audio, imu
            Plans of the windows.
        imu_hits : ndarray of bool, shape (n_imu_windows,)
            IMU windows that fired.
        evaluated : ndarray of bool, shape (n_windows,)
            Audio windows that were evaluated; their number gives the time, to the end of the last one.

        Returns
        -------
        float
            0..1; 1 where the microphone is always on, 0 where there is no window.
        """
        if not self.gated:
            return 1.0
        frame = _frame_ticks(audio)
        block, sample = audio.block_frames * frame, TICK_HZ // imu.rate_hz
        ticks = len(evaluated) and (len(evaluated) - 1) * block + audio.window_frames * frame
        grid = math.gcd(block, sample)
        on = np.zeros(ticks // grid, np.bool_)
        length = audio.window_frames * frame
        for window in np.flatnonzero(evaluated).tolist():
            end = window * block + length
            on[(end - block) // grid : end // grid] = True
        for number in np.flatnonzero(imu_hits).tolist():
            hit = (imu.window + imu.hop * number) * sample
            window = max(-(-(hit - self.first_asked(audio)) // block), 0)
            on[hit // grid : (window * block + length) // grid] = True
        return float(on.mean()) if len(on) else 0.0


ALWAYS = Microphone()
"""The default: it hears all the time, and the gate reaches back to the sound before a hit."""


def _frame_ticks(audio: AudioPlan) -> int:
    return audio.frame * TICK_HZ // audio.rate_hz
