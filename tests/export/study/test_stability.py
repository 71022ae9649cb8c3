"""Stability is Kuncheva's index, and goes on where sets differ in size."""

from itertools import combinations

import numpy as np
import pytest

from tussis.export.study.stability import kuncheva_index, stability


def test_kunchevas_index_by_hand():
    sets = np.array([0, 1, 2, 3]), np.array([2, 3, 4, 5])
    assert kuncheva_index(*sets, 10) == pytest.approx((2 * 10 - 16) / (4 * 6))
    assert kuncheva_index(sets[0], sets[0][::-1], 10) == 1.0
    assert kuncheva_index(np.array([0, 1]), np.array([2, 3]), 4) == -1.0
    with pytest.raises(ValueError, match="sets of 4 and 3 features"):
        kuncheva_index(sets[0], sets[1][:3], 10)


def test_of_one_size_it_is_the_mean_of_kunchevas_index_over_pairs():
    rng = np.random.default_rng(0)
    sets = [np.sort(rng.choice(12, 5, replace=False)) for _ in range(6)]
    pairs = [kuncheva_index(one, other, 12) for one, other in combinations(sets, 2)]
    assert stability(sets, 12) == pytest.approx(np.mean(pairs))


def test_chance_is_worth_nothing_whatever_the_sizes():
    rng = np.random.default_rng(1)
    sets = [rng.choice(100, rng.integers(10, 60), replace=False) for _ in range(200)]
    assert abs(stability(sets, 100)) < 0.01
    assert stability([np.arange(7)] * 3, 100) == pytest.approx(1.0)
    assert stability([np.arange(5)] * 2, 5) == 1.0
    with pytest.raises(ValueError, match="at least two"):
        stability(sets[:1], 100)
