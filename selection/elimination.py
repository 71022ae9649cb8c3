"""Recursive feature elimination with cross-validation (RFECV), grouped by subject, around XGBoost.

After Guyon et al., "Gene selection for cancer classification using support vector machines", Machine
Learning 46, 2002. Unlike scikit-learn's RFECV all folds walk one path: at each size one model per fold gives
both the held-out score of that size and the gains that decide what goes next (averaged over the folds), so
a step costs one fit per fold and redundant features are told apart once, not by each fold differently.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.metrics import average_precision_score
from sklearn.utils.validation import check_is_fitted, validate_data

from ..data.atomic import write_text_whole
from ..data.progress import Progress, silent
from .booster import BoosterPlan, fit_booster, gain_by_column, side_by_side
from .folds import Fold, grouped_folds

__all__ = ["FeatureElimination", "Rule", "sizes"]

Rule = Literal["best", "one_se"]


class FeatureElimination(SelectorMixin, BaseEstimator):  # type: ignore[misc]
    """Select features by RFECV; a scikit-learn estimator.

    Parameters
    ----------
    step
        Features dropped at a time: a count if at least 1, else a share of those left (at least one).
    min_features, max_features
        Bounds of the selected set. The path starts from all features but only sizes within the bounds
        are chosen from; `max_features` None is all.
    n_splits
        Folds, at most as many as there are subjects with coughs.
    rule
        ``"best"``: the size with the highest mean score. ``"one_se"``: the smallest size whose mean score
        is within one standard error of that (Breiman et al., "Classification and regression trees", 1984);
        the error is that of the difference by fold.
    booster
        Model of each step; None is `BoosterPlan()`.
    seed
        Of folds and models.
    checkpoint
        File that keeps each finished step; a run with the same data and parameters goes on from it.
    source
        What to name in an error.
    progress
        Told after each fit.

    Attributes
    ----------
    support_ : ndarray of bool, shape (n_features,)
        Selected features.
    ranking_ : ndarray of int, shape (n_features,)
        1 for selected features, 2 for those dropped last, and so on.
    n_features_ : int
        Number of selected features.
    cv_results_ : dict
        By size: ``n_features``, ``mean_test_score``, ``std_test_score``, ``split{k}_test_score``: average
        precision on the held-out subjects.
    importances_ : ndarray of float64, shape (n_features,)
        Share of the total gain, mean over folds, at the size selected; 0 for dropped features.
    """

    def __init__(
        self,
        *,
        step: float = 0.1,
        min_features: int = 4,
        max_features: int | None = None,
        n_splits: int = 5,
        rule: Rule = "one_se",
        booster: BoosterPlan | None = None,
        seed: int = 0,
        checkpoint: Path | None = None,
        source: str = "dataset",
        progress: Progress = silent,
    ) -> None:
        self.step = step
        self.min_features = min_features
        self.max_features = max_features
        self.n_splits = n_splits
        self.rule = rule
        self.booster = booster
        self.seed = seed
        self.checkpoint = checkpoint
        self.source = source
        self.progress = progress

    def fit(
        self,
        X: NDArray[np.float32],
        y: NDArray[Any],
        groups: NDArray[Any] | None = None,
        sample_weight: NDArray[Any] | None = None,
    ) -> Self:
        """Walk the path and choose a size.

        Parameters
        ----------
        X : ndarray of float32, shape (n, n_features)
            Feature values.
        y : ndarray, shape (n,)
            1 for a cough, 0 for none.
        groups : ndarray, shape (n,), optional
            Subject of each row; None makes each row its own.
        sample_weight : ndarray, shape (n,), optional
            Weights in training and in the score.

        Raises
        ------
        InputError
            Too few subjects, or a fold with one class.
        """
        X, y = validate_data(self, X, y, dtype=np.float32, ensure_all_finite="allow-nan")
        groups = np.arange(len(y)) if groups is None else np.asarray(groups)
        weight = np.ones(len(y), np.float32) if sample_weight is None else np.asarray(sample_weight)
        folds = grouped_folds(y, groups, self.n_splits, self.seed, source=self.source)
        plan = replace(self.booster or BoosterPlan(), seed=self.seed)
        path = sizes(X.shape[1], self.step, self.min_features, self.max_features)
        key = _digest(X, y, groups, weight, (path, self.n_splits, plan))
        steps = self._load_steps(key)
        kept = np.arange(X.shape[1])
        for number, size in enumerate(path):
            if number:
                kept = _strongest(kept, np.array(steps[number - 1]["gains"]), size)
            if number == len(steps):
                steps.append(self._one_step(X, y, weight, kept, folds, plan, number, len(path)))
                self._save_steps(key, steps)
        self._choose(path, steps, X.shape[1])
        return self

    def _one_step(
        self,
        X: NDArray[np.float32],
        y: NDArray[Any],
        weight: NDArray[Any],
        kept: NDArray[np.intp],
        folds: Sequence[Fold],
        plan: BoosterPlan,
        number: int,
        total: int,
    ) -> dict[str, list[float]]:
        """Fit one model per fold on the columns kept; give held-out scores and mean gains."""
        columns = np.ascontiguousarray(X[:, kept])
        scores, gains = [], np.zeros(len(kept))

        def fit_fold(fold: Fold) -> tuple[float, NDArray[np.float64]]:
            train, test = fold
            model = fit_booster(columns[train], y[train], weight[train], plan)
            margins = model.inplace_predict(columns[test], predict_type="margin")
            score = float(average_precision_score(y[test], margins, sample_weight=weight[test]))
            return score, gain_by_column(model, len(kept))

        for k, (score, gain) in enumerate(side_by_side(fit_fold, folds)):
            self.progress("elimination", number * len(folds) + k, total * len(folds))
            scores.append(score)
            gains += gain / len(folds)
        self.progress("elimination", (number + 1) * len(folds), total * len(folds))
        return {"columns": kept.tolist(), "scores": scores, "gains": gains.tolist()}

    def _choose(self, path: list[int], steps: list[dict[str, Any]], n_features: int) -> None:
        scores = np.array([step["scores"] for step in steps])
        largest = n_features if self.max_features is None else self.max_features
        allowed = [k for k, size in enumerate(path) if size <= largest]
        chosen = _choose_size(scores, allowed, self.rule)
        self.ranking_ = np.ones(n_features, np.intp)
        for k in range(chosen):
            dropped = np.setdiff1d(steps[k]["columns"], steps[k + 1]["columns"])
            self.ranking_[dropped] = chosen - k + 1
        self.support_ = self.ranking_ == 1
        self.n_features_ = int(self.support_.sum())
        self.importances_ = np.zeros(n_features)
        self.importances_[steps[chosen]["columns"]] = steps[chosen]["gains"]
        self.cv_results_ = {
            "n_features": np.array(path),
            "mean_test_score": scores.mean(axis=1),
            "std_test_score": scores.std(axis=1),
            **{f"split{k}_test_score": column for k, column in enumerate(scores.T)},
        }

    def _load_steps(self, key: str) -> list[dict[str, Any]]:
        """Read finished steps; those of other data or parameters count as none."""
        if self.checkpoint is None or not Path(self.checkpoint).exists():
            return []
        try:
            document = json.loads(Path(self.checkpoint).read_text("utf-8"))
            steps: list[dict[str, Any]] = document["steps"] if document["key"] == key else []
        except (OSError, ValueError, KeyError, TypeError):
            return []
        return steps

    def _save_steps(self, key: str, steps: list[dict[str, Any]]) -> None:
        if self.checkpoint is not None:
            write_text_whole(self.checkpoint, json.dumps({"key": key, "steps": steps}))

    def _get_support_mask(self) -> NDArray[np.bool_]:
        check_is_fitted(self)
        support: NDArray[np.bool_] = self.support_
        return support


def _digest(*parts: Any) -> str:
    """Hash of everything a step depends on."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(np.ascontiguousarray(part) if isinstance(part, np.ndarray) else repr(part).encode())
    return digest.hexdigest()


