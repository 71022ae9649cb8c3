"""The protocol's C: clean under every compiler's warnings and cppcheck, and lean."""

import re
import subprocess

import pytest

from tussis.export.build.toolchain import WARNINGS, find_arm_toolchain

NAMES = ("app", "cobs", "crc", "messages", "link", "memory_port", "outbox", "session")


WORN = ["ports/live", "ports/live-an505", "examples/bare_metal", "examples/rtos"]
MICROPHONES = ["TUSSIS_MICROPHONE_ALWAYS", "TUSSIS_MICROPHONE_GATED"]


@pytest.mark.parametrize("microphone", MICROPHONES)
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_no_warnings(kit, compiler, microphone, tmp_path, tool):
    tool(compiler)
    for source in kit.SOURCES:
        command = [compiler, "-std=c11", "-O2", "-pedantic", *WARNINGS, *(f"-I{f}" for f in kit.INCLUDE)]
        command += ["-Werror", f"-DTUSSIS_MICROPHONE={microphone}"]
        command += ["-c", str(source), "-o", str(tmp_path / "out.o")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("microphone", MICROPHONES)
@pytest.mark.parametrize("port", ["template", "mps2-an505"])
def test_the_ports_compile_for_the_core_without_a_warning(kit, port, microphone):
    for source in sorted((kit.FIRMWARE / "ports" / port).glob("*.c")):
        find_arm_toolchain().build(
            [source], "object", include=[*kit.INCLUDE, source.parent],
            defines={"TUSSIS_MICROPHONE": microphone}, extra_flags=["-Werror"],
        )  # fmt: skip


@pytest.mark.parametrize("name", ["gcc", "zig"])
@pytest.mark.parametrize("program", WORN)
def test_the_programs_of_a_worn_board_compile_without_a_warning(kit, program, name, tool):
    if name == "gcc":
        tool("arm-none-eabi-gcc")
    for source in sorted((kit.FIRMWARE / program).glob("*.c")):
        find_arm_toolchain(name).build([source], "object", include=kit.INCLUDE, extra_flags=["-Werror"])


@pytest.mark.parametrize("name", ["gcc", "zig"])
@pytest.mark.parametrize("way", [{"TUSSIS_MICROPHONE": MICROPHONES[1]}, {"TUSSIS_LIVE_WAKE_MS": 32}])
def test_a_board_that_switches_its_microphone_compiles_without_a_warning(kit, way, name, tool):
    if name == "gcc":
        tool("arm-none-eabi-gcc")
    for program in WORN[:2]:
        for source in sorted((kit.FIRMWARE / program).glob("*.c")):
            find_arm_toolchain(name).build(
                [source], "object", include=kit.INCLUDE, defines=way, extra_flags=["-Werror"]
            )


@pytest.mark.parametrize("wake", [[], ["-DTUSSIS_LIVE_WAKE_MS=32"]], ids=["no-wake", "wake"])
@pytest.mark.parametrize("microphone", MICROPHONES)
def test_cppcheck(kit, microphone, wake, tool):
    tool("cppcheck")
    if wake and microphone == MICROPHONES[1]:
        pytest.skip("one or the other")
    ports = kit.FIRMWARE / "ports"
    sources = [*kit.SOURCES, *sorted((ports / "mps2-an505").glob("*.c")), ports / "virtual/serial.c"]
    sources += sorted((ports / "template").glob("*.c"))
    worn = WORN if microphone == MICROPHONES[0] else WORN[:2]
    sources += [f for name in worn for f in sorted((kit.FIRMWARE / name).glob("**/*.c"))]
    command = [
        "cppcheck", "--enable=warning,style,performance,portability", "--std=c11", "--quiet",
        "--error-exitcode=1", "--suppress=unusedStructMember", "-DTUSSIS_VIRTUAL_SERIAL=1",
        f"-DTUSSIS_MICROPHONE={microphone}", *wake, *(f"-I{folder}" for folder in kit.INCLUDE),
        *map(str, sources),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_globals_and_no_heap(kit):
    """No writable data in the library's objects, and nothing called but each other and string.h."""
    toolchain = find_arm_toolchain()
    if toolchain.name != "gcc":
        pytest.skip("reads the objects with arm-none-eabi-nm")
    called, defined = set(), set()
    for source in kit.SOURCES:
        built = toolchain.build([source], "object", include=kit.INCLUDE, opt="Os")
        listing = subprocess.run(["arm-none-eabi-nm", str(built)], capture_output=True, text=True, check=True)
        for line in listing.stdout.splitlines():
            kind, name = line.split()[-2:]
            assert kind not in "dDbBC", f"{source.name} has the global {name}"
            (called if kind == "U" else defined).add(name)
    assert {name for name in called - defined if not name.startswith("tussis_")} <= {"memcpy", "memset"}


def test_a_stranger_could_read_it(kit):
    """Header comments; files and functions of a size that can be read."""
    for source in [*kit.SOURCES, *sorted((kit.FIRMWARE / "app").glob("*.h"))]:
        text = source.read_text()
        assert text.count("\n") < 420, source
        if source.suffix == ".h":
            assert text.startswith("/*"), source
        if source.name == "messages.c":
            continue  # generated
        for body in re.findall(r"^\{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL):
            assert body.count("\n") <= 50, (source, body[:80])
