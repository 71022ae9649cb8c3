"""The named operating points."""

from __future__ import annotations

from typing import Literal, get_args

__all__ = ["POINT_NAMES", "PointName"]

PointName = Literal["sensitive", "balanced", "specific"]
POINT_NAMES: tuple[PointName, ...] = get_args(PointName)
"""From the lowest thresholds to the highest."""
