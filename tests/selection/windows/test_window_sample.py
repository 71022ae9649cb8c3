"""A bounded sample: the same for the same recordings, with the shares of the whole."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from tussis.selection.windows.window_sample import drawn_windows, kept_shares, window_numbers

KEYS = [hashlib.sha256(bytes([k])).hexdigest() for k in range(40)]
COUNTS = [50 + 10 * k for k in range(40)]


def material():
    number = window_numbers(KEYS, COUNTS)
    rng = np.random.default_rng(0)
    target = (rng.random(len(number)) < 0.1).astype(np.int8)
    stratum = np.repeat(np.arange(40) % 3, COUNTS).astype(np.int32)
    stratum[-5:] = 3  # a collection of five windows
    weight = rng.uniform(0.2, 3.0, len(number)).astype(np.float32)
    return number, target, stratum, weight


def test_numbers_depend_on_content_and_place_and_not_on_order():
    number = window_numbers(KEYS, COUNTS)
    assert len(np.unique(number)) == len(number)
    parts = np.split(number, np.cumsum(COUNTS)[:-1])
    again = np.split(window_numbers(KEYS[::-1], COUNTS[::-1]), np.cumsum(COUNTS[::-1])[:-1])[::-1]
    for one, other in zip(parts, again, strict=True):
        np.testing.assert_array_equal(one, other)
    assert abs(float((number / 2.0**64).mean()) - 0.5) < 0.02


def test_all_coughs_stay_while_they_are_less_than_half():
    number, target, stratum, _ = material()
    drawn = drawn_windows(target, stratum, number, 4000)
    assert len(drawn) <= 4000
    assert len(drawn) > 3990
    assert target[drawn].sum() == target.sum()
    assert (np.diff(drawn) > 0).all()
    others = target == 0
    share = np.bincount(stratum[drawn][target[drawn] == 0]) / np.bincount(stratum[others])
    assert np.ptp(share[:3]) < 0.01
    assert (np.bincount(stratum[drawn]) > 0).all()


@pytest.mark.parametrize(("most", "coughs"), [(1000, 500), (11_000, None)])
def test_coughs_have_half_or_what_the_others_leave(most, coughs):
    number, target, stratum, _ = material()
    drawn = drawn_windows(target, stratum, number, most)
    assert len(drawn) <= most
    assert abs(int(target[drawn].sum()) - (coughs or int(target.sum()))) <= 4
    swapped = drawn_windows(1 - target, stratum, number, most)
    assert len(swapped) <= most


def test_below_the_bound_nothing_is_left_out():
    number, target, stratum, _ = material()
    np.testing.assert_array_equal(drawn_windows(target, stratum, number, len(target)), np.arange(len(target)))


def test_order_of_sessions_changes_nothing():
    number, target, stratum, _ = material()
    order = np.random.default_rng(1).permutation(len(target))
    drawn = drawn_windows(target, stratum, number, 2000)
    again = drawn_windows(target[order], stratum[order], number[order], 2000)
    assert set(number[drawn].tolist()) == set(number[order][again].tolist())


def test_each_class_of_each_collection_keeps_its_share_of_weight():
    number, target, stratum, weight = material()
    drawn = drawn_windows(target, stratum, number, 2000)
    scaled = kept_shares(weight, target, stratum, drawn)
    before = np.bincount(2 * stratum + target, weight) / weight.sum()
    after = np.bincount(2 * stratum[drawn] + target[drawn], scaled, len(before)) / scaled.sum()
    np.testing.assert_allclose(after, before, rtol=1e-4)
    assert scaled.mean() == pytest.approx(weight.mean(), rel=1e-3)
