"""Intervals of rates against exact ones, and clusters make them wider."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from tussis.selection.counting.rate_interval import Stretch, dispersion, hourly_stretches, rate_interval

from .test_cough_counts import recording


@pytest.mark.parametrize("coughs", [0, 1, 7, 250])
def test_without_clusters_it_is_the_exact_poisson_interval(coughs: int) -> None:
    low, high = rate_interval(coughs, 4.0, 1.0) or (None, None)
    assert high == pytest.approx(chi2.ppf(0.975, 2 * coughs + 2) / 8.0)
    assert low == pytest.approx(chi2.ppf(0.025, 2 * coughs) / 8.0 if coughs else 0.0)


def test_it_covers_the_rate_of_clustered_coughs() -> None:
    rng = np.random.default_rng(5)
    inside = 0
    for _ in range(400):
        counts = 4 * rng.poisson(2.0, 8)  # eight hours, clusters of four
        spread = dispersion([[Stretch(int(n), 1.0) for n in counts]])
        low, high = rate_interval(int(counts.sum()), 8.0, spread) or (0.0, 0.0)
        inside += low <= 8.0 <= high
    assert 0.88 <= inside / 400 <= 0.99


def test_one_stretch_says_nothing_about_others() -> None:
    assert dispersion([[Stretch(5, 1.0)], [Stretch(0, 1.0), Stretch(0, 1.0)]]) is None
    assert rate_interval(5, 1.0, None) is None


def test_stretches_hold_every_cough_and_second() -> None:
    parts = hourly_stretches(
        [recording("a", 1.0, 3599.0, 3601.0, 7300.0, hours=2.05), recording("b", hours=0.1)]
    )
    assert [part.coughs for part in parts] == [2, 2, 0]
    assert [part.hours for part in parts] == pytest.approx([1.0, 1.05, 0.1])
