"""Rankings compared at equal budgets: score, agreement over resamples, time, cost of the chosen set."""

from __future__ import annotations

import io
import time
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from ...data.atomic import write_bytes_whole
from ...data.cache_place import cache_place
from ...data.code_hash import code_hash
from ...data.progress import Progress, part_of, silent
from ...selection.budget.cost_graph import ColumnCosts
from ...selection.budget.cost_table import load_cost_table
from ...selection.budget.modality_costs import modality_costs
from ...selection.elimination.elimination_path import digest
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
from .stability import stability
from .study import Study

__all__ = ["fill_budget", "ranking_study"]

BUDGETS = (10_000.0, 30_000.0, 80_000.0)
"""Cycles per second for features, beyond those of the bare audio path."""

_MODEL = BoosterPlan(n_trees=40, max_depth=3)
_INNER_FOLDS = 3
_STEPS = 100
"""Steps of progress that a ranking of one fold counts for."""


_CODE = ("selection/importance", "selection/elimination", "export/study/ranking_study.py")
"""What another edition of it found is not taken."""


@dataclass(frozen=True)
class _Ranked:
    """What one ranking made of one fold: chosen columns and held-out margins by budget, and CPU time."""

    cpu_s: float
    chosen: tuple[NDArray[np.intp], ...]
    margins: tuple[NDArray[np.float32], ...]


def ranking_study(
    data: DatasetFeatures, plan: TrainingPlan, cache_folder: Path | None = None, progress: Progress = silent
) -> Study:
    """Compare all rankings on audio windows.

    Rankings are made from the training subjects of each fold alone, so that none profits from having seen
    the held-out subjects' classes. These are the resamples over which the chosen sets are compared, too: each
    two of five folds share three quarters of their subjects.

    Parameters
    ----------
    data
        Features of labelled windows.
    plan
        Folds, seed, weights of windows, candidates.
    cache_folder
        Each finished ranking of a fold is kept there, and an interrupted study goes on; None is the user's.
    progress
        Called often.

    Returns
    -------
    Study
        By ranking and budget: mean number of features; mean cost of the chosen set with the bare path, in
        cycles per second; average precision of held-out windows with its interval over subjects; `stability`
        of the chosen sets; mean CPU seconds of making a ranking, which alone differ between two runs.
    """
    table = data.table("audio")
    known = table.target != IGNORED
    columns = candidate_columns(data, "audio", plan)
    X, y = table.columns(columns, known), table.target[known].astype(np.int64)
    weight, groups = table_weights(table, plan, "audio")[known], table.groups[known].array()
    costs = modality_costs(
        load_cost_table(), "audio", plan.audio_plan, [table.ids[k] for k in columns]
    ).cycles
    whole = CrossValidation(X, y, weight, groups, plan.n_splits, plan.seed, data.source)
    model = replace(_MODEL, seed=plan.seed)
    models = FoldModels(whole, model)
    key = digest(X, y, weight, groups, plan.n_splits, plan.seed, model, costs, BUDGETS, code_hash(*_CODE))
    folder = (cache_folder or cache_place()) / f"rankings-{key[:16]}"
    found: dict[str, list[_Ranked]] = {name: [] for name in RANKINGS}
    total = len(whole.folds) * len(RANKINGS)
    for number in range(len(whole.folds)):
        for place, name in enumerate(RANKINGS):
            done = number * len(RANKINGS) + place
            steps = part_of(progress, "rankings", done * _STEPS, _STEPS, total * _STEPS)
            progress("rankings", done * _STEPS, total * _STEPS)
            file = folder / f"{name}-{number}.npz"
            ranked = _kept(file)
            if ranked is None:
                ranked = _ranked(name, whole, number, models, costs, steps)
                _keep(file, ranked)
            found[name].append(ranked)
    progress("rankings", total * _STEPS, total * _STEPS)
    rows = [_row(name, k, found[name], whole, costs) for name in RANKINGS for k in range(len(BUDGETS))]
    return Study("rankings", tuple(rows), _plot(rows), _finding(rows), "average_precision")


