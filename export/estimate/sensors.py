"""Profiles of motion sensors and microphones, each with the ways it can be run."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from ...data.input_error import InputError
from ...selection.detector.motion_need import MotionNeed
from ...signal.motion_sensor import MotionSensor
from .figures import Figure, Interface, OperatingPoint, Profile

__all__ = ["ImuPart", "MicrophonePart", "MotionMode"]

STANDARD_GRAVITY_MS2 = 9.80665


class MotionMode(OperatingPoint):
    """One way to run a motion sensor.

    Attributes
    ----------
    name
        As in the data sheet, with the rate.
    gyroscope
        Whether angular rates are measured too.
    rate_hz
        Output data rate.
    bits, range_g
        Resolution of a value over twice the range.
    current_ua
        Supply current.
    noise_mg
        RMS noise of one axis at this rate, that of its steps included.
    bandwidth_hz
        What lies above is filtered off before sampling; half the rate where it is left out.
    range_dps, noise_dps
        The same of angular rates, in the same bits; both or neither, and of a gyroscope only. Without them
        angular rates are taken as they are.
    """

    name: Annotated[str, Field(min_length=1)]
    gyroscope: bool = False
    rate_hz: Annotated[float, Field(gt=0)]
    bits: Annotated[int, Field(ge=6, le=20)]
    range_g: Annotated[float, Field(gt=0)]
    current_ua: Figure
    noise_mg: Figure
    bandwidth_hz: Figure | None = None
    range_dps: Annotated[float, Field(gt=0)] | None = None
    noise_dps: Figure | None = None

    @property
    def point(self) -> str:
        """Its name."""
        return self.name

    def sensor(self, part: str) -> MotionSensor:
        """Return what it delivers, under the name of its part."""
        bandwidth_hz = self.rate_hz / 2 if self.bandwidth_hz is None else self.bandwidth_hz.value
        return MotionSensor(
            rate_hz=self.rate_hz,
            range_ms2=self.range_g * STANDARD_GRAVITY_MS2,
            bits=self.bits,
            noise_ms2=1e-3 * self.noise_mg.value * STANDARD_GRAVITY_MS2,
            bandwidth_hz=bandwidth_hz,
            gyroscope=self.gyroscope,
            range_dps=self.range_dps or 0.0,
            noise_dps=0.0 if self.noise_dps is None else self.noise_dps.value,
            name=f"{part}:{self.name}",
        )

    @model_validator(mode="after")
    def _can_be_sampled(self) -> MotionMode:
        if self.bandwidth_hz is not None and not 0 < self.bandwidth_hz.value <= self.rate_hz / 2:
            raise ValueError(f"mode {self.name}: bandwidth_hz is above half of rate_hz, or 0")
        given = [name for name in ("range_dps", "noise_dps") if getattr(self, name) is not None]
        if given and not self.gyroscope:
            raise ValueError(f"mode {self.name}: {given[0]} is of a gyroscope; add gyroscope = true")
        if len(given) == 1:
            (other,) = {"range_dps", "noise_dps"} - set(given)
            raise ValueError(f"mode {self.name}: {given[0]} needs {other} too")
        return self


class ImuPart(Profile):
    """A motion sensor: an accelerometer, or one with a gyroscope.

    Attributes
    ----------
    off_ua
        Supply current in power-down.
    fifo_samples
        Samples of all axes that it holds while the core sleeps.
    wake_up_step_mg
        Smallest step of the threshold of its own wake-up comparator, at 2 g or the smallest range; None where
        it has none.
    """

    supply_v: Figure
    off_ua: Figure
    fifo_samples: Figure
    wake_up_step_mg: Figure | None = None
    modes: Annotated[tuple[MotionMode, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_differ(self) -> ImuPart:
        names = [mode.name for mode in self.modes]
        if len(set(names)) != len(names):
            raise ValueError("two modes have the same name")
        return self

    def named(self, name: str) -> MotionMode:
        """Return the mode of a name.

        Raises
        ------
        InputError
            There is none.
        """
        found = [mode for mode in self.modes if mode.name == name]
        if not found:
            known = ", ".join(mode.name for mode in self.modes)
            raise InputError("--imu", f"{self.title} has no mode {name!r}", remedy=f"use one of {known}")
        return found[0]

    def mode(self, need: MotionNeed, name: str = "") -> MotionMode:
        """Return the mode of least current that gives all a detector needs, or the one called `name`.

        Parameters
        ----------
        need
            What the detector needs.
        name
            A mode by name. It must give the rate and the gyroscope; its range may be smaller and its steps
            larger than what is needed (`MotionNeed.lacks` says so).

        Raises
        ------
        InputError
            No such mode, or none that gives what is needed.
        """
        asked = [self.named(name)] if name else self.modes
        lacks = [(mode, need.lacks(mode.sensor(""))) for mode in asked]
        fit = [mode for mode, missing in lacks if not any(lack.refused or not name for lack in missing)]
        if not fit:
            least = min(
                (missing for _, missing in lacks), key=lambda missing: (missing[0].refused, len(missing))
            )
            what = " and ".join(lack.what for lack in least if lack.refused >= least[0].refused)
            whose = f"its mode {name}" if name else "it"
            raise InputError(
                "--imu",
                f"{self.title}: the detector needs {what}, which {whose} does not give",
                remedy="choose another part or mode, or train at one with --motion-sensor",
            )
        return min(fit, key=lambda mode: mode.current_ua.value)


class MicrophonePart(Profile):
    """A microphone: capturing, capturing in its low-power mode, asleep, and listening for a sound by itself.

    Attributes
    ----------
    interface
        How it gives its sound.
    on_ua, low_power_ua
        Supply current while it captures.
    off_ua
        Asleep: its clock stopped, or in power-down.
    activity_ua
        While its own detector of acoustic activity listens; None where it has none.
    activity_threshold_db_spl
        Lowest threshold of that detector.
    start_ms
        From the clock to the first good sample.
    """

    interface: Interface
    on_ua: Figure
    low_power_ua: Figure
    off_ua: Figure
    activity_ua: Figure | None = None
    activity_threshold_db_spl: Figure | None = None
    start_ms: Figure
    supply_v: Figure

    def current(self, state: str) -> Figure:
        """Return the figure of a state: ``"on"``, ``"low_power"``, ``"off"`` or ``"activity"``.

        Raises
        ------
        InputError
            It has no detector of acoustic activity.
        """
        figure: Figure | None = getattr(self, f"{state}_ua")
        if figure is None:
            raise InputError(
                "--gated-microphone",
                f"{self.title} has no acoustic activity detection",
                remedy="use off, or another microphone",
            )
        return figure
