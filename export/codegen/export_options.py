"""What an export can choose: the form of the models in C, and the build system.

This module imports nothing, so that the command line can offer the choices without loading NumPy.
"""

from __future__ import annotations

from typing import Literal

__all__ = ["ModelIn", "Package", "Trees"]

Trees = Literal["table", "branches", "m2cgen"]
"""``"table"``: one compact table per model; ``"branches"``: nested ifs on integers, the fastest;
``"m2cgen"``: nested ifs on floats."""

ModelIn = Literal["code", "flash-blob"]
"""``"code"``: the models are compiled in; ``"flash-blob"``: they are data that another may replace."""

Package = Literal["cmake", "platformio", "zephyr", "arduino"]
"""The build system whose files are added; CMake's are always there."""
