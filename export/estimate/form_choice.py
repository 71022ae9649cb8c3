"""Which form of trees a limit on cycles or flash asks for: each is built and run on the emulated core."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...data.input_error import InputError
from ...selection.detector.detector_file import Detector
from ...selection.trees.tree_ensemble import LEAF, TreeEnsemble
from ..build.toolchain import Toolchain, find_arm_toolchain
from ..codegen.export_options import Trees
from ..codegen.project import export_project
from ..codegen.tree_emitters import EMITTERS
from ..emulator.elf_image import load_elf
from .memory import build_measured
from .row_cost import row_cost

__all__ = [
    "CHOSEN_FROM",
    "FormCost",
    "choose_form",
    "detector_form",
    "form_cost",
    "refuse_limits",
    "rows_at_splits",
]

CHOSEN_FROM: tuple[Trees, ...] = ("table", "compact", "branches")
"""Forms that a limit chooses between: m2cgen's takes more cycles and more flash than branches."""

_ROWS = 40


class FormCost(NamedTuple):
    """What one form of an ensemble costs.

    Parameters
    ----------
    form
        Name of the form.
    instructions, cycles
        Of one evaluation, mean over rows: counted, and by the cycle model.
    cycles_low, cycles_high
        The cycle model's expected error (`tussis.export.emulator.cycle_bounds`).
    flash_bytes
        Code and constants.
    stack_bytes
        Most that any row used.
    equal
        Share of rows whose margin has the bits of the reference.
    """

    form: Trees
    instructions: float
    cycles: float
    cycles_low: float
    cycles_high: float
    flash_bytes: int
    stack_bytes: int
    equal: float


def rows_at_splits(trees: TreeEnsemble, n: int = _ROWS, seed: int = 0) -> NDArray[np.float32]:
    """Rows that go either way at splits: each value is a threshold of its feature, or the float32 below it.

    Returns
    -------
    ndarray of float32, shape (n, n_features)
    """
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, trees.n_features)).astype(np.float32)
    inner = trees.left != LEAF
    for feature in np.unique(trees.feature[inner]):
        at = trees.threshold[inner & (trees.feature == feature)]
        X[:, feature] = rng.choice(np.concatenate([at, np.nextafter(at, np.float32(-np.inf))]), n)
    return X


def form_cost(
    trees: TreeEnsemble,
    form: Trees,
    *,
    missing: bool = False,
    rows: NDArray[np.float32] | None = None,
    toolchain: Toolchain | None = None,
    source: str = "model",
) -> FormCost:
    """Build one form for the Cortex-M33 and run it on rows.

    Parameters
    ----------
    trees, form, missing, source
        What to write (`tussis.export.codegen.tree_emitters`).
    rows : ndarray of float32, shape (n, n_features)
        Default: `rows_at_splits`.
    toolchain
        Default: the one that is found.

    Raises
    ------
    InputError
        A limit of the form is exceeded.
    """
    X = rows_at_splits(trees) if rows is None else rows
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "trees.c").write_text(
            EMITTERS[form](trees, "margin", missing=missing, source=source), encoding="utf-8"
        )
        cost = row_cost([folder / "trees.c"], X, toolchain=toolchain)
    equal = cost.answers.view(np.uint32) == trees.margin(X).view(np.uint32)
    return FormCost(form, *cost[:-1], float(np.mean(equal)))


def choose_form(
    costs: Sequence[FormCost],
    *,
    max_cycles: float | None = None,
    max_flash: float | None = None,
    unit: str = "cycles",
) -> tuple[Trees, str]:
    """Choose the form that a limit asks for, and say why.

    A limit on cycles alone asks for least flash within it; any other, or none, for fewest cycles. Where no
    form keeps a limit on cycles alone, the fastest is taken, else the one with least flash.

    Parameters
    ----------
    costs
        Of the forms to choose from.
    max_cycles, max_flash
        Limits; None: there is none.
    unit
        What ``cycles`` counts, for the reason.

    Returns
    -------
    form : str
    reason : str
        One line.
    """
    within = [
        cost
        for cost in costs
        if cost.cycles <= (np.inf if max_cycles is None else max_cycles)
        and cost.flash_bytes <= (np.inf if max_flash is None else max_flash)
    ]
    limits = " and ".join(
        f"{limit:,.0f} {what}"
        for limit, what in ((max_cycles, unit), (max_flash, "bytes of flash"))
        if limit is not None
    )
    cycles_alone = max_cycles is not None and max_flash is None
    if not within and cycles_alone:
        chosen, why = min(costs, key=lambda cost: cost.cycles), f"the fastest, none keeps {limits}"
    elif not within:
        chosen, why = min(costs, key=lambda cost: cost.flash_bytes), f"the smallest, none keeps {limits}"
    elif cycles_alone:
        chosen, why = min(within, key=lambda cost: cost.flash_bytes), f"the smallest within {limits}"
    else:
        chosen = min(within, key=lambda cost: cost.cycles)
        why = f"the fastest within {limits}" if limits else "the fastest; no limit was given"
    rest = "; ".join(_figures(cost, unit) for cost in costs if cost is not chosen)
    return chosen.form, f"{_figures(chosen, unit)}: {why} ({rest})"


def detector_form(detector: Detector, max_flash: float | None = None) -> tuple[Trees, str]:
    """Choose the form of a detector's models by a limit on the flash of its image.

    Parameters
    ----------
    detector
        The detector.
    max_flash
        Bytes of flash of the image; default: ``flash_bytes`` of the budget that it was trained within.

    Returns
    -------
    (form, reason)
        As of `choose_form`; cycles are per second, of both models while they run.
    """
    if max_flash is None:
        max_flash = ((detector.budget or {}).get("total") or {}).get("flash_bytes")
    models = [model for model in (detector.audio, detector.imu) if model is not None]
    toolchain = find_arm_toolchain()
    with tempfile.TemporaryDirectory() as temporary:
        project = export_project(detector, Path(temporary) / "firmware")
        image = load_elf(build_measured(project.path, toolchain).elf)
    flash = sum(section.size for section in image.sections if section.stored)
    costs = []
    for form in CHOSEN_FROM:
        parts = [form_cost(model.trees, form, toolchain=toolchain) for model in models]
        rates = [1.0 / model.plan.hop_s for model in models]
        instructions, cycles, low, high = np.dot(rates, [part[1:5] for part in parts]).tolist()
        sizes = [(part.flash_bytes, part.stack_bytes, part.equal) for part in parts]
        flashes, stacks, equals = zip(*sizes, strict=True)
        costs.append(FormCost(form, instructions, cycles, low, high, sum(flashes), max(stacks), min(equals)))
    rest = flash - costs[0].flash_bytes
    return choose_form(
        [cost._replace(flash_bytes=cost.flash_bytes + rest) for cost in costs],
        max_flash=max_flash,
        unit="cycles a second of both models",
    )


def _figures(cost: FormCost, unit: str) -> str:
    return f"{cost.form} takes {cost.cycles:,.0f} {unit} and {cost.flash_bytes:,} bytes of flash"


def refuse_limits(form: str, **limits: float | None) -> None:
    """Refuse limits that choose nothing, because a form is named, and limits that nothing can keep."""
    for name, limit in limits.items():
        option = f"--{name.replace('_', '-')}"
        if limit is not None and form != "auto":
            raise InputError(option, f"chooses nothing beside {form}", remedy="give auto, or leave it out")
        if limit is not None and limit <= 0:
            raise InputError(option, f"{limit} is not above 0", remedy="give a positive number")
