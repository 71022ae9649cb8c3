"""Copies are found by the order of their values, and lose the importance that their originals hold."""

from __future__ import annotations

import time

import numpy as np
import pytest

from tussis.selection.elimination.budgeted_rfecv import BudgetedRFECV
from tussis.selection.elimination.redundancy import MOST_ROWS, own_importance, squared_rank_correlation

from .planted_truth import planted


def test_what_keeps_the_order_is_a_copy_whatever_its_scale() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal(500)
    columns = np.stack([x, np.exp(3 * x), -x, rng.standard_normal(500), np.ones(500)], axis=1)
    found = squared_rank_correlation(columns.astype(np.float32))
    assert found[0, 1] == pytest.approx(1.0)
    assert found[0, 2] == pytest.approx(1.0)
    assert found[0, 3] < 0.05
    assert found[0, 4] == 0.0
    np.testing.assert_array_equal(np.diag(found), 1.0)


def test_missing_values_and_many_rows() -> None:
    x = np.arange(3 * MOST_ROWS, dtype=np.float32)
    gaps = np.where(x > 2 * MOST_ROWS, np.nan, x)
    assert squared_rank_correlation(np.stack([x, gaps], axis=1))[0, 1] > 0.9


def test_a_copy_keeps_what_its_original_does_not_explain() -> None:
    shared = np.array([[1.0, 0.9, 0.0], [0.9, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert own_importance(np.array([4.0, 5.0, 1.0]), shared).tolist() == pytest.approx([0.4, 5.0, 1.0])
    assert own_importance(np.array([4.0, 5.0, 1.0]), shared, 0.0).tolist() == [4.0, 5.0, 1.0]
    assert own_importance(np.array([5.0, 5.0]), shared[:2, :2]).tolist() == pytest.approx([5.0, 0.5])
    found = own_importance(np.array([4.0, 5.0]), shared[:2, :2], 1.0, np.array([1.0, 3.0]))
    assert found.tolist() == pytest.approx([4.0, 0.5])  # the cheaper one stands for both


def found(seed: int, columns: int) -> tuple[float, float, int]:
    """Precision, recall and number of copies of what is chosen."""
    X, y, truth, copies = planted(seed, columns)
    start_s = time.process_time()
    chosen = set(np.flatnonzero(BudgetedRFECV().fit(X, y).support_).tolist())
    print(
        f"seed {seed}: {len(chosen)} chosen, {len(chosen & truth)} true, {len(chosen & copies)} copies,",
        end=" ",
    )
    print(f"{time.process_time() - start_s:.1f} s of CPU")
    return len(chosen & truth) / len(chosen), len(chosen & truth) / 15, len(chosen & copies)


def test_the_planted_truth_is_found_without_its_copies() -> None:
    precision, recall, copies = found(1, 100)
    assert precision >= 0.9
    assert recall >= 0.8
    assert copies <= 1


@pytest.mark.slow
def test_the_planted_truth_among_300_columns() -> None:
    precision, recall, _ = np.mean([found(seed, 300) for seed in range(5)], axis=0)
    print(f"precision {precision:.3f}, recall {recall:.3f}")
    assert precision >= 0.9
    assert recall >= 0.85
