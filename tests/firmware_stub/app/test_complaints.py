"""Every loss that a call can return has a complaint of its own, with words of its own."""

import ctypes
import re

import pytest

from ..conftest import FIRMWARE

LOSSES = {
    name: int(status)
    for name, status in re.findall(
        r"^ +TUSSIS_(\w+) = (-\d+)", (FIRMWARE / "include/tussis/tussis_types.h").read_text(), re.MULTILINE
    )
    if int(status) > -32
}
COMPLAINTS = re.findall(
    r"^ +TUSSIS_COMPLAINT_(\w+),", (FIRMWARE / "app/complaints.h").read_text(), re.MULTILINE
)


@pytest.fixture(scope="module")
def texts(protocol_library):
    protocol_library.tussis_complaint_text.restype = ctypes.c_char_p
    return [protocol_library.tussis_complaint_text(kind).decode("ascii") for kind in range(len(COMPLAINTS))]


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_is_named_by_its_own_complaint(protocol_library, loss):
    protocol_library.tussis_complaints.restype = ctypes.c_uint16
    untouched = ctypes.create_string_buffer(1 << 16)  # a detector with nothing in its totals
    bits = protocol_library.tussis_complaints(untouched, LOSSES[loss])
    assert bits == 1 << COMPLAINTS.index(loss)


def test_every_loss_of_the_header_was_found():
    assert sorted(LOSSES.values()) == list(range(-len(LOSSES), 0))
    assert LOSSES["IMU_RATE"] == -7


def test_the_words_differ_and_fit_a_line(texts):
    assert len(set(texts)) == len(COMPLAINTS)
    assert all(0 < len(text) <= 48 for text in texts)
