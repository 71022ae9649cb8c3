"""Rankings find what was planted, and say so in numbers."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from tussis.selection.elimination.rankings import RANKINGS, RankingTask, rank
from tussis.selection.elimination.relevance import distance_correlations, path_energies
from tussis.selection.models.booster import BoosterPlan
from tussis.selection.models.cross_validation import CrossValidation

MODEL = BoosterPlan(n_trees=30, max_depth=3, min_child_weight=4.0)
INFORMATIVE, REDUNDANT, SUPPRESSOR, NOISE = (range(0, 5), range(5, 8), range(8, 9), range(9, 209))
PLANTED = {*INFORMATIVE, *REDUNDANT, *SUPPRESSOR}


def planted_task(n=1200, seed=0):
    """Five informative columns, noisy copies of three, a suppressor, 200 columns of pure noise.

    The suppressor is the disturbance in column 0: of no use alone, it cleans column 0 for a model that sees
    both (Horst, "The prediction of personal adjustment", 1941).
    """
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=(n, 5))
    disturbance = rng.normal(size=n)
    y = (signal @ [2.0, 1.0, 1.0, 1.0, 1.0] + 0.5 * rng.normal(size=n) > 1.0).astype(int)
    shown = signal.copy()
    shown[:, 0] += disturbance
    copies = signal[:, 1:4] + 0.3 * rng.normal(size=(n, 3))
    X = np.column_stack([shown, copies, disturbance, rng.normal(size=(n, 200))]).astype(np.float32)
    groups = np.array([f"s{k}" for k in rng.integers(0, 6, n)])
    return RankingTask(CrossValidation(X, y, np.ones(n, np.float32), groups, n_splits=3), MODEL)


@pytest.fixture(scope="module")
def scores():
    task = planted_task()
    return {name: rank(name, task) for name in RANKINGS}


@pytest.mark.parametrize(
    ("name", "least_precision", "finds_suppressor"),
    [
        ("gain", 1.0, True),
        ("shap", 1.0, True),
        ("permutation", 0.85, True),
        ("mutual_information", 0.85, False),
        ("distance_correlation", 0.85, False),
        ("infinite", 0.85, False),
        ("random_probe", 1.0, True),
        ("splines", 1.0, True),
        ("cardinality_aware", 0.85, False),
    ],
)
def test_the_planted_columns_come_first(scores, name, least_precision, finds_suppressor):
    order = np.argsort(-scores[name], kind="stable")
    first = set(order[: len(PLANTED)].tolist())
    precision = len(first & PLANTED) / len(first)
    depth = 2 * len(PLANTED)
    recall = len(set(order[:depth].tolist()) & PLANTED) / len(PLANTED)
    print(f"{name:22} precision at {len(PLANTED)}: {precision:.2f}, recall at {depth}: {recall:.2f}")
    assert precision >= least_precision
    assert recall >= least_precision
    assert (set(SUPPRESSOR) <= first) == finds_suppressor
    assert set(INFORMATIVE) <= first


@pytest.mark.parametrize("name", ["sequential_attention", "feature_gradients", "neural_information"])
def test_what_looks_at_columns_together_takes_originals_and_suppressor_before_copies(scores, name):
    assert set(np.argsort(-scores[name])[:6].tolist()) == {*INFORMATIVE, *SUPPRESSOR}


def test_without_the_class_columns_that_tell_nothing_come_first(scores):
    """QuickSelection finds what stands for other columns; the planted truth here mostly stands for itself."""
    first = set(np.argsort(-scores["quick_selection"])[: len(PLANTED)].tolist())
    print(f"quick_selection: {len(first & PLANTED)} of the first {len(PLANTED)} are planted")
    assert len(first & PLANTED) < 0.85 * len(PLANTED)


def test_the_probes_say_where_to_stop(scores):
    """On average of three draws: of one, the last digit of a build of XGBoost decides what is kept."""
    drawn = [scores["random_probe"], *(rank("random_probe", planted_task(seed=seed)) for seed in (1, 2))]
    kept = [set(np.flatnonzero(each >= 0).tolist()) for each in drawn]
    precision = np.mean([len(found & PLANTED) / len(found) for found in kept])
    recall = np.mean([len(found & PLANTED) / len(PLANTED) for found in kept])
    print(f"random probes keep {[len(found) for found in kept]}: {precision=:.2f}, {recall=:.2f}")
    assert precision >= 0.75
    assert recall >= 0.85


def test_probes_keep_nothing_of_pure_noise():
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, 600)
    groups = rng.integers(0, 6, 600)
    X = rng.normal(size=(600, 60)).astype(np.float32)
    task = RankingTask(CrossValidation(X, y, np.ones(600, np.float32), groups, n_splits=3), MODEL)
    assert (rank("random_probe", task) >= 0).sum() <= 3


@pytest.mark.parametrize("name", RANKINGS)
def test_same_task_same_scores(scores, name):
    np.testing.assert_array_equal(rank(name, planted_task()), scores[name])


def test_distance_correlation_by_its_definition():
    rng = np.random.default_rng(2)
    y = rng.integers(0, 2, 80)
    X = np.column_stack([rng.normal(size=80), y + rng.normal(size=80), rng.integers(0, 3, 80), np.ones(80)])

    def centred(values):
        distance = np.abs(values[:, None] - values[None, :])
        return distance - distance.mean(0) - distance.mean(1)[:, None] + distance.mean()

    b = centred(y.astype(float))
    for column, found in zip(X.T[:3], distance_correlations(X, y), strict=False):
        a = centred(column)
        wanted = np.sqrt((a * b).mean() / np.sqrt((a * a).mean() * (b * b).mean()))
        assert found == pytest.approx(wanted, rel=1e-9)
    assert distance_correlations(X, y)[3] == 0.0


def test_distance_correlation_sees_what_correlation_does_not():
    rng = np.random.default_rng(3)
    x = rng.normal(size=2000)
    y = (np.abs(x) > 0.7).astype(int)
    assert abs(np.corrcoef(x, y)[0, 1]) < 0.06
    seen, noise = distance_correlations(np.column_stack([x, rng.normal(size=2000)]), y)
    assert seen > 5 * noise


def test_path_energies_are_the_sum_of_the_series():
    rng = np.random.default_rng(4)
    X = rng.normal(size=(200, 6))
    importance = rng.random(6)
    importance /= importance.max()
    edges = 0.8 * np.outer(importance, importance) + 0.2 * (1 - np.abs(spearmanr(X).statistic))
    step = 0.9 * edges / np.abs(np.linalg.eigvals(edges)).max()
    power, total = np.eye(6), np.zeros((6, 6))
    for _ in range(400):
        power = power @ step
        total += power
    np.testing.assert_allclose(path_energies(X, importance), total.sum(axis=1), rtol=1e-9)


def test_an_unknown_ranking_is_named():
    with pytest.raises(ValueError, match=r"'magic' is not a ranking; choose from gain, shap"):
        rank("magic", planted_task(n=100))
