"""Flash, RAM and stack: sums that must match the image, a bound that must hold."""

from __future__ import annotations

import pytest

from tussis.export.emulator.elf_image import load_elf, load_object
from tussis.export.emulator.stack import CallGraph, read_stack_usage, worst_path
from tussis.export.emulator.virtual_board import VirtualBoard
from tussis.export.estimate.devices import load_profiles
from tussis.export.estimate.memory import measure_memory


@pytest.fixture(scope="module")
def image(m33_image):
    return load_elf(m33_image("calls.c", "workloads.c"))


def test_sections_add_up_to_what_is_loaded(image):
    use = measure_memory(image, ["caller"])
    assert use.flash_bytes == sum(len(s.data) for s in image.segments)
    assert use.ram_bytes == sum(s.memory_bytes for s in image.segments if s.address >= 0x2000_0000)
    names = {name for name, _, _ in use.largest}
    assert {"nodes", "product", "left", "right"} <= names
    assert dict((n, size) for n, size, _ in use.largest)["nodes"] == 256 * 8
    assert all(in_ram for n, _, in_ram in use.largest if n == "nodes")


def test_objects_add_up_and_own_their_symbols(image, arm_toolchain, m33_workloads):
    objects = {
        name: load_object(arm_toolchain.build([m33_workloads / name], "object"))
        for name in ("calls.c", "workloads.c")
    }
    use = measure_memory(image, ["caller"], objects=objects)
    rows = {row.name: row for row in use.objects}
    assert sum(r.flash_bytes for r in use.objects) == use.flash_bytes
    assert sum(r.ram_bytes for r in use.objects) == use.ram_bytes
    assert rows["workloads.c"].ram_bytes >= 256 * 8 + 256 * 8
    assert rows["calls.c"].ram_bytes >= 20
    assert rows["(no symbol)"].flash_bytes < 0.2 * use.flash_bytes


def test_the_static_bound_holds_and_is_not_far_above_what_ran(image):
    for entry, argument in (("caller", 5), ("sort_list", 50), ("crc_ccitt", 9)):
        path = measure_memory(image, [entry]).stack
        board = VirtualBoard(image)
        board.call(entry, argument)
        assert path.unbounded == ()
        assert board.stack_high_water <= path.bytes <= 4 * board.stack_high_water + 32
        assert path.functions[0] == entry


def test_frames_read_from_code_equal_the_compilers_own(m33_workloads, m33_image, arm_toolchain):
    if arm_toolchain.name != "gcc":
        pytest.skip("zig leaves no .su files")
    elf = arm_toolchain.build(
        [m33_workloads / "workloads.c"],
        "elf",
        linker_script=m33_workloads / "board.ld",
        extra_flags=["-fstack-usage"],
    )
    told = read_stack_usage(elf.parent)
    graph = CallGraph.of(load_elf(elf), ["walk_list", "sort_list", "state_machine", "matrix_multiply"])
    read = {graph.names[a]: frame for a, frame in graph.frames.items()}
    both = {name for name in told if name in read}
    assert len(both) >= 4
    assert {name: read[name] for name in both} == {name: told[name] for name in both}


def test_recursion_is_no_bound(m33_image):
    image = load_elf(m33_image("calls.c", opt="O1"))  # gcc -O2 turns the recursion into a loop with a stack
    path = worst_path(image, ["deep"])
    assert path.unbounded == ("deep is recursive",)


def test_pointers_in_constants_are_followed_and_others_reported(image):
    through_table = worst_path(image, ["through_table"])
    assert set(through_table.functions) <= {"through_table", "leaf_a", "deep"}
    assert through_table.bytes >= worst_path(image, ["deep"]).bytes
    assert not any("pointer" in reason for reason in through_table.unbounded)
    (reason,) = worst_path(image, ["through_argument"]).unbounded
    assert reason == "through_argument calls through a pointer that comes from outside"


def test_fitting_a_device(image):
    use = measure_memory(image, ["caller"])
    device = load_profiles().device("nrf5340")
    assert use.fits(device, 1024)
    assert not use.fits(device, 600_000)
