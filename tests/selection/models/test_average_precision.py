"""Average precision has scikit-learn's bits, with ties, weights and rows that do not count."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from tussis.selection.models.average_precision import average_precision


@pytest.mark.parametrize("kind", [np.intp, np.int8, np.float32])
@pytest.mark.parametrize("decimals", [None, 1, 0])
@pytest.mark.parametrize("weighted", ["equally", "by row", "by row, many by 0"])
def test_it_has_the_bits_of_scikit_learn(kind: type, decimals: int | None, weighted: str) -> None:
    draw = np.random.default_rng(0)
    for n in [*range(2, 20), 300, 1500]:
        y = np.append(draw.random(n) < 0.3, True).astype(kind)
        margins = draw.normal(size=n + 1).astype(np.float32)
        if decimals is not None:
            margins = np.round(margins, decimals)
        weight = (
            np.ones(n + 1, np.float32) if weighted == "equally" else draw.random(n + 1).astype(np.float32)
        )
        if weighted.endswith("0"):
            weight[:-1][draw.random(n) < 0.5] = 0.0
        assert average_precision(y, margins, weight) == average_precision_score(
            y, margins, sample_weight=weight
        )


@pytest.mark.parametrize(("y", "weight"), [([0, 0], [1, 1]), ([1, 0], [0, 1]), ([1, 1], [0, 0])])
def test_without_a_cough_that_counts_it_is_zero(y: list[int], weight: list[float]) -> None:
    assert average_precision(np.array(y), np.array([0.5, 0.2]), np.array(weight, np.float32)) == 0.0
