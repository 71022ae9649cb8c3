"""How far battery days may be off: assumed figures varied in their ranges, and which of them matters most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...selection.detector.mode import Mode
from .battery_life import days_of, significant
from .devices import Battery, Clock, Device
from .energy import Sensors, energy_split
from .figures import Figure, OperatingPoint, Profile
from .priced_measurement import PricedMeasurement

__all__ = ["Lever", "Uncertainty", "battery_uncertainty", "levers"]

DRAWS = 1000
_SEED = 14
_RANGES: Mapping[str, tuple[float, float]] = {
    "supply_v": (0.9, 1.1),
    "voltage_v": (0.95, 1.05),
    "capacity_mah": (0.9, 1.05),
    "usable": (0.85, 1.1),
}
_USUAL_RANGE = (0.5, 1.5)
"""Range of an assumed figure without one of its own, as factors: currents and times of which only the order
is known. A figure with a source is not varied."""

_CYCLES = "cycles"


@dataclass(frozen=True)
class Lever:
    """One assumption that battery days rest on.

    Attributes
    ----------
    owner, field
        Which profile of the board, and which of its figures.
    part, figure
        What both are called.
    value, low, high
        The assumed value and its range.
    """

    owner: str
    field: str
    part: str
    figure: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Uncertainty:
    """What battery days may be.

    Attributes
    ----------
    low_days, middle_days, high_days
        10, 50 and 90 % of them, every assumption drawn evenly from its range on its own.
    swings
        (lever, days at its lowest, days at its highest), the one that matters most first.
    """

    low_days: float
    middle_days: float
    high_days: float
    swings: tuple[tuple[Lever, float, float], ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the part ``uncertainty`` of the JSON document."""
        rows = [
            {
                "part": lever.part,
                "figure": lever.figure,
                "value": lever.value,
                "low": significant(lever.low),
                "high": significant(lever.high),
                "battery_days": [at_low, at_high],
            }
            for lever, at_low, at_high in self.swings
        ]
        return {
            "battery_days": {"p10": self.low_days, "p50": self.middle_days, "p90": self.high_days},
            "matters_most": rows[0] if rows else None,
            "assumptions": rows,
        }


@dataclass(frozen=True)
class _Board:
    device: Device
    clock: Clock
    sensors: Sensors
    battery: Battery
    cycles_per_s: float

    def owner(self, name: str) -> Profile | OperatingPoint:
        return _owners(self)[name]

    def varied(self, owner: str, field: str, value: float) -> _Board:
        """Return the same board with one figure of another value."""
        if owner == _CYCLES:
            return replace(self, cycles_per_s=value)
        old = self.owner(owner)
        figure = getattr(old, field).model_copy(update={"value": value})
        new: Any = old.model_copy(update={field: figure})
        if owner in ("device", "clock", "battery"):
            return replace(self, **{owner: new})
        return replace(self, sensors=replace(self.sensors, **{owner: new}))

    def days(self, mode: Mode, listening: float) -> float:
        split = energy_split(self.device, self.clock, mode, self.cycles_per_s, listening, self.sensors)
        return days_of(self.battery, split.total)


def _owners(board: _Board) -> dict[str, Profile | OperatingPoint]:
    sensors = board.sensors
    return {
        "device": board.device,
        "clock": board.clock,
        "capture": sensors.capture,
        "microphone": sensors.microphone,
        "imu": sensors.imu,
        "imu_mode": sensors.imu_mode,
        "battery": board.battery,
    }


def _figures_used(mode: Mode, sensors: Sensors) -> dict[str, tuple[str, ...]]:
    """Name the figures that the power of a mode rests on, by owner."""
    heard = tuple(dict.fromkeys(f"{state}_ua" for state in sensors.microphone_states(mode)))
    return {
        "device": ("supply_v", "deep_sleep_ua", "wake_us"),
        "clock": ("active_ua", "sleep_floor_ua"),
        "capture": () if mode == "imu" else ("current_ua",),
        "microphone": ("supply_v", *heard),
        "imu": ("supply_v", "off_ua") if mode == "audio" else ("supply_v",),
        "imu_mode": () if mode == "audio" else ("current_ua",),
        "battery": ("capacity_mah", "voltage_v", "usable"),
    }


def levers(found: PricedMeasurement, mode: Mode, cycles_per_s: float) -> Iterator[Lever]:
    """Yield the assumptions that battery days of a mode rest on, that of the cycle model last."""
    board = _Board(found.device, found.clock, found.sensors, found.battery, cycles_per_s)
    titles = {
        "clock": found.device.title,
        "capture": found.device.title,
        "imu_mode": found.sensors.imu.title,
    }
    for owner, fields in _figures_used(mode, found.sensors).items():
        profile = board.owner(owner)
        for field in fields:
            figure: Figure = getattr(profile, field)
            if figure.assumption is None or figure.value == 0:
                continue
            low, high = _RANGES.get(field, _USUAL_RANGE)
            yield Lever(
                owner,
                field,
                titles[owner] if isinstance(profile, OperatingPoint) else profile.title,
                f"{field} at {profile.point}" if isinstance(profile, OperatingPoint) else field,
                figure.value,
                figure.value * low if figure.low is None else figure.low,
                figure.value * high if figure.high is None else figure.high,
            )
    scale = found.cycle_scale
    run = found.measurement.modes[mode]
    low, high = (run.bounds.low, run.bounds.high) if scale is None else (scale.low, scale.high)
    if high > low:
        part = "cycle model" if scale is None else "cycle scale"
        figure_name = "cycles per second"
        ends = cycles_per_s * min(low, 1.0), cycles_per_s * max(high, 1.0)
        yield Lever(_CYCLES, "", part, figure_name, significant(cycles_per_s), *ends)


def battery_uncertainty(
    found: PricedMeasurement, mode: Mode, cycles_per_s: float, listening: float
) -> Uncertainty:
    """Vary the assumptions under battery days.

    Parameters
    ----------
    found
        A priced measurement.
    mode, cycles_per_s, listening
        As for :func:`.energy.energy_split`.

    Returns
    -------
    Uncertainty
        Seeded: the same for the same figures.
    """
    known = list(levers(found, mode, cycles_per_s))
    board = _Board(found.device, found.clock, found.sensors, found.battery, cycles_per_s)
    swings = []
    for lever in known:
        ends = [board.varied(lever.owner, lever.field, value) for value in (lever.low, lever.high)]
        swings.append((lever, ends[0].days(mode, listening), ends[1].days(mode, listening)))
    swings.sort(key=lambda swing: -abs(swing[2] - swing[1]))
    rng = np.random.default_rng(_SEED)
    days = []
    for _ in range(DRAWS):
        drawn = board
        for lever, share in zip(known, rng.random(len(known)).tolist(), strict=True):
            value = lever.low + share * (lever.high - lever.low)
            drawn = drawn.varied(lever.owner, lever.field, value)
        days.append(drawn.days(mode, listening))
    low, middle, high = (significant(float(q)) for q in np.quantile(days, [0.1, 0.5, 0.9]))
    return Uncertainty(low, middle, high, tuple(swings))
