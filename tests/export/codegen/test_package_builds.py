"""Packages built by the tools of their users, as far as that goes without their servers.

PlatformIO and west come from PyPI, arduino-builder from Debian: PlatformIO's platform, Arduino's core and
Zephyr's kernel are the stand-ins of this folder. `docs/packages.md` says what could not be had.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tussis.data.recording import Recording
from tussis.selection.detector.detector_file import Detector
from tussis.selection.detector.inference import detect

from .conftest import STANDINS, run

pytestmark = pytest.mark.slow
PERCENT = 0.01
CORTEX = "-mcpu=cortex-m33 -mthumb -mfloat-abi=hard -mfpu=fpv5-sp-d16"
SENSOR_LIBRARY = (
    "name=Arduino_LSM9DS1\nversion=1.1.1\nauthor=x\nmaintainer=x\nsentence=x\nparagraph=x\n"
    "category=Sensors\nurl=x\narchitectures=*\n"
)


def played(recording: Recording, folder: Path) -> tuple[Path, Path]:
    """Write what a stand-in board plays."""
    recording.audio.tofile(folder / "audio.s16")
    recording.imu.astype(np.float32).tofile(folder / "imu.f32")
    return folder / "audio.s16", folder / "imu.f32"


def assert_events(lines: list[str], recording: Recording, detector: Detector, confidence: float) -> None:
    """What a program printed is what `detect` finds, but for an event that is open at the end."""
    expected = detect(recording, detector, "gated").events
    found = [
        re.fullmatch(r"cough at (\d+) ms, (\d+) ms long, confidence ([\d.]+)( %)?", one) for one in lines
    ]
    assert all(found), lines
    assert 0 <= len(expected) - len(found) <= 1
    assert len(found) > 2
    for match, event in zip(found, expected, strict=False):
        assert int(match[1]) == int(event.start_s * 1000 + 1e-6)
        share = float(match[3]) / (100 if match[4] else 1)
        assert share == pytest.approx(event.confidence, abs=confidence)


def installed(folder: Path, kind: str, name: str, version: str, owner: str) -> None:
    """Tell PlatformIO that a package is there."""
    spec = {"owner": owner, "id": None, "name": name, "requirements": None, "uri": None}
    (folder / ".piopm").write_text(json.dumps({"type": kind, "name": name, "version": version, "spec": spec}))


def built_by_platformio(program: str, project: Path, folder: Path, **environment: str) -> Path:
    """Build a project with a platform and a sensor's library that are stand-ins."""
    core, work = folder / "core", folder / "work"
    tool = shutil.copytree(STANDINS / "platformio/tool-scons", core / "packages/tool-scons")
    installed(tool, "tool", "tool-scons", "4.41101.0", "platformio")
    platform = shutil.copytree(STANDINS / "platformio/platform", core / "platforms/nordicnrf52")
    installed(platform, "platform", "nordicnrf52", "10.0.0", "platformio")
    sensor = work / "libdeps/nano33ble/Arduino_LSM9DS1"
    (sensor / "src").mkdir(parents=True)
    shutil.copy(STANDINS / "arduino/Arduino_LSM9DS1.h", sensor / "src")
    (sensor / "library.properties").write_text(SENSOR_LIBRARY)
    installed(sensor, "library", "Arduino_LSM9DS1", "1.1.1", "arduino-libraries")
    given = {
        "PLATFORMIO_CORE_DIR": str(core),
        "PLATFORMIO_WORKSPACE_DIR": str(work),
        "PLATFORMIO_SETTING_ENABLE_TELEMETRY": "no",
        "STANDIN_CORE": str(STANDINS / "arduino"),
    }
    said = run(program, "run", "-d", project, env={**os.environ, **given, **environment})
    assert "[SUCCESS]" in said
    assert "warning" not in said
    return work / "build/nano33ble/program"


