"""Names in a training plan that nothing in the data has: what a recipe says of them does nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from ...signal.feature import Modality
from ..detector.detector_file import MODALITIES
from ..windows.dataset_features import DatasetFeatures
from .training_plan import TrainingPlan

__all__ = ["names_without_data"]

_SHOWN = 8
_SENSED: dict[Modality, str] = {"audio": "sound", "imu": "motion"}


def names_without_data(data: DatasetFeatures, plan: TrainingPlan) -> Iterator[str]:
    """Say in one sentence each which names of a plan do nothing, with those that would.

    What the usual plan names is not said: nobody asked for it.

    Parameters
    ----------
    data
        Features of the dataset.
    plan
        How it is trained on.

    Yields
    ------
    str
        One for each key that names what is not there.
    """
    usual = TrainingPlan().emphasis
    asked = [name for name, factor in plan.emphasis.items() if usual.get(name) != factor]
    yield from _lacking("emphasis", asked, _kinds(data), "kind of sound")
    collections = {session.collection for session in data.sessions}
    collections |= {left.collection for left in data.left_out}
    yield from _lacking("sources", plan.sources, collections, "collection")
    for modality in MODALITIES:
        wanted = plan.modality(modality)
        if modality not in _there(data):
            yield from _of_no_path(modality, plan)
            continue
        for key, names in {
            "coughs": wanted.shares.coughs,
            "others": wanted.shares.others,
            "found_on": wanted.found_on,
            "false_on": wanted.false_on,
        }.items():
            yield from _lacking(f"{modality}.{key}", names, collections, "collection")


def _there(data: DatasetFeatures) -> list[Modality]:
    """Paths that a recording has."""
    return [path for path in MODALITIES if any(getattr(one, path) is not None for one in data.sessions)]


def _of_no_path(modality: Modality, plan: TrainingPlan) -> Iterator[str]:
    """Say which keys are about a path that no recording has."""
    usual = TrainingPlan()
    keys: list[str] = [modality] if plan.modality(modality) != usual.modality(modality) else []
    if modality == "imu":
        gate = ("gate_threshold", "busy_threshold")
        keys += [key for key in gate if getattr(plan, key) != getattr(usual, key)]
    if keys:
        sensed, named = _SENSED[modality], ", ".join(keys)
        yield f"recipe: no recording has {sensed}, so what it says of {named} does nothing"


def _kinds(data: DatasetFeatures) -> set[str]:
    """Kinds of sound that windows of either path have."""
    kinds = [data.table(modality).kinds for modality in _there(data)]
    return {str(name) for names in kinds for name in names.known[np.unique(names.number)]} - {""}


def _lacking(key: str, names: Collection[str], there: Collection[str], what: str) -> Iterator[str]:
    lacking = [name for name in names if name not in there]
    if not lacking:
        return
    shown = ", ".join(sorted(name or "(no name)" for name in there)[:_SHOWN]) or "none"
    more = f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
    yield (
        f"recipe: {key} names {', '.join(map(repr, lacking[:_SHOWN]))}, and no recording has such a {what}"
        f" (there are: {shown}{more}): it does nothing"
    )
