"""What each form of trees in C costs on the emulated Cortex-M33: four models, every form.

    python benchmarks/tree_forms.py [--toolchain gcc|zig] [--markdown]

Trains three XGBoost models on data of a fixed seed (60 trees of depth 5, 100 of depth 4, 200 of depth 6; 25
features, 6,000 rows), and the first once more as training for a device rounds it. Each is written in every
form, built at -O2 and run on 200 rows of fresh data, whose margins are compared with XGBoost's own bits.
Instructions, bytes of flash and of stack are counted; cycles come from the cycle model, and
docs/cycle_model.md says how far it can be off. The same XGBoost and the same compiler give the same figures.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

import numpy as np
import xgboost
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from tussis.export.build.toolchain import find_arm_toolchain
from tussis.export.codegen.tree_emitters import EMITTERS
from tussis.export.estimate.form_choice import form_cost
from tussis.selection.trees.tree_ensemble import TreeEnsemble
from tussis.selection.trees.tree_rounding import floor_to_half_keys, round_model
from tussis.selection.trees.xgboost_reader import read_xgboost

FEATURES, ROWS, FRESH = 25, 6000, 200
SIZES = ((60, 5), (100, 4), (200, 6))
COLUMNS = (
    "model",
    "form",
    "missing",
    "instructions",
    "cycles",
    "expected error",
    "flash",
    "stack",
    "margins equal",
)


def draw(rows: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Features of several scales, and a label that pairs of them make."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, FEATURES)).astype(np.float32)
    logit = X[:, 0] * X[:, 1] + X[:, 2] * np.abs(X[:, 3]) + X[:, 4:8].sum(1) / 2 + rng.normal(size=rows)
    return X * np.float32(10.0) ** np.arange(-3, 4)[np.arange(FEATURES) % 7].astype(np.float32), (
        logit > 0
    ).astype(np.int64)


def models() -> Iterator[tuple[str, TreeEnsemble, NDArray[np.float32], NDArray[np.float32]]]:
    """Name, trees, fresh rows and XGBoost's margins of them."""
    X, y = draw(ROWS, 0)
    fresh, _ = draw(FRESH, 1)
    for n_trees, depth in SIZES:
        for rounded in (False, True) if n_trees == SIZES[0][0] else (False,):
            options = {"n_estimators": n_trees, "max_depth": depth, "n_jobs": 1, "random_state": 0}
            if rounded:
                options["base_score"] = 0.5
            fitted = xgboost.XGBClassifier(**options).fit(floor_to_half_keys(X) if rounded else X, y)
            document = json.loads(bytes(fitted.get_booster().save_raw("json")))
            if rounded:
                document = round_model(document)
            booster = xgboost.Booster(model_file=bytearray(json.dumps(document), "utf-8"))
            margins = booster.predict(xgboost.DMatrix(fresh), output_margin=True)
            name = f"{n_trees} trees of depth {depth}" + (", rounded at training" if rounded else "")
            yield name, read_xgboost(document), fresh, margins


def rows_of_table(toolchain: str | None) -> Iterator[tuple[str, ...]]:
    """One row for each model, form and treatment of missing values."""
    compiler = find_arm_toolchain(toolchain)
    for name, trees, fresh, margins in models():
        same = trees.margin(fresh).view(np.uint32) == margins.view(np.uint32)
        for form in EMITTERS:
            for missing in (False, True):
                if form == "m2cgen" and not missing:
                    continue  # its C is the same
                cost = form_cost(trees, form, missing=missing, rows=fresh, toolchain=compiler)
                yield (
                    f"{name} ({trees.n_nodes:,} nodes)",
                    form,
                    "yes" if missing else "no",
                    f"{cost.instructions:,.0f}",
                    f"{cost.cycles:,.0f}",
                    f"{cost.cycles_low:,.0f} to {cost.cycles_high:,.0f}",
                    f"{cost.flash_bytes:,}",
                    f"{cost.stack_bytes}",
                    f"{np.mean(same) * cost.equal:.0%}",
                )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--toolchain", choices=["gcc", "zig"])
    parser.add_argument("--markdown", action="store_true", help="as docs/benchmarks.md shows it")
    arguments = parser.parse_args()
    rows = rows_of_table(arguments.toolchain)
    if arguments.markdown:
        print("| " + " | ".join(COLUMNS) + " |\n" + "|---" * len(COLUMNS) + "|")
        for row in rows:
            print("| " + " | ".join(row) + " |", flush=True)
        return
    table = Table(*COLUMNS)
    for row in rows:
        table.add_row(*row)
    Console(width=130).print(table)


if __name__ == "__main__":
    main()
