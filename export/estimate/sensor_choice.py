"""Which sensors a board has: those that are named, or of several the cheapest that suffice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from ...data.input_error import InputError
from ...selection.budget.board_price import BoardPower, BoardRun
from ...selection.budget.budget import Budget
from ...selection.detector.motion_need import MotionNeed
from ...signal.motion_sensor import LEAST_RATE_HZ, MOST_RATE_HZ, MotionSensor
from ...signal.plan import ImuPlan
from .battery_life import days_of
from .devices import Battery, Device, Profiles, load_profiles
from .energy import Sensors, energy_split
from .microphone_power import MicrophoneWhileGated

__all__ = ["BoardChoice", "board_choice", "fitting_sensors", "gyroscope_cost", "motion_sensor"]

_OPTION = "--motion-sensor"
_USUAL_IMU = {False: "lis2dh12", True: "lsm6dso32"}


def fitting_sensors(
    profiles: Profiles,
    device: Device,
    need: MotionNeed,
    *,
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
    need
        What the detector needs of the motion sensor.
    microphone, imu, capture, while_gated
        As for `tussis.export.estimate.estimate.price`.

    Raises
    ------
    InputError
        An unknown name, or a part that does not give what is needed.
    """
    taught = need.operating_point.partition(":")[0]
    usual = taught if taught in profiles.imus else _USUAL_IMU[need.gyroscope]
    part, _, named = (imu or usual).partition(":")
    moved, heard = profiles.imu(part), profiles.microphone(microphone)
    return Sensors(
        heard,
        moved,
        moved.mode(need, named.lower()),
        device.capture(heard, capture),
        while_gated,
    )


def motion_sensor(words: str, need: MotionNeed, profiles: Profiles | None = None) -> MotionSensor:
    """Return the operating point that a detector is taught at, or a recording played through.

    Parameters
    ----------
    words
        ``PART`` or ``PART:MODE``. Without a mode it is the one of least current that gives what is needed.
    need
        What the detector needs; what training needs, without a gyroscope, where there is none yet.
    profiles
        What is known; None is what tussis knows.

    Raises
    ------
    InputError
        No such part or mode, without a mode none that suffices, or none of the angular rates that are needed.
    """
    part, _, named = words.lower().partition(":")
    known = (profiles or load_profiles()).imus
    if part not in known:
        raise InputError(_OPTION, f"{part!r} is unknown", remedy=f"use one of {', '.join(sorted(known))}")
    found = known[part]
    try:
        mode = found.named(named) if named else found.mode(need)
    except InputError as error:  # it speaks of --imu
        raise InputError(_OPTION, error.problem, remedy=error.remedy) from None
    if need.gyroscope and not mode.gyroscope:
        raise InputError(
            _OPTION,
            f"{found.title}: the detector needs angular rates, which its mode {mode.name} does not give",
            remedy="choose another part or mode, or train at this one with --motion-sensor",
        )
    if not LEAST_RATE_HZ <= mode.rate_hz <= MOST_RATE_HZ:
        raise InputError(
            words,
            f"runs at {mode.rate_hz:g} Hz; the library follows {LEAST_RATE_HZ:g} to {MOST_RATE_HZ:g} Hz",
            remedy="name another mode",
        )
    return mode.sensor(part)


def gyroscope_cost() -> tuple[float, float]:
    """Return what the usual motion sensors draw with a gyroscope and without, in uJ per second."""
    profiles = load_profiles()
    powers = []
    for gyroscope in (True, False):
        part = profiles.imu(_USUAL_IMU[gyroscope])
        mode = part.mode(MotionNeed.of(ImuPlan(), gyroscope=gyroscope))
        powers.append(mode.current_ua.value * part.supply_v.value)
    return powers[0], powers[1]


@dataclass(frozen=True)
class BoardChoice:
    """A board whose sensors can be chosen (`tussis.selection.budget.board_price.BoardPrice`).

    Attributes
    ----------
    profiles, device, battery
        What is known, the microcontroller at its usual clock, and what feeds the board.
    microphones, imus
        Names that may be chosen.
    need
        What detectors ask of the motion sensor; whether a gyroscope, each run says.
    """

    profiles: Profiles
    device: Device
    battery: Battery
    microphones: Sequence[str]
    imus: Sequence[str]
    need: MotionNeed

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
            self.need.model_copy(update={"gyroscope": run.gyroscope}),
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
    budget: Budget, need: MotionNeed, *, source: str | Path = "budget", battery: str = "lipo100"
) -> BoardChoice | None:
    """Make the board of a budget file; None where it names no device.

    Parameters
    ----------
    budget
        Its device and its choice of sensors.
    need
        What detectors ask of the motion sensor; whether a gyroscope, each run says.
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
        need,
    )
    try:
        found.least(BoardRun("gated", 0.0, 0.0))
    except InputError as error:
        raise InputError(source, f"no part suffices: {error}", field="sensors") from None
    return found
