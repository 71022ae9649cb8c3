"""Packages as their users take them: installed by CMake, sketched in Arduino, configured in Zephyr."""

from __future__ import annotations

import configparser
import importlib
import json
import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tussis.export.build.toolchain import find_host_compiler
from tussis.export.codegen.project import export_project
from tussis.selection.detector.inference import detect
from tussis.selection.detector.microphone import Microphone

from .conftest import STANDINS, run


def dev_module(name: str):
    """Import a parser that `make dev` installs."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{name} is not installed: run `make dev`")


@pytest.mark.parametrize("name", ["cmake", "zephyr", "platformio", "arduino"])
@pytest.mark.parametrize("prefix", ["tussis", "night"])
def test_every_readme_is_for_its_users(package, name, prefix):
    root = package(name, prefix=prefix)
    text = (root / "README.md").read_text()
    title = {"cmake": "CMake", "zephyr": "Zephyr", "platformio": "PlatformIO", "arduino": "Arduino"}[name]
    assert re.findall("^## Use it from (.*)$", text, re.MULTILINE) == [title]
    assert "@" not in re.sub(r"git@|@\^", "", text)
    written = "".join(
        f.read_text() for f in root.rglob("*") if f.suffix in (".h", ".txt", "") and f.is_file()
    )
    for option in re.findall(rf"\b(?:CONFIG_)?{prefix.upper()}_[A-Z_]+\b", text):
        assert option.removeprefix("CONFIG_") in written, option
    for path in re.findall(r"`((?:zephyr|examples)/[\w/]+)`", text):
        assert (root / path).is_dir()
    assert f"{prefix}.h" in text


CONSUMER = """cmake_minimum_required(VERSION 3.16)
project(product C CXX)
find_package(NAME 0.1 REQUIRED)
add_executable(product main.c)
add_executable(plus main.cpp)
foreach(program product plus)
  target_link_libraries(${program} PRIVATE NAME::NAME)
