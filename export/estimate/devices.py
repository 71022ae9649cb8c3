"""Profiles of devices, sensors and batteries, read from ``devices.toml`` and from files of the user's own."""

from __future__ import annotations

import functools
import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ...data.input_error import InputError, reading

__all__ = [
    "Assumption",
    "Battery",
    "Cache",
    "Clock",
    "Device",
    "Figure",
    "ImuPart",
    "MicrophonePart",
    "Profiles",
    "load_profiles",
]

_SHIPPED = Path(__file__).with_name("devices.toml")
_Part = TypeVar("_Part", bound="_Profile")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Figure(_Strict):
    """One number with where it is from: a `source`, or an `assumption` and why it is a fair one."""

    value: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    source: Annotated[str, Field(min_length=3)] | None = None
    assumption: Annotated[str, Field(min_length=3)] | None = None

    @model_validator(mode="after")
    def _has_origin(self) -> Figure:
        if (self.source is None) == (self.assumption is None):
            raise ValueError("needs either source (document, revision, table) or assumption (why)")
        return self


class Cache(_Strict):
    """The cache between flash and core: size, line and associativity, with its origin."""

    bytes: Annotated[int, Field(gt=0)]
    line_bytes: Annotated[int, Field(gt=0)]
    ways: Annotated[int, Field(gt=0)]
    source: str | None = None
    assumption: str | None = None

    @model_validator(mode="after")
    def _fits(self) -> Cache:
        if (self.source is None) == (self.assumption is None):
            raise ValueError("needs either source or assumption")
        if self.bytes % (self.line_bytes * self.ways) or self.line_bytes & (self.line_bytes - 1):
            raise ValueError("bytes must be a multiple of line_bytes x ways, line_bytes a power of two")
        return self


@dataclass(frozen=True)
class Assumption:
    """A figure without a source that something rests on: whose it is, its value, and why it is a fair one."""

    part: str
    figure: str
    value: float
    why: str


class Clock(_Strict):
    """One operating point.

    Attributes
    ----------
    clock_hz
        Clock of the core, in Hz.
    active_ua
        Supply current while the core computes at this clock.
    sleep_floor_ua
        What choosing this clock adds while the core sleeps.
    wait_states
        Core cycles a flash access takes beyond the first.
    """

    clock_hz: Annotated[float, Field(gt=0)]
    active_ua: Figure
    sleep_floor_ua: Figure
    wait_states: Figure

    def figures(self) -> Iterator[tuple[str, Figure]]:
        """Yield (name, figure), the name with the clock."""
        for name in ("active_ua", "sleep_floor_ua", "wait_states"):
            yield f"{name} at {self.clock_hz / 1e6:g} MHz", getattr(self, name)


