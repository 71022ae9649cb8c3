"""Which of the two models decide: ``"audio"``, ``"imu"``, or ``"gated"``, where motion wakes the audio model.

This module imports nothing, so that the command line can offer the choice without loading NumPy.
"""

from __future__ import annotations

from typing import Literal, get_args

__all__ = ["MODES", "Mode"]

Mode = Literal["audio", "imu", "gated"]
MODES: tuple[Mode, ...] = get_args(Mode)
