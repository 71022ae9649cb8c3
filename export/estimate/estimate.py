"""What an exported firmware costs on a device: cycles, milliseconds, microjoules, days on a battery."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...data.dataset import load_recording
from ...data.progress import Progress, silent
from ...selection.detector.mode import Mode
from ..build.toolchain import ArmName, find_arm_toolchain
from ..codegen.project import load_project
from .cycle_scale import CycleScale
from .devices import load_profiles
from .energy import energy_split
from .estimate_document import document
from .flash_fetch import stalls_per_instruction
from .measurement import Measurement, measure_project
from .microphone_power import MicrophoneWhileGated
from .priced_measurement import PricedMeasurement
from .sensor_choice import fitting_sensors

__all__ = ["Estimate", "estimate", "measure", "price"]


@dataclass(frozen=True)
class Estimate(PricedMeasurement):
    """What ``tussis estimate`` finds: a priced measurement and the document it is written out as."""

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON document of ``tussis estimate --json``."""
        return document(self)


def measure(
    project: str | os.PathLike[str],
    recording: str | os.PathLike[str],
    *,
    toolchain: ArmName | None = None,
    opt: str = "O2",
    fpu: bool = True,
    progress: Progress = silent,
) -> Measurement:
    """Run an exported project on a recording in every mode; price the result with :func:`price`.

    Parameters
    ----------
    project
        Folder that ``tussis export`` wrote.
    recording
        Session folder or WAV file.
    toolchain
        ``"gcc"`` or ``"zig"``; None takes what is there.
    opt
        ``"O2"``, ``"O3"``, ``"Os"``.
    fpu
        Compile for the FPU, or for software floats.
    progress
        Called with the progress.

    Raises
    ------
    InputError
        No project, no recording, no compiler.
    """
    loaded = load_project(project)
    detector = loaded.detector
    played = load_recording(recording, **detector.rates)
    compiler = find_arm_toolchain(toolchain)
    if not fpu:
        compiler = replace(compiler, target_flags=_SOFT_FLOATS[compiler.name])
    measured = measure_project(Path(loaded.path), played, compiler, opt=opt, progress=progress)
    return replace(measured, need=detector.motion_need)


_SOFT_FLOATS: Mapping[str, tuple[str, ...]] = {
    "gcc": ("-mcpu=cortex-m33", "-mthumb", "-mfloat-abi=soft"),
    "zig": ("-target", "thumb-freestanding-eabi", "-mcpu=cortex_m33+dsp+soft_float"),
}


def price(
    measurement: Measurement,
    device: str = "nrf5340",
    *,
    clock_hz: float | None = None,
    device_file: str | os.PathLike[str] | None = None,
    microphone: str = "t5838",
    imu: str = "",
    capture: str = "",
    battery: str = "lipo100",
    microphone_while_gated: MicrophoneWhileGated = "low_power",
    cycle_scale: CycleScale | float | None = None,
    stalls: Mapping[Mode, float] | None = None,
) -> Estimate:
    """Price a measurement for a device.

    Parameters
    ----------
    measurement
        Measurement, from :func:`measure`.
    device
        Name in ``devices.toml`` or in `device_file`.
    clock_hz
        Core clock; None takes the profile's default.
    device_file
        TOML with further profiles.
    microphone, imu, battery
        Names of profiles; a battery may be written ``250mAh@3.7V``, a motion sensor with one of its modes,
        like ``lis2dh12:normal-100``. Without a mode it is the one of least current that suffices; without a
        name a LIS2DH12, or for a detector that looks at angular rates an LSM6DSO32.
    capture
        How sound gets into RAM; the device's usual way when left out.
    microphone_while_gated
        What the microphone does while gating keeps the audio path asleep; a firmware whose microphone
        follows the gate switches it off whatever this says.
    cycle_scale
        Factor on all cycles, from a real board (:mod:`.measured`).
    stalls
        Flash stall cycles per instruction by mode, of the same device and clock; computed when left out.

    Raises
    ------
    InputError
        An unknown name, or a clock the profile says nothing about.
    """
    profiles = load_profiles(device_file)
    chosen = profiles.device(device)
    clock = chosen.clock(clock_hz)
    scale = CycleScale(cycle_scale) if isinstance(cycle_scale, int | float) else cycle_scale
    factor = 1.0 if scale is None else scale.factor
    modes = measurement.modes
    follows_gate = any(run.microphone_duty is not None for run in modes.values())
    while_gated: MicrophoneWhileGated = "off" if follows_gate else microphone_while_gated
    sensors = fitting_sensors(
        profiles,
        chosen,
        measurement.need,
        microphone=microphone,
        imu=imu,
        capture=capture,
        while_gated=while_gated,
    )
    if stalls is None:
        stalls = {mode: stalls_per_instruction(chosen, clock, run.sample) for mode, run in modes.items()}
    energy = {
        mode: energy_split(
            chosen,
            clock,
            mode,
            factor * (run.cycles + stalls[mode] * run.instructions) / run.seconds,
            run.audio_duty if run.microphone_duty is None else run.microphone_duty,
            sensors,
        )
        for mode, run in modes.items()
    }
    return Estimate(
        measurement,
        device.lower(),
        chosen,
        clock,
        sensors,
        profiles.battery(battery),
        scale,
        stalls,
        energy,
    )


def estimate(
    project: str | os.PathLike[str],
    recording: str | os.PathLike[str],
    *,
    device: str = "nrf5340",
    clock_hz: float | None = None,
    device_file: str | os.PathLike[str] | None = None,
    toolchain: ArmName | None = None,
    opt: str = "O2",
    fpu: bool = True,
    progress: Progress = silent,
    **surroundings: Any,
) -> Estimate:
    """Measure and price in one call; parameters as :func:`measure` and :func:`price`.

    Examples
    --------
    >>> from tussis import export_project, load_detector, write_dataset
    >>> project = export_project(load_detector("default"), "firmware")
    >>> folder = write_dataset("recordings", subjects=1, sessions_per_subject=1, session_s=3.0)
    >>> estimate(project.path, folder, device="nrf5340").battery_days("audio") > 0
    True
    """
    load_profiles(device_file).device(device).clock(clock_hz)  # refuse a misspelt name first
    measured = measure(project, recording, toolchain=toolchain, opt=opt, fpu=fpu, progress=progress)
    return price(measured, device, clock_hz=clock_hz, device_file=device_file, **surroundings)
