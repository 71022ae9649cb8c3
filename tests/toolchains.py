"""Which run compiles whole firmware with which compiler for the Cortex-M33.

`make test` takes the compiler that `find_arm_toolchain` chooses. What zig makes of whole firmware is a `slow`
test there, and a usual one with ``TUSSIS_TOOLCHAIN=zig``, as in the first half of ``.ci/run``.
"""

from __future__ import annotations

import os
import shutil

import pytest

_FORCED = os.environ.get("TUSSIS_TOOLCHAIN")
_IS_ZIG = _FORCED == "zig" or shutil.which("arm-none-eabi-gcc") is None

FIRMWARE_BY_ZIG = () if _IS_ZIG else (pytest.mark.slow,)
"""Marks of a test that compiles a whole firmware with zig."""
BOTH_TOOLCHAINS = [
    pytest.param("gcc", marks=pytest.mark.skipif(_FORCED == "zig", reason="TUSSIS_TOOLCHAIN is zig")),
    pytest.param("zig", marks=FIRMWARE_BY_ZIG),
]
"""Parameters of tests that compile whole firmware with one and with the other."""
