"""The best detector inside a budget, and the front of detectors it was chosen from.

Each modality is searched on its own within its limits; then the best pair is taken whose image fits the
limits on flash and RAM. The energy of the gated mode is known only once the gate is chosen, so pairs are
assembled from the best on until one keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..data.progress import Progress, silent
from .budget import Budget, DevicePrice, Excess, PathBudget, refuse_excess
from .candidates import DEPTHS, TREES, Candidate, Limits, PathCost, Search, explore
from .cost_table import CostTable, Memory, PathCosts, load_cost_table
from .dataset_features import DatasetFeatures, Modality, WindowTable, default_cache
from .detector import Detector
from .gate_trial import run_gate
from .out_of_fold import FittedModel, fit_out_of_fold
from .pareto import front, subject_interval
from .stopping import choose_point
from .training import (
    TrainingPlan,
    assemble,
    candidate_columns,
    labelled_features,
    session_tracks,
    staged,
    table_weights,
)
from .windows import IGNORED

__all__ = ["BudgetedTraining", "FrontPoint", "PredictedCost", "path_cost", "train_within"]

MEMORIES: tuple[Memory, ...] = ("flash_bytes", "ram_bytes")
MAX_FEATURES = 100
"""Where the budget names no number: it bounds the search."""

MAX_ASSEMBLIES = 5
CHEAPER = 0.9
"""Each pair that is assembled in turn costs at most this share of the one before."""


@dataclass(frozen=True)
class FrontPoint:
    """One detector of a modality on the front.

    Parameters
    ----------
    modality
        ``"audio"`` or ``"imu"``.
    features
        Ids.
    n_trees, max_depth
        Of the model.
    score, low, high
        Held-out average precision of windows and its 95 % interval over subjects.
    cycles_per_second, uj_per_second
        While its path runs; energy None without a device.
    flash_bytes, ram_bytes
        Of an image with this path alone.
    chosen
        Whether the detector was made from it.
    """

    modality: Modality
    features: tuple[str, ...]
    n_trees: int
    max_depth: int
    score: float
    low: float
    high: float
    cycles_per_second: float
    uj_per_second: float | None
    flash_bytes: float
    ram_bytes: float
    chosen: bool


@dataclass(frozen=True)
class PredictedCost:
    """What the detector is predicted to cost: cycles per second by mode, and bytes of the image."""

    audio_cycles_per_second: float
    imu_cycles_per_second: float | None
    gated_cycles_per_second: float | None
    flash_bytes: float
    ram_bytes: float


@dataclass(frozen=True)
class BudgetedTraining:
    """A detector inside its budget, its predicted cost, and the front it was chosen from."""

    detector: Detector
    cost: PredictedCost
    front: tuple[FrontPoint, ...]


@dataclass(frozen=True)
class _Modality:
    """One modality's data and candidates; cycles per second of its path asleep, and of its bare frames."""

    name: Modality
    table: WindowTable
    weight: NDArray[np.float32]
    candidates: list[Candidate]
    always: float
    frames: float


def train_within(
    dataset: str | PathLike[str],
    budget: Budget,
    *,
    source: str = "budget",
    price: DevicePrice | None = None,
    plan: TrainingPlan | None = None,
    costs: CostTable | None = None,
    trees: Sequence[int] = TREES,
    depths: Sequence[int] = DEPTHS,
    cache_folder: Path | None = None,
    command: str = "",
    progress: Progress = silent,
) -> BudgetedTraining:
    """Train the best detector that keeps a budget. An interrupted call, repeated, goes on.

    Parameters
    ----------
    dataset
        As for `tussis.selection.training.train`.
    budget
        The limits.
    source
        The budget file, for messages.
    price
        Of the device; needed where the budget has limits in uJ or ms.
    plan
        Folds, step, ranking, rule, regularisation; its largest numbers of features do not count.
    costs
        Costs of the kernels; None is the shipped table.
    trees, depths
        Sizes of models to choose from.
    cache_folder
        Where features and finished elimination steps are kept; None is the user's cache folder.
    command
        Kept in the detector's provenance.
    progress
        Told often, stage by stage.

    Raises
    ------
    InputError
        The dataset cannot be learned from, or nothing keeps the budget: the message names the limit that
        binds and what the cheapest detector found needs.
    """
    plan, costs = plan or TrainingPlan(), costs or load_cost_table()
    folder = cache_folder or default_cache()
    data = labelled_features(dataset, plan, folder, progress)
    names: list[Modality] = ["audio"]
    if any(session.imu is not None for session in data.sessions):
        names.append("imu")
    sizes = (trees, depths)
    found = [
        _search(data, name, budget, source, price, plan, costs, sizes, folder, progress) for name in names
    ]
    base = (costs.flash.base, costs.ram.base)
    for pair in _pairs(found, base, budget, source, plan):
        fitted = [_fit(data, part, one, plan, progress) for part, one in zip(found, pair, strict=True)]
        imu = fitted[1] if len(fitted) > 1 else None
        detector = assemble(
            data, plan, fitted[0], imu, budget=budget.as_document(), command=command, progress=progress
        )
        cost = _predict(data, found, pair, fitted, detector, base)
        excess = _energy_excess(cost, budget, price)
        if excess is None:
            return BudgetedTraining(detector, cost, tuple(_front(found, pair, price, base)))
        nearest = excess
    raise refuse_excess(source, nearest)


