"""Rankings compared at equal budgets: each fills the same cycles with the features it puts first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from ...data.progress import Progress, silent
from ...selection.budget.cost_graph import ColumnCosts
from ...selection.budget.cost_table import load_cost_table
from ...selection.budget.modality_costs import modality_costs
from ...selection.elimination.rankings import RANKINGS, RankingTask, rank
from ...selection.models.booster import BoosterPlan
from ...selection.models.cross_validation import CrossValidation
from ...selection.models.fold_models import FoldModels
from ...selection.search.pareto import subject_interval
from ...selection.training.known_windows import candidate_columns, table_weights
from ...selection.training.training_plan import TrainingPlan
from ...selection.windows.dataset_features import DatasetFeatures
from ...selection.windows.window_targets import IGNORED
from ..report.scatter import Mark, Series, scatter
from .study import Study

__all__ = ["fill_budget", "ranking_study"]

BUDGETS = (10_000.0, 30_000.0, 80_000.0)
"""Cycles per second for features, beyond those of the bare audio path."""

_MODEL = BoosterPlan(n_trees=40, max_depth=3)
_INNER_FOLDS = 3


def ranking_study(data: DatasetFeatures, plan: TrainingPlan, progress: Progress = silent) -> Study:
    """Compare all rankings on audio windows.

    Rankings are made from the training subjects of each fold alone, so that none profits from having seen
    the held-out subjects' classes.
    """
    table = data.table("audio")
    known = table.target != IGNORED
    columns = candidate_columns(data, "audio", plan)
    X, y = table.columns(columns, known), table.target[known].astype(np.int64)
    weight, groups = table_weights(table, plan, "audio")[known], table.subject[known]
    costs = modality_costs(
        load_cost_table(), "audio", plan.audio_plan, [table.ids[k] for k in columns]
    ).cycles
    whole = CrossValidation(X, y, weight, groups, plan.n_splits, plan.seed, data.source)
    models = FoldModels(whole, replace(_MODEL, seed=plan.seed))
    margins = {(name, limit): np.zeros(len(y), np.float32) for name in RANKINGS for limit in BUDGETS}
    sizes: dict[tuple[str, float], list[int]] = {key: [] for key in margins}
    n_folds = len(whole.folds)
    for number, (train, test) in enumerate(whole.folds):
        own = X[train], y[train], weight[train], groups[train]
        inner = CrossValidation(*own, _INNER_FOLDS, plan.seed, data.source)
        task = RankingTask(inner, _MODEL)
        for place, name in enumerate(RANKINGS):
            progress("rankings", number * len(RANKINGS) + place, n_folds * len(RANKINGS))
            order = np.argsort(-rank(name, task), kind="stable")
            for limit in BUDGETS:
                chosen = fill_budget(order, costs, costs.base + limit)
                model = models.fit_one(chosen, number)
                margins[name, limit][test] = model.margins
                sizes[name, limit].append(len(chosen))
    progress("rankings", n_folds * len(RANKINGS), n_folds * len(RANKINGS))
    rows: list[dict[str, Any]] = []
    for (name, limit), found in margins.items():
        low, high = subject_interval(y, found, weight, groups, seed=plan.seed)
        rows.append(
            {
                "ranking": name,
                "cycles_per_second": round(costs.base + limit),
                "features": float(np.mean(sizes[name, limit])),
                "average_precision": float(average_precision_score(y, found, sample_weight=weight)),
                "low": low,
                "high": high,
            }
        )
    return Study("rankings", tuple(rows), _plot(rows), _finding(rows), "average_precision")


def fill_budget(order: NDArray[np.intp], costs: ColumnCosts, limit: float) -> NDArray[np.intp]:
    """Take features in order, leaving out each that no longer fits; at least the first."""
    chosen = np.zeros(len(order), np.bool_)
    chosen[order[0]] = True
    for column in order[1:]:
        chosen[column] = True
        if costs.total(chosen) > limit:
            chosen[column] = False
    return np.flatnonzero(chosen)


def _plot(rows: list[dict[str, Any]]) -> str:
    series = []
    for place, name in enumerate(RANKINGS):
        marks = tuple(
            Mark(
                row["cycles_per_second"] / 1e6 + 0.0008 * place,
                row["average_precision"],
                row["low"],
                row["high"],
                f"{name}: {row['average_precision']:.3f}",
            )
            for row in rows
            if row["ranking"] == name
        )
        series.append(Series(name, marks, line=True))
    return scatter(
        series,
        title="Rankings at equal budgets (bars: 95 % over subjects)",
        x_label="million cycles per second of the audio path without model (set apart to be seen)",
        y_label="average precision, subjects held out",
    )


def _finding(rows: list[dict[str, Any]]) -> str:
    parts = []
    for budget in sorted({row["cycles_per_second"] for row in rows}):
        same = [row for row in rows if row["cycles_per_second"] == budget]
        best = max(same, key=lambda row: row["average_precision"])
        parts.append(f"{best['ranking']} {best['average_precision']:.3f} at {budget:,.0f} cycles/s")
    return "best: " + ", ".join(parts)
