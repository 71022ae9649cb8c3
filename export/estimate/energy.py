"""Energy of one mode on one device, split into what draws it.

The core sleeps until DMA has filled the next chunk of audio (16 ms) or the IMU's own FIFO holds a hop of
samples, wakes, computes, sleeps again. All powers are averages in uW, which is uJ per second of recording.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from ...selection.detector.mode import Mode
from .devices import Capture, Clock, Device
from .figures import Assumption, Cache, Figure
from .microphone_power import MicrophoneWhileGated
from .sensors import ImuPart, MicrophonePart, MotionMode

__all__ = ["AUDIO_WAKES_PER_S", "EnergySplit", "Sensors", "energy_assumptions", "energy_split"]


AUDIO_WAKES_PER_S = 1 / 0.016
_IMU_WAKES_PER_S = 4.0


@dataclass(frozen=True)
class Sensors:
    """The sensors on the board, and how they are run.

    Attributes
    ----------
    imu_mode
        How the motion sensor is run.
    capture
        How sound gets into RAM.
    while_gated
        What the microphone does while gating keeps the audio path asleep.
    """

    microphone: MicrophonePart
    imu: ImuPart
    imu_mode: MotionMode
    capture: Capture
    while_gated: MicrophoneWhileGated = "low_power"

    @property
    def gyroscope(self) -> bool:
        """Whether angular rates are measured."""
        return self.imu_mode.gyroscope

    @property
    def sleeps_while_gated(self) -> bool:
        """Whether no sound is captured while gating keeps the audio path asleep."""
        return self.while_gated in ("off", "activity")

    def microphone_states(self, mode: Mode) -> tuple[str, str]:
        """Return the state while the audio path runs and the one while it does not."""
        if mode == "gated":
            return "on", self.while_gated
        return ("off", "off") if mode == "imu" else ("on", "on")

    def imu_current(self, mode: Mode) -> Figure:
        """Return the current of the motion sensor in a mode."""
        return self.imu.off_ua if mode == "audio" else self.imu_mode.current_ua


@dataclass(frozen=True)
class EnergySplit:
    """Average power by consumer, uW (uJ per second).

    Attributes
    ----------
    core_active
        Energy of computing.
    wake_up
        Energy from the waking event to the first useful instruction.
    core_asleep
        Asleep with RAM kept, and what the chosen clock keeps drawing.
    capture
        PDM interface and DMA filling the audio buffer.
    microphone, imu
        Energy of the sensors.
    """

    core_active: float
    wake_up: float
    core_asleep: float
    capture: float
    microphone: float
    imu: float

    @property
    def total(self) -> float:
        """Sum of all."""
        return float(sum(asdict(self).values()))

    @property
    def compute(self) -> float:
        """What the firmware's own work costs: computing and waking up for it."""
        return self.core_active + self.wake_up


def energy_split(
    device: Device, clock: Clock, mode: Mode, cycles_per_s: float, audio_duty: float, sensors: Sensors
) -> EnergySplit:
    """Return the average power of one mode.

    Parameters
    ----------
    device, clock
        The microcontroller at one operating point.
    mode
        Which models run.
    cycles_per_s
        Core cycles per second of recording, wait states included.
    audio_duty
        Share of the time in which the audio path computes frames, 0..1.
    sensors
        Microphone and IMU.
    """
    supply_v = device.supply_v.value
    capturing = _capture_share(mode, audio_duty, sensors)
    wakes = capturing * AUDIO_WAKES_PER_S + (1 - capturing) * _IMU_WAKES_PER_S
    active = min(1.0, cycles_per_s / clock.clock_hz)
    waking = min(1.0 - active, wakes * device.wake_us.value * 1e-6)
    asleep_ua = device.deep_sleep_ua.value + clock.sleep_floor_ua.value
    return EnergySplit(
        core_active=active * clock.active_ua.value * supply_v,
        wake_up=waking * clock.active_ua.value * supply_v,
        core_asleep=(1 - active - waking) * asleep_ua * supply_v,
        capture=capturing * sensors.capture.current_ua.value * supply_v,
        microphone=_microphone_ua(mode, audio_duty, sensors) * sensors.microphone.supply_v.value,
        imu=sensors.imu_current(mode).value * sensors.imu.supply_v.value,
    )


def energy_assumptions(
    device: Device, clock: Clock, modes: Iterable[Mode], sensors: Sensors
) -> list[Assumption]:
    """Return the figures without a source that pricing `modes` rests on."""
    ran = list(modes)
    heard = {state for mode in ran for state in sensors.microphone_states(mode)}
    moved = {"off_ua" for mode in ran if mode == "audio"} | {"supply_v"}
    captured = sensors.capture.figures() if ran != ["imu"] else iter(())
    measured = sensors.imu_mode.figures() if ran != ["audio"] else iter(())
    return [
        *device.assumptions([*_device_figures(device, clock), *captured]),
        *sensors.microphone.assumptions(
            (name, figure)
            for name, figure in sensors.microphone.figures()
            if name == "supply_v" or name.removesuffix("_ua") in heard
        ),
        *sensors.imu.assumptions(
            [
                *((name, figure) for name, figure in sensors.imu.figures() if name in moved),
                *((name, figure) for name, figure in measured if name.startswith("current_ua")),
            ]
        ),
    ]


def _device_figures(device: Device, clock: Clock) -> Iterator[tuple[str, Figure | Cache]]:
    for name, figure in device.figures():
        if " at " not in name:
            yield name, figure
    yield from clock.figures()


def _capture_share(mode: Mode, audio_duty: float, sensors: Sensors) -> float:
    if mode == "imu":
        return 0.0
    return audio_duty if mode == "gated" and sensors.sleeps_while_gated else 1.0


def _microphone_ua(mode: Mode, audio_duty: float, sensors: Sensors) -> float:
    running, waiting = (sensors.microphone.current(name).value for name in sensors.microphone_states(mode))
    return audio_duty * running + (1 - audio_duty) * waiting