@pytest.mark.parametrize("prefix", ["tussis", "night"])
def test_platformio_builds_the_example_which_prints_the_reference_s_events(
    prefix: str,
    package: Callable[..., Path],
    sketch_recording: Recording,
    detector: Detector,
    tmp_path: Path,
    tool: Callable[..., str],
) -> None:
    example = package("platformio", prefix=prefix) / "examples/coughs"
    program = built_by_platformio(tool("pio"), example, tmp_path)
    lines = run(program, *played(sketch_recording, tmp_path)).splitlines()
    assert_events(lines, sketch_recording, detector, 1e-6)


PROJECT = """[env:nano33ble]
platform = nordicnrf52
board = nano33ble
lib_deps = symlink://{root}
build_flags = -D TUSSIS_SKEW_MS=512
"""
PROGRAM = """#include <tussis.h>
static tussis_t detector;
int main(void) { return tussis_init(&detector) != TUSSIS_OK || TUSSIS_SKEW_MS != 512; }
"""


def test_platformio_builds_a_program_of_the_guide_for_the_cortex_m33(
    package: Callable[..., Path], tmp_path: Path, tool: Callable[..., str]
) -> None:
    tool("arm-none-eabi-gcc")
    project = tmp_path / "project"
    (project / "src").mkdir(parents=True)
    (project / "platformio.ini").write_text(PROJECT.format(root=package("platformio")))
    (project / "src/main.c").write_text(PROGRAM)
    flags = f"{CORTEX} -Os --specs=nosys.specs -Wl,--no-warnings"
    program = built_by_platformio(
        tool("pio"), project, tmp_path, STANDIN_PREFIX="arm-none-eabi-", STANDIN_FLAGS=flags
    )
    said = run(tool("arm-none-eabi-readelf"), "-h", "-A", program)
    assert re.search(r"Machine: +ARM", said)
    assert "Tag_ABI_VFP_args: VFP registers" in said


def test_arduino_builds_the_sketch_and_finds_the_library(
    package: Callable[..., Path],
    sketch_recording: Recording,
    detector: Detector,
    tmp_path: Path,
    tool: Callable[..., str],
) -> None:
    tool("arduino-ctags")
    libraries = tmp_path / "libraries"
    root = shutil.copytree(package("arduino"), libraries / "tussis")
    hardware = tmp_path / "hardware/standin/host"
    core = hardware / "cores/standin"
    for place, name, files in (
        (core, "", ("Arduino.h", "board.cpp")),
        (hardware / "libraries/PDM", "PDM", ("PDM.h",)),
        (libraries / "Arduino_LSM9DS1", "Arduino_LSM9DS1", ("Arduino_LSM9DS1.h",)),
    ):
        sources = place / "src" if name else place
        sources.mkdir(parents=True)
        for file in files:
            shutil.copy(STANDINS / "arduino" / file, sources)
        if name:
            (place / "library.properties").write_text(SENSOR_LIBRARY.replace("Arduino_LSM9DS1", name))
    shutil.copy(STANDINS / "arduino_core/boards.txt", hardware)
    text = (STANDINS / "arduino_core/platform.txt").read_text()
    (hardware / "platform.txt").write_text(text.replace("-ICORE", f"-I{STANDINS / 'arduino'}"))
    (tmp_path / "tools").mkdir()
    (tmp_path / "build").mkdir()
    run(
        tool("arduino-builder"), "-compile", "-hardware", tmp_path / "hardware", "-tools", tmp_path / "tools",
        "-libraries", libraries, "-fqbn", "standin:host:board", "-build-path", tmp_path / "build",
        root / "examples/Coughs/Coughs.ino",
    )  # fmt: skip
    program = tmp_path / "build/Coughs.ino.elf"
    lines = run(program, *played(sketch_recording, tmp_path)).splitlines()
    assert_events(lines, sketch_recording, detector, 1e-6)


