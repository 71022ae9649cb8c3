"""The exported C under other people's compilers and options: no warning, the same events, or an #error.

A few combinations by default; all of them with ``pytest -m slow tests/firmware_stub/src/test_compilers.py``.
"""

from __future__ import annotations

import dataclasses
import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from tussis.data.synthesis.people.subject import draw_subject
from tussis.data.synthesis.session import synth_session
from tussis.export.build.host_library import HostDetector, load_library
from tussis.export.build.project_files import firmware_sources, include_folders
from tussis.export.build.toolchain import GCC_M33, WARNINGS, find_arm_toolchain, find_host_compiler
from tussis.export.codegen.project import export_project
from tussis.export.emulator.board_library import BoardDetector
from tussis.export.emulator.execution import run_recording
from tussis.export.emulator.virtual_board import VirtualBoard
from tussis.selection.detector.detector_file import load_detector
from tussis.selection.detector.inference import detect
from tussis.selection.detector.microphone import Microphone
from tussis.selection.detector.sound_level import SoundLevel

TARGETS = {"gcc": (), "clang": (), "arm-none-eabi-gcc": GCC_M33}
DIALECTS = ("c11", "gnu11", "gnu17", "gnu2x")
LEVELS = ("-O0", "-O1", "-O2", "-O3", "-Os")
OPTIONS = ("", "-flto", "-fshort-enums -funsigned-char", "-ffp-contract=off -fno-math-errno")
BUILDS = {
    "table": {},
    "branches": {"trees": "branches"},
    "m2cgen": {"trees": "m2cgen"},
    "gated": {"microphone": Microphone.parse("gated")},
    "raw": {"pre_roll": "raw"},
    "arduino": {"package": "arduino"},
    "prefix": {"prefix": "acme"},
    "sound-level": {},
}
STRICT = (*WARNINGS, "-pedantic", "-Wcast-qual", "-Wformat=2", "-Wvla", "-Wwrite-strings", "-Werror")

# Every value of every axis at least once, the usual defaults of the compilers among them.
FEW = (
    ("gcc", "gnu17", "-O0", "", "table"),
    ("gcc", "gnu11", "-O3", "-flto", "m2cgen"),
    ("clang", "c11", "-O1", "", "branches"),
    ("gcc", "c11", "-Os", "-fshort-enums -funsigned-char", "gated"),
    ("gcc", "gnu2x", "-O1", "-ffp-contract=off -fno-math-errno", "prefix"),
    ("clang", "gnu17", "-O2", "-fshort-enums -funsigned-char", "raw"),
    ("clang", "gnu11", "-O0", "-flto", "arduino"),
    ("clang", "gnu17", "-O3", "", "sound-level"),
    ("arm-none-eabi-gcc", "gnu17", "-O2", "", "table"),
    ("arm-none-eabi-gcc", "gnu11", "-Os", "-flto", "m2cgen"),
    ("arm-none-eabi-gcc", "c11", "-O3", "-fshort-enums -funsigned-char", "raw"),
    ("arm-none-eabi-gcc", "gnu17", "-Os", "", "sound-level"),
)
ALL = (
    *itertools.product(TARGETS, DIALECTS, LEVELS, OPTIONS, ["table"]),
    *itertools.product(TARGETS, ["gnu17"], LEVELS, [""], [build for build in BUILDS if build != "table"]),
    *(
        combination
        for combination in FEW
        if combination[4] != "table" and combination[1:4:2] != ("gnu17", "")
    ),
)


def combinations():
    """Mark all but the few as slow."""
    for combination in ALL:
        marks = () if combination in FEW else (pytest.mark.slow,)
        yield pytest.param(*combination, marks=marks, id=" ".join(filter(None, combination)))


@pytest.fixture(scope="session")
def default_detector():
    """The shipped one: most features, both models."""
    return load_detector("default")


@pytest.fixture(scope="session")
def exported(default_detector, tmp_path_factory):
    """``exported("gated")``: a project of the shipped detector, made once."""
    made = {}

    def export(build: str) -> Path:
        if build not in made:
            folder = tmp_path_factory.mktemp(build) / "firmware"
            level = {"sound_level": SoundLevel()} if build == "sound-level" else {}
            detector = default_detector.model_copy(update=level)
            made[build] = export_project(detector, folder, **BUILDS[build]).path
        return made[build]

    return export