def _search(
    data: DatasetFeatures,
    name: Modality,
    budget: Budget,
    source: str,
    price: DevicePrice | None,
    plan: TrainingPlan,
    costs: CostTable,
    sizes: tuple[Sequence[int], Sequence[int]],
    folder: Path,
    progress: Progress,
) -> _Modality:
    """Find one modality's candidates and put them in the order of preference."""
    table = data.table(name)
    weight = table_weights(table, plan)
    known = table.target != IGNORED
    columns = candidate_columns(data, name, plan)
    path = path_cost(costs, name, plan, [table.ids[column] for column in columns])
    limits = _limits(name, getattr(budget, name), budget, path, costs, plan, price)
    search = Search(
        table.values[known][:, columns],
        table.target[known],
        weight[known],
        table.subject[known],
        getattr(plan, name).booster,
        n_splits=plan.n_splits,
        step=plan.step,
        min_features=getattr(plan, name).min_features,
        ranking=plan.ranking,
        seed=plan.seed,
        trees=sizes[0],
        depths=sizes[1],
        checkpoint=folder / "elimination" / f"{data.data_hash[:16]}-{name}-budget.json",
        source=data.source,
        progress=staged(progress, name),
    )
    candidates = explore(search, path, limits, lambda excess: refuse_excess(source, excess))
    own: PathCosts = getattr(costs, name)
    frames = own.frame / plan.audio_plan.frame_s if name == "audio" else 0.0
    for_table = [replace(one, columns=columns[one.columns]) for one in candidates]
    return _Modality(name, table, weight, for_table, own.second, frames)


def path_cost(costs: CostTable, name: Modality, plan: TrainingPlan, ids: Sequence[str]) -> PathCost:
    """Lay the costs of a cost table out over the columns of a table of windows."""
    own = plan.audio_plan if name == "audio" else plan.imu_plan
    window_hz = 1.0 / own.hop_s

    flash, ram = (replace(costs.memory(resource, name, own).columns(ids), base=0.0) for resource in MEMORIES)
    return PathCost(costs.graph(name, own).columns(ids), flash, ram, costs.model, window_hz)


def _limits(
    name: Modality,
    own: PathBudget,
    budget: Budget,
    path: PathCost,
    costs: CostTable,
    plan: TrainingPlan,
    price: DevicePrice | None,
) -> Limits:
    if price is None and (own.needs_device or budget.total.uj_per_second is not None):
        raise ValueError("limits in uJ and ms need the price of a device")
    keys = ("cycles_per_second", "uj_per_second", "ms_per_window")
    single = {
        key: PathBudget(**{key: getattr(own, key)}).most_cycles(path.window_hz, price)
        for key in keys
        if getattr(own, key) is not None
    }
    tightest = min(single, key=lambda key: single[key], default="cycles_per_second")
    units = {"cycles_per_second": ("cycles per second", 1.0)}
    if price is not None:
        units["uj_per_second"] = ("uJ per second", price.uj_per_cycle)
        units["ms_per_window"] = ("ms per window", 1e3 / (price.clock_hz * path.window_hz))
    total = budget.total
    return Limits(
        cycles_per_second=min(single.values(), default=np.inf),
        features=own.features or MAX_FEATURES,
        flash_bytes=np.inf if total.flash_bytes is None else total.flash_bytes,
        flash_base=costs.flash.base,
        ram_bytes=np.inf if total.ram_bytes is None else total.ram_bytes,
        ram_base=costs.ram.base,
        name=name,
        cycles_key=tightest,
        unit=units[tightest][0],
        unit_per_cycle=units[tightest][1],
    )


