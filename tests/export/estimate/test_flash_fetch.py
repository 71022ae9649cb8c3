"""Waiting for flash: a cache that holds the loop, one that does not, and lines that are prefetched."""

from __future__ import annotations

import numpy as np
import pytest

from tussis.export.emulator.cycle_bounds import cycle_bounds
from tussis.export.emulator.instructions import decode_block
from tussis.export.estimate.devices import Capture, Clock, Device
from tussis.export.estimate.figures import Cache, Figure
from tussis.export.estimate.flash_fetch import stalls_per_instruction

NOPS = bytes.fromhex("00bf")


def figure(value: float) -> Figure:
    return Figure(value=value, source="made up for this test")


def device(wait: float, cache: Cache | None = None, prefetch: float | None = None) -> tuple[Device, Clock]:
    clock = Clock(clock_hz=1e6, active_ua=figure(1), sleep_floor_ua=figure(0), wait_states=figure(wait))
    made = Device(
        title="test",
        regulator="none",
        supply_v=figure(3),
        flash_bytes=figure(1),
        ram_bytes=figure(1),
        default_clock_hz=1e6,
        deep_sleep_ua=figure(1),
        captures=(Capture(name="pdm", interface="pdm", current_ua=figure(1)),),
        wake_us=figure(1),
        cache=cache,
        prefetch_lines=None if prefetch is None else figure(prefetch),
        clocks=(clock,),
    )
    return made, clock


def straight(lines: int):
    """One block of 16-byte lines of nops, 8 instructions each."""
    return decode_block(0x1000, NOPS * 8 * lines)


def test_no_wait_states_no_stalls():
    assert stalls_per_instruction(*device(0), ([straight(4)], np.zeros(10, np.int64))) == 0


def test_a_loop_that_fits_the_cache_misses_once_per_line():
    cache = Cache(bytes=256, line_bytes=16, ways=2, source="made up")
    sample = ([straight(8)], np.zeros(100, np.int64))
    assert stalls_per_instruction(*device(5, cache), sample) == pytest.approx(8 * 5 / (100 * 64))


def test_a_loop_larger_than_the_cache_misses_on_every_line():
    cache = Cache(bytes=256, line_bytes=16, ways=2, source="made up")
    sample = ([straight(24)], np.zeros(50, np.int64))  # 8 sets of 2: three lines per set, least recent first
    assert stalls_per_instruction(*device(5, cache), sample) == pytest.approx(24 * 5 / (24 * 8))


def test_prefetching_hides_part_of_the_next_line_and_none_of_a_jump():
    sample = ([straight(100)], np.zeros(1, np.int64))
    slow = stalls_per_instruction(*device(11), sample) * 800
    assert 11 + 99 * 5 < slow < 11 + 99 * 7  # a line of 16 bytes feeds the core for some five cycles
    here, there = decode_block(0x1000, NOPS * 2), decode_block(0x8000, NOPS * 2)
    jumping = ([here, there], np.tile([0, 1], 50))
    assert stalls_per_instruction(*device(11), jumping) * 200 == pytest.approx(100 * 11)
    assert stalls_per_instruction(*device(11, prefetch=4), jumping) * 200 == pytest.approx(2 * 11)


def test_bounds_enclose_the_model_and_widen_with_unsettled_instructions():
    plain = cycle_bounds([straight(4)], np.array([10]))
    assert plain.low == pytest.approx(0.98)
    assert plain.high == pytest.approx(1.02)
    dividing = decode_block(0, bytes.fromhex("80ee200a") * 4)  # vdiv.f32 s0, s0, s1
    assert cycle_bounds([dividing], np.array([10])).low < 0.8
    loads = decode_block(0, bytes.fromhex("0068") * 8)  # ldr r0, [r0]
    assert cycle_bounds([loads], np.array([10])).high > 1.5
    pairs = decode_block(0, bytes.fromhex("0130013101320133"))  # adds to r0, r1, r2, r3: no two share a slot
    assert cycle_bounds([pairs], np.array([10])).high == pytest.approx(2 * 1.02)
    assert cycle_bounds([], np.array([], np.int64)).high == 1
