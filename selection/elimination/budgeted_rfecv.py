"""Recursive feature elimination with cross-validation that counts what features cost, around XGBoost.

After I. Guyon et al., "Gene selection for cancer classification using support vector machines", Machine
Learning 46, 2002. Two things differ from scikit-learn's RFECV. A step drops what loses least per unit of cost
saved, where work that several features share is paid once. And all folds walk one path: at each point one
model per fold gives the held-out score of that point and the importance of what is left, from a matrix that
is binned once. Between two points only trees that ask for a dropped column are grown again; every few points
all of them are, so that no tree outlives its surroundings for long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils import ClassifierTags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from ...data.progress import Progress, silent
from ..budget.cost_graph import ColumnCosts
from ..models.average_precision import average_precision
from ..models.booster import BoosterPlan
from ..models.cross_validation import CrossValidation
from ..models.fold_models import FoldModel, FoldModels
from ..models.nested_models import NestedModels
from .criteria import RULES
from .elimination_path import Point, digest, load_points, save_points
from .elimination_step import drop_columns
from .rankings import RANKINGS, RankingTask, rank
from .redundancy import own_importance, squared_rank_correlation
from .selection_rule import choose_point

__all__ = ["BudgetedRFECV", "NoSetAllowedError"]

ALONG_THE_PATH = ("gain", "shap")
"""Rankings that the models of each point give again; the others are made once, from all features."""

COARSE_STEP, FINE_STEP, FINE_FEATURES = 0.25, 0.1, 100
"""Shares dropped between two points while there are more features than that, and from there on."""

REGROWTH = 8
"""At every so many points all trees are grown again; a resumed run goes back to the last such point."""


class NoSetAllowedError(ValueError):
    """Elimination met no set within the limits."""


class BudgetedRFECV(SelectorMixin, BaseEstimator):  # type: ignore[misc]
    """Select features by cost-aware RFECV; a scikit-learn estimator.

    Parameters
    ----------
    step
        Features dropped between two points: a count if at least 1, else a share of those left. None: a
        quarter while more than `FINE_FEATURES` are left, a tenth from there on, and so one by one below 20.
    min_features_to_select
        End of the path.
    max_features
        Largest set to choose; None for any.
    costs
        Costs of the columns; None: each column costs 1, as in plain RFECV.
    max_cost
        Largest cost to choose; the path has a point at the first set within it. None for any.
    cost_exponent
        Exponent of a column's cost against its importance
        (`tussis.selection.elimination.elimination_step.drop_columns`): 1 is importance per unit of cost, 0
        importance alone. Where many columns say nearly the same, each has a small share of their importance,
        and with 1 a whole expensive group may be dropped; less than 1 then keeps better sets.
    redundancy
        Exponent of what a column says alone against its importance
        (`tussis.selection.elimination.redundancy.own_importance`): with 1 a copy goes before its original is
        needed; 0 lets copies share the importance of what they copy.
    cv
        Folds of whole groups, at most as many as there are groups with positives.
    rule
        ``"best"``, ``"1se"`` or ``"loss"``: `tussis.selection.elimination.selection_rule.choose_point`.
    max_loss
        Relative loss of score for the rule ``"loss"``.
    ranking
        How importance is measured: ``"gain"`` or ``"shap"`` of the models along the path, or another of
        `tussis.selection.elimination.rankings.RANKINGS`, made once from all features.
    booster
        Model of each fit but for its bins; None is `BoosterPlan` with every column at every node, because a
        copy would be needed wherever its original is hidden.
    max_bin
        Histogram bins per feature along the path.
    random_state
        Seed of folds and models.
    checkpoint
        File that keeps each finished point; a run on the same data and parameters goes on from it.
    source
        What to name in an error about the data.
    progress
        Called before each point with the number of features dropped.

    Attributes
    ----------
    support_ : ndarray of bool, shape (n_features,)
        Selected features.
    ranking_ : ndarray of int, shape (n_features,)
        1 for selected features, 2 for those dropped last, and so on.
    n_features_ : int
        Number of selected features.
    importances_ : ndarray of float64, shape (n_features,)
        Worth of the selected features by `ranking`; 0 for dropped ones.
    cv_results_ : dict
        By point: ``n_features``, ``cost``, ``mean_test_score``, ``std_test_score``,
        ``split{k}_test_score``: average precision on held-out groups.
    path_ : list of ndarray of int
        Columns of each point.
    classes_ : ndarray, shape (2,)
        The two values of the target; the second is the positive one.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 6)).astype(np.float32)
    >>> selection = BudgetedRFECV(cv=2).fit(X, X[:, 2] > 0)
    >>> selection.get_support(indices=True).tolist()
    [2]
    """

    def __init__(
        self,
        *,
        step: float | None = None,
        min_features_to_select: int = 1,
        max_features: int | None = None,
        costs: ColumnCosts | None = None,
        max_cost: float | None = None,
        cost_exponent: float = 1.0,
        redundancy: float = 1.0,
        cv: int = 5,
        rule: str = "1se",
        max_loss: float = 0.01,
        ranking: str = "gain",
        booster: BoosterPlan | None = None,
        max_bin: int = 32,
        random_state: int = 0,
        checkpoint: Path | None = None,
        source: str = "dataset",
        progress: Progress = silent,
    ) -> None:
        self.step = step
        self.min_features_to_select = min_features_to_select
        self.max_features = max_features
        self.costs = costs
        self.max_cost = max_cost
        self.cost_exponent = cost_exponent
        self.redundancy = redundancy
        self.cv = cv
        self.rule = rule
        self.max_loss = max_loss
        self.ranking = ranking
        self.booster = booster
        self.max_bin = max_bin
        self.random_state = random_state
        self.checkpoint = checkpoint
        self.source = source
        self.progress = progress

    def fit(
        self,
        X: NDArray[Any],
        y: NDArray[Any],
        groups: NDArray[Any] | None = None,
        sample_weight: NDArray[Any] | None = None,
    ) -> Self:
        """Walk the path and choose a point.

        Parameters
        ----------
        X : array-like, shape (n, n_features)
            Feature values; NaN is a missing one.
        y : array-like, shape (n,)
            Two classes; the greater value is the positive class.
        groups : array-like, shape (n,), optional
            Subject of each row; None makes each row its own.
        sample_weight : array-like, shape (n,), optional
            Weights in training and in the score.

        Returns
        -------
        self

        Raises
        ------
        InputError
            Too few groups, or a fold with one class.
        NoSetAllowedError
            No set within `max_features` and `max_cost`.
        ValueError
            A parameter out of range.
        """
        X, target = self._checked(X, y)
        groups = np.arange(len(target)) if groups is None else np.asarray(groups)
        weight = _check_sample_weight(sample_weight, X, dtype=np.float32)
        costs = self.costs or ColumnCosts.uniform(X.shape[1])
        if len(costs.leaves) != X.shape[1]:
            raise ValueError(f"costs are those of {len(costs.leaves)} columns, X has {X.shape[1]}")
        data = CrossValidation(X, target, weight, groups, self.cv, self.random_state, self.source)
        booster = self.booster or BoosterPlan(colsample_bynode=1.0)
        plan = replace(booster, max_bin=self.max_bin, seed=self.random_state)
        key = self._key(X, target, groups, weight, costs, plan)
        points = load_points(self.checkpoint, key)
        task = RankingTask(data, plan, self.progress)
        kept = np.arange(X.shape[1])
        shared = squared_rank_correlation(X) if self.redundancy else np.eye(X.shape[1])
        walk: _Walk | None = None
        least = max(self.min_features_to_select, 1)
        total = max(X.shape[1] - least, 0)
        for number in count():
            if number < len(points) and not np.array_equal(points[number].columns, kept):
                del points[number:]  # walked with another `max_features`: from here on it goes another way
            if number == len(points):
                self.progress("elimination", X.shape[1] - len(kept), total)
                walk = walk or _Walk(task, self.ranking, points)
                points.append(walk.point(number, kept))
                save_points(self.checkpoint, key, points)
            if len(kept) <= least:
                break
            kept = self._next(points[number], costs, shared)
        self.progress("elimination", total, total)
        self._choose(points, costs, X.shape[1])
        return self

    def _checked(self, X: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
        """Check data and parameters; give finite float32 values and a target of 0 and 1."""
        if self.step is not None and not self.step > 0:
            raise ValueError(f"step must be positive, got {self.step}")
        if not self.cost_exponent >= 0:
            raise ValueError(f"cost_exponent cannot be negative, got {self.cost_exponent}")
        if not self.redundancy >= 0:
            raise ValueError(f"redundancy cannot be negative, got {self.redundancy}")
        if self.rule not in RULES:
            raise ValueError(f"{self.rule!r} is not a rule; choose from {', '.join(RULES)}")
        if self.ranking not in RANKINGS:
            raise ValueError(f"{self.ranking!r} is not a ranking; choose from {', '.join(RANKINGS)}")
        missing = "allow-nan" if self.ranking in ALONG_THE_PATH else True
        X, y = validate_data(self, X, y, dtype=np.float32, ensure_all_finite=missing, ensure_min_samples=2)
        check_classification_targets(y)
        self.classes_, target = np.unique(y, return_inverse=True)
        if len(self.classes_) != 2:
            raise ValueError(f"Only two classes can be separated, y has {len(self.classes_)}")
        return X, target

    def _key(self, *parts: Any) -> str:
        path = (self.step, self.min_features_to_select, self.max_cost, self.cost_exponent, self.ranking)
        return digest(*parts, path, self.redundancy, self.cv, REGROWTH)

    def _next(self, point: Point, costs: ColumnCosts, shared: NDArray[np.float64]) -> NDArray[np.intp]:
        n_kept = len(point.columns)
        step = self.step
        if step is None:
            step = COARSE_STEP if n_kept > FINE_FEATURES else FINE_STEP
        wanted = int(step) if step >= 1 else max(int(step * n_kept), 1)
        least = max(self.min_features_to_select, 1)
        size = max(n_kept - wanted, least)
        if self.max_features is not None and size < self.max_features < n_kept:
            size = self.max_features
        too_expensive = self.max_cost is not None and costs.total(point.columns) > self.max_cost
        limit = self.max_cost if too_expensive else None
        n_drop = n_kept - size
        return drop_columns(
            point.columns,
            own_importance(
                point.importance,
                shared[np.ix_(point.columns, point.columns)],
                self.redundancy,
                self._prices(costs)[point.columns],
            ),
            costs,
            n_drop,
            cost_exponent=self.cost_exponent,
            stop_at_cost=limit,
        )

    def _prices(self, costs: ColumnCosts) -> NDArray[np.float64]:
        """Give what each column would cost alone, as `cost_exponent` sees it."""
        alone = costs.leaves + costs.needs @ costs.nodes
        return np.asarray(np.maximum(alone, np.finfo(float).tiny) ** self.cost_exponent)

    def _choose(self, points: list[Point], costs: ColumnCosts, n_features: int) -> None:
        scores = np.array([point.scores for point in points])
        cost = np.array([costs.total(point.columns) for point in points])
        sizes = np.array([len(point.columns) for point in points])
        most = n_features if self.max_features is None else self.max_features
        highest_cost = np.inf if self.max_cost is None else self.max_cost
        allowed = np.flatnonzero((sizes <= most) & (cost <= highest_cost)).tolist()
        self.path_ = [point.columns for point in points]
        if not allowed:
            raise NoSetAllowedError(
                f"no set on the path has at most {most} features and costs at most {highest_cost:g};"
                f" the smallest has {sizes[-1]} and costs {cost[-1]:g}"
            )
        chosen = choose_point(scores, allowed, self.rule, self.max_loss)
        self.ranking_ = np.ones(n_features, np.intp)
        for number in range(chosen):
            dropped = np.setdiff1d(points[number].columns, points[number + 1].columns)
            self.ranking_[dropped] = chosen - number + 1
        self.support_ = self.ranking_ == 1
        self.n_features_ = int(self.support_.sum())
        self.importances_ = np.zeros(n_features)
        self.importances_[points[chosen].columns] = points[chosen].importance
        self.cv_results_ = {
            "n_features": sizes,
            "cost": cost,
            "mean_test_score": scores.mean(axis=1),
            "std_test_score": scores.std(axis=1),
            **{f"split{k}_test_score": column for k, column in enumerate(scores.T)},
        }

    def _get_support_mask(self) -> NDArray[np.bool_]:
        check_is_fitted(self)
        support: NDArray[np.bool_] = self.support_
        return support

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.allow_nan = True
        tags.classifier_tags = ClassifierTags(multi_class=False)  # of the target: two classes
        return tags


class _Walk:
    """Scores and importance of ever smaller sets of columns; `walked` are the points of an earlier run."""

    def __init__(self, task: RankingTask, ranking: str, walked: Sequence[Point]) -> None:
        self._task = task
        self._path: NestedModels | None = None
        self._models: FoldModels | None = None
        if ranking == "shap":  # of whole models, not of trees
            self._models = FoldModels(task.data, task.booster)
        else:
            self._path = NestedModels(task.data, task.booster)
        self._fixed: NDArray[np.float64] | None = None
        if ranking not in ALONG_THE_PATH:
            scores = rank(ranking, task)
            self._fixed = scores - min(float(scores.min()), 0.0)
        for number in range(len(walked) - len(walked) % REGROWTH, len(walked)):
            if self._path is not None:
                list(self._fit(number, walked[number].columns))

    def point(self, number: int, columns: NDArray[np.intp]) -> Point:
        data, scores, importance = self._task.data, [], np.zeros(len(columns))
        for (_, test), model in zip(data.folds, self._fit(number, columns), strict=True):
            scores.append(average_precision(data.y[test], model.margins, data.weight[test]))
            found = model.gains if model.contributions is None else model.contributions
            importance += found / len(data.folds)

        return Point(columns, np.array(scores), importance if self._fixed is None else self._fixed[columns])

    def _fit(self, number: int, columns: NDArray[np.intp]) -> Iterator[FoldModel]:
        if self._path is not None:
            return self._path.fit(columns, self._task.data.seed + number, afresh=number % REGROWTH == 0)
        assert self._models is not None
        return self._models.fit(columns, contributions=True)