def _ranked(
    name: str,
    whole: CrossValidation,
    number: int,
    models: FoldModels,
    costs: ColumnCosts,
    progress: Progress,
) -> _Ranked:
    train = whole.folds[number][0]
    own = whole.X[train], whole.y[train], whole.weight[train], whole.groups[train]
    task = RankingTask(CrossValidation(*own, _INNER_FOLDS, whole.seed, whole.source), _MODEL, progress)
    before_s = time.process_time()
    order = np.argsort(-rank(name, task), kind="stable")
    cpu_s = time.process_time() - before_s
    chosen = tuple(fill_budget(order, costs, costs.base + limit) for limit in BUDGETS)
    return _Ranked(cpu_s, chosen, tuple(models.fit_one(each, number).margins for each in chosen))


def _row(
    name: str, budget: int, ranked: list[_Ranked], whole: CrossValidation, costs: ColumnCosts
) -> dict[str, Any]:
    y, weight = whole.y, whole.weight
    margins = np.zeros(len(y), np.float32)
    for (_, test), each in zip(whole.folds, ranked, strict=True):
        margins[test] = each.margins[budget]
    sets = [each.chosen[budget] for each in ranked]
    low, high = subject_interval(y, margins, weight, whole.groups, seed=whole.seed)
    return {
        "ranking": name,
        "limit_cycles_per_second": round(costs.base + BUDGETS[budget]),
        "cycles_per_second": round(float(np.mean([costs.total(chosen) for chosen in sets]))),
        "features": float(np.mean([len(chosen) for chosen in sets])),
        "average_precision": float(average_precision_score(y, margins, sample_weight=weight)),
        "low": low,
        "high": high,
        "stability": stability(sets, whole.X.shape[1]),
        "cpu_s": float(np.mean([each.cpu_s for each in ranked])),
    }


def _keep(file: Path, ranked: _Ranked) -> None:
    content = io.BytesIO()
    arrays: dict[str, Any] = {"cpu_s": np.array(ranked.cpu_s)}
    for k, (chosen, margins) in enumerate(zip(ranked.chosen, ranked.margins, strict=True)):
        arrays |= {f"chosen_{k}": chosen, f"margins_{k}": margins}
    np.savez(content, **arrays)
    write_bytes_whole(file, content.getvalue())


def _kept(file: Path) -> _Ranked | None:
    """Read what an earlier run found; a file that is missing or damaged counts as none."""
    try:
        with np.load(file, allow_pickle=False) as content:
            numbers = range(len(BUDGETS))
            return _Ranked(
                float(content["cpu_s"]),
                tuple(content[f"chosen_{k}"] for k in numbers),
                tuple(content[f"margins_{k}"] for k in numbers),
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def fill_budget(order: NDArray[np.intp], costs: ColumnCosts, limit: float) -> NDArray[np.intp]:
    """Take features in order, leaving out each that does not fit; where none fits, the first."""
    chosen = np.zeros(len(order), np.bool_)
    for column in order:
        chosen[column] = True
        if costs.total(chosen) > limit:
            chosen[column] = False
    return np.flatnonzero(chosen) if chosen.any() else order[:1]


def _plot(rows: list[dict[str, Any]]) -> str:
    series = []
    for name in RANKINGS:
        marks = tuple(
            Mark(
                row["cycles_per_second"] / 1e6,
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
        x_label="million cycles per second of the audio path and the chosen features, without model",
        y_label="average precision, subjects held out",
    )


def _finding(rows: list[dict[str, Any]]) -> str:
    parts = []
    for budget in sorted({row["limit_cycles_per_second"] for row in rows}):
        same = [row for row in rows if row["limit_cycles_per_second"] == budget]
        best = max(same, key=lambda row: row["average_precision"])
        parts.append(f"{best['ranking']} {best['average_precision']:.3f} within {budget:,.0f} cycles/s")
    return "best: " + ", ".join(parts)
