"""RFECV: planted features are found, the rules choose as written, runs resume and repeat."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tussis.data.input_error import InputError
from tussis.selection.booster import BoosterPlan
from tussis.selection.elimination import FeatureElimination, _choose_size, sizes
from tussis.selection.folds import grouped_folds

SMALL = BoosterPlan(n_trees=15, max_depth=3, min_child_weight=2.0)


def planted(n=600, noise=12, seed=0):
    """Three informative columns (two of them only together), then noise."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3 + noise)).astype(np.float32)
    y = (X[:, 0] + 1.5 * X[:, 1] * X[:, 2] + 0.3 * rng.normal(size=n) > 0.5).astype(int)
    return X, y, np.array([f"s{k}" for k in rng.integers(0, 6, n)])


def test_planted_features_are_found():
    X, y, groups = planted()
    selection = FeatureElimination(step=0.3, min_features=1, n_splits=3, booster=SMALL).fit(X, y, groups)
    assert set(selection.get_support(indices=True)) >= {0, 1, 2}
    assert selection.n_features_ <= 8
    assert (selection.ranking_[selection.support_] == 1).all()
    assert selection.ranking_.max() > 2
    assert selection.transform(X).shape == (len(X), selection.n_features_)


def test_same_data_same_result():
    X, y, groups = planted(400)
    runs = [
        FeatureElimination(step=0.3, n_splits=3, booster=SMALL).fit(X, y, groups).cv_results_
        for _ in range(2)
    ]
    for key, value in runs[0].items():
        np.testing.assert_array_equal(value, runs[1][key])


def test_bounds_hold():
    X, y, groups = planted(400)
    selection = FeatureElimination(step=0.3, min_features=5, max_features=7, n_splits=3, booster=SMALL)
    assert 5 <= selection.fit(X, y, groups).n_features_ <= 7


def test_the_path_passes_the_largest_size_allowed():
    assert sizes(100, 0.5, 10, 30) == [100, 50, 30, 15, 10]
    assert sizes(100, 40, 1, None) == [100, 60, 20, 1]
    assert sizes(5, 1, 9, None) == [5]
    assert sizes(5, 0.01, 3, 4) == [5, 4, 3]
    with pytest.raises(ValueError, match="step"):
        sizes(5, 0, 1, None)


def test_rules():
    scores = np.array([[0.80, 0.90], [0.82, 0.90], [0.79, 0.915], [0.5, 0.6]])
    assert _choose_size(scores, [0, 1, 2, 3], "best") == 1
    assert _choose_size(scores, [0, 1, 2, 3], "one_se") == 2
    assert _choose_size(scores, [3], "best") == 3


class StoppedError(Exception):
    pass


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path):
    X, y, groups = planted(400)
    options = {"step": 0.3, "n_splits": 3, "booster": SMALL}
    whole = FeatureElimination(**options).fit(X, y, groups)
    fits = []

    def stop_at_seven(stage, done, total):
        fits.append(done)
        if done == 7:
            raise StoppedError

    with pytest.raises(StoppedError):
        FeatureElimination(**options, checkpoint=tmp_path / "c.json", progress=stop_at_seven).fit(
            X, y, groups
        )
    fits.clear()
    resumed = FeatureElimination(
        **options, checkpoint=tmp_path / "c.json", progress=lambda stage, done, total: fits.append(done)
    ).fit(X, y, groups)
    assert min(fits) == 6  # the two finished steps of three folds are not fitted again
    np.testing.assert_array_equal(resumed.support_, whole.support_)
    np.testing.assert_array_equal(
        resumed.cv_results_["mean_test_score"], whole.cv_results_["mean_test_score"]
    )
    fits.clear()
    other = FeatureElimination(
        **options, checkpoint=tmp_path / "c.json", progress=lambda stage, done, total: fits.append(done)
    ).fit(X + 1, y, groups)
    assert min(fits) == 0  # other data: nothing is taken over
    assert other.n_features_ >= 1


def test_a_damaged_checkpoint_is_ignored(tmp_path):
    X, y, groups = planted(300)
    (tmp_path / "c.json").write_text("{")
    FeatureElimination(step=0.5, n_splits=2, booster=SMALL, checkpoint=tmp_path / "c.json").fit(X, y, groups)


def test_it_is_a_scikit_learn_estimator():
    X, y, _ = planted(300)
    selection = FeatureElimination(step=0.5, n_splits=2, booster=SMALL)
    assert clone(selection).get_params() == selection.get_params()
    pipeline = make_pipeline(StandardScaler(), selection).fit(X, y)
    assert pipeline.transform(X).shape[1] == selection.n_features_
    assert len(selection.get_feature_names_out()) == selection.n_features_


def test_folds_keep_subjects_whole():
    _, y, groups = planted(300)
    for train, test in grouped_folds(y, groups, 4, seed=0):
        assert not set(groups[train]) & set(groups[test])


@pytest.mark.parametrize(
    ("y", "groups", "message"),
    [
        ([1, 1, 0, 0], ["a", "a", "b", "b"], "coughs of at least 2 subjects.*found: a"),
        ([0, 0, 0, 0], ["a", "a", "b", "b"], "found: none"),
        ([1, 1, 1, 0], ["a", "a", "b", "b"], "fold . has nothing but coughs in its .* part"),
    ],
)
def test_folds_that_cannot_be_made_say_why(y, groups, message):
    with pytest.raises(InputError, match=message) as caught:
        grouped_folds(np.array(y), np.array(groups), 5, seed=0, source="data")
    assert str(caught.value).startswith("data: subject: ")
