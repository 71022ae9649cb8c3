"""The compilers: found or named missing, hardware floats, no fused products, builds cached by content."""

from __future__ import annotations

import os
import re
import shutil

import numpy as np
import pytest

from tussis.data.input_error import InputError
from tussis.export.build import toolchain
from tussis.export.build.compiler_run import CompileError
from tussis.export.build.toolchain import find_arm_toolchain, find_host_compiler
from tussis.export.emulator.virtual_board import VirtualBoard

FLOATS = """
#include <math.h>
#include <string.h>
float use(float a, float b, float c, void *to, const void *from, unsigned n);
float use(float a, float b, float c, void *to, const void *from, unsigned n)
{
    memcpy(to, from, n);
    return a * b + sqrtf(c);
}
"""
SCRIPT = """
ENTRY(use)
SECTIONS { . = 0x10000; .text : { KEEP(*(.text.use)) *(.text*) *(.rodata*) } .data : { *(.data*) *(.bss*) }
  /DISCARD/ : { *(.ARM.ex*) } }
"""
needs_gcc = pytest.mark.skipif(
    shutil.which("arm-none-eabi-gcc") is None and not os.environ.get("CI"),
    reason="arm-none-eabi-gcc is not installed: the zig toolchain alone is tested here",
)
ARM = [pytest.param("gcc", marks=needs_gcc), "zig"]


@pytest.fixture
def sources(tmp_path):
    (tmp_path / "use.c").write_text(FLOATS)
    (tmp_path / "use.ld").write_text(SCRIPT)
    return tmp_path


@pytest.mark.parametrize("name", ARM)
def test_floats_are_computed_by_the_fpu_in_two_roundings(name, sources):
    elf = find_arm_toolchain(name).build([sources / "use.c"], "elf", linker_script=sources / "use.ld")
    board = VirtualBoard(elf)
    assert board.image.hard_float
    assert not [
        s.name for s in board.image.symbols if re.match(r"__aeabi_[fd]|__(add|mul|div)[sd]f3", s.name)
    ]
    # the product has a bit that its rounding loses and a fused multiply-add would keep
    buffer = board.alloc(16)
    a, b, c = np.float32(1 + 2.0**-13), np.float32(-1 - 2.0**-13), np.float32(1 + 2.0**-12) ** np.float32(2)
    expected = a * b + np.sqrt(c)
    fused = np.float32(float(a) * float(b) + float(np.sqrt(c)))
    assert expected != fused
    assert board.call("use", a, b, c, buffer, buffer, 0, returns="float") == expected


def test_the_environment_forces_a_toolchain(monkeypatch):
    monkeypatch.setenv("TUSSIS_TOOLCHAIN", "zig")
    assert find_arm_toolchain().name == "zig"
    monkeypatch.setenv("TUSSIS_TOOLCHAIN", "keil")
    with pytest.raises(InputError, match=r"TUSSIS_TOOLCHAIN: 'keil' is unknown; use gcc or zig"):
        find_arm_toolchain()


