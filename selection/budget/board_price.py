"""What the whole board draws with a detector: core, capture, microphone and motion sensor.

Which parts there are, and what they draw, is known to `tussis.export.estimate`; a search of detectors gets a
`BoardPrice` from there and asks it for the least that a detector can be run on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from ..detector.microphone import Way
from ..detector.mode import Mode
from .budget import Excess, TotalBudget

__all__ = ["BoardPower", "BoardPrice", "BoardRun", "board_excess", "cheapest"]


@dataclass(frozen=True)
class BoardRun:
    """One way to run a detector.

    Parameters
    ----------
    mode
        Which models run.
    cycles_per_second
        Core cycles per second of recording.
    listening
        Share of the time in which the audio path computes or, where the microphone sleeps with it, in which
        the microphone is on; 0..1.
    gyroscope
        Whether the motion model looks at angular rates.
    microphone_sleeps
        Whether microphone and capture are off for the rest of the time.
    way
        How the microphone is run, as ``--microphone`` of `tussis export` takes it.
    """

    mode: Mode
    cycles_per_second: float
    listening: float
    gyroscope: bool = False
    microphone_sleeps: bool = False
    way: Way = "always"


@dataclass(frozen=True)
class BoardPower:
    """The cheapest board for a run, of the parts that may be chosen.

    Parameters
    ----------
    uj_per_second, battery_days
        Energy of everything on it, and how long its battery lasts.
    battery
        The battery in words.
    mode, listening, microphone_sleeps, way
        As in the run.
    microphone, imu, capture
        Names of the parts as `tussis estimate` takes them: the motion sensor with its mode, and the way sound
        gets into RAM.
    """

    uj_per_second: float
    battery_days: float
    battery: str
    mode: Mode
    listening: float
    microphone_sleeps: bool
    microphone: str
    imu: str
    capture: str
    way: Way = "always"


class BoardPrice(Protocol):
    """A board whose parts can be chosen."""

    def least(self, run: BoardRun, *, any_part: bool = False) -> BoardPower:
        """Return the cheapest board that suffices; of every known part where `any_part`.

        Raises
        ------
        InputError
            None of the parts that may be chosen suffices.
        """

    def gives_gyroscope(self) -> bool:
        """Say whether a motion sensor that may be chosen measures angular rates."""


def cheapest(board: BoardPrice, runs: Iterable[BoardRun], *, any_part: bool = False) -> BoardPower:
    """Return the board of least energy over several ways to run a detector, at least one."""
    powers = (board.least(run, any_part=any_part) for run in runs)
    return min(powers, key=lambda power: power.uj_per_second)


def board_excess(power: BoardPower, limits: TotalBudget) -> Excess | None:
    """Say by how much a board exceeds its limits, the worse of the two; None where it keeps them.

    A number of days is a limit on energy: the battery's energy over that time.
    """
    found = []
    needed = power.uj_per_second
    awake = f"; the gate is awake for {100 * power.listening:.0f} % of these recordings"
    hint = awake if power.mode == "gated" and power.listening > 0 else ""
    if (allowed := limits.board_uj_per_second) is not None:
        least = f"{math.ceil(needed):_}"
        remedy = f"raise it to {least} or more, or leave it out{hint}"
        found.append(Excess("total.board_uj_per_second", allowed, needed, "uJ/s", remedy))
    if (days := limits.battery_days) is not None:
        allowed = needed * power.battery_days / days
        unit = f"uJ/s ({days:g} days of {power.battery})"
        possible = math.floor(1000 * power.battery_days) / 1000
        remedy = f"lower it to {possible:g} or less, or leave it out{hint}"
        found.append(Excess("total.battery_days", allowed, needed, unit, remedy))
    worst = max(found, key=lambda excess: excess.overrun, default=None)
    return worst if worst is not None and worst.overrun > 1.0 else None
