"""What an export can choose: the form of the models in C, and the build system.

This module imports nothing, so that the command line can offer the choices without loading NumPy.
"""

from __future__ import annotations

from typing import Literal

__all__ = ["ModelIn", "Package", "Trees"]

Trees = Literal["table", "m2cgen"]
"""``"table"``: one compact table per model; ``"m2cgen"``: nested ifs."""

ModelIn = Literal["code", "flash-blob"]
"""``"code"``: the models are compiled in; ``"flash-blob"``: they are data that another may replace."""

Package = Literal["cmake", "platformio", "zephyr", "arduino"]
"""The build system whose files are added; CMake's are always there."""
