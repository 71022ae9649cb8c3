"""Compare tussis with what does a part of the same: trees as C, features of sound, selection of features.

    python benchmarks/peers.py [--only trees|features|selection] [--folder build/peers] [--markdown]

Installs m2cgen, emlearn, treelite, tl2cgen, librosa, probatus and mrmr-selection from PyPI into an
environment of its own, once, and prints three tables. Trees are built by arm-none-eabi-gcc at -O2 and run on
the emulated Cortex-M33; instructions, flash and stack are counted, cycles are the cycle model's. Features and
selection are timed in seconds of CPU on this machine, one thread, one after the other. The last table takes
minutes for each of its seeds; the same command goes on after the last one that was finished.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import argparse
import json
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from tussis.data.atomic import write_text_whole
from tussis.export.build.toolchain import find_arm_toolchain
from tussis.export.estimate.form_choice import form_cost
from tussis.export.estimate.row_cost import row_cost
from tussis.selection.elimination.budgeted_rfecv import BudgetedRFECV
from tussis.selection.models.booster import BoosterPlan
from tussis.selection.trees.xgboost_reader import read_xgboost
from tussis.signal.audio_features import audio_features

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "selection" / "elimination"))
from planted_truth import planted
from tree_forms import FRESH, ROWS, SIZES, draw

PEERS = (
    "m2cgen==0.10.0",
    "emlearn==0.23.2",
    "treelite==4.8.1",
    "tl2cgen==1.0.0",
    "librosa==0.11.0",
    "probatus==3.1.5",
    "mrmr-selection==0.2.8",
    "xgboost-cpu==3.2.0",
    "scikit-learn",
)
MINUTES = 10
SEEDS = range(5)
HERE = Path(__file__).parent


def peers_python(folder: Path) -> Path:
    """Make the environment of the peers, or find it."""
    python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    done = folder / "installed.txt"
    if not done.exists() or done.read_text().split() != list(PEERS):
        print(f"installing {len(PEERS)} packages into {folder / 'venv'} ...", file=sys.stderr)
        venv.create(folder / "venv", with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEERS], check=True)
        done.write_text("\n".join(PEERS))
    return python


def run_peer(python: Path, script: str, *words: object) -> str:
    """Run one of the scripts beside this one with the peers' Python, and return what it printed."""
    command = [str(python), str(HERE / script), *map(str, words)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def tree_rows(python: Path, folder: Path) -> Iterator[tuple[str, ...]]:
    """Each size of model, each converter."""
    compiler = find_arm_toolchain("gcc")
    X, y = draw(ROWS, 0)
    fresh, _ = draw(FRESH, 1)
    for n_trees, depth in SIZES:
        size = f"{n_trees} trees of depth {depth}"
        where = fresh_folder(folder / f"trees-{n_trees}-{depth}")
        model = xgboost.XGBClassifier(n_estimators=n_trees, max_depth=depth, n_jobs=1, random_state=0)
        booster = model.fit(X, y).get_booster()
        booster.save_model(where / "model.json")
        np.savez(where / "data.npz", X=X, y=y, fresh=fresh, n_trees=n_trees, depth=depth)
        margins = booster.predict(xgboost.DMatrix(fresh), output_margin=True)
        trees = read_xgboost(json.loads((where / "model.json").read_text()))
        for form in ("table", "branches"):
            cost = form_cost(trees, form, rows=fresh, toolchain=compiler)
            same = trees.margin(fresh).view(np.uint32) == margins.view(np.uint32)
            yield tree_row(size, f"tussis, {form}", cost, f"{np.mean(same) * cost.equal:.0%}")
        run_peer(python, "peer_trees.py", where)
        for peer, rows, flags in (
            ("m2cgen-float", fresh, ("-fsingle-precision-constant",)),
            ("m2cgen-double", fresh.astype(np.float64), ()),
            ("tl2cgen", fresh, ()),
            ("emlearn-inline", None, ()),
            ("emlearn-loadable", None, ()),
        ):
            made = where / peer
            cost = row_cost(
                sorted(made.glob("*.c")),
                np.load(made / "rows.npy") if rows is None else rows,
                include=[made, where / "emlearn-include"],
                extra_flags=("-w", *flags),
                toolchain=compiler,
            )
            yield tree_row(size, peer.replace("-", ", "), cost, agreement(made, cost.answers, margins))


def tree_row(size: str, name: str, cost: Any, equal: str) -> tuple[str, ...]:
    """One row of the table of trees."""
    figures = (cost.instructions, cost.cycles, cost.flash_bytes, cost.stack_bytes)
    return (size, name, *(f"{figure:,.0f}" for figure in figures), equal)


def agreement(made: Path, answers: NDArray[np.float32], margins: NDArray[np.float32]) -> str:
    """Share of margins with XGBoost's bits, or of decisions as of the peer's own model."""
    own = made / "answers.json"
    if own.exists():
        return f"{np.mean(answers == np.array(json.loads(own.read_text()))):.1%} of decisions, its own model"
    difference = np.max(np.abs(answers - margins))
    return f"{np.mean(answers.view(np.uint32) == margins.view(np.uint32)):.0%}, at most {difference:.0e} off"


def feature_rows(python: Path, _: Path) -> Iterator[tuple[str, ...]]:
    """Tussis and librosa on as much noise."""
    pcm = np.random.default_rng(0).normal(0, 3000, 16000 * 60 * MINUTES).astype(np.int16)
    audio_features(pcm[: 16000 * 10])
    start_s = time.process_time()
    found = audio_features(pcm)
    taken_s = time.process_time() - start_s
    yield "tussis", str(found.values.shape[1]), f"{60 * MINUTES / taken_s:,.0f}"
    answer = json.loads(run_peer(python, "peer_features.py", MINUTES))
    yield "librosa, batched", str(answer["features"]), f"{answer['factor']:,.0f}"


def selection_rows(python: Path, folder: Path) -> Iterator[tuple[str, ...]]:
    """Means over planted truths: 9 linear columns and 3 products among 300 with 15 copies, 3,000 rows."""
    plan = BoosterPlan(colsample_bynode=1.0)
    same = {key: value for key, value in plan.parameters().items() if key not in ("nthread", "max_bin")}
    figures: dict[str, list[tuple[float, float, float]]] = {}
    folder.mkdir(parents=True, exist_ok=True)
    for seed in track(SEEDS, "selection", console=Console(stderr=True)):
        X, y, truth, _ = planted(seed, 300)
        kept = folder / f"selection_{seed}.json"  # of a run that was interrupted
        if not kept.exists():
            ours_s = time.process_time()
            chosen = np.flatnonzero(BudgetedRFECV().fit(X, y).support_).tolist()
            answers = {"tussis BudgetedRFECV": {"chosen": chosen, "cpu_s": time.process_time() - ours_s}}
            np.savez(folder / "planted.npz", X=X, y=y, n_true=len(truth))
            parameters = json.dumps({"n_estimators": plan.n_trees, **same})
            answers |= json.loads(run_peer(python, "peer_selection.py", folder / "planted.npz", parameters))
            write_text_whole(kept, json.dumps(answers))
        for name, answer in json.loads(kept.read_text()).items():
            hit = len(truth & set(answer["chosen"]))
            row = hit / max(len(answer["chosen"]), 1), hit / len(truth), answer["cpu_s"]
            figures.setdefault(name, []).append(row)
    for seed in SEEDS:
        (folder / f"selection_{seed}.json").unlink()
    for name, rows in figures.items():
        precision, recall, cpu_s = np.mean(rows, axis=0)
        yield name, f"{precision:.3f}", f"{recall:.3f}", f"{cpu_s:.1f}"


TABLES = {
    "trees": (tree_rows, ("model", "C of", "instructions", "cycles", "flash", "stack", "margins equal")),
    "features": (feature_rows, ("features of", "features", "seconds of sound per second of CPU")),
    "selection": (selection_rows, ("method", "precision", "recall", "seconds of CPU")),
}


def fresh_folder(path: Path) -> Path:
    """Make an empty folder."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=TABLES, help="one of the tables")
    parser.add_argument("--folder", type=Path, default=Path("build/peers"))
    parser.add_argument("--markdown", action="store_true", help="as docs/benchmarks.md shows it")
    arguments = parser.parse_args()
    python = peers_python(arguments.folder.absolute())
    for name, (measure, columns) in TABLES.items():
        if arguments.only not in (None, name):
            continue
        table = Table(*columns, title=name)
        if arguments.markdown:
            print("| " + " | ".join(columns) + " |\n" + "|---" * len(columns) + "|")
        for row in measure(python, arguments.folder.absolute()):
            table.add_row(*row)
            if arguments.markdown:
                print("| " + " | ".join(row) + " |", flush=True)
        if not arguments.markdown:
            Console(width=130).print(table)


if __name__ == "__main__":
    main()
