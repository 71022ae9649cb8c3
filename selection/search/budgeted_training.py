"""The best detector inside a budget, and the front of detectors it was chosen from.

Each modality is searched on its own within its limits, and what is on its front is scored by the events it
finds; then the best pair is taken whose image fits the limits on flash and RAM. The energy of the gated mode
is known only once the gate is chosen, so pairs are assembled from the best on until one keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from os import PathLike
from pathlib import Path

from ...data.cache_place import cache_place
from ...data.progress import Progress, silent
from ..budget.board_price import BoardPrice
from ..budget.budget import Budget, DevicePrice, Excess, refuse_excess
from ..budget.cost_table import CostTable, load_cost_table
from ..detector.detector_file import Detector
from ..detector.microphone import Way
from ..training.training import assemble, labelled_features
from ..training.training_plan import TrainingPlan
from ..windows.dataset_features import DatasetFeatures
from .board_terms import gyroscope_fits, heard_late, least_power, refuse_floor
from .gyroscope_search import search_motion
from .modality_search import SearchTerms, search_modality, searched_modalities
from .model_search import DEPTHS, TREES
from .pairs import Pair, cheaper_pairs
from .pareto_points import ParetoPoint, front_points
from .predicted_cost import PredictedCost, energy_excess, predict_cost
from .search_method import SearchMethod
from .woken import session_movement

__all__ = ["BudgetedTraining", "train_within"]

_LATER: tuple[Way, ...] = ("always", "wake", "gated")
"""Ways to run the microphone, each of which hears later than the one before."""
GATE_LOSSES = (0.03, 0.1)
"""Relative losses of event F1 by the gate that are tried where energy is limited, beyond the plan's."""


@dataclass(frozen=True)
class BudgetedTraining:
    """A detector inside its budget.

    Parameters
    ----------
    detector
        The best one found.
    cost
        Predicted cost of the detector.
    front
        What it was chosen from.
    bounds
        One sentence by modality: which limit keeps better detectors out, or that none does.
    """

    detector: Detector
    cost: PredictedCost
    front: tuple[ParetoPoint, ...]
    bounds: tuple[str, ...]

    @property
    def rank(self) -> tuple[int, float]:
        """What the best detector has most of: a microphone that hears in time, then event F1 out of fold."""
        return _rank(self.detector, self.cost)


def _rank(detector: Detector, cost: PredictedCost) -> tuple[int, float]:
    scores = detector.provenance.scores["out_of_fold"]
    mode = "gated" if cost.board is None else cost.board.mode
    way = "always" if cost.board is None else cost.board.way
    return -_LATER.index(way), float(scores.get(mode, scores["audio"])["f1"] or 0.0)


@dataclass(frozen=True)
class _Assembled:
    """A pair of finalists made into a detector."""

    pair: Pair
    detector: Detector
    cost: PredictedCost

    @property
    def microphone_sleeps(self) -> bool:
        """Whether the board needs a microphone that is off for a part of the time."""
        return self.cost.board is not None and self.cost.board.microphone_sleeps

    @property
    def rank(self) -> tuple[int, float]:
        """As for `BudgetedTraining`."""
        return _rank(self.detector, self.cost)


