"""Profiles of motion sensors and microphones, each with the ways it can be run."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from ...data.input_error import InputError
from .figures import Figure, Interface, OperatingPoint, Profile

__all__ = ["COARSEST_STEP_MG", "RATE_TOLERANCE", "ImuPart", "MicrophonePart", "MotionMode"]

RATE_TOLERANCE = 0.05
"""By how much a sensor's nominal rate may lie below the rate that a detector asks for."""

COARSEST_STEP_MG = 8.0
"""A mode with larger steps is taken only where it is named: detectors are trained on finer values."""


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
        RMS noise of one axis at this rate.
    """

    name: Annotated[str, Field(min_length=1)]
    gyroscope: bool = False
    rate_hz: Annotated[float, Field(gt=0)]
    bits: Annotated[int, Field(ge=6, le=20)]
    range_g: Annotated[float, Field(gt=0)]
    current_ua: Figure
    noise_mg: Figure

    @property
    def point(self) -> str:
        """Its name."""
        return self.name

    @property
    def step_mg(self) -> float:
        """Smallest difference between two values of acceleration."""
        return float(2000.0 * self.range_g / 2.0**self.bits)


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

    def mode(self, rate_hz: float, *, gyroscope: bool, name: str = "") -> MotionMode:
        """Return the mode that gives what a detector needs at the least current, or the one called `name`.

        Parameters
        ----------
        rate_hz
            Rate that the detector's plan asks for; a sensor may lie 5 % below.
        gyroscope
            Whether the detector looks at angular rates.
        name
            A mode by name; it must give what is needed too.

        Raises
        ------
        InputError
            No such mode, or none that gives what is needed.
        """
        named = [mode for mode in self.modes if mode.name == name] if name else list(self.modes)
        if not named:
            known = ", ".join(mode.name for mode in self.modes)
            raise InputError("--imu", f"{self.title} has no mode {name!r}", remedy=f"use one of {known}")
        fit = [
            mode
            for mode in named
            if mode.rate_hz >= (1 - RATE_TOLERANCE) * rate_hz
            and mode.gyroscope >= gyroscope
            and (name or mode.step_mg <= COARSEST_STEP_MG)
        ]
        if not fit:
            what = f"{rate_hz:g} Hz" + (" with angular rates" if gyroscope else "")
            whose = f"its mode {name}" if name else "it"
            raise InputError(
                "--imu",
                f"{self.title}: the detector needs {what}, which {whose} does not give",
                remedy="choose another part or mode, or train without gyroscope",
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
