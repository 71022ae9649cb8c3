"""Build files of an exported project: CMake's, and those of a package system from firmware_stub/packages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path, PurePosixPath

from ...selection.detector.detector_file import Detector
from ...selection.detector.microphone import ALWAYS, Microphone
from ...selection.detector.pre_roll import PreRoll
from .cmake_files import cmake_files

__all__ = ["SPDX", "flat_source", "package_files"]

SPDX = "/* SPDX-License-Identifier: Apache-2.0 */"

_NAME = "tussis"
_FLAGS = "-ffp-contract=off -fno-math-errno"
_TEMPLATES = Path(__file__).resolve().parents[2] / "firmware_stub" / "packages"
_SKETCH = _TEMPLATES / "arduino" / "examples" / "Coughs" / "Coughs.ino"


def package_files(
    detector: Detector,
    package: str,
    sources: Iterable[str],
    microphone: Microphone = ALWAYS,
    pre_roll: PreRoll = "decimated",
) -> dict[str, str]:
    """Text of every build file of a project, by path.

    Parameters
    ----------
    detector
        What the project is for.
    package
        ``"cmake"`` alone, or ``"platformio"``, ``"zephyr"`` or ``"arduino"`` besides.
    sources
        Paths of the project's files so far.
    microphone
        How the microphone is run; the README says so.
    pre_roll
        How the sound before an IMU hit is kept; the README says so.
    """
    fill = {"@FLAGS@": _FLAGS, "@VERSION@": _version()}
    files = {
        **cmake_files(_FLAGS, fill["@VERSION@"]),
        **_templates(package, fill),
    }
    if package == "platformio":
        files["examples/coughs/src/main.cpp"] = _SKETCH.read_text(encoding="utf-8")
    elif package == "arduino":
        files |= _arduino(sources)
    use = _filled(_TEMPLATES / package / "README.md", fill)
    return files | {"README.md": _readme(detector, package, microphone, pre_roll, use)}


def _version() -> str:
    """Version of this tussis as three numbers, which all package systems take."""
    return ".".join(re.findall(r"\d+", f"{version(_NAME)}.0.0")[:3])


def _templates(package: str, fill: Mapping[str, str]) -> dict[str, str]:
    """Read a package's own files, which lie there as in a project; its README becomes part of another."""
    folder = _TEMPLATES / package
    return {
        file.relative_to(folder).as_posix(): _filled(file, fill)
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file != folder / "README.md"
    }


def _filled(file: Path, fill: Mapping[str, str]) -> str:
    text = file.read_text(encoding="utf-8")
    for name, value in fill.items():
        text = text.replace(name, value)
    return text


def _arduino(sources: Iterable[str]) -> dict[str, str]:
    """Write one-line files for a library of layout 1.5, of which src/ alone is compiled and searched.

    The C files of the library lie flat in src/ (`flat_source`); headers and generated files from elsewhere
    are reached through these.
    """
    files = {}
    for source in map(PurePosixPath, sources):
        if source.parts[0] in ("include", "generated") and source.suffix == ".h":
            below = PurePosixPath(*source.parts[1:])
            up = "../" * len(below.parts)
            files[f"src/{below}"] = f'{SPDX}\n#include "{up}{source}"\n'
        elif source.parent.name == "generated" and source.suffix == ".c":
            files[f"src/generated/{source.name}"] = f'{SPDX}\n#include "../../{source}"\n'
    return files


def flat_source(path: PurePosixPath, text: str) -> tuple[PurePosixPath, str]:
    """Return place and text of a file in an Arduino package, from those in any other.

    The C files of the library move up to src/, where the Arduino tools and their users look for them; the
    headers stay, so that no short name comes to lie on the include path.
    """
    if path.parts[0] == "src" and path.suffix == ".c":
        return PurePosixPath("src", path.name), text.replace('#include "../', '#include "')
    return path, text


def _sources(package: str) -> str:
    return "`src/*.c`" if package == "arduino" else "`src/*/*.c`"


def _readme(detector: Detector, package: str, microphone: Microphone, pre_roll: PreRoll, use: str) -> str:
    audio, imu = detector.audio, detector.imu
    parts = []
    if audio is not None:
        inputs = f"microphone at {audio.plan.input_rate_hz} Hz"
        parts.append(f"- audio: {len(audio.features)} features, {audio.trees.n_trees} trees, {inputs}")
    if imu is not None:
        inputs = f"samples at {imu.plan.rate_hz} Hz"
        parts.append(f"- IMU: {len(imu.features)} features, {imu.trees.n_trees} trees, {inputs}")
    if microphone.gated:
        parts.append(
            "- the microphone is off until motion opens the gate: ask `tussis_microphone_wanted`, and let the"
            f" first good sample come within {microphone.start_ms} ms"
        )
    if microphone.woken:
        parts.append(
            "- the microphone sleeps until the motion sensor's comparator wakes it, or `tussis_wake_motion`"
            " where the sensor has none: give `tussis_push_silence` meanwhile, and let the first good sample"
            f" come within {microphone.start_ms} ms; `ports/live` with"
            f" `-DTUSSIS_LIVE_WAKE_MS={microphone.start_ms}` does so"
        )
    if pre_roll == "raw":
        parts.append(
            "- the pre-roll holds the microphone's samples as they come: only what is computed is decimated"
        )
    return f"""# Cough detector firmware

Written by `tussis export`. The detector is `detector.json`:

{chr(10).join(parts)}

| folder | holds |
|---|---|
| `include/tussis/` | `tussis.h`, the calls a firmware needs; `tussis_port.h`, what a board must supply |
| `src/` | the library, which is what a product links: C11, single precision, no heap, no globals |
| `generated/` | constants, tables, features and models of this detector |
| `app/` | an application on top: replays recordings over a serial line, detects live |
| `ports/` | entry points by platform; `ports/live`: a worn board, with an event log in flash |
| `examples/` | the shortest firmware, and three threads of an RTOS, on the board of `ports/live` |

{use}
## Build it here

A program for this machine, which takes samples and prints events:

    cmake -S . -B build && cmake --build build
    build/tussis_host -m audio < audio.s16

The firmware for an emulated board (QEMU's mps2-an505, a Cortex-M33), with `arm-none-eabi-gcc`:

    cmake -S . -B build-m33 -DCMAKE_TOOLCHAIN_FILE=cmake/cortex-m33.cmake && cmake --build build-m33
    cmake --build build-m33 --target run_mps2_an505      # then: tussis replay ... --port socket://localhost:5555

## By hand

Compile {_sources(package)} and `generated/*.c` with `include/` and `generated/` on the include path, for the
application also `app/*.c`. C++ includes the same headers.

Keep `-ffp-contract=off`: with fused multiply-adds the detector still works, but no longer equals the
Python reference bit for bit. `tussis verify . DATASET` proves that it does;
`tussis estimate . --recording SESSION` says what it costs.
"""