def sizes(n_features: int, step: float, min_features: int, max_features: int | None) -> list[int]:
    """Set sizes along the path, from all features down to `min_features`; `max_features` is one of them.

    Raises
    ------
    ValueError
        `step` is not positive.
    """
    if not step > 0:
        raise ValueError(f"step must be positive, got {step}")
    least = max(min(min_features, max_features or n_features, n_features), 1)
    path = [n_features]
    while path[-1] > least:
        drop = int(step) if step >= 1 else max(int(step * path[-1]), 1)
        size = max(path[-1] - drop, least)
        if max_features is not None and size < max_features < path[-1]:
            size = max_features
        path.append(size)
    return path


def _strongest(kept: NDArray[np.intp], gains: NDArray[np.float64], size: int) -> NDArray[np.intp]:
    """Keep the `size` columns of highest gain, in column order; of equals the earlier column stays."""
    order = np.argsort(-gains, kind="stable")[:size]
    return np.sort(kept[order])


def _choose_size(scores: NDArray[np.float64], allowed: list[int], rule: Rule) -> int:
    """Index along the path (sizes falling) of the size to take."""
    mean = scores.mean(axis=1)
    best = max(allowed, key=lambda k: mean[k])
    if rule == "best":
        return best
    behind = scores[best] - scores  # by fold: folds differ in difficulty, which is not the question here
    error = behind.std(axis=1, ddof=1) / np.sqrt(scores.shape[1])
    return max(k for k in allowed if behind[k].mean() <= error[k])