@pytest.fixture
def module(
    package: Callable[..., Path],
    tmp_path: Path,
    tool: Callable[..., str],
    library: Callable[[str, str], ModuleType],
) -> Path:
    """The module where west puts it: fetched from a repository that a manifest names as the guide says."""
    for name in ("kconfiglib", "yaml"):  # with which the stand-in answers options
        library(name, "dev")
    west, git = tool("west"), tool("git")
    upstream = shutil.copytree(package("zephyr"), tmp_path / "upstream")
    as_someone = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    run(git, "init", "-q", "-b", "main", cwd=upstream)
    run(git, "add", "-A", cwd=upstream)
    run(git, *as_someone, "commit", "-qm", "detector", cwd=upstream)
    snippet = re.search(
        r"^    manifest:\n(?:      .*\n)+", (upstream / "README.md").read_text(), re.MULTILINE
    )
    assert snippet is not None
    manifest = re.sub(r"url: \S+", f"url: {upstream.as_uri()}", snippet[0])
    application = tmp_path / "workspace/application"
    application.mkdir(parents=True)
    (application / "west.yml").write_text(re.sub("^    ", "", manifest, flags=re.MULTILINE))
    run(west, "init", "-l", application)
    run(west, "update", cwd=application)
    listed = run(west, "list", "-f", "{name} {abspath}", cwd=application).splitlines()
    (found,) = [line.split(" ", 1)[1] for line in listed if line.startswith("cough-detector ")]
    return Path(found)


def configured(module: Path, folder: Path, *options: str) -> Path:
    """Configure the module's sample with the stand-in of a kernel."""
    stand_in = f"-DZephyr_DIR={STANDINS / 'zephyr_kernel'}"
    python = f"-DSTANDIN_PYTHON={sys.executable}"
    modules = f"-DZEPHYR_MODULES={module}"
    run("cmake", "-S", module / "zephyr/samples/coughs", "-B", folder, stand_in, python, modules, *options)
    return folder


def in_si_units(recording: Recording) -> Recording:
    """Motion as Zephyr gives it: whole and millionths of m/s2 and rad/s."""
    imu = recording.imu.astype(np.float64)
    imu[:, 3:] /= 57.29577951308232
    whole = np.trunc(imu)
    parts = np.round((imu - whole) * 1e6).astype(np.float32) / np.float32(1e6)
    sensed = whole.astype(np.float32) + parts
    sensed[:, 3:] *= np.float32(57.2957795)
    return Recording(
        recording.name, recording.audio, recording.audio_rate_hz, sensed, 100.0, recording.labels, True
    )


def test_zephyrs_sample_runs_on_the_stand_in_of_a_kernel(
    module: Path, sketch_recording: Recording, detector: Detector, tmp_path: Path, tool: Callable[..., str]
) -> None:
    tool("cmake")
    build = configured(module, tmp_path / "build", "-DCMAKE_BUILD_TYPE=Release")
    run("cmake", "--build", build, "--parallel", "2")
    audio, imu = played(sketch_recording, tmp_path)
    lines = run(build / "zephyr", env={"AUDIO": str(audio), "IMU": str(imu)}).splitlines()
    assert_events(lines, in_si_units(sketch_recording), detector, PERCENT)


def test_zephyrs_module_compiles_for_the_cortex_m33(
    module: Path, tmp_path: Path, tool: Callable[..., str]
) -> None:
    tool("cmake")
    tool("arm-none-eabi-gcc")
    build = configured(
        module,
        tmp_path / "build",
        "-DCMAKE_SYSTEM_NAME=Generic",
        "-DCMAKE_C_COMPILER=arm-none-eabi-gcc",
        "-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY",
        f"-DCMAKE_C_FLAGS={CORTEX} -Os",
    )
    run("cmake", "--build", build, "--parallel", "2")
    (library,) = build.rglob("libtussis.a")
    (application,) = build.rglob("libapp.a")
    for archive in (library, application):
        assert "Tag_ABI_VFP_args: VFP registers" in run("arm-none-eabi-readelf", "-A", archive)


def test_a_kernel_without_the_option_has_no_library(
    module: Path, tmp_path: Path, tool: Callable[..., str]
) -> None:
    tool("cmake")
    sample = module / "zephyr/samples/coughs"
    (sample / "prj.conf").write_text("CONFIG_SENSOR=y\n")
    build = configured(module, tmp_path / "build")
    done = subprocess.run(["cmake", "--build", str(build), "--target", "tussis"], capture_output=True)
    assert done.returncode != 0
