"""A project under another prefix: two detectors in one program, and tools that still know its functions."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer

from tussis.cli.app import app
from tussis.data.input_error import InputError
from tussis.export.build.host_library import HostDetector, host_library
from tussis.export.build.prefix import Prefix, usual_names
from tussis.export.build.project_files import library_sources
from tussis.export.build.toolchain import find_arm_toolchain, find_host_compiler
from tussis.export.codegen.project import export_project, load_project
from tussis.export.emulator.board_library import BoardDetector
from tussis.export.emulator.execution import run_recording
from tussis.export.emulator.virtual_board import VirtualBoard
from tussis.signal.plan import AudioPlan

from ..conftest import make_detector, make_recording

PROGRAM = Path(__file__).with_name("two_detectors.cpp")


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Two detectors that find different events, each exported under a prefix of its own."""
    folder = tmp_path_factory.mktemp("two")
    other = make_detector(n_trees=7, audio_plan=AudioPlan(window_blocks=3, mel_bands=24))
    detectors = {"day": make_detector(), "night": other}
    return {
        name: (export_project(detector, folder / name, prefix=name), detector)
        for name, detector in detectors.items()
    }


def objects_of(project):
    """Compile a prefixed project's library, file by file, into a folder of its own."""
    compiler = find_host_compiler()
    folder = project.path.parent / f"{project.path.name}-objects"
    folder.mkdir(exist_ok=True)
    found = []
    for source in library_sources(project.path):
        include = [project.path / "include", project.path / "generated"]
        found.append(
            Path(
                shutil.copy(
                    compiler.build([source], "object", include=include, extra_flags=["-Werror"]), folder
                )
            )
        )
    return found


def global_names(built):
    listing = subprocess.run(
        ["nm", "-g", "--defined-only", built], capture_output=True, text=True, check=True
    ).stdout
    return {line.split()[-1].lstrip("_") for line in listing.splitlines() if line.strip()}


def test_two_detectors_link_into_one_program_and_find_their_own_events(two, tmp_path, tool):
    for program in ("g++", "nm"):
        tool(program)
    objects = [file for project, _ in two.values() for file in objects_of(project)]
    include = [f"-I{project.path / part}" for project, _ in two.values() for part in ("include", "generated")]
    link_map = tmp_path / "two.map"
    command = ["g++", "-std=c++11", "-Wall", "-Wextra", "-Werror", *include, PROGRAM, *objects, "-lm"]
    subprocess.run([*command, f"-Wl,-Map={link_map}", "-o", tmp_path / "two"], check=True)
    text = link_map.read_text(errors="replace")
    assert "day-objects/stretch.o" in text
    assert "night-objects/stretch.o" in text
    listing = subprocess.run(["nm", tmp_path / "two"], capture_output=True, text=True, check=True).stdout
    names = [line.split()[-1] for line in listing.splitlines() if line.split()[-2] in "TRDB"]
    assert {"day_push_audio", "night_push_audio"} <= set(names)
    assert not [name for name in names if name.startswith("tussis")]
    recording = make_recording(21)
    recording.audio.tofile(tmp_path / "audio.s16")
    ran = subprocess.run(
        [tmp_path / "two", tmp_path / "audio.s16"], capture_output=True, text=True, check=True
    )
    found = {
        name: [tuple(map(int, line.split()[1:])) for line in ran.stdout.splitlines() if line.startswith(name)]
        for name in two
    }
    for name, (_, detector) in two.items():
        usual = export_project(detector, tmp_path / f"usual-{name}")
        expected = run_recording(HostDetector(host_library(usual)), recording, "audio").events
        assert found[name] == [(event.start_ticks, event.end_ticks) for event in expected]
        assert len(expected) > 2
    assert found["day"] != found["night"]


