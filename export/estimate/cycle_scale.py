"""The factor between predicted cycles and those a real board counted."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["CycleScale"]

_SAME_CLOCK = 0.01
"""Clocks that differ by less are the same one: an oscillator without a crystal."""


@dataclass(frozen=True)
class CycleScale:
    """What a real board's counter says of predicted cycles.

    Attributes
    ----------
    factor
        Multiplies all of them.
    low, high
        Between which of its own multiples the factor of each single stage lay.
    clock_hz
        The board's clock; None: not known.
    toolchain, opt
        Compiler and optimisation of the prediction that it was compared with; empty: not known.
    """

    factor: float = 1.0
    low: float = 1.0
    high: float = 1.0
    clock_hz: float | None = None
    toolchain: str = ""
    opt: str = ""

    def unlike(self, clock_hz: float, toolchain: str, opt: str) -> list[str]:
        """Say in what a prediction differs from the one that the factor was found with.

        At another clock the core waits for flash in another way; another build holds other instructions.

        Parameters
        ----------
        clock_hz, toolchain, opt
            Of the prediction.

        Examples
        --------
        >>> CycleScale(1.1, clock_hz=64e6, toolchain="gcc").unlike(128e6, "gcc", "O2")
        ['at 64 MHz, and this is for 128 MHz']
        """
        found = []
        if self.clock_hz is not None and not math.isclose(self.clock_hz, clock_hz, rel_tol=_SAME_CLOCK):
            found.append(f"at {self.clock_hz / 1e6:g} MHz, and this is for {clock_hz / 1e6:g} MHz")
        if self.toolchain and self.toolchain != toolchain:
            found.append(f"with a build by {self.toolchain}, and this is one by {toolchain}")
        if self.opt and self.opt != opt:
            found.append(f"with -{self.opt}, and this is with -{opt}")
        return found
