"""Cost-aware RFECV: costs decide among equals, runs resume and repeat, scikit-learn's contract holds."""

import time
from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.feature_selection import RFECV
from sklearn.metrics import average_precision_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks
from xgboost import XGBClassifier

from tussis.data.input_error import InputError
from tussis.selection.budget.cost_graph import ColumnCosts
from tussis.selection.elimination.budgeted_rfecv import BudgetedRFECV
from tussis.selection.models.booster import BoosterPlan
from tussis.selection.models.cross_validation import CrossValidation
from tussis.selection.models.nested_models import NestedModels

SMALL = BoosterPlan(n_trees=15, max_depth=3, min_child_weight=2.0)


def planted(n=600, noise=12, seed=0):
    """Three informative columns (two of them only together), then noise; six subjects."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3 + noise)).astype(np.float32)
    y = (X[:, 0] + 1.5 * X[:, 1] * X[:, 2] + 0.3 * rng.normal(size=n) > 0.5).astype(int)
    return X, y, np.array([f"s{k}" for k in rng.integers(0, 6, n)])


def small(**options):
    return BudgetedRFECV(**{"step": 0.3, "cv": 3, "booster": SMALL} | options)


@pytest.mark.parametrize("ranking", ["gain", "shap", "permutation"])
def test_planted_features_are_found(ranking):
    X, y, groups = planted()
    selection = small(ranking=ranking, rule="best").fit(X, y, groups)
    assert set(selection.get_support(indices=True)) >= {0, 1, 2}
    assert selection.n_features_ <= 8
    assert selection.ranking_.max() > 2
    assert selection.transform(X).shape == (len(X), selection.n_features_)
    assert (selection.importances_ > 0).sum() <= selection.n_features_


def test_of_two_copies_the_cheaper_stays():
    X, y, groups = planted()
    X = np.column_stack([X[:, :3], X[:, :3]])
    for dear in (range(3), range(3, 6)):
        leaves = np.ones(6)
        leaves[list(dear)] = 50.0
        costs = ColumnCosts(leaves, np.zeros(0), np.zeros((6, 0), bool))
        chosen = small(step=1, costs=costs, max_cost=3.0).fit(X, y, groups).get_support(indices=True)
        assert not set(chosen) & set(dear)
        assert len(chosen) == 3


def test_a_lower_cost_exponent_keeps_one_of_many_expensive_copies():
    """Eight copies share their importance, and all are dropped where importance is per cost."""
    rng = np.random.default_rng(5)
    matters, helps = rng.normal(size=(2, 900))
    y = (matters + 0.4 * helps > 0.5).astype(int)
    copies = matters[:, None] + 0.3 * rng.normal(size=(900, 8))
    X = np.column_stack([copies, helps + 0.1 * rng.normal(size=900)])
    costs = ColumnCosts(np.array([30.0] * 8 + [1.0]), np.zeros(0), np.zeros((9, 0), bool))
    options = {"step": 1, "costs": costs, "max_features": 2, "rule": "best"}
    scores = {}
    for cost_exponent in (0.25, 1.0):
        selection = small(cost_exponent=cost_exponent, **options).fit(
            X.astype(np.float32), y, rng.integers(0, 6, 900)
        )
        at = selection.cv_results_["n_features"].tolist()
        scores[cost_exponent] = selection.cv_results_["mean_test_score"][at.index(1)]
    assert scores[0.25] > scores[1.0] + 0.1


def test_a_shared_node_is_saved_as_a_whole():
    """Six weak columns cost little each but share a dear node: they go together, before a dearer leaf."""
    rng = np.random.default_rng(1)
    signal = rng.normal(size=(900, 8))
    y = (signal @ [1.5, 1.5, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4] > 0.5).astype(int)
    groups = rng.integers(0, 6, 900)
    needs = np.zeros((8, 1), bool)
    needs[2:] = True
    costs = ColumnCosts(np.array([30.0, 30, 1, 1, 1, 1, 1, 1]), np.array([500.0]), needs)
    selection = small(step=1, costs=costs, max_cost=100.0).fit(signal.astype(np.float32), y, groups)
    np.testing.assert_array_equal(selection.get_support(indices=True), [0, 1])
    assert selection.cv_results_["cost"][0] == 566.0
    assert (np.diff(selection.cv_results_["cost"]) < 0).all()


def test_the_path_has_a_point_at_the_budget():
    X, y, groups = planted(400)
    selection = small(step=7, max_cost=11.0, rule="best").fit(X, y, groups)
    assert 11 in selection.cv_results_["n_features"]
    assert selection.n_features_ <= 11


def test_no_set_within_the_budget_says_by_how_much():
    X, y, groups = planted(300)
    with pytest.raises(ValueError, match=r"costs at most 1.5; the smallest has 3 and costs 3"):
        small(min_features_to_select=3, max_cost=1.5).fit(X, y, groups)


def test_bounds_hold():
    X, y, groups = planted(400)
    selection = small(min_features_to_select=5, max_features=7).fit(X, y, groups)
    assert 5 <= selection.n_features_ <= 7
    assert 7 in selection.cv_results_["n_features"]


def test_same_data_same_result():
    X, y, groups = planted(400)
    runs = [small().fit(X, y, groups).cv_results_ for _ in range(2)]
    for key, value in runs[0].items():
        np.testing.assert_array_equal(value, runs[1][key])


class StoppedError(Exception):
    pass


@pytest.mark.parametrize("ranking", ["gain", "distance_correlation"])
def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path, ranking):
    X, y, groups = planted(400)
    whole = small(ranking=ranking).fit(X, y, groups)
    steps = []

    def stop_at_three(stage, done, total):
        steps.append(done)
        if len(steps) == 3:
            raise StoppedError

    checkpoint = tmp_path / "path.json"
    with pytest.raises(StoppedError):
        small(ranking=ranking, checkpoint=checkpoint, progress=stop_at_three).fit(X, y, groups)
    before = checkpoint.read_bytes()
    resumed = small(ranking=ranking, checkpoint=checkpoint).fit(X, y, groups)
    assert checkpoint.read_bytes().startswith(before[:-2])
    np.testing.assert_array_equal(resumed.support_, whole.support_)
    np.testing.assert_array_equal(
        resumed.cv_results_["mean_test_score"], whole.cv_results_["mean_test_score"]
    )
    other = small(ranking=ranking, checkpoint=checkpoint).fit(X + X.mean(axis=1, keepdims=True), y, groups)
    assert not np.array_equal(other.cv_results_["mean_test_score"], whole.cv_results_["mean_test_score"])


def test_finished_points_are_not_fitted_again(tmp_path, monkeypatch):
    X, y, groups = planted(300)
    small(checkpoint=tmp_path / "p.json").fit(X, y, groups)
    monkeypatch.setattr("tussis.selection.elimination.budgeted_rfecv.NestedModels", None)
    assert small(checkpoint=tmp_path / "p.json").fit(X, y, groups).n_features_ >= 1


def test_a_checkpoint_of_another_largest_set_changes_nothing(tmp_path):
    X, y, groups = planted(400)
    options = {"step": 7, "rule": "best"}
    fresh = small(max_features=6, **options).fit(X, y, groups)
    small(checkpoint=tmp_path / "p.json", **options).fit(X, y, groups)
    after = small(checkpoint=tmp_path / "p.json", max_features=6, **options).fit(X, y, groups)
    assert 6 in fresh.cv_results_["n_features"]
    for key, value in fresh.cv_results_.items():
        np.testing.assert_array_equal(value, after.cv_results_[key])


def test_a_damaged_checkpoint_is_ignored(tmp_path):
    X, y, groups = planted(300)
    (tmp_path / "p.json").write_text("{")
    assert small(checkpoint=tmp_path / "p.json").fit(X, y, groups).n_features_ >= 1


def test_a_fold_of_one_class_is_named():
    X = np.ones((4, 2), np.float32)
    with pytest.raises(InputError, match=r"data: subject: fold . has nothing but coughs"):
        small(source="data").fit(X, [1, 1, 1, 0], ["a", "a", "b", "b"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"step": 0}, "step must be positive"),
        ({"cost_exponent": -0.5}, "cost_exponent cannot be negative"),
        ({"rule": "worst"}, "'worst' is not a rule; choose from best, 1se, loss"),
        ({"ranking": "magic"}, "'magic' is not a ranking; choose from gain"),
        ({"costs": ColumnCosts.uniform(3)}, "costs are those of 3 columns, X has 15"),
    ],
)
def test_a_parameter_out_of_range_is_named(options, message):
    X, y, groups = planted(100)
    with pytest.raises(ValueError, match=message):
        small(**options).fit(X, y, groups)


def test_it_works_in_pipelines():
    pandas = pytest.importorskip("pandas", reason="set_output(transform='pandas') needs pandas")
    X, y, _ = planted(300)
    selection = small()
    assert clone(selection).get_params() == selection.get_params()
    pipeline = make_pipeline(StandardScaler(), selection).set_output(transform="pandas")
    table = pandas.DataFrame(X, columns=[f"mel{k}" for k in range(X.shape[1])])
    found = pipeline.fit(table, y).transform(table)
    assert list(found.columns) == list(pipeline[-1].get_feature_names_out())
    assert set(found.columns) <= set(table.columns)


NOT_APPLICABLE = {
    "check_sample_weight_equivalence_on_dense_data": "rows are drawn per tree and split into folds by count",
}


@parametrize_with_checks([small(step=0.5, cv=2)], expected_failed_checks=lambda estimator: NOT_APPLICABLE)
def test_scikit_learns_estimator_checks(estimator, check):
    check(estimator)


def windows(n, n_features, seed):
    """Half the columns mix twelve hidden variables, half are noise; the class depends on eight of them."""
    rng = np.random.default_rng(99)
    mixing = rng.normal(size=(12, n_features // 2)) * (rng.random((12, n_features // 2)) < 0.25)
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(n, 12))
    mixed = hidden @ mixing + 0.8 * rng.normal(size=(n, n_features // 2))
    noise = rng.normal(size=(n, n_features - n_features // 2))
    y = hidden[:, :6].sum(1) + 1.5 * hidden[:, 6] * hidden[:, 7] + rng.normal(size=n) > 2
    return np.column_stack([mixed, noise]).astype(np.float32), y.astype(int), rng.integers(0, 15, n)


def race(classifier, plan, n_windows, n_features, step, n_folds, *, n_jobs=1, seed=5):
    """Fit scikit-learn's RFECV and ours; give the ratios of their times, of their CPU times, and both sets'
    average precision.

    The sets are judged by the same classifier, trained on them and scored on fresh data. The CPU time of
    both is that of the same cores whatever else the machine does; it misses scikit-learn's own processes.
    """
    X, y, groups = windows(n_windows, n_features, seed)
    X_new, y_new, _ = windows(4 * n_windows, n_features, seed + 1)
    folds = list(StratifiedGroupKFold(n_folds, shuffle=True, random_state=0).split(X, y, groups))
    reference = RFECV(classifier, step=step, cv=folds, scoring="average_precision", n_jobs=n_jobs)
    ours = BudgetedRFECV(step=step, cv=n_folds, booster=plan, rule="best")
    took, took_cpu, precision = [], [], []
    for selection, more in ((reference, {}), (ours, {"groups": groups})):
        start, start_cpu = time.perf_counter(), time.process_time()
        selection.fit(X, y, **more)
        took.append(time.perf_counter() - start)
        took_cpu.append(time.process_time() - start_cpu)
        chosen = clone(classifier).fit(X[:, selection.support_], y)
        found = chosen.predict_proba(X_new[:, selection.support_])[:, 1]
        precision.append(average_precision_score(y_new, found))
        print(f"{type(selection).__name__:14} {took[-1]:7.2f} s ({took_cpu[-1]:.2f} s of CPU),", end=" ")
        print(f"{selection.n_features_} features,", end=" ")
        print(f"average precision on fresh data {precision[-1]:.4f}")
    return took[0] / took[1], took_cpu[0] / took_cpu[1], precision


def alike(plan):
    """XGBClassifier with the very parameters of ours; one thread, which is the fastest at this size."""
    same = {key: value for key, value in plan.parameters().items() if key not in ("nthread", "max_bin")}
    return XGBClassifier(n_estimators=plan.n_trees, n_jobs=1, **same)


def test_it_is_faster_than_scikit_learn_at_no_loss():
    """The small version, where less is to be saved: 600 windows of 60 features, four times."""
    plan = BoosterPlan(n_trees=20)
    runs = [race(alike(plan), plan, 600, 60, 10, 3, seed=seed) for seed in (5, 15, 25, 35)]
    assert np.median([cpu for _, cpu, _ in runs]) >= 2.0
    reference, ours = np.mean([precision for _, _, precision in runs], axis=0)
    assert ours >= 0.98 * reference


@pytest.mark.slow
def test_it_is_six_times_faster_than_scikit_learn_at_no_loss():
    """3000 windows of 300 features, step 10, five folds, 60 trees, around XGBClassifier as it comes."""
    classifier = XGBClassifier(n_estimators=60, n_jobs=1)
    speed, cpu, (reference, ours) = race(classifier, BoosterPlan(n_trees=60), 3000, 300, 10, 5)
    assert min(speed, cpu) >= 6.0
    assert ours >= 0.995 * reference


@pytest.mark.slow
def test_it_is_six_times_faster_than_scikit_learn_around_the_very_same_model():
    """The same, but scikit-learn's model is as small, as shallow and as sampled as ours."""
    plan = BoosterPlan(n_trees=60)
    speed, cpu, (reference, ours) = race(alike(plan), plan, 3000, 300, 10, 5)
    assert min(speed, cpu) >= 6.0
    assert ours >= 0.995 * reference


