"""While all is quiet the audio model sleeps: frames of raw sound against a noise floor that follows them.

Everything is an integer, so the C decides the same (``firmware_stub/src/detector/sound_level.c``). Levels
are those of `tussis.signal.sound_level.frame_levels`, in 1/256 octave of power; the floor has eight more
bits. Frame by frame:

1. The frame is *loud* where its level is at least the floor plus the margin, and also while the floor is not
   yet known: in the first 64 frames, as many as the longest window has.
2. Then the floor follows. The first level is the first floor. A lower level draws the floor down by a quarter
   of the distance, rounded down; a higher one lets it rise by a small step, at most up to the level.

An audio window is evaluated if one of its frames is loud; otherwise it is left out as a closed gate leaves it
out, and an open region ends. In mode ``gated`` this is combined with what the motion says.

A device begins with an unknown floor again after a change of the mode, a flush and lost samples, and takes a
frame for loud that lacks samples or that it was given decimated.

A floor that follows minima is that of R. Martin, "Noise power spectral density estimation based on optimal
smoothing and minimum statistics", IEEE Trans. Speech and Audio Processing 9(5), 2001, made simpler.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...signal.plan import AudioPlan
from ...signal.sound_level import frame_levels
from .section import Section

__all__ = ["FALL_SHIFT", "LEARNING_FRAMES", "Combine", "SoundLevel"]

LEARNING_FRAMES = 64
"""Frames, 1.024 s, after which the floor counts as known; no window is longer."""

FALL_SHIFT = 2
"""A lower level draws the floor down by ``1 / 2**FALL_SHIFT`` of the distance."""

_STEPS_PER_DB = 256 / (10 * math.log10(2))
_FLOOR_BITS = 8

Combine = Literal["both", "either", "motion", "sound"]
"""How sound and motion decide in mode ``gated``: both must ask for a window, either may, or motion alone.

In mode ``audio`` the sound level decides alone.
"""


class SoundLevel(Section):
    """When sound is loud enough to be looked at, see `tussis.selection.detector.sound_level`.

    Parameters
    ----------
    margin_db
        Distance above the floor from which a frame is loud, in dB.
    rise_db_per_s
        How fast the floor follows sound that stays above it, in dB per second.
    combine
        How sound and motion decide in mode ``gated``.
    """

    margin_db: Annotated[float, Field(ge=0.5, le=30.0)] = 6.0
    rise_db_per_s: Annotated[float, Field(ge=0.01, le=20.0)] = 1.0
    combine: Combine = "both"

    @property
    def margin(self) -> int:
        """`margin_db` in 1/65536 octave."""
        return round(self.margin_db * _STEPS_PER_DB) << _FLOOR_BITS

    def rise(self, plan: AudioPlan) -> int:
        """`rise_db_per_s` in 1/65536 octave per frame, 3 to 6967."""
        return round(self.rise_db_per_s * plan.frame_s * _STEPS_PER_DB * (1 << _FLOOR_BITS))

    def loud_frames(self, levels: NDArray[np.int32], plan: AudioPlan) -> NDArray[np.bool_]:
        """Say which frames are loud.

        Parameters
        ----------
        levels : ndarray of int32, shape (n_frames,)
            From `tussis.signal.sound_level.frame_levels`.
        plan
            Of the frames.

        Returns
        -------
        ndarray of bool, shape (n_frames,)
        """
        loud = np.ones(len(levels), np.bool_)
        margin, rise = self.margin, self.rise(plan)
        floor = 0
        for frame, coarse in enumerate(map(int, levels)):
            level = coarse << _FLOOR_BITS
            if frame >= LEARNING_FRAMES:
                loud[frame] = level >= floor + margin
            if frame == 0:
                floor = level
            elif level < floor:
                floor -= (floor - level) >> FALL_SHIFT
            else:
                floor = min(floor + rise, level)
        return loud

    def loud_windows(self, pcm: NDArray[np.int16], plan: AudioPlan, n_windows: int) -> NDArray[np.bool_]:
        """Say which audio windows hold a loud frame.

        Parameters
        ----------
        pcm : int16 array, shape (samples,)
            At ``plan.input_rate_hz``.
        plan
            Of frames and windows.
        n_windows
            Number of windows; window w holds frames ``w * block_frames`` to that plus ``window_frames - 1``.

        Returns
        -------
        ndarray of bool, shape (n_windows,)
        """
        n_frames = (n_windows - 1) * plan.block_frames + plan.window_frames if n_windows else 0
        loud = self.loud_frames(frame_levels(pcm, plan, n_frames), plan)
        before = np.concatenate([[0], np.cumsum(loud)])
        first = plan.block_frames * np.arange(n_windows)
        return np.asarray(before[first + plan.window_frames] > before[first])

    def combined(
        self, hit: NDArray[np.bool_], loud: NDArray[np.bool_]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Combine sound and motion in mode ``gated``, by audio window.

        Parameters
        ----------
        hit : ndarray of bool, shape (n_windows,)
            Rule (a) of the gate: motion asks for the window.
        loud : ndarray of bool, shape (n_windows,)
            The window has a loud frame.

        Returns
        -------
        hit, allowed : ndarray of bool, shape (n_windows,)
            Rule (a) as it is now, and windows that may be evaluated at all, by rule (b) too.
        """
        asked = {"both": hit, "either": hit | loud, "motion": hit, "sound": loud}[self.combine]
        return asked, loud if self.combine in ("both", "sound") else np.ones_like(loud)