endforeach()
"""
PROGRAM = """#include "NAME.h"
#include <stdio.h>
static NAME_t detector;
int main(void)
{
    if (NAME_init(&detector) != PREFIX_OK) {
        return 1;
    }
    printf("%s %d %d", PREFIX_VERSION, (int)PREFIX_SKEW_MS, (int)NAME_info()->skew_ms);
    return NAME_probability(0.0F) < 0.4F;
}
"""


@pytest.mark.parametrize("name", [pytest.param("tussis", marks=pytest.mark.slow), "night"])
def test_an_installed_library_is_found_and_carries_its_options(package, name, tmp_path, tool):
    tool("cmake")
    root = package("cmake", prefix=name)
    prefix = tmp_path / "installed"
    options = [f"-DCMAKE_INSTALL_PREFIX={prefix}", f"-D{name.upper()}_SKEW_MS=512"]
    run("cmake", "-S", root, "-B", tmp_path / "build", *options)
    run("cmake", "--build", tmp_path / "build", "--target", name, "--parallel", "2")
    run("cmake", "--build", tmp_path / "build", "--parallel", "2")
    run("cmake", "--install", tmp_path / "build")
    assert not list(prefix.rglob("*_app.h")) + list(prefix.rglob("*_port.h"))
    assert (prefix / "share" / "licenses" / name / "LICENSE").is_file()
    product = tmp_path / "product"
    product.mkdir()
    for file, text in (("CMakeLists.txt", CONSUMER), ("main.c", PROGRAM), ("main.cpp", PROGRAM)):
        (product / file).write_text(text.replace("NAME", name).replace("PREFIX", name.upper()))
    run("cmake", "-S", product, "-B", product / "build", f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", product / "build")
    for program in ("product", "plus"):
        assert run(product / "build" / program).split()[1:] == ["512", "512"]
    later = CONSUMER.replace("NAME 0.1", "NAME 99").replace("NAME", name)
    (product / "CMakeLists.txt").write_text(later)
    refused = ["cmake", "-S", product, "-B", product / "later", f"-DCMAKE_PREFIX_PATH={prefix}"]
    assert subprocess.run(refused, capture_output=True, check=False).returncode != 0


def test_a_library_within_a_project_is_not_installed_with_it(package, tmp_path, tool):
    tool("cmake")
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.16)\nproject(product C)\n"
        f"set(TUSSIS_EVENT_QUEUE 3)\nadd_subdirectory({package('cmake').as_posix()} tussis)\n"
        "add_executable(product main.c)\ntarget_link_libraries(product PRIVATE tussis::tussis)\n"
        "install(TARGETS product)\n"
    )
    (tmp_path / "main.c").write_text(
        '#include "tussis.h"\nstatic tussis_t t;\nint main(void) { return tussis_init(&t) != TUSSIS_OK'
        " || TUSSIS_EVENT_QUEUE != 3; }\n"
    )
    run("cmake", "-S", tmp_path, "-B", tmp_path / "b", f"-DCMAKE_INSTALL_PREFIX={tmp_path / 'i'}")
    run("cmake", "--build", tmp_path / "b", "--target", "product")
    run(tmp_path / "b" / "product")
    run("cmake", "--build", tmp_path / "b", "--parallel", "2")
    run("cmake", "--install", tmp_path / "b")
    assert [file.name for file in (tmp_path / "i").rglob("*") if file.is_file()] == ["product"]


def sketch_events(
    root: Path, sketch: Path, include: list[Path], sources: list[Path], folder: Path, recording
):
    """Build a sketch with the stand-in board, play a recording into it; the lines it prints."""
    gcc = find_host_compiler()
    objects = [gcc.build([source], "object", include=include, opt="O1") for source in sources]
    board = STANDINS / "arduino"
    flags = ["-std=gnu++14", "-O1", "-Wall", "-Wextra", "-Werror", f"-I{board}", *(f"-I{i}" for i in include)]
    run(
        "g++",
        *flags,
        "-x",
        "c++",
        sketch,
        board / "board.cpp",
        "-x",
        "none",
        *objects,
        "-lm",
        "-o",
        folder / "board",
    )
    recording.audio.tofile(folder / "audio.s16")
    recording.imu.astype(np.float32).tofile(folder / "imu.f32")
    return run(folder / "board", folder / "audio.s16", folder / "imu.f32").splitlines()


@pytest.mark.parametrize("name", ["arduino", "platformio"])
@pytest.mark.parametrize("prefix", [pytest.param("tussis", marks=pytest.mark.slow), "night"])
def test_the_sketch_compiles_as_cplusplus_and_prints_the_reference_s_events(
    package, name, prefix, detector, sketch_recording, tmp_path, tool, monkeypatch
):
    monkeypatch.setenv("CC", tool("gcc"))
    tool("g++")
    root = package(name, prefix=prefix)
    if name == "arduino":
        sketch, include = root / "examples/Coughs/Coughs.ino", [root / "src"]
        sources = sorted((root / "src").rglob("*.c"))
    else:
        sketch, include = root / "examples/coughs/src/main.cpp", [root / "include", root / "generated"]
        sources = [*sorted((root / "src").rglob("*.c")), *sorted((root / "generated").glob("*.c"))]
    lines = sketch_events(root, sketch, include, sources, tmp_path, sketch_recording)
    expected = detect(sketch_recording, detector, "gated").events
    found = [re.fullmatch(r"cough at (\d+) ms, (\d+) ms long, confidence ([\d.]+)", line) for line in lines]
    assert all(found), lines
    # events still open when the recording ends are not printed: the sketch runs for ever
    assert 0 <= len(expected) - len(found) <= 1
    assert len(found) > 2
    for match, event in zip(found, expected, strict=False):
        assert int(match[1]) == int(event.start_s * 1000 + 1e-6)
        assert abs(float(match[3]) - event.confidence) < 1e-6


def test_arduino_files_are_what_its_tools_read(package):
    root = package("arduino")
    properties = dict(line.split("=", 1) for line in (root / "library.properties").read_text().splitlines())
    assert re.fullmatch(r"\d+\.\d+\.\d+", properties["version"])
    assert {"name", "author", "maintainer", "sentence", "paragraph", "category", "url"} <= set(properties)
    assert (root / "src" / properties["includes"]).is_file()
    lines = [line for line in (root / "keywords.txt").read_text().splitlines() if not line.startswith("#")]
    rows = [line.split("\t") for line in lines]
    assert all(len(row) == 2 and row[1] in ("KEYWORD1", "KEYWORD2", "LITERAL1") for row in rows)
    headers = "".join(file.read_text() for file in (root / "include").rglob("*.h"))
    headers += "".join(file.read_text() for file in (root / "generated").rglob("*.h"))
    assert [word for word, _ in rows if not re.search(rf"\b{word}\b", headers)] == []
    kinds = dict(rows)
    assert len(kinds) == len(rows)
    assert {word: kinds.get(word) for word in public_words(root)} == public_words(root)


def public_words(root: Path) -> dict[str, str]:
    """Types, functions and constants of the library's headers by kind, without those of app/."""
    words = {}
    for header in sorted((root / "include/tussis").glob("*.h")):
        if header.name.endswith(("_app.h", "_port.h")):
            continue
        text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.DOTALL)
        types = re.findall(r"^\} (tussis_\w*t);", text, re.MULTILINE)
        types += re.findall(r"^typedef [\w ]*?\b(tussis_\w+_t)(?:;|\()", text, re.MULTILINE)
        functions = re.findall(r"^(?!typedef)[a-z#][\w *]*?\b(tussis_\w+)\(", text, re.MULTILINE)
        enumerators = re.findall(
            r"^ +(TUSSIS_\w+)(?: = -?\d+)?,?$", re.sub(r" +$", "", text, flags=re.M), re.M
        )
        words |= dict.fromkeys(types, "KEYWORD1")
        words |= dict.fromkeys(functions, "KEYWORD2") | dict.fromkeys(enumerators, "LITERAL1")
    assert {"tussis_t", "tussis_verify_t", "tussis_init", "tussis_wall_time", "TUSSIS_ERROR_NULL"} <= set(
        words
    )
    return {word: kind for word, kind in words.items() if word not in ("tussis_init_as", "TUSSIS_STAGES")}


