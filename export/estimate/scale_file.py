"""The file that keeps the factors between predicted and counted cycles, by device."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ...data.atomic import write_text_whole
from ...data.input_error import InputError
from ...data.json_text import json_text
from ...data.strict_values import as_number
from ...data.untrusted import read_json
from .board_comparison import Comparison
from .cycle_scale import CycleScale

__all__ = ["load_scale", "save_scale"]

_FORMAT = "tussis-cycle-scale"
_SCALES = (0.01, 100.0)
"""Least and largest factor between predicted and counted cycles; none outside is of a Cortex-M33."""

_CLOCKS_HZ = (1e3, 1e10)
"""Least and largest clock of a core."""


def save_scale(comparison: Comparison, path: str | os.PathLike[str]) -> None:
    """Write the fitted scale of a device; scales of other devices in the file are kept.

    Raises
    ------
    InputError
        The file exists and is not a file of scales, or cannot be written; or the scale is none that
        `load_scale` takes.
    """
    target = Path(path)
    for name, value in (
        ("cycle_scale", comparison.scale.factor),
        ("stages_within", comparison.scale.low),
        ("stages_within", comparison.scale.high),
    ):
        try:
            as_number(value, *_SCALES)
        except ValueError as error:
            remedy = "are the measured cycles those of this firmware and session?"
            raise InputError(
                path, f"{name} {error}", field=f"devices.{comparison.device}", remedy=remedy
            ) from None
    scales = _read_scales(target) if target.exists() else {}
    scales[comparison.device] = {
        "cycle_scale": comparison.scale.factor,
        "stages_within": [comparison.scale.low, comparison.scale.high],
        "clock_hz": comparison.clock_hz,
        "toolchain": comparison.scale.toolchain,
        "opt": comparison.scale.opt,
        "session": comparison.session,
        "mode": comparison.mode,
    }
    document = {"format": _FORMAT, "version": 1, "devices": dict(sorted(scales.items()))}
    write_text_whole(target, json_text(document, 2) + "\n")


def load_scale(path: str | os.PathLike[str], device: str) -> CycleScale:
    """Return the saved scale of a device.

    Raises
    ------
    InputError
        No such file, the device is not in it, or a key is missing: nothing stands for one that is not there.
    """
    name = device.lower()
    scales = _read_scales(Path(path))
    kept = scales.get(name)
    if kept is None:
        known = ", ".join(scales) or "none"
        raise InputError(path, f"has no cycle scale for {device}", remedy=f"it has: {known}")
    key = "cycle_scale"
    try:
        factor = as_number(kept[key], *_SCALES)
        key = "stages_within"
        low, high = (as_number(value, *_SCALES) for value in kept[key])
        if low > high:
            raise ValueError(f"is {low:g} to {high:g}, the larger first")
        key = "clock_hz"
        clock_hz = as_number(kept[key], *_CLOCKS_HZ)
        build = {}
        for key in ("toolchain", "opt"):
            build[key] = kept.get(key, "")  # files of before they were kept
            if not isinstance(build[key], str):
                raise TypeError(key)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        problem = str(error) if isinstance(error, ValueError) else "is missing, or not what belongs there"
        field, remedy = f"devices.{name}.{key}", "make it again with --save-scale"
        raise InputError(path, problem, field=field, remedy=remedy) from None
    return CycleScale(factor, low, high, clock_hz, **build)


def _read_scales(path: Path) -> dict[str, Any]:
    remedy = "make one with --save-scale"
    document = read_json(path, remedy)
    try:
        if document["format"] != _FORMAT:
            raise KeyError("format")
        if document["version"] != 1:
            problem = f"is {document['version']!r:.40}, and this tussis reads 1"
            raise InputError(path, problem, field="version", remedy=remedy)
        devices = document["devices"]
        if not isinstance(devices, dict):
            raise TypeError("devices")
        return devices
    except (KeyError, TypeError) as error:
        raise InputError(path, "is not a file of cycle scales", remedy=remedy) from error