def _pairs(
    found: Sequence[_Modality],
    base: tuple[float, float],
    budget: Budget,
    source: str,
    plan: TrainingPlan,
) -> Iterator[tuple[Candidate, ...]]:
    """Yield combinations that keep flash and RAM, best first by the rule, each cheaper than the last."""
    fronts = [front(part.candidates) for part in found]
    pairs: list[tuple[Candidate, ...]] = [(one,) for one in fronts[0]]
    if len(fronts) > 1:
        pairs = [(one, other) for one in fronts[0] for other in fronts[1]]
    for key, own in (("flash_bytes", base[0]), ("ram_bytes", base[1])):
        allowed = getattr(budget.total, key)
        if allowed is None:
            continue
        sizes = [own + sum(getattr(one, key) for one in pair) for pair in pairs]
        if min(sizes) > allowed:
            raise refuse_excess(source, Excess(f"total.{key}", allowed, min(sizes), "bytes"))
        pairs = [pair for pair, size in zip(pairs, sizes, strict=True) if size <= allowed]
    pairs.sort(key=lambda pair: -_cycles(pair))
    scores = np.array([np.mean([one.scores for one in pair], axis=0) for pair in pairs])
    first = choose_point(scores, range(len(pairs)), plan.rule)
    cheaper = sorted(range(first + 1, len(pairs)), key=lambda number: -scores[number].mean())
    given: list[tuple[Candidate, ...]] = []
    for number in [first, *cheaper]:
        if not given or _cycles(pairs[number]) < CHEAPER * _cycles(given[-1]):
            given.append(pairs[number])
    yield from given[:MAX_ASSEMBLIES]


def _cycles(pair: Sequence[Candidate]) -> float:
    return sum(one.cycles_per_second for one in pair)


def _fit(
    data: DatasetFeatures, part: _Modality, one: Candidate, plan: TrainingPlan, progress: Progress
) -> FittedModel:
    support = np.zeros(len(part.table.ids), np.bool_)
    support[one.columns] = True
    return fit_out_of_fold(
        part.table,
        support,
        part.weight,
        one.plan,
        plan.n_splits,
        source=data.source,
        progress=staged(progress, part.name),
    )


def _predict(
    data: DatasetFeatures,
    found: Sequence[_Modality],
    pair: Sequence[Candidate],
    fitted: Sequence[FittedModel],
    detector: Detector,
    base: tuple[float, float],
) -> PredictedCost:
    audio, gated = found[0], None
    imu = pair[1].cycles_per_second if len(pair) > 1 else None
    if imu is not None and detector.audio is not None and detector.imu is not None:
        trial = run_gate(
            session_tracks(data, "audio", fitted[0]),
            session_tracks(data, "imu", fitted[1]),
            (detector.audio.plan, detector.imu.plan),
            detector.gating,
            detector.audio_events,
        )
        windows = pair[0].cycles_per_second - audio.always - audio.frames
        gated = trial.cycles_per_second(imu, audio.always, audio.frames, windows)
    return PredictedCost(
        pair[0].cycles_per_second,
        imu,
        gated,
        base[0] + sum(one.flash_bytes for one in pair),
        base[1] + sum(one.ram_bytes for one in pair),
    )


def _energy_excess(cost: PredictedCost, budget: Budget, price: DevicePrice | None) -> Excess | None:
    allowed = budget.total.uj_per_second
    if allowed is None or price is None:
        return None
    gated = cost.gated_cycles_per_second
    cycles = cost.audio_cycles_per_second if gated is None else gated
    needed = cycles * price.uj_per_cycle
    return Excess("total.uj_per_second", allowed, needed, "uJ/s") if needed > allowed else None


def _front(
    found: Sequence[_Modality],
    pair: Sequence[Candidate],
    price: DevicePrice | None,
    base: tuple[float, float],
) -> Iterator[FrontPoint]:
    for part, chosen in zip(found, pair, strict=True):
        known = part.table.target != IGNORED
        y, subject = part.table.target[known], part.table.subject[known]
        for one in front(part.candidates):
            low, high = subject_interval(y, one.margins, part.weight[known], subject)
            yield FrontPoint(
                part.name,
                tuple(part.table.ids[column] for column in one.columns),
                one.plan.n_trees,
                one.plan.max_depth,
                one.score,
                low,
                high,
                one.cycles_per_second,
                None if price is None else one.cycles_per_second * price.uj_per_cycle,
                base[0] + one.flash_bytes,
                base[1] + one.ram_bytes,
                one is chosen,
            )