@pytest.mark.slow
def test_it_is_faster_than_scikit_learn_with_two_processes_around_the_very_same_model():
    """Two processes against our two threads: both times are those of two cores, if they are free."""
    plan = BoosterPlan(n_trees=60)
    speed, _, (reference, ours) = race(alike(plan), plan, 3000, 300, 10, 5, n_jobs=2)
    assert speed >= 4.0
    assert ours >= 0.995 * reference


def test_standing_trees_are_those_of_models_that_never_saw_a_dropped_column_or_a_held_out_row():
    """Change what the models must not see: from the second point on nothing may change."""
    X, y, groups = planted(400)
    y32, weight = y.astype(np.float32), np.ones(len(y), np.float32)
    data = CrossValidation(X, y32, weight, groups, n_splits=3)
    first, later = np.arange(X.shape[1]), np.arange(X.shape[1] - 4)

    def walk(y32):
        models = NestedModels(replace(data, y=y32), SMALL)
        list(models.fit(first, 0))
        return list(models.fit(later, 1))

    found = walk(y32)
    for number, (_, test) in enumerate(data.folds):
        turned = y32.copy()
        turned[test] = 1 - turned[test]
        again = walk(turned)[number]
        np.testing.assert_array_equal(again.margins, found[number].margins)
        np.testing.assert_array_equal(again.gains, found[number].gains)
        assert found[number].gains.sum() == pytest.approx(1.0)
        assert average_precision_score(y[test], found[number].margins) > 1.2 * y[test].mean()


def test_a_point_grows_only_trees_that_ask_for_a_dropped_column(monkeypatch):
    grown = []

    train = NestedModels._train

    def counted(self, matrix, rows, plan, base_margin):
        grown.append(plan.n_trees)
        return train(self, matrix, rows, plan, base_margin)

    monkeypatch.setattr(NestedModels, "_train", counted)
    X, y, groups = planted(400)
    data = CrossValidation(X, y, np.ones(len(y), np.float32), groups, n_splits=3)
    models = NestedModels(data, SMALL)
    gains = np.mean([model.gains for model in models.fit(np.arange(15), 0)], axis=0)
    assert grown == [SMALL.n_trees] * 3
    weakest = int(gains.argmin())
    list(models.fit(np.delete(np.arange(15), weakest), 1))
    assert 0 < sum(grown[3:]) < 1.5 * SMALL.n_trees
    grown.clear()
    list(models.fit(np.delete(np.arange(15), weakest), 2))
    assert not grown
    list(models.fit(np.array([0, 1, 2]), 3, afresh=True))
    assert grown == [SMALL.n_trees] * 3