def test_gcc_hidden_from_path_leaves_zig(monkeypatch, tmp_path):
    monkeypatch.delenv("TUSSIS_TOOLCHAIN", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    toolchain._arm_gcc.cache_clear()
    try:
        assert find_arm_toolchain().name == "zig"
        assert "ziglang" in find_host_compiler().command
        with pytest.raises(InputError, match="install gcc-arm-none-eabi"):
            find_arm_toolchain("gcc")
        monkeypatch.setattr(toolchain, "_zig_command", lambda: None)
        with pytest.raises(InputError, match="neither arm-none-eabi-gcc nor the ziglang wheel was found"):
            find_arm_toolchain()
        with pytest.raises(InputError, match="no C compiler for this machine"):
            find_host_compiler()
    finally:
        toolchain._arm_gcc.cache_clear()


def test_a_named_host_compiler_must_exist(monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler -O0")
    with pytest.raises(InputError, match="CC: 'no-such-compiler' is not a program"):
        find_host_compiler()


def test_builds_are_cached_by_content_and_not_by_place(sources, tmp_path_factory, monkeypatch):
    monkeypatch.setenv("TUSSIS_CACHE", str(tmp_path_factory.mktemp("cache")))
    host = find_host_compiler()
    other = tmp_path_factory.mktemp("elsewhere")
    shutil.copy(sources / "use.c", other)
    first = host.build([sources / "use.c"], "shared")
    assert host.build([other / "use.c"], "shared") == first
    (other / "use.c").write_text(FLOATS.replace("a * b", "b / a"))
    assert host.build([other / "use.c"], "shared") != first
    assert host.build([sources / "use.c"], "shared", opt="O1") != first
    assert host.build([sources / "use.c"], "shared", defines={"use": "other"}) != first


def test_a_header_is_part_of_the_key(tmp_path):
    (tmp_path / "one.h").write_text("#define ONE 1\n")
    (tmp_path / "one.c").write_text('#include "one.h"\nint one(void);\nint one(void) { return ONE; }\n')
    host = find_host_compiler()
    first = host.build([tmp_path / "one.c"], "shared", include=[tmp_path])
    (tmp_path / "one.h").write_text("#define ONE 2\n")
    assert host.build([tmp_path / "one.c"], "shared", include=[tmp_path]) != first


def test_a_refused_file_says_why_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("TUSSIS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "bad.c").write_text("int f(void) { return x; }\n")
    with pytest.raises(CompileError, match=r"bad\.c.*error"):
        find_host_compiler().build([tmp_path / "bad.c"], "shared")
    assert not list((tmp_path / "cache" / "builds").iterdir())


FAULTS = {
    "killed": ("kill -9 $$", "it ended by signal SIGKILL and said nothing; has it enough memory?"),
    "killed by memory": (
        "kill -SEGV $$",
        "it ended by signal SIGSEGV and said nothing; has it enough memory?",
    ),
    "its part killed": ("sh -c 'kill -9 $$'; exit $?", "it ended by signal SIGKILL"),
    "the driver says so": (
        "echo 'gcc: fatal error: Killed signal terminated program cc1' >&2; exit 1",
        "Killed signal terminated program cc1; has it enough memory?",
    ),
    "without a word": ("exit 3", "it ended with code 3 and said nothing; is it a C compiler"),
    "without a file": ("exit 0", "it ended well and wrote no use.o; is it a C compiler"),
    "a full disk": (
        "echo 'use.c: fatal error: error writing to /tmp/x.s: No space left on device' >&2; exit 1",
        "No space left on device; make room on the disk",
    ),
    "no UTF-8": ("printf 'use.c: error: d\\351j\\340 vu\\n' >&2; exit 1", "use.c: error: d"),
    "on stdout": ("echo 'error: licence expired'; exit 1", "error: licence expired"),
}


def program(path, script):
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("kind", FAULTS)
def test_a_compiler_that_does_not_do_its_work_is_one_line(kind, sources, monkeypatch):
    script, said = FAULTS[kind]
    monkeypatch.setenv("CC", str(program(sources / "mycc", script)))
    monkeypatch.setenv("TUSSIS_CACHE", str(sources / "cache"))
    with pytest.raises(CompileError) as raised:
        find_host_compiler().build([sources / "use.c"], "object")
    assert len(str(raised.value).splitlines()) == 1
    assert str(raised.value).startswith(f"{sources}/mycc: cannot compile: ")
    assert said in str(raised.value)
    assert not list((sources / "cache" / "builds").iterdir())


def test_a_compiler_that_cannot_be_started_is_one_line(sources, monkeypatch):
    broken = program(sources / "mycc", "")
    broken.write_bytes(b"\x7fELF of another machine")
    monkeypatch.setenv("CC", str(broken))
    monkeypatch.setenv("TUSSIS_CACHE", str(sources / "cache"))
    with pytest.raises(
        CompileError, match=r"mycc: cannot compile: it cannot be started: .*; install it again"
    ):
        find_host_compiler().build([sources / "use.c"], "object")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("kill -9 $$", "ended by signal SIGKILL: it said nothing"),
        ("exit 4", "ended with code 4: it said nothing"),
        ("echo 'error while loading shared libraries: libisl.so' >&2; exit 127", "libisl.so"),
        ("echo libc.a", "it has no newlib"),
        ("", "ended with code 0: it said nothing"),
    ],
)
def test_a_cross_compiler_that_is_there_and_broken_is_not_called_missing(script, said, monkeypatch, tmp_path):
    program(tmp_path / "arm-none-eabi-gcc", script)
    monkeypatch.delenv("TUSSIS_TOOLCHAIN", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    toolchain._arm_gcc.cache_clear()
    try:
        assert find_arm_toolchain().name == "zig"  # what works is taken
        with pytest.raises(InputError, match="arm-none-eabi-gcc: is there and cannot be used: ") as raised:
            find_arm_toolchain("gcc")
        monkeypatch.setattr(toolchain, "_zig_command", lambda: None)
        with pytest.raises(InputError, match="arm-none-eabi-gcc: is there and cannot be used: "):
            find_arm_toolchain()
    finally:
        toolchain._arm_gcc.cache_clear()
    assert said in str(raised.value)
    assert "not found" not in str(raised.value)


def test_a_folder_that_is_no_project_is_named(tmp_path):
    with pytest.raises(InputError, match="run `tussis export` first"):
        find_host_compiler().compile_shared(tmp_path)


def test_a_missing_port_lists_those_there_are(project):
    with pytest.raises(InputError, match=r"no port 'moon'; use one of: .*virtual"):
        find_arm_toolchain().compile_elf(project, port="moon")
