"""Build files of an exported project, all made from one description."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import PurePosixPath

from ...selection.detector.detector_file import Detector
from ...selection.detector.microphone import ALWAYS, Microphone
from ...selection.detector.pre_roll import PreRoll
from .cmake_files import cmake_files

__all__ = ["SPDX", "flat_source", "package_files"]

SPDX = "/* SPDX-License-Identifier: Apache-2.0 */"

_NAME = "tussis"
_SPDX = "# SPDX-License-Identifier: Apache-2.0"
_DESCRIPTION = "Cough events from a microphone and a 6-axis IMU"
_FLAGS = "-ffp-contract=off -fno-math-errno"


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
    files = {**cmake_files(_FLAGS), "README.md": _readme(detector, package, microphone, pre_roll)}
    if package == "platformio":
        files["library.json"] = _platformio()
    elif package == "zephyr":
        files |= _ZEPHYR
    elif package == "arduino":
        files |= _arduino(sources)
    return files


def _platformio() -> str:
    document = {
        "name": _NAME,
        "version": version(_NAME),
        "description": _DESCRIPTION,
        "license": "Apache-2.0",
        "frameworks": "*",
        "platforms": "*",
        "headers": "tussis.h",
        "build": {
            "srcDir": ".",
            "srcFilter": ["-<*>", "+<src/**/*.c>", "+<generated/*.c>"],
            "includeDir": "include",
            "flags": ["-I generated", *_FLAGS.split()],
        },
    }
    return json.dumps(document, indent=2) + "\n"


_ZEPHYR = {
    "zephyr/module.yml": f"{_SPDX}\nname: {_NAME}\nbuild:\n  cmake: zephyr\n  kconfig: zephyr/Kconfig\n",
    "zephyr/Kconfig": f'{_SPDX}\nconfig TUSSIS\n\tbool "{_DESCRIPTION}"\n\tdepends on FPU\n\n'
    'config TUSSIS_APP\n\tbool "Application that replays recordings over a UART and detects live"\n'
    "\tdepends on TUSSIS\n",
    "zephyr/CMakeLists.txt": f"""# SPDX-License-Identifier: Apache-2.0
if(CONFIG_TUSSIS)
  set(root ${{CMAKE_CURRENT_LIST_DIR}}/..)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${{root}}/src/*.c ${{root}}/generated/*.c)
  if(CONFIG_TUSSIS_APP)
    file(GLOB app_sources CONFIGURE_DEPENDS ${{root}}/app/*.c)
    list(APPEND sources ${{app_sources}})
  endif()
  zephyr_include_directories(${{root}}/include ${{root}}/generated)
  zephyr_library_named({_NAME})
  zephyr_library_sources(${{sources}})
  zephyr_library_compile_options({_FLAGS})
endif()
""",
}


def _arduino(sources: Iterable[str]) -> dict[str, str]:
    """Write a library of layout 1.5: it compiles all of src/ with src/ alone on the include path.

    The C files of the library lie flat in src/ (`flat_source`); headers and generated files from elsewhere
    are reached through one-line files.
    """
    files = {
        "library.properties": f"name={_NAME}\nversion={version(_NAME)}\nauthor=tussis export\n"
        f"maintainer=tussis export\nsentence={_DESCRIPTION}\nparagraph=Generated from a detector file.\n"
        "category=Signal Input/Output\nurl=https://pypi.org/project/tussis\narchitectures=*\n"
        "includes=tussis.h\n"
    }
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


def _readme(detector: Detector, package: str, microphone: Microphone, pre_roll: PreRoll) -> str:
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
| `ports/` | entry points by platform |

Build the library and a program for this machine:

    cmake -S . -B build && cmake --build build
    build/tussis_host -m audio < audio.s16

The firmware for an emulated board (QEMU's mps2-an505, a Cortex-M33), with `arm-none-eabi-gcc`:

    cmake -S . -B build-m33 -DCMAKE_TOOLCHAIN_FILE=cmake/cortex-m33.cmake && cmake --build build-m33
    cmake --build build-m33 --target run_mps2_an505      # then: tussis replay ... --port socket://localhost:5555

In a CMake project of your own: `add_subdirectory`, then link `tussis::tussis`, or `tussis::app` for the
application. By hand: compile {_sources(package)} and `generated/*.c` with `include/` and `generated/` on the
include path, for the application also `app/*.c`. C++ includes the same headers.

Keep `-ffp-contract=off`: with fused multiply-adds the detector still works, but no longer equals the
Python reference bit for bit. `tussis verify . DATASET` proves that it does;
`tussis estimate . --recording SESSION` says what it costs.
"""
