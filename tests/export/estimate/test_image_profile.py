"""`tussis profile`: any image, from any function, to whatever end it has."""

from __future__ import annotations

import json

import pytest

from tussis.data.input_error import InputError
from tussis.export.emulator.virtual_board import BoardFault, VirtualBoard
from tussis.export.estimate.image_profile import profile_image


@pytest.fixture(scope="module")
def program(m33_image):
    return m33_image("program.c")


def test_main_is_priced_as_the_board_prices_it(program):
    profile = profile_image(program, "main").as_dict()
    board = VirtualBoard(program).count()
    assert board.call("main") == 7
    assert (profile["instructions"], profile["cycles"]) == (board.instructions, board.cycles)
    assert profile["ended"] == "returned"
    assert profile["result"] == 7
    assert {"instructions", "cycles", "functions"} <= set(profile)
    assert [set(f) >= {"name", "cycles", "share"} for f in profile["functions"]]
    assert sum(f["cycles"] for f in profile["functions"]) == profile["cycles"]
    assert sum(f["share"] for f in profile["functions"]) == pytest.approx(1, abs=1e-5)
    assert profile["functions"][0]["name"] == "squares"
    assert profile["functions"][0]["calls"] == 2
    json.dumps(profile, allow_nan=False)


def test_without_an_entry_the_image_starts_where_it_says(program):
    assert profile_image(program).cycles == profile_image(program, "main").cycles


@pytest.mark.parametrize(
    ("entry", "ended"),
    [("prints", "exited"), ("endless", "reached an endless loop"), ("sleeps", "went to sleep")],
)
def test_programs_may_end_in_their_own_way(program, entry, ended):
    profile = profile_image(program, entry)
    assert profile.ended == ended
    squares = next(f for f in profile.functions if f.name == "squares")
    assert squares.calls == 1


def test_what_a_program_prints_is_kept(program):
    assert profile_image(program, "prints").output == "one\n2"


def test_polling_a_peripheral_ends(program):
    profile = profile_image(program, "polls")
    assert profile.ended == "returned"
    assert 1 <= profile.register_reads <= 3


def test_arguments_and_two_runs_are_the_same(m33_image):
    image = m33_image("workloads.c")
    short = profile_image(image, "crc_ccitt", arguments=[10])
    long = profile_image(image, "crc_ccitt", arguments=[20])
    assert long.instructions > 1.8 * short.instructions
    assert profile_image(image, "crc_ccitt", arguments=[20]).as_dict() == long.as_dict()
    assert short.bounds.low < 1 < short.bounds.high


def test_refusals(program, tmp_path, m33_image):
    with pytest.raises(InputError, match="no such symbol; did you mean squares"):
        profile_image(program, "square")
    with pytest.raises(InputError, match="cannot be read"):
        profile_image(tmp_path / "none.elf")
    with pytest.raises(BoardFault, match=r"forever.*did not return within 0.3 s"):
        profile_image(m33_image("calls.c"), "forever", timeout_s=0.3)
