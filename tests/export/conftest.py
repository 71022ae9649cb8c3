"""Images for the emulated core, built by whichever cross compiler is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tussis.export.toolchain import Toolchain, find_arm_toolchain

WORKLOADS = Path(__file__).parent / "workloads"


@pytest.fixture(scope="session")
def arm_toolchain() -> Toolchain:
    """The compiler for the Cortex-M33; TUSSIS_TOOLCHAIN chooses."""
    return find_arm_toolchain()


@pytest.fixture(scope="session")
def m33_workloads() -> Path:
    """Folder of the C and assembly sources."""
    return WORKLOADS


@pytest.fixture(scope="session")
def m33_image(arm_toolchain: Toolchain) -> Callable[..., Path]:
    """Build an image from files of tests/export/workloads: ``m33_image("calls.c", opt="O2")``."""

    def build(*names: str, opt: str = "O2", toolchain: Toolchain | None = None) -> Path:
        return (toolchain or arm_toolchain).build(
            [WORKLOADS / name for name in names],
            "elf",
            linker_script=WORKLOADS / "board.ld",
            opt=opt,
            extra_flags=["-Wno-infinite-recursion"],
        )

    return build
