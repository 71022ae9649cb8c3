"""The best detector inside a budget, and the front of detectors it was chosen from.

Each modality is searched on its own within its limits, and what is on its front is scored by the events it
finds; then the best pair is taken whose image fits the limits on flash and RAM. The energy of the gated mode
is known only once the gate is chosen, so pairs are assembled from the best on until one keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...data.input_error import InputError
from ...data.progress import Progress, silent, staged
from ...signal.feature import Modality
from ..budget.budget import Budget, DevicePrice, Excess, ModalityBudget, refuse_excess
from ..budget.cost_table import CostTable, load_cost_table
from ..budget.gated_cost import GatedCost
from ..budget.modality_costs import modality_costs, modality_limits
from ..detector.detector_file import Detector
from ..models.fitted_model import answered
from ..training.gate_trial import run_gate
from ..training.known_windows import candidate_columns, known_windows, table_weights
from ..training.session_tracks import session_tracks
from ..training.training import assemble, labelled_features
from ..training.training_plan import TrainingPlan
from ..windows.dataset_features import DatasetFeatures, default_cache
from .finalists import Finalist, finalists
from .model_search import DEPTHS, TREES, Exploration, Search, explore
from .pairs import Pair, cheaper_pairs

__all__ = ["BudgetedTraining", "ParetoPoint", "PredictedCost", "train_within"]

GATE_LOSSES = (0.03, 0.1)
"""Relative losses of event F1 by the gate that are tried where energy is limited, beyond the plan's."""


@dataclass(frozen=True)
class ParetoPoint:
    """One detector of a modality on the front.

    Parameters
    ----------
    modality
        ``"audio"`` or ``"imu"``.
    features
        Ids.
    n_trees, max_depth
        Of the model.
    event_f1, event_f1_low, event_f1_high
        Event F1 of this modality alone, ungated, subjects held out, over several fits, and its 95 % interval
        over subjects. Its thresholds were chosen on the same subjects, with the first fit.
    average_precision, average_precision_low, average_precision_high
        Of windows, subjects held out, and its 95 % interval over subjects.
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
    event_f1: float
    event_f1_low: float
    event_f1_high: float
    average_precision: float
    average_precision_low: float
    average_precision_high: float
    cycles_per_second: float
    uj_per_second: float | None
    flash_bytes: float
    ram_bytes: float
    chosen: bool


@dataclass(frozen=True)
class PredictedCost:
    """What the detector is predicted to cost: cycles per second by mode, and bytes of the image.

    The gated mode's are those on the training data, or on its subjects when held out: the greater of the two.
    """

    audio_cycles_per_second: float
    imu_cycles_per_second: float | None
    gated_cycles_per_second: float | None
    flash_bytes: float
    ram_bytes: float


@dataclass(frozen=True)
class BudgetedTraining:
    """A detector inside its budget.

    Parameters
    ----------
    detector
        The best one found.
    cost
        Predicted.
    front
        What it was chosen from.
    bounds
        By modality, one sentence: which limit keeps better detectors out, or that none does.
    """

    detector: Detector
    cost: PredictedCost
    front: tuple[ParetoPoint, ...]
    bounds: tuple[str, ...]


@dataclass(frozen=True)
class _Modality:
    """One modality's search, the columns of the table that it chose from, and its finalists."""

    name: Modality
    exploration: Exploration
    columns: NDArray[np.intp]
    finalists: list[Finalist]

    def bound(self, one: Finalist) -> str:
        """Say which limit keeps better detectors out."""
        own = replace(one.candidate, columns=np.searchsorted(self.columns, one.candidate.columns))
        obstacle = self.exploration.obstacle(own)
        if obstacle is None:
            return f"{self.name}: no limit binds; more features, trees or levels no longer raise the score"
        return f"{self.name}: {obstacle.limit} binds; {obstacle.binding}"


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
        As for `tussis.selection.training.training.train`.
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
    names = _modalities(data, budget, source)
    sizes = (trees, depths)
    found = [
        _search(data, name, budget, source, price, plan, costs, sizes, folder, progress) for name in names
    ]
    base = (costs.flash.base, costs.ram.base)
    bounds: list[str] = []
    pairs = cheaper_pairs([part.finalists for part in found], base, budget, source, plan, bounds)
    best: BudgetedTraining | None = None
    nearest: Excess | None = None
    for pair, max_gate_loss in _gated(pairs, plan, budget):
        imu = pair[1].fitted if len(pair) > 1 else None
        own = replace(plan, max_gate_loss=max_gate_loss)
        detector = assemble(
            data, own, pair[0].fitted, imu, budget=budget.as_document(), command=command, progress=progress
        )
        cost = _predict(data, pair, detector, costs)
        excess = _energy_excess(cost, budget, price)
        if excess is not None:
            nearest = excess if nearest is None or excess.needed < nearest.needed else nearest
        elif best is None or _event_f1(detector) > _event_f1(best.detector):
            best = BudgetedTraining(
                detector,
                cost,
                tuple(_front(found, pair, price, base)),
                tuple(part.bound(one) for part, one in zip(found, pair, strict=True)),
            )
        if best is not None and nearest is None:
            break  # the best pair, gated as wished: nothing later is better
    if best is None:
        assert nearest is not None
        raise refuse_excess(source, nearest)
    if nearest is not None:
        bounds.append(f"gated: {nearest.limit} binds; {nearest.binding}")
    return replace(best, bounds=(*best.bounds, *bounds))


