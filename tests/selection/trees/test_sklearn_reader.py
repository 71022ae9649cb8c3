"""scikit-learn's classifiers: the same leaf in every tree, and what cannot be kept is refused by name."""

import numpy as np
import pytest
import sklearn
import threadpoolctl
from packaging.version import Version
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression

from tussis.data.input_error import InputError
from tussis.selection.trees.sklearn_reader import is_sklearn, read_sklearn


@pytest.fixture(autouse=True)
def one_thread():
    """Histogram boosting of small tables takes seconds where its threads wait for a busy core."""
    with threadpoolctl.threadpool_limits(1, "openmp"):
        yield


WRITES_INFINITY = Version(sklearn.__version__) >= Version("1.8")
"""Whether a forest divides missing values from all numbers by a threshold of minus infinity."""


def data(nan=True, n_classes=2):
    rng = np.random.default_rng(5)
    X = rng.normal(size=(500, 3)).astype(np.float32)
    y = np.digitize(X[:, 0] + rng.normal(size=500), np.linspace(-1, 1, n_classes + 1)[1:-1])
    if nan:
        X[:, 2] = np.where((rng.random(500) < 0.3) ^ (y > 0), np.float32(1), np.float32(np.nan))
    return X, y


@pytest.mark.parametrize("kind", [RandomForestClassifier, ExtraTreesClassifier])
@pytest.mark.parametrize("nan", [True, False])
def test_every_row_falls_into_the_same_leaf_of_a_forest(kind, nan, hard_rows):
    model = kind(8, random_state=0).fit(*data(nan))
    trees = read_sklearn(model)
    if kind is RandomForestClassifier:  # the other one puts a number between numbers and missing values
        assert np.isneginf(trees.threshold).any() == (nan and WRITES_INFINITY)
    X = hard_rows(trees, 3000)  # with infinities, which the trees themselves take
    check_leaves(trees, X, [tree.tree_.apply(X) for tree in model.estimators_])


def test_every_row_falls_into_the_same_leaf_of_gradient_boosting(hard_rows):
    model = GradientBoostingClassifier(n_estimators=8, random_state=0).fit(*data(nan=False))
    trees = read_sklearn(model)
    X = hard_rows(trees, 3000)
    X = np.where(np.isnan(X), np.float32(0), X)  # the library refuses NaN
    check_leaves(trees, X, [tree.tree_.apply(X) for tree in model.estimators_[:, 0]])


def check_leaves(trees, X, theirs):
    ours = trees.leaves(X)
    for tree, leaf in enumerate(theirs):
        pairs = set(zip(ours[:, tree].tolist(), leaf.tolist(), strict=True))
        assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs}) > 3


def test_every_row_gets_the_same_leaf_of_histogram_boosting(hard_rows):
    model = HistGradientBoostingClassifier(max_iter=8, random_state=0).fit(*data())
    trees = read_sklearn(model)
    assert np.isneginf(trees.threshold).any()
    X = hard_rows(trees, 3000)
    values = trees.leaf[trees.leaves(X)]
    no_categories, columns = np.zeros((0, 8), np.uint32), np.zeros(3, np.uint32)
    for tree, (predictor,) in enumerate(model._predictors):
        expected = predictor.predict(X.astype(np.float64), no_categories, columns, 1)
        np.testing.assert_array_equal(values[:, tree], expected.astype(np.float32))


def test_labels_of_any_kind_are_two_classes_in_their_order():
    X, y = data(nan=False)
    numbers = read_sklearn(RandomForestClassifier(5, random_state=0).fit(X, y))
    names = read_sklearn(RandomForestClassifier(5, random_state=0).fit(X, np.array(["cough", "talk"])[y]))
    np.testing.assert_array_equal(numbers.margin(X), names.margin(X))


def fitted(model, nan=False, n_classes=2, **settings):
    X, y = data(nan, n_classes)
    return model(**settings).fit(X, y)


def without(attribute):
    model = fitted(HistGradientBoostingClassifier, max_iter=2)
    delattr(model, attribute)
    return model


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (lambda: fitted(RandomForestClassifier, n_classes=3), "RandomForestClassifier with 3 classes is not"),
        (lambda: fitted(HistGradientBoostingClassifier, n_classes=4), "with 4 classes is not supported"),
        (lambda: RandomForestClassifier().fit(data(False)[0], np.eye(2, dtype=int)[data()[1]]), "2 outputs"),
        (lambda: RandomForestClassifier(), "the RandomForestClassifier is not fitted"),
        (lambda: fitted(RandomForestRegressor), "RandomForestRegressor is not supported; use RandomForestC"),
        (lambda: fitted(LogisticRegression), "LogisticRegression is not supported"),
        (lambda: fitted(GradientBoostingClassifier, loss="exponential"), "loss 'exponential' is not"),
        (lambda: fitted(GradientBoostingClassifier, init=LogisticRegression()), "init LogisticRegression is"),
        (lambda: HistGradientBoostingClassifier(categorical_features=[0]).fit(
            np.arange(90)[:, None] % 3, np.arange(90) % 2), "categorical features are not supported"),
        (lambda: without("_predictors"), "cannot be read: .*_predictors.*; fit it with scikit-learn 1.6"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_by_name(make, fault):
    with pytest.raises(InputError, match=fault) as caught:
        read_sklearn(make(), source="model")
    assert "\n" not in str(caught.value)


def test_only_scikit_learns_own_classes_are_known():
    class Mine(RandomForestClassifier):
        def predict_proba(self, X):
            return np.zeros((len(X), 2))

    assert is_sklearn(RandomForestClassifier())
    assert not is_sklearn(Mine())
