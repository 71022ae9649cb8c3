"""What an export can choose: the form of the models in C, and the build system.

This module imports nothing, so that the command line can offer the choices without loading NumPy.
"""

from __future__ import annotations

from typing import Literal

__all__ = ["ModelIn", "Package", "Trees", "TreesChoice"]

Trees = Literal["table", "compact", "branches", "m2cgen"]
"""``"table"``: a table per model, padded to full trees where that is not much larger; ``"compact"``: one that
is never padded, the smallest; ``"branches"``: nested ifs on integers, the fastest; ``"m2cgen"``: nested ifs
on floats."""

TreesChoice = Literal["table", "compact", "branches", "m2cgen", "auto"]
"""A form, or ``"auto"``: the one that a limit on cycles or flash asks for."""

ModelIn = Literal["code", "flash-blob"]
"""``"code"``: the models are compiled in; ``"flash-blob"``: they are data that another may replace."""

Package = Literal["cmake", "platformio", "zephyr", "arduino"]
"""The build system whose files are added; CMake's are always there."""
