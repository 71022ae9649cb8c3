"""XGBoost's own JSON model, 2.x and 3.x."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.input_error import InputError
from .base_margin import base_margin
from .tree_ensemble import TreeEnsemble
from .tree_nodes import TreeNodes, join_trees

__all__ = ["is_xgboost", "read_xgboost"]


_REMEDIES = {
    "booster": "train with booster gbtree",
    "objective": "train with binary:logistic, for two classes",
    "num_class": "train for two classes, with binary:logistic",
}

_CLAMPS = (3, 2)
"""First version that moves a base score away from 0 and 1."""


def is_xgboost(model: object) -> bool:
    """Whether a model is a parsed JSON document of XGBoost."""
    return isinstance(model, Mapping) and "learner" in model


def read_xgboost(model: Mapping[str, Any], *, source: str = "model", field: str = "model") -> TreeEnsemble:
    """Read a binary classifier out of XGBoost's JSON model (``Booster.save_raw("json")``, parsed).

    Parameters
    ----------
    model
        The parsed document.
    source, field
        File and key to name in an error.

    Returns
    -------
    TreeEnsemble
        With the trees that ``XGBClassifier.predict`` uses: after early stopping those up to the
        document's ``best_iteration``, not the rounds that were found to be of no use.

    Raises
    ------
    InputError
        Not an XGBoost model, or one with more than this reads: another booster (dart, gblinear), another
        objective than ``binary:logistic``, several outputs, categorical splits, a malformed tree.
    """
    try:
        learner = model["learner"]
        booster = learner["gradient_booster"]
        booster_name = str(booster["name"])
        objective = str(learner["objective"]["name"])
        parameters = learner["learner_model_param"]
        n_features = int(parameters["num_feature"])
        n_classes = int(parameters.get("num_class", 0))
        n_targets = int(parameters.get("num_target", 1))
        base_score = _base_score(parameters["base_score"]) if n_classes == 0 else 0.5
        if booster_name == "gbtree" and any(one != 1 for one in booster["model"].get("weight_drop", ())):
            booster_name = "dart"  # so written since 3.4: each tree has a weight of its own
        every = list(booster["model"]["trees"]) if booster_name == "gbtree" else []
        trees = every
        if every:
            _check_count(booster["model"], len(every))
            trees = every[: _n_kept(learner, booster["model"], len(every))]
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise InputError(
            source,
            f"not an XGBoost JSON model ({error!r})",
            field=field,
            remedy="save it by XGBoost >= 2.0",
        ) from error
    for found, wanted, what in (
        (booster_name, "gbtree", "booster"),
        (objective, "binary:logistic", "objective"),
        (n_classes, 0, "num_class"),
        (n_targets, 1, "num_target"),
    ):
        if found != wanted:
            remedy = _REMEDIES.get(what, f"use {wanted}")
            raise InputError(source, f"{what} {found} is not supported", field=field, remedy=remedy)
    margin = base_margin(base_score, clamped=_version(model) >= _CLAMPS)
    if not (0.0 <= base_score <= 1.0 and np.isfinite(margin)):
        raise InputError(
            source,
            f"base_score {base_score} is not a probability",
            field=field,
            remedy="train with base_score 0.5",
        )
    place = f"{field}.learner.gradient_booster.model.trees[{{}}]"
    joined = join_trees(trees, _nodes, margin, n_features, source=source, place=place)
    return replace(joined, left_out=len(every) - len(trees))


def _check_count(booster: Mapping[str, Any], n_trees: int) -> None:
    said = booster.get("gbtree_model_param", {}).get("num_trees", n_trees)
    if int(said) != n_trees:
        raise ValueError(f"num_trees is {said}, and there are {n_trees} trees")


def _n_kept(learner: Mapping[str, Any], booster: Mapping[str, Any], n_trees: int) -> int:
    """Trees of the rounds up to ``best_iteration``; all where there was no early stopping."""
    best = learner.get("attributes", {}).get("best_iteration")
    if best is None:
        return n_trees
    per_round = int(booster.get("gbtree_model_param", {}).get("num_parallel_tree", 1))
    kept = (int(best) + 1) * max(per_round, 1)
    if not 0 < kept <= n_trees:
        raise ValueError(f"best_iteration {best} is not one of its rounds")
    return kept


def _base_score(text: Any) -> float:
    """Parse ``"5E-1"`` (2.x) or ``"[5E-1]"`` (3.1 and later)."""
    values = [float(part) for part in str(text).strip("[]").split(",")]
    if len(values) != 1:
        raise ValueError(f"base_score {text} has {len(values)} values")
    return values[0]


def _version(model: Mapping[str, Any]) -> tuple[int, ...]:
    """Version of XGBoost that saved the document; the newest where it does not say."""
    version = model.get("version")
    if isinstance(version, list) and version and all(isinstance(part, int) for part in version):
        return tuple(version)
    return _CLAMPS


def _nodes(tree: Mapping[str, Any]) -> TreeNodes:
    if any(tree.get("split_type", ())) or tree.get("categories"):
        raise ValueError("categorical splits are not supported; train on numbers, enable_categorical=False")
    condition = np.array(tree["split_conditions"], np.float32)  # of an inner node, and the value of a leaf
    if not np.isfinite(condition).all():
        raise ValueError("a threshold or leaf is not finite")
    return TreeNodes(
        _whole(tree["left_children"]),
        _whole(tree["right_children"]),
        _whole(tree["split_indices"]),
        condition,
        condition,
        np.array(tree["default_left"], np.int32).astype(bool),
    )


def _whole(values: Any) -> NDArray[np.int32]:
    """Return indices as they stand in the file; a fraction would be cut off silently."""
    if any(isinstance(value, bool) or not isinstance(value, int) for value in values):
        raise ValueError("a child or column is not a whole number")
    return np.array(values, np.int32)
