"""The search within a budget by successive halving, beside the exhaustive one.

    python benchmarks/halving.py DATASET...

For each dataset the elimination paths are walked once; then the models of sound are searched for both ways.
One row for each limit on the cycles per second: the best candidate, its average precision on people held
out, by how much halving's is behind and the standard error of that difference over the folds; then fits and
CPU seconds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from tussis.data.cache_place import cache_place
from tussis.data.workers import workers
from tussis.selection.budget.cost_table import load_cost_table
from tussis.selection.budget.modality_costs import ModalityLimits, modality_costs
from tussis.selection.search.candidates import Candidate
from tussis.selection.search.model_search import DEPTHS, Search, explore
from tussis.selection.training.known_windows import candidate_columns, known_windows
from tussis.selection.training.training import labelled_features
from tussis.selection.training.training_plan import TrainingPlan

LIMITS = (320_000.0, 400_000.0, np.inf)
TREES = (20, 40, 80, 160)


def best(candidates: list[Candidate], limit: float) -> Candidate:
    """Take the candidate of the highest score that keeps a limit, the cheapest of equals."""
    within = [one for one in candidates if one.cycles_per_second <= limit] or candidates
    return max(within, key=lambda one: (one.score, -one.cycles_per_second))


def words(one: Candidate) -> str:
    """Say what a candidate is."""
    size = f"{len(one.columns)} features, {one.plan.n_trees} trees of depth {one.plan.max_depth}"
    return f"{size}: {one.score:.4f}"


def compare(dataset: Path, step: float) -> None:
    """Print the rows of one dataset."""
    plan = TrainingPlan(step=step)
    data = labelled_features(dataset, plan, cache_place())
    columns = candidate_columns(data, "audio", plan)
    windows = known_windows(data, "audio", columns, plan)
    ids = [data.table("audio").ids[column] for column in columns]
    costs = modality_costs(load_cost_table(), "audio", plan.audio_plan, ids)
    booster = plan.audio.booster
    found, spent = {}, {}
    with tempfile.TemporaryDirectory() as paths:
        for method in ("paths", "exhaustive", "halving"):
            trees, depths = (TREES[:1], DEPTHS[:1]) if method == "paths" else (TREES, DEPTHS)
            kept = Search(
                windows, booster, step, trees=trees, depths=depths, folder=Path(paths), name="search"
            )
            search = replace(kept, method="halving" if method == "halving" else "exhaustive")
            before_s = time.process_time()
            found[method] = explore(search, costs, ModalityLimits(), lambda excess: ValueError(str(excess)))
            spent[method] = time.process_time() - before_s
            for file in (Path(paths) / "candidates").glob("*.npz"):
                file.unlink()  # of the paths alone anything may be used twice
    sets = len(found["halving"].sets)
    print(f"{dataset}: {len(windows.y)} windows, {sets} sets, paths {spent['paths']:.0f} CPU s")
    for limit in LIMITS:
        one, other = (best(found[method].candidates, limit) for method in ("exhaustive", "halving"))
        behind = one.scores - other.scores
        error = behind.std(ddof=1) / np.sqrt(len(behind))
        print(f"| {limit:,.0f} | {words(one)} | {words(other)} | {behind.mean():.4f} | {error:.4f} |")
    for method in ("exhaustive", "halving"):
        print(f"{method}: {found[method].fits} fits, {spent[method]:.0f} CPU s", flush=True)


def main() -> None:
    """Compare on the datasets of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("datasets", type=Path, nargs="+")
    parser.add_argument("--step", type=float, default=0.15, help="of the elimination")
    options = parser.parse_args()
    with workers(jobs=1):
        for dataset in options.datasets:
            compare(dataset, options.step)


if __name__ == "__main__":
    sys.exit(main())