def compiled(command, root: Path, folder: Path) -> str:
    """Compile all of a project's C and a port in one go; give what the compiler says."""
    arm = any("arm-none-eabi" in str(word) for word in command)
    port = root / "ports" / ("template" if arm else "host") / "main.c"
    include = [f"-I{place}" for place in include_folders(root)]
    done = subprocess.run(
        [*command, *include, "-c", *firmware_sources(root), port],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 or done.stderr
    return done.stderr


@pytest.mark.parametrize(("compiler", "dialect", "level", "options", "build"), [*combinations()])
def test_nothing_is_warned_of(compiler, dialect, level, options, build, exported, tmp_path, tool) -> None:
    command = [tool(compiler), *TARGETS[compiler], f"-std={dialect}", level, *options.split(), *STRICT]
    assert compiled(command, exported(build), tmp_path) == ""


def test_the_few_hold_every_value_of_every_axis() -> None:
    assert set(FEW) <= set(ALL)
    axes = (TARGETS, DIALECTS, LEVELS, OPTIONS, BUILDS)
    assert [set(values) for values in zip(*FEW, strict=True)] == [set(axis) for axis in axes]


SEEN_BY_CLANG = ("-ffast-math", "-Ofast", "-ffinite-math-only")
SEEN_BY_GCC = (
    *SEEN_BY_CLANG,
    "-fassociative-math -fno-signed-zeros -fno-trapping-math",
    "-funsafe-math-optimizations",
    "-freciprocal-math",
    "-fno-signed-zeros",
)


@pytest.mark.parametrize(
    ("compiler", "options"),
    [(c, flags) for c in TARGETS for flags in (SEEN_BY_CLANG if c == "clang" else SEEN_BY_GCC)],
)
def test_options_that_would_change_bits_stop_the_build(compiler, options, exported, tmp_path, tool) -> None:
    assumptions = exported("table") / "src" / "dsp" / "assumptions.c"
    command = [tool(compiler), *TARGETS[compiler], *options.split(), "-c", assumptions, "-o", tmp_path / "o"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "without -ffast-math" in done.stderr


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (("arm-none-eabi-gcc", "-mcpu=cortex-m33", "-mthumb", "-mbig-endian"), "little-endian core"),
        (("zig", "-target", "mips-freestanding-eabi"), "little-endian core"),
        (("zig", "-target", "avr-freestanding", "-mcpu=atmega328p"), "products of two int16_t"),
        (("gcc", "-m32", "-mno-sse"), "rounded to float"),
    ],
    ids=["arm big-endian", "mips", "avr", "x87"],
)
def test_cores_that_the_c_is_not_written_for_stop_the_build(
    command, reason, exported, tmp_path, tool
) -> None:
    first = [sys.executable, "-m", "ziglang", "cc"] if command[0] == "zig" else [tool(command[0])]
    assumptions = exported("table") / "src" / "dsp" / "assumptions.c"
    (tmp_path / "limits.h").write_text("#define CHAR_BIT 8\n#define INT_MAX __INT_MAX__\n")
    words = [*first, *command[1:], "-ffreestanding", f"-I{tmp_path}", "-c", assumptions, "-o", tmp_path / "o"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert reason in done.stderr


@pytest.fixture(scope="session")
def expected(default_detector):
    """Recording, events and margins of the reference, over all modes."""
    recording = synth_session(draw_subject(0, 1), 0, 12.0)
    found = {mode: detect(recording, default_detector, mode) for mode in ("audio", "imu", "gated")}
    assert sum(len(detection.events) for detection in found.values()) > 2
    return recording, found


def same_as_reference(execution, expected) -> None:
    recording, found = expected
    for mode, detection in found.items():
        trace = run_recording(execution, recording, mode)
        assert [e.confidence for e in trace.events] == [e.confidence for e in detection.events]
        for window in (w for w in trace.audio if mode != "imu"):
            assert trace.audio[window].margin == detection.audio_margins[window]
        for window in (w for w in trace.imu if mode != "audio"):
            assert trace.imu[window].margin == detection.imu_margins[window]


RUN = (
    pytest.param("gcc", "O0", "-std=gnu17 -funsigned-char", marks=pytest.mark.slow),
    ("gcc", "O3", "-std=gnu17 -flto"),
    ("clang", "O0", "-std=gnu11 -fshort-enums"),
    pytest.param("clang", "O3", "-flto -funsigned-char", marks=pytest.mark.slow),
    ("gcc", "Os", "-fwrapv -fno-strict-aliasing"),
)


@pytest.mark.parametrize(("compiler", "opt", "options"), RUN, ids=lambda value: value)
def test_events_and_margins_have_the_same_bits(
    compiler, opt, options, exported, expected, monkeypatch, tool
) -> None:
    monkeypatch.setenv("CC", tool(compiler))
    library = find_host_compiler().compile_shared(exported("table"), opt=opt, extra_flags=options.split())
    same_as_reference(HostDetector(load_library(library)), expected)


@pytest.mark.parametrize("opt", ["O2", pytest.param("O0", marks=pytest.mark.slow)])
def test_a_core_without_fpu_gives_the_same_bits(opt, exported, expected) -> None:
    arm = find_arm_toolchain()
    flags = {
        "gcc": ("-mcpu=cortex-m33", "-mthumb", "-mfloat-abi=soft"),
        "zig": ("-target", "thumb-freestanding-eabi", "-mcpu=cortex_m33+dsp+soft_float"),
    }
    soft = dataclasses.replace(arm, target_flags=flags[arm.name])
    same_as_reference(BoardDetector(VirtualBoard(soft.compile_elf(exported("table"), opt=opt))), expected)
