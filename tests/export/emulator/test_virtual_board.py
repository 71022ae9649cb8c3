"""The emulated core: calls, faults, exact counts, the call tree."""

from __future__ import annotations

import gc
import statistics
import threading
import time

import numpy as np
import pytest
from unicorn.unicorn_const import UC_HOOK_BLOCK

from tussis.data.input_error import InputError
from tussis.export.emulator.elf_image import load_elf
from tussis.export.emulator.virtual_board import BoardFault, VirtualBoard


@pytest.fixture
def board(m33_image):
    return VirtualBoard(m33_image("calls.c"))


@pytest.fixture
def counted(m33_image):
    return VirtualBoard(m33_image("counted.S")).count()


def test_arguments_travel_by_the_hard_float_standard(board):
    assert board.call("sum5", 1, -2, 3, 4, 5) == 1 - 4 + 9 + 20 + 35
    assert board.call("mix", 1.5, -4, 0.25, returns="float") == 1.5 * -4 + 0.25
    assert board.call("wide", -3, returns="int64") == -(3 << 33) + 5
    assert board.call("third", returns="float") == float(np.float32(1) / np.float32(3))


def test_buffers_and_initialised_variables(board):
    values = np.arange(9, dtype=np.float32) / 7
    place = board.alloc(values.nbytes)
    board.write(place, values)
    assert np.array_equal(board.read_array(place, np.float32, 9), values)
    assert board.call("total", place, 9, returns="float") == np.add.accumulate(values)[-1]
    assert int.from_bytes(board.read(board.symbol("initialised"), 4), "little") == 1234
    assert board.read(board.symbol("zeroed"), 16) == bytes(16)


@pytest.mark.parametrize(
    ("name", "argument", "words"),
    [
        ("read_bad", 0x5000_0000, ("read_bad+0x", "reads unmapped memory, 4 bytes at 0x50000000")),
        ("write_flash", 0x10, ("write_flash+0x", "writes read-only memory, 4 bytes at 0x00000010")),
        ("undefined", 0, ("undefined+0x", "undefined instruction")),
        ("supervisor", 0, ("supervisor+0x", "supervisor call")),
    ],
)
def test_a_fault_names_image_function_and_address(board, name, argument, words):
    with pytest.raises(BoardFault) as caught:
        board.call(name, argument)
    text = str(caught.value)
    assert text.startswith("tussis.elf: ")
    assert "\n" not in text
    for word in words:
        assert word in text
    assert board.call("sum5", 1, 1, 1, 1, 1) == 18  # the board goes on working


def test_stack_overflow_is_a_fault_that_says_so(m33_image):
    board = VirtualBoard(m33_image("calls.c"), stack_bytes=4096)
    with pytest.raises(BoardFault, match="stack of 4096 bytes ran over"):
        board.call("deep", 1000)


def test_stack_high_water_follows_the_depth(board):
    board.call("deep", 1)
    shallow = board.stack_high_water
    board.call("deep", 101)
    per_level = (board.stack_high_water - shallow) / 100
    assert per_level >= 12  # a return address and n at least; clang keeps one word of the padding
    assert per_level == int(per_level)
    board.clear_stack()
    assert board.stack_high_water == 0


def test_runaway_code_is_stopped(m33_image):
    board = VirtualBoard(m33_image("calls.c"), timeout_s=0.3)
    with pytest.raises(BoardFault, match=r"forever\+0x.*did not return within 0.3 s"):
        board.call("forever")


def test_unknown_symbols_and_files(board, tmp_path):
    with pytest.raises(InputError, match="sum6: no such symbol; did you mean sum5"):
        board.call("sum6")
    with pytest.raises(InputError, match="cannot be read"):
        load_elf(tmp_path / "none.elf")
    (tmp_path / "text.elf").write_text("not an image at all")
    with pytest.raises(InputError, match="not a readable ELF"):
        load_elf(tmp_path / "text.elf")


def test_an_absurd_segment_is_refused_and_not_mapped(m33_image, tmp_path):
    damaged = bytearray(m33_image("calls.c").read_bytes())
    headers = int.from_bytes(damaged[28:32], "little")
    damaged[headers + 20 : headers + 24] = b"\xff\xff\xff\xff"  # p_memsz of the first segment
    (tmp_path / "huge.elf").write_bytes(damaged)
    with pytest.raises(InputError, match="no microcontroller holds it"):
        load_elf(tmp_path / "huge.elf")


