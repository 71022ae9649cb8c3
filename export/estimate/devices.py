"""Profiles of devices, sensors and batteries, read from ``devices.toml`` and from files of the user's own."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field, ValidationError, model_validator

from ...data.input_error import InputError
from ...data.strict_values import as_model
from ...data.untrusted import read_toml
from .figures import Cache, Figure, Interface, OperatingPoint, Profile, Strict
from .sensors import ImuPart, MicrophonePart

__all__ = ["Battery", "Capture", "Clock", "Device", "Profiles", "load_profiles"]

_SHIPPED = Path(__file__).with_name("devices.toml")
_Named = TypeVar("_Named")


class Clock(OperatingPoint):
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

    @property
    def point(self) -> str:
        """Its clock."""
        return f"{self.clock_hz / 1e6:g} MHz"


class Capture(OperatingPoint):
    """One way to get sound into RAM.

    Attributes
    ----------
    name
        ``"pdm"``, ``"pdm-crystal"``, ``"adf"``, ``"i2s"``, ``"adc"``.
    interface
        Of the microphones that it takes.
    current_ua
        What is added, awake or asleep, while interface and DMA fill the audio buffer.
    """

    name: Annotated[str, Field(min_length=1)]
    interface: Interface
    current_ua: Figure

    @property
    def point(self) -> str:
        """Its name."""
        return f"capture by {self.name}"


class Device(Profile):
    """One microcontroller.

    Attributes
    ----------
    deep_sleep_ua
        Current asleep with the RAM kept and a timer that wakes it.
    captures
        Ways to get sound into RAM; the first is the usual one.
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
    captures: Annotated[tuple[Capture, ...], Field(min_length=1)]
    wake_us: Figure
    cache: Cache | None = None
    prefetch_lines: Figure | None = None
    clocks: Annotated[tuple[Clock, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _default_is_listed(self) -> Device:
        if self.default_clock_hz not in [clock.clock_hz for clock in self.clocks]:
            raise ValueError("default_clock_hz is not among clocks")
        return self

    def capture(self, microphone: MicrophonePart, name: str = "") -> Capture:
        """Return the usual way to capture a microphone's sound, or the one called `name`.

        A device that has no interface of the microphone's kind takes its usual way: a bridge is needed there,
        whose current is not counted.

        Raises
        ------
        InputError
            No such way, or one for other microphones.
        """
        if name:
            way = _pick({way.name: way for way in self.captures}, name, "--capture")
            if way.interface != microphone.interface:
                kind = f"{microphone.title} is {microphone.interface}"
                raise InputError(
                    "--capture",
                    f"{way.name} takes {way.interface} microphones, and {kind}",
                    remedy="choose another way, or another microphone",
                )
            return way
        fit = [way for way in self.captures if way.interface == microphone.interface]
        return (fit or list(self.captures))[0]

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


class Battery(Profile):
    """A cell: nameplate capacity and voltage, and the share of its energy that reaches the circuit."""

    capacity_mah: Figure
    voltage_v: Figure
    usable: Figure

    @property
    def usable_energy_j(self) -> float:
        """Energy that reaches the circuit, J."""
        return self.capacity_mah.value * 3.6 * self.voltage_v.value * self.usable.value


class Profiles(Strict):
    """All profiles by name."""

    devices: dict[str, Device] = Field(default_factory=dict)
    microphones: dict[str, MicrophonePart] = Field(default_factory=dict)
    imus: dict[str, ImuPart] = Field(default_factory=dict)
    batteries: dict[str, Battery] = Field(default_factory=dict)

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


def _pick(table: Mapping[str, _Named], name: str, option: str) -> _Named:
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
    table = read_toml(path)
    try:
        return as_model(Profiles, table)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise InputError(
            path, message, field=field, remedy="compare with export/estimate/devices.toml"
        ) from error
