"""The figures that can be drawn, by name; imports nothing, so that the command line may."""

from __future__ import annotations

from typing import Literal

__all__ = ["FigureKind"]

FigureKind = Literal["importance", "front", "threshold", "confusion", "calibration", "timeline"]