def _gated(pairs: Iterator[Pair], plan: TrainingPlan, budget: Budget) -> Iterator[tuple[Pair, float]]:
    """Yield each pair with the losses that its gate may cost: more than wished only to save energy."""
    for pair in pairs:
        yield pair, plan.max_gate_loss
        if len(pair) > 1 and budget.total.uj_per_second is not None:
            yield from ((pair, loss) for loss in GATE_LOSSES if loss > plan.max_gate_loss)


def _event_f1(detector: Detector) -> float:
    """Event F1 out of fold in the mode that the detector runs in."""
    scores = detector.provenance.scores["out_of_fold"]
    return float(scores.get("gated", scores["audio"])["f1"] or 0.0)


def _modalities(data: DatasetFeatures, budget: Budget, source: str) -> list[Modality]:
    if any(session.imu is not None for session in data.sessions):
        return ["audio", "imu"]
    limited = next((key for key in ModalityBudget.model_fields if getattr(budget.imu, key) is not None), None)
    if limited is not None:
        raise InputError(
            source,
            f"limits motion, but no session of {data.source} has any",
            field=f"imu.{limited}",
            remedy="leave [imu] out, or add an imu.csv to the sessions",
        )
    return ["audio"]


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
    columns = candidate_columns(data, name, plan)
    path = modality_costs(costs, name, plan.window_plan(name), [table.ids[column] for column in columns])
    limits = modality_limits(name, budget, path, costs, price)
    windows = known_windows(data, name, columns, plan)
    search = Search(
        windows,
        getattr(plan, name).booster,
        step=plan.step,
        ranking=plan.ranking,
        trees=sizes[0],
        depths=sizes[1],
        folder=folder,
        name=f"{data.data_hash[:16]}-{name}",
        progress=staged(progress, name),
    )
    found = explore(search, path, limits, lambda excess: refuse_excess(source, excess))
    for_table = [replace(one, columns=columns[one.columns]) for one in found.candidates]
    best = finalists(data, name, for_table, weight, plan, progress)
    return _Modality(name, found, columns, best)


def _predict(data: DatasetFeatures, pair: Pair, detector: Detector, table: CostTable) -> PredictedCost:
    costs = [one.candidate for one in pair]
    imu, gated = None, None
    if len(pair) > 1 and detector.audio is not None and detector.imu is not None:
        audio, imu = (one.cycles_per_second for one in costs)
        cost = GatedCost.of_modalities(audio, imu, detector.audio.plan, table)
        held_out = pair[0].fitted, pair[1].fitted
        learned = answered(data, "audio", detector.audio), answered(data, "imu", detector.imu)
        trials = (
            run_gate(
                session_tracks(data, "audio", sound),
                session_tracks(data, "imu", motion),
                (detector.audio.plan, detector.imu.plan),
                detector.gating,
                detector.audio_events,
            )
            for sound, motion in (held_out, learned)
        )
        gated = max(cost.gated(*trial.duties) for trial in trials)
    return PredictedCost(
        costs[0].cycles_per_second,
        imu,
        gated,
        table.flash.base + sum(one.flash_bytes for one in costs),
        table.ram.base + sum(one.ram_bytes for one in costs),
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
    pair: Pair,
    price: DevicePrice | None,
    base: tuple[float, float],
) -> Iterator[ParetoPoint]:
    for part, chosen in zip(found, pair, strict=True):
        for one in part.finalists:
            cost = one.candidate
            yield ParetoPoint(
                part.name,
                one.fitted.features,
                cost.plan.n_trees,
                cost.plan.max_depth,
                one.event_f1,
                *one.event_f1_interval,
                one.fitted.average_precision,
                *one.average_precision_interval,
                cost.cycles_per_second,
                None if price is None else cost.cycles_per_second * price.uj_per_cycle,
                base[0] + cost.flash_bytes,
                base[1] + cost.ram_bytes,
                one is chosen,
            )
