"""Energy of one mode on one device, split into what draws it.

The core sleeps until DMA has filled the next chunk of audio (16 ms) or the IMU's own FIFO holds a hop of
samples, wakes, computes, sleeps again. All powers are averages in uW, which is uJ per second of recording.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from ...selection.detector.mode import Mode
from .devices import Assumption, Cache, Clock, Device, Figure, ImuPart, MicrophonePart
from .microphone_power import MicrophoneWhileGated

__all__ = ["AUDIO_WAKES_PER_S", "EnergySplit", "Sensors", "energy_assumptions", "energy_split"]


AUDIO_WAKES_PER_S = 1 / 0.016
_IMU_WAKES_PER_S = 4.0


@dataclass(frozen=True)
class Sensors:
    """The sensors on the board, and how they are run.

    Attributes
    ----------
    while_gated
        What the microphone does while gating keeps the audio path asleep.
    gyroscope
        Whether the detector looks at it; if not, the accelerometer runs alone.
    """

    microphone: MicrophonePart
    imu: ImuPart
    while_gated: MicrophoneWhileGated = "low_power"
    gyroscope: bool = True

    def microphone_states(self, mode: Mode) -> tuple[str, str]:
        """Return the figure that holds while the audio path runs and the one that holds while it does not."""
        if mode == "gated":
            return "on_ua", f"{self.while_gated}_ua"
        return ("off_ua", "off_ua") if mode == "imu" else ("on_ua", "on_ua")

    def imu_state(self, mode: Mode) -> str:
        """Return the figure of the IMU that holds in a mode."""
        return "off_ua" if mode == "audio" else "on_ua" if self.gyroscope else "accelerometer_ua"


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
        capture=capturing * device.capture_ua.value * supply_v,
        microphone=_microphone_ua(mode, audio_duty, sensors) * sensors.microphone.supply_v.value,
        imu=_value(sensors.imu, sensors.imu_state(mode)) * sensors.imu.supply_v.value,
    )


def energy_assumptions(
    device: Device, clock: Clock, modes: Iterable[Mode], sensors: Sensors
) -> list[Assumption]:
    """Return the figures without a source that pricing `modes` rests on."""
    ran = list(modes)
    microphone = {name for mode in ran for name in sensors.microphone_states(mode)} | {"supply_v"}
    imu = {sensors.imu_state(mode) for mode in ran} | {"supply_v"}
    return [
        *device.assumptions(_device_figures(device, clock, audio=ran != ["imu"])),
        *sensors.microphone.assumptions((n, f) for n, f in sensors.microphone.figures() if n in microphone),
        *sensors.imu.assumptions((n, f) for n, f in sensors.imu.figures() if n in imu),
    ]


def _device_figures(device: Device, clock: Clock, *, audio: bool) -> Iterator[tuple[str, Figure | Cache]]:
    for name, figure in device.figures():
        if " at " not in name and (audio or name != "capture_ua"):
            yield name, figure
    yield from clock.figures()


def _value(part: MicrophonePart | ImuPart, name: str) -> float:
    figure: Figure = getattr(part, name)
    return figure.value


def _capture_share(mode: Mode, audio_duty: float, sensors: Sensors) -> float:
    if mode == "imu":
        return 0.0
    return audio_duty if mode == "gated" and sensors.while_gated == "off" else 1.0


def _microphone_ua(mode: Mode, audio_duty: float, sensors: Sensors) -> float:
    running, waiting = (_value(sensors.microphone, name) for name in sensors.microphone_states(mode))
    return audio_duty * running + (1 - audio_duty) * waiting
