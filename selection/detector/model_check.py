"""Whether a model of a detector file fits its features, and a microcontroller."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...data.input_error import InputError
from ...signal.catalogue import features
from ...signal.feature import Modality
from ...signal.plan import AudioPlan
from ..trees.tree_ensemble import TreeEnsemble

__all__ = ["MOST_BYTES", "MOST_NODES", "check_model"]

MOST_NODES = 1 << 17
"""Nodes of one model: 1 MB of flash in the smallest form, all that most microcontrollers have."""

MOST_BYTES = 64_000_000
"""Bytes of a detector file; twice `MOST_NODES` take some 20 MB."""


def check_model(
    file: Path, modality: Modality, names: Sequence[str], plan: AudioPlan | None, trees: TreeEnsemble
) -> None:
    """Refuse a model that its features do not fit, or that no microcontroller could hold.

    Parameters
    ----------
    file
        The detector file, for messages.
    modality, names, plan
        Of which model, its features in column order, and of audio the plan that they are computed with.
    trees
        The model.

    Raises
    ------
    InputError
        A feature is not in the catalogue, the model has another number of columns, or too many nodes.
    """
    for number, feature in enumerate(names):
        try:
            features([feature], modality, plan)
        except KeyError as error:
            raise InputError(file, str(error.args[0]), field=f"{modality}.features[{number}]") from None
    field = f"{modality}.model"
    if trees.n_features != len(names):
        problem = f"the model has {trees.n_features} columns, features lists {len(names)}"
        raise InputError(file, problem, field=field)
    if trees.n_nodes > MOST_NODES:
        raise InputError(
            file,
            f"the model has {trees.n_nodes:,} nodes, a detector's model has at most {MOST_NODES:,}",
            field=field,
            remedy="train with fewer or smaller trees",
        )
