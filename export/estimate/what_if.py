"""The same firmware built and clocked in several ways, side by side."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...data.progress import Progress, silent
from ..build.compiler_run import CompileError
from ..build.toolchain import ArmName
from .devices import load_profiles
from .estimate import Estimate, measure, price

__all__ = ["Variant", "WhatIf", "what_if"]


@dataclass(frozen=True)
class Variant:
    """One way to build and clock the firmware, and what it costs; `failed` says why there is no cost."""

    device: str
    toolchain: str
    opt: str
    fpu: bool
    clock_hz: float
    cost: Estimate | None
    failed: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return one row of the table."""
        head = {
            "device": self.device,
            "toolchain": self.toolchain,
            "opt": self.opt,
            "fpu": self.fpu,
            "clock_hz": self.clock_hz,
        }
        if self.cost is None:
            return {**head, "failed": self.failed}
        found = self.cost.as_dict()
        main = found["mode"]
        return {
            **head,
            "cycles_per_second": {m: v["cycles"] for m, v in found["per_second"].items() if v},
            "uj_per_second": {m: v["uj"] for m, v in found["per_second"].items() if v},
            "total_uj_per_second": {m: v["total_uj"] for m, v in found["per_second"].items() if v},
            "worst_push_ms": found["deadline"][main]["ms"],
            "deadline_met": all(d["met"] for d in found["deadline"].values()),
            "flash_bytes": found["flash_bytes"],
            "ram_bytes": found["ram_bytes"],
            "stack_bytes": found["stack_bytes"],
            "battery_days": found["battery_days"],
            "fits": found["fits"],
            "assumptions": found["assumptions"],
        }


@dataclass(frozen=True)
class WhatIf:
    """A table of variants on one device or on all; the first row is what is compared with."""

    device: str
    recording: str
    variants: tuple[Variant, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON document of ``tussis estimate`` with several variants."""
        rows = [variant.as_dict() for variant in self.variants]
        return {"device": self.device, "recording": self.recording, "variants": rows}


def what_if(
    project: str | os.PathLike[str],
    recording: str | os.PathLike[str],
    device: str = "nrf5340",
    *,
    clocks_hz: Sequence[float] = (),
    toolchains: Sequence[ArmName | None] = (None,),
    opts: Sequence[str] = ("O2",),
    fpus: Sequence[bool] = (True,),
    device_file: str | os.PathLike[str] | None = None,
    progress: Progress = silent,
    **surroundings: Any,
) -> WhatIf:
    """Build, run and price every combination; each build runs once, whatever the number of clocks.

    Parameters
    ----------
    project, recording, device_file
        As for :func:`.estimate.estimate`.
    device
        A device, or ``"all"`` for every one there is, each at its own clock.
    clocks_hz
        Clocks to price; none means the device's own.
    toolchains
        ``"gcc"``, ``"zig"``, or None for the one that is there.
    opts
        ``"O2"``, ``"O3"``, ``"Os"``.
    fpus
        Whether to build for the FPU, one entry for each build.
    progress
        Called when a build begins.
    **surroundings
        Sensors and battery, as for :func:`.estimate.price`.

    Raises
    ------
    InputError
        An unknown device or clock, no project, no recording, no compiler. A build that the compiler refuses
        becomes a row that says so.
    """
    points = _operating_points(device, clocks_hz, device_file)
    builds = [(t, o, f) for t in toolchains for o in opts for f in fpus]
    variants: list[Variant] = []
    name = ""
    for number, (toolchain, opt, fpu) in enumerate(builds):
        progress("what-if", number, len(builds))
        try:
            measured = measure(project, recording, toolchain=toolchain, opt=opt, fpu=fpu)
        except CompileError as error:
            variants += [Variant(d, toolchain or "", opt, fpu, hz, None, error.reason) for d, hz in points]
            continue
        name = measured.recording
        for part, hz in points:
            cost = price(measured, part, clock_hz=hz, device_file=device_file, **surroundings)
            variants.append(Variant(part, measured.toolchain, opt, fpu, hz, cost))
    progress("what-if", len(builds), len(builds))
    return WhatIf(device, name, tuple(variants))


def _operating_points(
    device: str, clocks_hz: Sequence[float], device_file: str | os.PathLike[str] | None
) -> list[tuple[str, float]]:
    """Return (device, clock) pairs; InputError for a name or a clock that no profile knows."""
    profiles = load_profiles(device_file)
    parts = list(profiles.devices) if device == "all" else [device]
    points: list[tuple[str, float]] = []
    for part in parts:
        profile = profiles.device(part)
        points += [(part, profile.clock(hz).clock_hz) for hz in clocks_hz or (profile.default_clock_hz,)]
    return points
