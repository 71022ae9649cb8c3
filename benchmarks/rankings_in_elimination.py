"""Rankings inside the elimination by price, judged on subjects that neither saw.

python benchmarks/rankings_in_elimination.py DATASET [RANKING...]

`tussis study rankings` fills a budget in the order of a ranking made once. The elimination of `train` asks
for importance per cost instead, and computes gain and SHAP values again at every point. This walks the path
of `BudgetedRFECV` on the training subjects of each of five folds, takes the best point within each of three
budgets by the inner folds, and scores a model of its columns on the subjects held out.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import numpy as np
from sklearn.metrics import average_precision_score

from tussis.data.cache_place import cache_place
from tussis.export.study.ranking_study import _MODEL, BUDGETS
from tussis.selection.budget.cost_table import load_cost_table
from tussis.selection.budget.modality_costs import modality_costs
from tussis.selection.elimination.budgeted_rfecv import BudgetedRFECV
from tussis.selection.models.fold_models import FoldModels
from tussis.selection.search.pareto import subject_interval
from tussis.selection.training.known_windows import candidate_columns, known_windows
from tussis.selection.training.training import labelled_features
from tussis.selection.training.training_plan import TrainingPlan


def main(dataset: str, rankings: list[str]) -> None:
    """Print one row of a table per ranking."""
    plan = TrainingPlan()
    data = labelled_features(dataset, plan, cache_place())
    columns = candidate_columns(data, "audio", plan)
    whole = known_windows(data, "audio", columns, plan)
    ids = [data.table("audio").ids[k] for k in columns]
    costs = modality_costs(load_cost_table(), "audio", plan.audio_plan, ids).cycles
    models = FoldModels(whole, replace(_MODEL, seed=plan.seed))
    for name in rankings:
        margins = np.zeros((len(BUDGETS), len(whole.y)), np.float32)
        sizes = np.zeros((len(whole.folds), len(BUDGETS)))
        before_s = time.process_time()
        for number, (train, test) in enumerate(whole.folds):
            selection = BudgetedRFECV(
                costs=costs,
                cost_exponent=0.5,
                redundancy=0.0,
                cv=3,
                ranking=name,
                rule="best",
                booster=_MODEL,
            ).fit(whole.X[train], whole.y[train], whole.groups[train], whole.weight[train])
            score = selection.cv_results_["mean_test_score"]
            for k, limit in enumerate(BUDGETS):
                within = selection.cv_results_["cost"] <= costs.base + limit
                chosen = selection.path_[int(np.argmax(np.where(within, score, -1.0)))]
                margins[k, test] = models.fit_one(chosen, number).margins
                sizes[number, k] = len(chosen)
        cells = []
        for k in range(len(BUDGETS)):
            found = average_precision_score(whole.y, margins[k], sample_weight=whole.weight)
            low, high = subject_interval(whole.y, margins[k], whole.weight, whole.groups, seed=plan.seed)
            cells.append(f"{found:.3f} ({low:.3f} to {high:.3f}), {sizes[:, k].mean():.0f}")
        print(f"| {name} | {' | '.join(cells)} | {time.process_time() - before_s:.0f} s |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:] or ["gain", "sequential_attention", "feature_gradients"])