class _Profile(_Strict):
    title: str

    def figures(self) -> Iterator[tuple[str, Figure | Cache]]:
        """Yield (name, figure) of everything that has an origin, of the listed clocks too."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, (Figure, Cache)):
                yield name, value
            elif name == "clocks":
                for clock in value:
                    yield from clock.figures()

    def assumptions(self, used: Iterable[tuple[str, Figure | Cache]]) -> list[Assumption]:
        """Return those of the figures `used` (name, figure) of this part that have no source."""
        return [
            Assumption(self.title, name, f.bytes if isinstance(f, Cache) else f.value, f.assumption)
            for name, f in used
            if f.assumption is not None
        ]


class Device(_Profile):
    """One microcontroller.

    Attributes
    ----------
    deep_sleep_ua
        Current asleep with the RAM kept and a timer that wakes it.
    capture_ua
        What is added, awake or asleep, while PDM and DMA fill the audio buffer.
    wake_us
        Time from the event that wakes the core to the first useful instruction, at active current.
    cache, prefetch_lines
        What stands between flash and core: a cache, or a few prefetched lines, or neither.
    """

    regulator: str
    supply_v: Figure
    flash_bytes: Figure
    ram_bytes: Figure
    default_clock_hz: Annotated[float, Field(gt=0)]
    deep_sleep_ua: Figure
    capture_ua: Figure
    wake_us: Figure
    cache: Cache | None = None
    prefetch_lines: Figure | None = None
    clocks: Annotated[tuple[Clock, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _default_is_listed(self) -> Device:
        if self.default_clock_hz not in [clock.clock_hz for clock in self.clocks]:
            raise ValueError("default_clock_hz is not among clocks")
        return self

    def clock(self, clock_hz: float | None = None) -> Clock:
        """Return the operating point for `clock_hz`: a listed one, or one on the line between its neighbours.

        Raises
        ------
        InputError
            Above the highest or below half of the lowest clock listed: no figure to go by.
        """
        wanted = self.default_clock_hz if clock_hz is None else clock_hz
        listed = sorted(self.clocks, key=lambda c: c.clock_hz)
        for clock in listed:
            if clock.clock_hz == wanted:
                return clock
        low, high = listed[0].clock_hz / 2, listed[-1].clock_hz
        if not low <= wanted <= high:
            allowed = ", ".join(f"{c.clock_hz / 1e6:g}" for c in listed)
            raise InputError(
                "--clock",
                f"{wanted / 1e6:g} MHz is outside what is known of {self.title} ({allowed} MHz)",
                remedy="choose a listed clock or add a profile with --device-file",
            )
        return _between(listed, wanted)


def _between(listed: list[Clock], wanted: float) -> Clock:
    """Interpolate the active current; below the lowest clock it is taken as proportional."""
    above = next(c for c in listed if c.clock_hz > wanted)
    below = [c for c in listed if c.clock_hz < wanted]
    start_hz, start_ua = (below[-1].clock_hz, below[-1].active_ua.value) if below else (0.0, 0.0)
    share = (wanted - start_hz) / (above.clock_hz - start_hz)
    current = start_ua + share * (above.active_ua.value - start_ua)
    ends = [*below[-1:], above]
    why = "; ".join(
        [f"interpolated up to {above.clock_hz / 1e6:g} MHz"]
        + [f"{c.clock_hz / 1e6:g} MHz: {c.active_ua.assumption}" for c in ends if c.active_ua.assumption]
    )
    return Clock(
        clock_hz=wanted,
        active_ua=Figure(value=current, assumption=why),
        sleep_floor_ua=above.sleep_floor_ua,
        wait_states=above.wait_states,
    )


class MicrophonePart(_Profile):
    """Supply current of a microphone: capturing, capturing in its low-power mode, and off."""

    on_ua: Figure
    low_power_ua: Figure
    off_ua: Figure
    supply_v: Figure


class ImuPart(_Profile):
    """Supply current of a 6-axis IMU: both sensors, accelerometer alone, and off."""

    on_ua: Figure
    accelerometer_ua: Figure
    off_ua: Figure
    supply_v: Figure


class Battery(_Profile):
    """A cell: nameplate capacity and voltage, and the share of its energy that reaches the circuit."""

    capacity_mah: Figure
    voltage_v: Figure
    usable: Figure

    @property
    def usable_energy_j(self) -> float:
        """Energy that reaches the circuit, J."""
        return self.capacity_mah.value * 3.6 * self.voltage_v.value * self.usable.value


class Profiles(_Strict):
    """All profiles by name."""

    devices: dict[str, Device] = {}
    microphones: dict[str, MicrophonePart] = {}
    imus: dict[str, ImuPart] = {}
    batteries: dict[str, Battery] = {}

    def device(self, name: str) -> Device:
        """Return a device; InputError lists the names there are."""
        return _pick(self.devices, name, "--device")

    def microphone(self, name: str) -> MicrophonePart:
        """Return a microphone; InputError lists the names there are."""
        return _pick(self.microphones, name, "--microphone")

    def imu(self, name: str) -> ImuPart:
        """Return an IMU; InputError lists the names there are."""
        return _pick(self.imus, name, "--imu")

    def battery(self, name: str) -> Battery:
        """Return a battery by name, or one written as ``250mAh@3.7V``."""
        if name not in self.batteries and (custom := _battery_in_words(name)) is not None:
            return custom
        return _pick(self.batteries, name, "--battery")

    def merged(self, other: Profiles) -> Profiles:
        """Return these with `other` added; equal names are replaced."""
        return Profiles(
            devices={**self.devices, **other.devices},
            microphones={**self.microphones, **other.microphones},
            imus={**self.imus, **other.imus},
            batteries={**self.batteries, **other.batteries},
        )


def _pick(table: Mapping[str, _Part], name: str, option: str) -> _Part:
    try:
        return table[name.lower()]
    except KeyError:
        known = ", ".join(sorted(table))
        raise InputError(
            option, f"{name!r} is unknown", remedy=f"use one of {known}, or --device-file"
        ) from None


def _battery_in_words(text: str) -> Battery | None:
    head, _, tail = text.lower().partition("@")
    if not head.endswith("mah") or not tail.endswith("v"):
        return None
    try:
        capacity, voltage = float(head[:-3]), float(tail[:-1])
        if capacity == 0 or voltage == 0:
            return None
        return Battery(
            title=text,
            capacity_mah=Figure(value=capacity, source="--battery"),
            voltage_v=Figure(value=voltage, source="--battery"),
            usable=Figure(value=0.8, assumption="share of the nameplate that reaches the circuit"),
        )
    except ValueError:
        return None


def load_profiles(device_file: str | os.PathLike[str] | None = None) -> Profiles:
    """Return the shipped profiles, with those of a user's file added or put in their place.

    Parameters
    ----------
    device_file
        TOML of the same form as the shipped ``devices.toml``.

    Raises
    ------
    InputError
        The file cannot be read, is not TOML, or a figure is missing, negative or without origin.
    """
    shipped = _shipped()
    return shipped if device_file is None else shipped.merged(_read(Path(device_file)))


@functools.cache
def _shipped() -> Profiles:
    return _read(_SHIPPED)


def _read(path: Path) -> Profiles:
    try:
        with reading(path):
            table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(path, f"is not TOML: {error}") from error
    try:
        return Profiles.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise InputError(
            path, message, field=field, remedy="compare with export/estimate/devices.toml"
        ) from error