def test_platformio_files_are_what_its_tools_read(package):
    root = package("platformio")
    library = json.loads((root / "library.json").read_text())
    assert re.fullmatch(r"\d+\.\d+\.\d+", library["version"])
    assert (root / library["build"]["includeDir"] / library["headers"]).is_file()
    for example in library["examples"]:
        for file in example["files"]:
            assert (root / example["base"] / file).is_file()
    parser = configparser.ConfigParser(inline_comment_prefixes=(";",))
    parser.read(root / "examples/coughs/platformio.ini")
    board = parser["env:nano33ble"]
    assert (
        root / "examples/coughs" / board["lib_deps"].split()[0].removeprefix("symlink://")
    ).resolve() == root
    assert "TUSSIS_EVENT_QUEUE" in board["build_flags"]


ZEPHYR = """
config MULTITHREADING
	def_bool y
config ASSERT
	bool "asserts"
config CPU_HAS_FPU
	def_bool $(HAS_FPU)
config FPU
	bool "FPU"
	depends on CPU_HAS_FPU
config FPU_SHARING
	bool "FPU registers over threads"
	depends on FPU && MULTITHREADING
source "{module}"
"""


def kconfig(root: Path, folder: Path, fpu: str = "y"):
    parser = dev_module("kconfiglib")
    (folder / "Kconfig").write_text(ZEPHYR.format(module=root / "zephyr" / "Kconfig"))
    os.environ["HAS_FPU"] = fpu
    read = parser.Kconfig(str(folder / "Kconfig"), warn_to_stderr=False)
    assert read.warnings == []
    return read


def test_zephyrs_options_are_what_kconfig_reads(package, tmp_path):
    read = kconfig(package("zephyr"), tmp_path)
    assert read.syms["TUSSIS"].str_value == "n"
    assert read.syms["FPU"].str_value == "n"
    read.syms["TUSSIS"].set_value("y")
    values = {name: read.syms[name].str_value for name in read.syms if name.startswith("TUSSIS")}
    assert values == {
        "TUSSIS": "y",
        "TUSSIS_APP": "n",
        "TUSSIS_CHECKED": "n",
        "TUSSIS_EVENT_QUEUE": "8",
        "TUSSIS_PRE_ROLL_AS_EXPORTED": "y",
        "TUSSIS_PRE_ROLL_DECIMATED": "n",
        "TUSSIS_PRE_ROLL_RAW": "n",
        "TUSSIS_SKEW_MS": "0",
    }
    assert (read.syms["FPU"].str_value, read.syms["FPU_SHARING"].str_value) == ("y", "y")
    read.syms["ASSERT"].set_value("y")
    assert read.syms["TUSSIS_CHECKED"].str_value == "y"
    assert not read.syms["TUSSIS_EVENT_QUEUE"].set_value("many")
    without = kconfig(package("zephyr"), tmp_path, fpu="n")
    without.syms["TUSSIS"].set_value("y")
    assert without.syms["TUSSIS"].str_value == "n"


def test_zephyrs_yaml_is_what_west_reads(package):
    yaml = dev_module("yaml")
    root = package("zephyr")
    module = yaml.safe_load((root / "zephyr/module.yml").read_text())
    assert (root / module["build"]["cmake"] / "CMakeLists.txt").is_file()
    assert (root / module["build"]["kconfig"]).is_file()
    for folder in module["samples"]:
        samples = sorted((root / folder).rglob("sample.yaml"))
        assert samples
        for sample in samples:
            assert yaml.safe_load(sample.read_text())["tests"]
    snippet = re.search(r"^    manifest:\n(?:      .*\n)+", (root / "README.md").read_text(), re.MULTILINE)
    projects = yaml.safe_load(snippet[0])["manifest"]["projects"]
    assert {"name", "url", "revision", "path"} <= set(projects[0])


