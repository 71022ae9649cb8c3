"""What the microphone does in gated mode while the audio path sleeps.

This module imports nothing, so that the command line can offer the choice without loading pydantic.
"""

from __future__ import annotations

from typing import Literal

__all__ = ["MicrophoneWhileGated"]

MicrophoneWhileGated = Literal["on", "low_power", "off", "activity"]
"""``"off"`` and ``"activity"``, its own detector of sound, lose the sound before a hit."""
