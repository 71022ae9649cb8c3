"""What coughs are counted by; imports nothing, so that the command line can offer the choice at once."""

from __future__ import annotations

from typing import Literal

__all__ = ["Period"]

Period = Literal["hour", "day"]