def test_the_sample_s_configuration_exists(package, tmp_path):
    root = package("zephyr")
    ours = kconfig(root, tmp_path)
    lines = (root / "zephyr/samples/coughs/prj.conf").read_text().splitlines()
    for line in (line for line in lines if "TUSSIS" in line):
        name, value = line.removeprefix("CONFIG_").split("=")
        assert ours.syms[name].set_value(value)


ZEPHYR_CMAKE = """cmake_minimum_required(VERSION 3.16)
project(zephyr NONE)
foreach(name compile_definitions include_directories library_named library_compile_options
    library_compile_definitions library_sources)
  cmake_language(EVAL CODE
    "function(zephyr_${name})\\nmessage(STATUS \\"> ${name} \\${ARGN}\\")\\nendfunction()")
endforeach()
add_subdirectory(${MODULE} module)
"""


@pytest.mark.parametrize(
    ("config", "definitions"),
    [
        ({}, ["TUSSIS_EVENT_QUEUE=8"]),
        ({"TUSSIS_SKEW_MS": "512"}, ["TUSSIS_SKEW_MS=512", "TUSSIS_EVENT_QUEUE=8"]),
        ({"TUSSIS_PRE_ROLL_RAW": "y"}, ["TUSSIS_EVENT_QUEUE=8", "TUSSIS_PRE_ROLL=TUSSIS_PRE_ROLL_RAW"]),
        (
            {"TUSSIS_PRE_ROLL_DECIMATED": "y", "TUSSIS_EVENT_QUEUE": "3"},
            ["TUSSIS_EVENT_QUEUE=3", "TUSSIS_PRE_ROLL=TUSSIS_PRE_ROLL_DECIMATED"],
        ),
    ],
    ids=["defaults", "skew", "raw", "decimated"],
)
def test_zephyrs_options_reach_library_and_application(package, config, definitions, tmp_path, tool):
    """By its CMake file, run by the real CMake; Zephyr's functions are replaced by ones that print."""
    tool("cmake")
    root = package("zephyr")
    read = kconfig(root, tmp_path)
    for name, value in {"TUSSIS": "y", **config}.items():
        assert read.syms[name].set_value(value)
    values = {name: symbol.str_value for name, symbol in read.syms.items() if name.startswith("TUSSIS")}
    (tmp_path / "CMakeLists.txt").write_text(ZEPHYR_CMAKE)
    options = [f"-DCONFIG_{name}={value}" for name, value in values.items() if value != "n"]
    output = run("cmake", "-S", tmp_path, "-B", tmp_path / "b", f"-DMODULE={root / 'zephyr'}", *options)
    calls = [line.split("> ")[1].split(" ", 1) for line in output.splitlines() if "-- > " in line]
    assert [words for name, words in calls if name == "compile_definitions"] == definitions
    sources = next(words for name, words in calls if name == "library_sources")
    assert "control.c" in sources
    assert "outbox.c" not in sources
    assert ["library_compile_definitions", "TUSSIS_CHECKED=0"] in calls


@pytest.mark.parametrize("prefix", ["tussis", "night"])
def test_zephyrs_sample_compiles_against_headers_like_zephyrs(package, prefix, tmp_path, tool):
    root = package("zephyr", prefix=prefix)
    sample = root / "zephyr/samples/coughs/src/main.c"
    include = [f"-I{folder}" for folder in (STANDINS / "zephyr", root / "include", root / "generated")]
    strict = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-Wno-unused-variable"]
    for compiler in ("gcc", "clang"):
        run(
            tool(compiler),
            "-std=c11",
            *strict,
            "-Wno-unused-const-variable",
            *include,
            "-fsyntax-only",
            sample,
        )


def test_the_sample_says_for_which_detectors_it_is(detector, tmp_path, tool):
    root = export_project(
        detector, tmp_path / "f", package="zephyr", microphone=Microphone.parse("gated")
    ).path
    include = [f"-I{folder}" for folder in (STANDINS / "zephyr", root / "include", root / "generated")]
    command = [tool("gcc"), *include, "-fsyntax-only", root / "zephyr/samples/coughs/src/main.c"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "this sample is for a detector with both models and a microphone that is always on" in done.stderr
