"""One modality searched on its own within its limits, and its best candidates by the events they find."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...data.input_error import InputError
from ...data.progress import Progress, silent, staged
from ...signal.catalogue import needs_gyroscope
from ...signal.feature import Modality
from ..budget.board_price import BoardPrice
from ..budget.budget import Budget, DevicePrice, ModalityBudget, refuse_excess
from ..budget.cost_table import CostTable
from ..budget.modality_costs import modality_costs, modality_limits
from ..training.known_windows import candidate_columns, known_windows, table_weights
from ..training.training_plan import TrainingPlan
from ..windows.dataset_features import DatasetFeatures
from .finalists import Finalist, finalists
from .model_search import Exploration, Search, explore
from .search_method import SearchMethod
from .woken import Movement

__all__ = ["ModalitySearch", "SearchTerms", "search_modality", "searched_modalities"]


@dataclass(frozen=True)
class SearchTerms:
    """What a search must keep, and what it chooses from.

    Parameters
    ----------
    budget
        Limits to keep.
    source
        The budget file, for messages.
    price
        Price of the device's cycles; needed where the budget has limits in uJ or ms.
    plan
        Folds, step, ranking, rule, regularisation; its largest numbers of features do not count.
    costs
        Costs of the kernels.
    trees, depths
        Sizes of models to choose from.
    folder
        Folder for features and finished elimination steps.
    board
        The board whose sensors may be chosen; None where the budget names no device.
    gyroscope
        Whether the board can have one within the budget; without one no feature that looks at it is offered.
    movement
        Gives the movement of each session, by name.
    method
        As in `tussis.selection.search.model_search.Search`.
    """

    budget: Budget
    source: str
    price: DevicePrice | None
    plan: TrainingPlan
    costs: CostTable
    trees: Sequence[int]
    depths: Sequence[int]
    folder: Path
    board: BoardPrice | None = None
    gyroscope: bool = True
    movement: Callable[[], Mapping[str, Movement]] = dict
    method: SearchMethod = "exhaustive"

    @property
    def image_base(self) -> tuple[float, float]:
        """Bytes of flash and of RAM of an image without features and models."""
        return self.costs.flash.base, self.costs.ram.base


@dataclass(frozen=True)
class ModalitySearch:
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


def searched_modalities(data: DatasetFeatures, terms: SearchTerms) -> list[Modality]:
    """Name the modalities that the sessions have.

    Raises
    ------
    InputError
        The budget limits motion, and no session has any.
    """
    if any(session.imu is not None for session in data.sessions):
        return ["audio", "imu"]
    limited = next(
        (key for key in ModalityBudget.model_fields if getattr(terms.budget.imu, key) is not None), None
    )
    if limited is not None:
        raise InputError(
            terms.source,
            f"limits motion, but no session of {data.source} has any",
            field=f"imu.{limited}",
            remedy="leave [imu] out, or add an imu.csv to the sessions",
        )
    return ["audio"]


def search_modality(
    data: DatasetFeatures, name: Modality, terms: SearchTerms, progress: Progress = silent
) -> ModalitySearch:
    """Find one modality's candidates and put them in the order of preference.

    Raises
    ------
    InputError
        Nothing keeps the modality's limits.
    """
    plan, costs = terms.plan, terms.costs
    table = data.table(name)
    weight = table_weights(table, plan, name)
    columns = candidate_columns(data, name, plan)
    if name == "imu" and not terms.gyroscope:
        columns = columns[[not needs_gyroscope([table.ids[column]]) for column in columns]]
    path = modality_costs(costs, name, plan.window_plan(name), [table.ids[column] for column in columns])
    limits = modality_limits(name, terms.budget, path, costs, terms.price)
    windows = known_windows(data, name, columns, plan)
    search = Search(
        windows,
        plan.modality(name).booster,
        step=plan.step,
        ranking=plan.ranking,
        trees=terms.trees,
        depths=terms.depths,
        folder=terms.folder,
        name=f"{data.kept_under(name)}-{name}" + ("" if terms.gyroscope else "-still"),
        method=terms.method,
        progress=staged(progress, name),
    )
    found = explore(search, path, limits, lambda excess: refuse_excess(terms.source, excess))
    for_table = [replace(one, columns=columns[one.columns]) for one in found.candidates]
    best = finalists(data, name, for_table, weight, plan, progress)
    return ModalitySearch(name, found, columns, best)