def train_within(
    dataset: str | PathLike[str],
    budget: Budget,
    *,
    source: str = "budget",
    price: DevicePrice | None = None,
    plan: TrainingPlan | None = None,
    costs: CostTable | None = None,
    board: BoardPrice | None = None,
    trees: Sequence[int] = TREES,
    depths: Sequence[int] = DEPTHS,
    method: SearchMethod = "exhaustive",
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
        Limits to keep.
    source
        The budget file, for messages.
    price
        Price of the device's cycles; needed where the budget has limits in uJ or ms.
    plan
        Folds, step, ranking, rule, regularisation; its largest numbers of features do not count.
    costs
        Costs of the kernels; None is the shipped table.
    board
        The board whose sensors may be chosen; needed where the budget limits the board's energy.
    trees, depths
        Sizes of models to choose from.
    method
        As in `tussis.selection.search.model_search.Search`.
    cache_folder
        Folder for features and finished elimination steps; None is the user's cache folder.
    command
        Kept in the detector's provenance.
    progress
        Called with the progress of each stage.

    Raises
    ------
    InputError
        The dataset cannot be learned from, or nothing keeps the budget: the message names the limit that
        binds and what the cheapest detector found needs.
    """
    bounds: list[str] = []
    gyroscope = True
    if board is not None:
        refuse_floor(dataset, board, budget, source)
        gyroscope, why = gyroscope_fits(board, budget)
    terms = SearchTerms(
        budget,
        source,
        price,
        plan or TrainingPlan(),
        costs or load_cost_table(),
        trees,
        depths,
        cache_folder or cache_place(),
        board,
        gyroscope,
        method=method,
    )
    data = labelled_features(dataset, terms.plan, terms.folder, progress, training=True)
    names = searched_modalities(data, terms)
    found = [search_modality(data, "audio", terms, progress)]
    if "imu" in names:
        motion, earned = search_motion(data, terms, progress)
        found.append(motion)
        bounds += [earned] if earned else []
    if len(found) > 1 and not gyroscope:
        bounds.append(why)
    finalists = [part.finalists for part in found]
    cost = partial(least_power, board=board) if board is not None and budget.total.limits_board else None
    pairs = cheaper_pairs(finalists, terms.image_base, budget, source, terms.plan, bounds, cost)
    movement = cache(lambda: session_movement(dataset, data.audio_plan, data.imu_plan))
    best, nearest = _assemble_best(data, pairs, replace(terms, movement=movement), command, progress)
    if nearest is not None:
        bounds.append(f"gated: {nearest.limit} binds; {nearest.binding}")
    if best.microphone_sleeps:
        assert best.cost.board is not None
        bounds.append(heard_late(dataset, best.detector, best.cost.board.way))
    binding = (part.bound(one) for part, one in zip(found, best.pair, strict=True))
    return BudgetedTraining(
        best.detector,
        best.cost,
        tuple(front_points(found, best.pair, price, terms.image_base)),
        (*binding, *bounds),
    )


def _assemble_best(
    data: DatasetFeatures, pairs: Iterator[Pair], terms: SearchTerms, command: str, progress: Progress
) -> tuple[_Assembled, Excess | None]:
    """Assemble pairs until one keeps the limit on energy; also return by how little another one missed it.

    Raises
    ------
    InputError
        None keeps the limit.
    """
    best: _Assembled | None = None
    nearest: Excess | None = None
    for pair, max_gate_loss in _gated(pairs, terms.plan, terms.budget):
        one = _assembled(data, pair, max_gate_loss, terms, command, progress)
        excess = energy_excess(one.cost, terms.budget, terms.price)
        if excess is not None:
            nearest = excess if nearest is None or excess.needed < nearest.needed else nearest
        elif best is None or one.rank > best.rank:
            best = one
        if best is not None and nearest is None and not best.microphone_sleeps:
            break  # the best pair, gated as wished: nothing later is better
    if best is None:
        assert nearest is not None
        raise refuse_excess(terms.source, nearest)
    return best, nearest


def _assembled(
    data: DatasetFeatures,
    pair: Pair,
    max_gate_loss: float,
    terms: SearchTerms,
    command: str,
    progress: Progress,
) -> _Assembled:
    """Make the detector of a pair, and predict its cost."""
    detector = assemble(
        data,
        replace(terms.plan, max_gate_loss=max_gate_loss),
        pair[0].fitted,
        pair[1].fitted if len(pair) > 1 else None,
        budget=terms.budget.as_document(),
        command=command,
        progress=progress,
    )
    cost = predict_cost(data, pair, detector, terms.costs, terms.budget, terms.board, terms.movement)
    return _Assembled(pair, detector, cost)


def _gated(pairs: Iterator[Pair], plan: TrainingPlan, budget: Budget) -> Iterator[tuple[Pair, float]]:
    """Yield each pair with the losses that its gate may cost: more than wished only to save energy."""
    for pair in pairs:
        yield pair, plan.max_gate_loss
        if len(pair) > 1 and budget.total.limits_energy:
            yield from ((pair, loss) for loss in GATE_LOSSES if loss > plan.max_gate_loss)
