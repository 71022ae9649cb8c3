"""A measurement priced for one device: cycles, milliseconds, microjoules and days of its battery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...selection.detector.mode import Mode
from .battery_life import days_of, significant
from .cycle_scale import CycleScale
from .devices import Battery, Clock, Device
from .energy import EnergySplit, Sensors, energy_assumptions
from .figures import Assumption
from .measurement import Measurement

__all__ = ["PricedMeasurement"]


@dataclass(frozen=True)
class PricedMeasurement:
    """A measurement priced for one device, clock, set of sensors and battery.

    Attributes
    ----------
    measurement
        What was executed.
    device, clock
        Device and clock that the measurement is priced for.
    sensors, battery
        Sensors and battery of the board.
    cycle_scale
        Factor on all cycles, fitted to a real board's counters; None without one.
    stalls
        Flash stall cycles per instruction, by mode.
    energy
        Average power by mode.
    """

    measurement: Measurement
    device_name: str
    device: Device
    clock: Clock
    sensors: Sensors
    battery: Battery
    cycle_scale: CycleScale | None
    stalls: Mapping[Mode, float]
    energy: Mapping[Mode, EnergySplit]

    def cycles(self, mode: Mode, instructions: float, core_cycles: float) -> float:
        """Return cycles on the device: modelled core cycles and waits for flash, scaled to a real board."""
        return self._factor * (core_cycles + self.stalls[mode] * instructions)

    def assumptions(self) -> list[Assumption]:
        """Return the figures without a source that this estimate rests on."""
        return [
            *energy_assumptions(self.device, self.clock, self.energy, self.sensors),
            *self.battery.assumptions(self.battery.figures()),
        ]

    @property
    def _factor(self) -> float:
        return 1.0 if self.cycle_scale is None else self.cycle_scale.factor

    @property
    def main_mode(self) -> Mode:
        """The mode whose battery life and functions stand first: gated where it can run."""
        modes = self.measurement.modes
        return "gated" if "gated" in modes else next(iter(modes))

    def cost(self, mode: Mode, instructions: float, core_cycles: float) -> dict[str, Any]:
        """Return instructions, cycles, ms and uJ of computing for something that ran in `mode`."""
        cycles = self.cycles(mode, instructions, core_cycles)
        seconds = cycles / self.clock.clock_hz
        power_uw = self.clock.active_ua.value * self.device.supply_v.value
        return {
            "instructions": round(instructions),
            "cycles": round(cycles),
            "ms": significant(1e3 * seconds),
            "uj": significant(seconds * power_uw),
        }

    def battery_days(self, mode: Mode) -> float:
        """Return how long the battery lasts if the device runs `mode` all the time."""
        return self.battery_days_at(self.energy[mode].total)

    def battery_days_at(self, power_uw: float) -> float:
        """Return how long the battery lasts at an average power."""
        return days_of(self.battery, power_uw)

    def stall_share(self, mode: Mode) -> float:
        """Return the share of cycles spent waiting for flash."""
        run = self.measurement.modes[mode]
        stalls = self.stalls[mode] * run.instructions
        return significant(stalls / (run.cycles + stalls)) if run.cycles else 0.0