def test_a_truncated_or_foreign_image_is_refused(m33_image, tmp_path):
    whole = m33_image("calls.c").read_bytes()
    for cut in (40, 60, len(whole) // 2):
        (tmp_path / "cut.elf").write_bytes(whole[:cut])
        with pytest.raises(InputError):
            load_elf(tmp_path / "cut.elf")
    foreign = bytearray(whole)
    foreign[18] = 62  # e_machine: x86-64
    (tmp_path / "foreign.elf").write_bytes(foreign)
    with pytest.raises(InputError, match="not 32-bit little-endian ARM"):
        load_elf(tmp_path / "foreign.elf")


@pytest.mark.parametrize(
    ("name", "argument", "instructions"),
    [
        ("straight", 0, 4),
        ("loop", 1, 5),
        ("loop", 1000, 3002),
        ("folded", 0, 7),
        ("folded", 1, 7),
        ("into_itself", 1, 6),
        ("into_itself", 50, 153),
    ],
)
def test_counts_equal_hand_counts(counted, name, argument, instructions):
    counted.call(name, argument)
    assert counted.last_call.instructions == instructions
    counted.call(name, argument)
    assert counted.last_call.instructions == instructions
    assert counted.instructions == 2 * instructions


@pytest.mark.parametrize("name", ["caller", "deep", "leaf_a"])
def test_counts_equal_single_steps(m33_image, name):
    """Unicorn's per-instruction hook is the other witness; it is silent on instructions IT skips."""
    path = m33_image("calls.c")
    stepped: list[int] = []
    slow = VirtualBoard(path)
    slow.engine.on_instruction(stepped.append)
    slow.call(name, 37)
    fast = VirtualBoard(path).count()
    fast.call(name, 37)
    decoded = {i.address: i for b in fast.blocks.blocks for i in b.instructions}
    executions: dict[int, int] = {}
    for row, block in enumerate(fast.blocks.blocks):
        for item in block.instructions:
            executions[item.address] = executions.get(item.address, 0) + int(fast.tree.executions[row])
    assert sum(executions.values()) == fast.instructions
    for address, times in executions.items():
        if not decoded[address].conditional:
            assert stepped.count(address) == times, decoded[address]


def test_every_block_has_as_many_instructions_as_the_emulator_translated(m33_image):
    board = VirtualBoard(m33_image("calls.c", opt="O3")).count()
    board.call("caller", 3)
    board.call("mix", 1.0, 2, 3.0)
    for block in board.blocks.blocks:
        assert len(block.instructions) == board.trace.instruction_counts[block.address]
        assert block.end - block.address == sum(i.size for i in block.instructions)


def test_the_call_tree_adds_up(m33_image):
    board = VirtualBoard(m33_image("calls.c", opt="O1")).count()
    board.call("caller", 20)
    cost = {f.name: f for f in board.functions()}
    assert cost["caller"].calls == 1
    assert cost["leaf_a"].calls == cost["tail"].calls == cost["leaf_b"].calls == 20
    assert sum(f.instructions for f in cost.values()) == board.instructions
    assert sum(f.cycles for f in cost.values()) == board.cycles
    assert cost["caller"].total_instructions == board.last_call.instructions
    assert cost["leaf_a"].total_instructions == cost["leaf_a"].instructions
    assert cost["leaf_a"].worst_cycles * 20 == pytest.approx(cost["leaf_a"].cycles, rel=0.01)


def test_recursion_counts_once_in_the_total(board):
    board.count()
    board.call("deep", 30)
    (cost,) = [f for f in board.functions() if f.name == "deep"]
    assert cost.calls == 31
    assert cost.total_instructions == cost.instructions == board.instructions


def test_two_runs_count_the_same_and_counting_can_stop(board):
    board.count()
    board.call("caller", 11)
    first = board.last_call
    board.call("caller", 11)
    assert board.last_call == first
    board.count(False)
    total = board.instructions
    board.call("caller", 11)
    assert board.instructions == total
    board.clear_counts()
    board.count()
    board.call("caller", 11)
    assert board.instructions == first.instructions


def test_tracing_is_cheaper_than_a_python_callback_per_block(board):
    """One run, two ways in turn; the claim is the order, whatever the machine."""

    def seconds() -> float:
        started = time.process_time()
        board.call("leaf_a", 400_000)
        return time.process_time() - started

    uc = board.engine._uc
    seen: list[int] = []
    traced, plain = [], []
    for _ in range(7):  # in turn, so that what else the machine does falls on both
        board.count()
        traced.append(seconds())
        board.count(False)
        hook = uc.hook_add(UC_HOOK_BLOCK, lambda _uc, address, _size, _data: seen.append(address))
        board.engine.forget_translations()
        plain.append(seconds())
        uc.hook_del(hook)
        board.engine.forget_translations()
    assert len(seen) >= 7 * 100_000  # clang unrolls by four
    assert statistics.median(np.subtract(traced, plain)) < 0


def test_a_long_run_is_drained_by_the_watcher_and_stays_exact(board, monkeypatch):
    monkeypatch.setattr("tussis.export.emulator.virtual_board._DRAIN_BLOCKS", 1000)
    board.count()
    board.call("leaf_a", 1000)
    per_thousand = board.last_call.instructions
    board.call("leaf_a", 6_000_000)
    once_more = board.last_call.instructions
    small = board.call("leaf_a", 2000) and board.last_call.instructions
    per_iteration = (small - per_thousand) / 1000
    assert once_more == per_thousand + per_iteration * (6_000_000 - 1000)


def test_boards_do_not_outlive_their_use(m33_image):
    path = m33_image("calls.c")
    before = threading.active_count()
    for _ in range(3):
        VirtualBoard(path).call("sum5", 1, 2, 3, 4, 5)
    gc.collect()
    time.sleep(0.6)
    assert threading.active_count() <= before + 1
