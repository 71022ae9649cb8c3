"""Wall time of ticks from a port's anchors."""

import ctypes

import numpy as np
import pytest


class Wall(ctypes.Structure):
    _fields_ = (
        ("tick", ctypes.c_uint64),
        ("us", ctypes.c_int64),
        ("from_tick", ctypes.c_uint64),
        ("from_us", ctypes.c_int64),
        ("ppb", ctypes.c_int32),
        ("any", ctypes.c_bool),
    )


@pytest.fixture
def wall(stub_library):
    library = stub_library()._c
    library.tussis_wall_anchor.argtypes = (ctypes.c_void_p, ctypes.c_uint64, ctypes.c_int64)
    library.tussis_wall_anchor.restype = None
    library.tussis_wall_time.argtypes = (ctypes.c_void_p, ctypes.c_uint64, ctypes.c_void_p)
    library.tussis_wall_time.restype = ctypes.c_bool

    return Bound(library)


class Bound:
    """One tussis_wall_t."""

    def __init__(self, library):
        self._c, self._state = library, Wall()

    def anchor(self, tick, us):
        self._c.tussis_wall_anchor(ctypes.byref(self._state), tick, us)

    def time(self, tick):
        us = ctypes.c_int64(-1)
        known = self._c.tussis_wall_time(ctypes.byref(self._state), tick, ctypes.byref(us))
        return us.value if known else None


HOUR = 3600 * 16000
EPOCH_US = 1_800_000_000_000_000


def test_without_an_anchor_there_is_no_wall_time(wall):
    assert wall.time(0) is None


def test_one_anchor_counts_ticks(wall):
    wall.anchor(HOUR, EPOCH_US)
    assert wall.time(HOUR) == EPOCH_US
    assert wall.time(HOUR + 1) == EPOCH_US + 62
    assert wall.time(HOUR - 16000) == EPOCH_US - 1_000_000
    assert wall.time(2 * HOUR) == EPOCH_US + 3_600_000_000


@pytest.mark.parametrize("ppm", [-5000, -100, 0, 20, 5000])
@pytest.mark.parametrize("years", [0, 1, 10])
def test_drift_is_followed(wall, ppm, years):
    start = round(years * 365.25 * 24) * HOUR

    def true_us(tick):
        return EPOCH_US + round((tick - start) * 62.5 * (1 + 1e-6 * ppm))

    for hour in range(5):
        wall.anchor(start + hour * HOUR, true_us(start + hour * HOUR))
    for tick in np.linspace(start + 3.5 * HOUR, start + 5 * HOUR, 20).astype(np.int64).tolist():
        assert wall.time(tick) == pytest.approx(true_us(tick), abs=50)


def test_a_clock_that_was_set_begins_again(wall):
    wall.anchor(0, EPOCH_US)
    wall.anchor(HOUR, EPOCH_US + 3_600_036_000)
    wall.anchor(2 * HOUR, 1_000_000)
    assert wall.time(2 * HOUR) == 1_000_000
    assert wall.time(2 * HOUR + 16000) == 2_000_000