def test_no_symbol_of_the_library_or_the_application_is_shared(two, tool):
    tool("nm")
    compiler = find_host_compiler()
    symbols = {}
    for name, (project, _) in two.items():
        symbols[name] = set()
        include = [project.path / "include", project.path / "generated"]
        for source in [*library_sources(project.path), *(project.path / "app").glob("*.c")]:
            built = compiler.build([source], "object", include=include)
            symbols[name] |= global_names(built)
        assert len(symbols[name]) > 80
        assert all(symbol.startswith(f"{name}_") for symbol in symbols[name])
    assert not symbols["day"] & symbols["night"]


def test_the_tools_run_a_prefixed_project_as_any_other(two, tmp_path):
    project, detector = two["night"]
    assert load_project(project.path).manifest["prefix"] == "night"
    assert not project.changed_files
    recording = make_recording(22, seconds=4)
    usual = export_project(detector, tmp_path / "usual")
    expected = run_recording(HostDetector(host_library(usual)), recording, "gated")
    found = run_recording(HostDetector(host_library(project)), recording, "gated")
    assert found.events == expected.events
    assert found.events
    board = VirtualBoard(find_arm_toolchain().compile_elf(project))
    assert run_recording(BoardDetector(board), recording, "gated").events == expected.events


@pytest.mark.parametrize("package", ["cmake", "platformio", "zephyr", "arduino"])
def test_renaming_can_be_undone_to_the_letter(tmp_path, package):
    detector = make_detector()
    renamed = export_project(detector, tmp_path / "renamed", package=package, prefix="cough_2")
    usual = export_project(detector, tmp_path / "usual", package=package)
    back = usual_names(renamed.path)
    files = [file for file in usual.path.rglob("*") if file.suffix in (".c", ".h", ".ld", ".S")]
    assert len(files) > 60
    for file in files:
        assert (back / file.relative_to(usual.path)).read_bytes() == file.read_bytes(), file
    for file in renamed.path.rglob("*"):
        if file.suffix in (".c", ".h"):
            assert not re.search(r"\b(tussis|TUSSIS)_|\"tussis/", file.read_text()), file
        assert not file.relative_to(renamed.path).name.startswith("tussis")
    assert usual_names(usual.path) == usual.path


def test_cmake_names_its_targets_by_the_prefix(two):
    text = (two["day"][0].path / "CMakeLists.txt").read_text()
    assert "add_library(day::day ALIAS day)" in text
    assert "tussis::" not in text
    assert "`tussis export`" in text


@pytest.mark.parametrize(
    "name", ["int", "memcpy", "class", "math", "sys", "9x", "Night", "a__b", "a_", "x" * 30, ""]
)
def test_names_that_c_would_stumble_over_are_refused(tmp_path, name):
    with pytest.raises(InputError, match="--prefix"):
        export_project(make_detector(), tmp_path / "firmware", prefix=name)
    assert not (tmp_path / "firmware").exists()


@pytest.mark.parametrize("name", ["imu", "dsp"])
def test_names_that_are_in_the_code_already_are_refused(tmp_path, name):
    with pytest.raises(InputError, match=f"use {name}_detector"):
        export_project(make_detector(), tmp_path / "firmware", prefix=name)
    assert not (tmp_path / "firmware").exists()


def test_words_of_commands_stay() -> None:
    change = Prefix("tussis", "night")
    assert change.in_build_file("tussis export, TUSSIS_HOST, tussis_host, CONFIG_TUSSIS") == (
        "tussis export, NIGHT_HOST, night_host, CONFIG_NIGHT"
    )


@pytest.mark.parametrize("verb", sorted(typer.main.get_command(app).commands))
def test_commands_keep_their_name_under_another_prefix(verb):
    change = Prefix("tussis", "night")
    for text in (f"    tussis {verb} x", f"run `tussis {verb}`", f"by `tussis\n{verb}`"):
        assert change.in_build_file(text) == text
        assert change.in_c(text) == text
    assert change.in_build_file(f"tussis {verb}ish") == f"night {verb}ish"
