"""How the firmware keeps the sound that comes before an IMU hit."""

from __future__ import annotations

from typing import Literal, get_args

__all__ = ["PRE_ROLLS", "PreRoll"]

PreRoll = Literal["decimated", "raw"]
"""A compile-time choice of the firmware, ``TUSSIS_PRE_ROLL``; events are the same, bit for bit.

``"decimated"`` keeps 8 kHz audio: every sample goes through the decimator, also while the audio model sleeps.
``"raw"`` keeps the microphone's samples and decimates a frame when it is computed: more RAM, and sleeping
costs a copy.
"""

PRE_ROLLS: tuple[PreRoll, ...] = get_args(PreRoll)
