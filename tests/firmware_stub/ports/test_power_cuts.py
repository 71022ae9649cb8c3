"""The event log with the power cut at every write and every erase; `power_cuts.c` says what is checked."""

import subprocess
from pathlib import Path

import pytest

from tussis.export.build.toolchain import WARNINGS, find_arm_toolchain, find_host_compiler

HERE = Path(__file__).parent
CUTS = HERE / "power_cuts.c"
UNITS = [4, 8, 16, 32]


def sources(kit, cuts=CUTS, log=None):
    return [cuts, log or kit.FIRMWARE / "ports/live/event_log.c", kit.FIRMWARE / "app/crc.c"]


def outcome(kit, unit, log=None):
    include = [*kit.INCLUDE, kit.FIRMWARE / "ports/live"]
    program = find_host_compiler().build(
        sources(kit, log=log), "program", include=include, defines={"TUSSIS_LOG_UNIT": unit},
        extra_flags=["-Wno-conversion", "-Wno-missing-prototypes"],
    )  # fmt: skip
    done = subprocess.run([program], capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout


@pytest.mark.parametrize("unit", UNITS)
def test_nothing_committed_is_lost_wherever_the_power_fails(kit, unit):
    assert outcome(kit, unit) == (0, "every cut survived\n")


WEAKER = {
    "a CRC that is not looked at": (
        "return get_word(slot, BODY) == tussis_crc32(0, slot->bytes, BODY);",
        "return get_word(slot, BODY) != 0xFFFFFFFFU;",
    ),
    "no slot left empty after a restart": ("log->slot = last + 2U;", "log->slot = last + 1U;"),
    "a torn page that is used as it is": (
        "if (flash->erase(flash->context, page_of(flash, turn)) &&",
        "if ((turn == 5U || flash->erase(flash->context, page_of(flash, turn))) &&",
    ),
    "an erase that was cut is done once more": ("log->next_turn++;\n    }\n}", "(void)crc;\n    }\n}"),
    "numbers that begin again": (
        "log->number = get_word(&slot, 0) + 1U;",
        "log->number = get_word(&slot, 0);",
    ),
}


@pytest.mark.parametrize("fault", WEAKER)
def test_the_check_finds_a_weaker_log(kit, fault, tmp_path):
    text = (kit.FIRMWARE / "ports/live/event_log.c").read_text()
    old, new = WEAKER[fault]
    assert text.count(old) == 1
    weaker = tmp_path / "event_log.c"
    text = text.replace(old, new).replace('"../../app/crc.h"', f'"{kit.FIRMWARE}/app/crc.h"')
    weaker.write_text(text.replace('"event_log.h"', f'"{kit.FIRMWARE}/ports/live/event_log.h"'))
    assert outcome(kit, 8, log=weaker)[0] == 1


@pytest.mark.parametrize("name", ["gcc", "zig"])
def test_on_the_emulated_core(kit, name, tool):
    qemu = tool("qemu-system-arm")
    if name == "gcc":
        tool("arm-none-eabi-gcc")
    system = kit.FIRMWARE / "ports/mps2-an505"
    elf = find_arm_toolchain(name).build(
        [*sources(kit), HERE / "power_cuts_bare.c", system / "startup.c"], "elf",
        include=[*kit.INCLUDE, kit.FIRMWARE / "ports/live", system],
        linker_script=system / "mps2-an505.ld",
        defines={"STRIDE": 7, "POWER_CUTS_BARE": 1},
        extra_flags=["-Wno-conversion", "-Wno-missing-prototypes"],
    )  # fmt: skip
    done = subprocess.run(
        [qemu, "-M", "mps2-an505", "-display", "none", "-monitor", "none", "-nodefaults", "-serial", "null",
         "-semihosting-config", "enable=on,target=native", "-kernel", elf],
        capture_output=True, text=True, check=False, timeout=120, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done
    assert "every cut survived" in done.stdout + done.stderr


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_no_warnings(kit, compiler, tmp_path, tool):
    tool(compiler)
    for unit in UNITS:
        include = [f"-I{folder}" for folder in kit.INCLUDE]
        command = [compiler, "-std=c11", "-O2", "-pedantic", *WARNINGS, *include, "-Werror"]
        command += [f"-DTUSSIS_LOG_UNIT={unit}", "-c", str(kit.FIRMWARE / "ports/live/event_log.c")]
        done = subprocess.run(
            [*command, "-o", tmp_path / "log.o"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
