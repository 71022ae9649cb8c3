"""How a search judges its candidates. This module imports nothing, so that the command line stays fast."""

from __future__ import annotations

from typing import Literal

__all__ = ["SearchMethod"]

SearchMethod = Literal["exhaustive", "halving"]
