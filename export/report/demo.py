"""The whole chain on synthetic recordings: dataset, detector, C, proof, scores, cost, a day, report.

Every step reuses what an interrupted or earlier run has left in the folder: the dataset is written session
by session, features and elimination steps are kept under hashes of what they were made from. Two runs of the
same version give the same bytes.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from typing import Any

from ...data.atomic import write_text_whole
from ...data.corpus.day import write_days
from ...data.dataset import iter_dataset
from ...data.input_error import InputError
from ...data.inventory import take_inventory
from ...data.json_text import json_text
from ...data.progress import Progress, silent, staged
from ...data.session_ref import SessionRef
from ...data.synthesis.dataset import write_dataset
from ...selection.detector.detector_file import Detector, save_detector
from ...selection.detector.mode import MODES
from ...selection.training.scoring import score
from ...selection.training.training import train
from ...selection.training.training_plan import TrainingPlan
from ..codegen.project import export_project
from ..estimate.estimate import estimate
from ..estimate.priced_day import price_day
from ..verify.parity import verify
from .demo_page import demo_page
from .report_page import write_page

__all__ = ["DemoPlan", "DemoResult", "run_demo"]

_MARK = ".tussis-demo"


@dataclass(frozen=True)
class DemoPlan:
    """How much is synthesised.

    Attributes
    ----------
    subjects, held_out
        People to train on, and people that only the scores see.
    sessions, session_s
        Sessions of each, and their length in seconds.
    activity_s
        Seconds of each activity in the compressed day that battery days are of.
    training
        Choices of training.
    """

    subjects: int
    held_out: int
    sessions: int
    session_s: float
    activity_s: float
    training: TrainingPlan


CROWDED = {"sensitive": 900.0, "balanced": 450.0, "specific": 150.0}
"""Targets of false events per hour for synthetic sessions, which crowd hours of look-alikes into a minute."""
QUICK = DemoPlan(
    subjects=16,
    held_out=4,
    sessions=1,
    session_s=60.0,
    activity_s=20.0,
    training=TrainingPlan(n_splits=3, step=0.4, false_per_hour=CROWDED),
)
FULL = DemoPlan(
    subjects=60,
    held_out=10,
    sessions=1,
    session_s=60.0,
    activity_s=60.0,
    training=TrainingPlan(false_per_hour=CROWDED),
)
TRAIN_SEED, HELD_OUT_SEED, DAY_SEED = 1, 2, 3


@dataclass(frozen=True)
class DemoResult:
    """What the demo found.

    Attributes
    ----------
    folder
        Folder with everything that the demo wrote.
    summary
        The content of ``summary.json``.
    passed
        Whether the three executions agreed.
    """

    folder: Path
    summary: dict[str, Any]
    passed: bool


def run_demo(
    out: str | PathLike[str],
    *,
    quick: bool = False,
    plan: DemoPlan | None = None,
    progress: Progress = silent,
) -> DemoResult:
    """Run the chain and write ``summary.json``, ``report.html``, ``detector.json``, ``firmware/`` into `out`.

    Parameters
    ----------
    out
        A new or empty folder, or one of an earlier demo. The recordings are kept in ``recordings/``.
    quick
        Fewer people: under 90 s on two cores instead of under 6 min.
    plan
        Sizes of the demo.
    progress
        Called with the progress of each stage.

    Returns
    -------
    DemoResult

    Raises
    ------
    InputError
        `out` holds something else or cannot be written.
    """
    folder = Path(out).resolve()  # worker processes may have another working directory
    plan = plan or (QUICK if quick else FULL)
    _claim(folder)
    training, held_out, day = (folder / "recordings" / name for name in ("train", "held_out", "day"))
    _synthesise(training, plan, plan.subjects, TRAIN_SEED, staged(progress, "training set"))
    _synthesise(held_out, plan, plan.held_out, HELD_OUT_SEED, staged(progress, "held-out set"))
    _completed(
        day,
        partial(
            write_days,
            compressed=True,
            session_s=plan.activity_s,
            seed=DAY_SEED,
            progress=staged(progress, "compressed"),
        ),
    )
    detector = train(
        training,
        plan=plan.training,
        cache_folder=folder / ".cache",
        command="tussis demo" + (" --quick" if quick else ""),
        progress=progress,
    )
    save_detector(detector, folder / "detector.json")
    progress("export", 0, 1)
    shutil.rmtree(folder / "firmware", ignore_errors=True)
    export_project(detector, folder / "firmware")
    progress("export", 1, 1)
    parity = verify(folder / "firmware", held_out, progress=progress)
    scores = {
        mode: score(held_out, detector, mode, progress=staged(progress, mode)).as_dict() for mode in MODES
    }
    shown = _sorted(held_out)
    sample = shown[0]
    cost = estimate(folder / "firmware", sample.path, progress=progress)
    life = price_day(cost, day, progress=progress)
    summary = {
        "format": "tussis-demo",
        "version": 1,
        "tussis": version("tussis"),
        "quick": quick,
        "dataset": {"train": _dataset_facts(training), "held_out": _dataset_facts(held_out)},
        "detector": _detector_facts(detector),
        "score": {mode: found["event"] for mode, found in scores.items()},
        "parity": {**parity.as_dict(), "project": f"{out}/firmware"},
        "cost": {**cost.as_dict(), "day": life.as_dict()},
        "commands": _commands(Path(out), sample),
    }
    write_page(demo_page(summary, detector, shown), folder / "report.html")
    write_text_whole(folder / "summary.json", json_text(summary, 2) + "\n")
    return DemoResult(Path(out), summary, parity.passed)


def _claim(folder: Path) -> None:
    """Make the folder ours, and take away results that the coming run may contradict."""
    mark = folder / _MARK
    if not mark.is_file():
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError(folder, "exists and is not a demo's folder", remedy="name a new one with --out")
        write_text_whole(mark, "This folder was made by `tussis demo`, which may replace what is in it.\n")
    for name in ("summary.json", "report.html"):
        (folder / name).unlink(missing_ok=True)


def _synthesise(dataset: Path, plan: DemoPlan, subjects: int, seed: int, progress: Progress) -> None:
    """Write labelled sessions of synthetic people."""
    _completed(
        dataset,
        partial(
            write_dataset,
            subjects=subjects,
            sessions_per_subject=plan.sessions,
            session_s=plan.session_s,
            seed=seed,
            progress=progress,
        ),
    )


def _completed(dataset: Path, write: Callable[[Path], object]) -> None:
    """Write a dataset, or complete it; one of another plan or generator is replaced."""
    try:
        write(dataset)
    except InputError:
        shutil.rmtree(dataset, ignore_errors=True)
        write(dataset)


def _sorted(dataset: Path) -> list[SessionRef]:
    """Sort recordings to show; the first, which is priced, has the median number of coughs."""
    references = sorted(iter_dataset(dataset), key=lambda reference: len(reference.load().coughs))
    return [references.pop(len(references) // 2), *references]


def _dataset_facts(dataset: Path) -> dict[str, Any]:
    inventory = take_inventory(dataset)
    return {
        "subjects": len(inventory.subjects),
        "sessions": len(inventory.sessions),
        "hours": inventory.hours,
        "coughs": inventory.events,
    }


def _detector_facts(detector: Detector) -> dict[str, Any]:
    facts: dict[str, Any] = {"data_hash": detector.provenance.data_hash}
    for name, model in (("audio", detector.audio), ("imu", detector.imu)):
        if model is not None:
            facts[name] = {
                "features": len(model.features),
                "trees": model.trees.n_trees,
                "nodes": model.trees.n_nodes,
            }
    return facts


def _commands(folder: Path, sample: SessionRef) -> list[str]:
    """Name the commands that do the same steps one by one."""
    held_out = f"{folder}/recordings/held_out"
    return [
        f"tussis score {held_out} --model {folder}/detector.json --mode gated",
        f"tussis detect {held_out}/{sample.name} --model {folder}/detector.json",
        f"tussis export {folder}/detector.json firmware/",
        f"tussis verify {folder}/firmware {held_out}",
        f"tussis estimate {folder}/firmware --recording {held_out}/{sample.name}"
        f" --day {folder}/recordings/day",
    ]
