"""Which sensors a board has: those that are named, or of several the cheapest that suffice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from ...data.input_error import InputError
from ...selection.budget.board_price import BoardPower, BoardRun
from ...selection.budget.budget import Budget
from .devices import Battery, Device, Profiles, load_profiles
from .energy import Sensors, energy_split
from .microphone_power import MicrophoneWhileGated
from .priced_measurement import days_of

__all__ = ["BoardChoice", "board_choice", "fitting_sensors"]

_USUAL_IMU = {False: "lis2dh12", True: "lsm6dso32"}


def fitting_sensors(
    profiles: Profiles,
    device: Device,
    imu_rate_hz: float,
    *,
    gyroscope: bool,
    microphone: str,
    imu: str = "",
    capture: str = "",
    while_gated: MicrophoneWhileGated = "low_power",
) -> Sensors:
    """Look sensors up, and run them as a detector needs.

    Parameters
    ----------
    profiles, device
        What is known, and the microcontroller.
    imu_rate_hz, gyroscope
        What the detector needs of the motion sensor.
    microphone, imu, capture, while_gated
        As for `tussis.export.estimate.estimate.price`.

    Raises
    ------
    InputError
        An unknown name, or a part that does not give what is needed.
    """
    part, _, named = (imu or _USUAL_IMU[gyroscope]).partition(":")
    moved, heard = profiles.imu(part), profiles.microphone(microphone)
    return Sensors(
        heard,
        moved,
        moved.mode(imu_rate_hz, gyroscope=gyroscope, name=named.lower()),
        device.capture(heard, capture),
        while_gated,
    )


@dataclass(frozen=True)
class BoardChoice:
    """A board whose sensors can be chosen (`tussis.selection.budget.board_price.BoardPrice`).

    Attributes
    ----------
    profiles, device, battery
        What is known, the microcontroller at its usual clock, and what feeds the board.
    microphones, imus
        Names that may be chosen.
    imu_rate_hz
        Rate of the motion that detectors ask for.
    """

    profiles: Profiles
    device: Device
    battery: Battery
    microphones: Sequence[str]
    imus: Sequence[str]
    imu_rate_hz: float

    def least(self, run: BoardRun, *, any_part: bool = False) -> BoardPower:
        """Return the cheapest board that suffices; of every known part where `any_part`.

        Raises
        ------
        InputError
            None of the parts that may be chosen suffices.
        """
        choice = self
        if any_part:
            everything = tuple(self.profiles.microphones), tuple(self.profiles.imus)
            choice = replace(self, microphones=everything[0], imus=everything[1])
        powers, refused = [], None
        for microphone, imu in product(choice.microphones, choice.imus):
            try:
                powers.append(choice._power(run, microphone, imu))
            except InputError as error:
                refused = error
        if not powers:
            assert refused is not None
            raise refused
        return min(powers, key=lambda power: power.uj_per_second)

    def gives_gyroscope(self) -> bool:
        """Say whether a motion sensor that may be chosen measures angular rates."""
        try:
            self.least(BoardRun("gated", 0.0, 0.0, gyroscope=True))
        except InputError:
            return False
        return True

    def _power(self, run: BoardRun, microphone: str, imu: str) -> BoardPower:
        sensors = fitting_sensors(
            self.profiles,
            self.device,
            self.imu_rate_hz,
            gyroscope=run.gyroscope,
            microphone=microphone,
            imu=imu,
            while_gated="off" if run.microphone_sleeps else "low_power",
        )
        if sensors.capture.interface != sensors.microphone.interface:
            kind = f"{sensors.microphone.title} is {sensors.microphone.interface}"
            raise InputError(
                "microphone",
                f"{kind}, which {self.device.title} does not take without a bridge",
                remedy="choose another microphone",
            )
        clock = self.device.clock()
        split = energy_split(self.device, clock, run.mode, run.cycles_per_second, run.listening, sensors)
        part = imu.partition(":")[0].lower()
        return BoardPower(
            split.total,
            days_of(self.battery, split.total),
            self.battery.title,
            run.mode,
            run.listening,
            run.microphone_sleeps,
            microphone.lower(),
            f"{part}:{sensors.imu_mode.name}",
            sensors.capture.name,
            run.way,
        )


def board_choice(
    budget: Budget, imu_rate_hz: float, *, source: str | Path = "budget", battery: str = "lipo100"
) -> BoardChoice | None:
    """Make the board of a budget file; None where it names no device.

    Parameters
    ----------
    budget
        Its device and its choice of sensors.
    imu_rate_hz
        Rate of the motion that detectors ask for.
    source
        The budget file, for messages.
    battery
        As for `tussis.export.estimate.estimate.price`.

    Raises
    ------
    InputError
        An unknown part, or parts none of which gives what any detector needs.
    """
    if budget.device is None:
        return None
    profiles = load_profiles()
    device = profiles.device(budget.device)
    named = budget.sensors
    for field, names, known in (
        ("motion", named.motion, profiles.imus),
        ("microphone", named.microphone, profiles.microphones),
    ):
        for name in names or ():
            part = name.partition(":")[0] if field == "motion" else name
            if part.lower() not in known:
                raise InputError(
                    source,
                    f"{name!r} is unknown",
                    field=f"sensors.{field}",
                    remedy=f"use some of {', '.join(sorted(known))}",
                )
    found = BoardChoice(
        profiles,
        device,
        profiles.battery(battery),
        named.microphone or tuple(profiles.microphones),
        named.motion or tuple(profiles.imus),
        imu_rate_hz,
    )
    try:
        found.least(BoardRun("gated", 0.0, 0.0))
    except InputError as error:
        raise InputError(source, f"no part suffices: {error}", field="sensors") from None
    return found
