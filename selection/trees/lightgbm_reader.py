"""LightGBM's models: the text of ``Booster.save_model`` and the JSON of ``Booster.dump_model``.

A LightGBM split goes left where ``x <= threshold`` in float64. What it does with NaN is said by its *missing
type*: ``None`` takes NaN for 0, ``NaN`` sends it where ``default_left`` says, ``Zero`` sends zero there too.
LightGBM's prediction takes every value of at most 1e-35 in size for 0, so a threshold in between is moved to
the end of that range. Source: ``Tree::NumericalDecision`` in LightGBM's ``include/LightGBM/tree.h`` and
``RowPairFunctionFromDenseMatric`` in its ``src/c_api.cpp``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...data.input_error import InputError
from .tree_ensemble import LEAF, TreeEnsemble
from .tree_nodes import TreeNodes, join_trees, nodes_at_most

__all__ = ["is_lightgbm", "read_lightgbm"]

_ZERO = float(np.float32(1e-35))
"""LightGBM's ``kZeroThreshold``."""

_JSON_INFINITY = 1e300
"""What `dump_model` writes in place of infinity (``Common::AvoidInf``); the text keeps ``inf``."""

_MISSING_TYPES = ("None", "Zero", "NaN")
_CATEGORICAL, _DEFAULT_LEFT = 1, 2  # bits of decision_type; the missing type lies above them


@dataclass
class _Tree:
    """Inner nodes and leaves of one tree; a child below zero is the leaf ``~child``."""

    feature: list[int] = field(default_factory=list)
    threshold: list[float] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    default_left: list[bool] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    leaves: list[float] = field(default_factory=list)

    def nodes(self, share: float) -> TreeNodes:
        """Nodes with leaves times `share`."""
        n, leaves = len(self.feature), np.asarray(self.leaves, np.float64) * share
        if {len(self.threshold), len(self.left), len(self.right), len(self.missing)} != {n}:
            raise ValueError("its arrays differ in length")
        if not len(leaves):
            raise ValueError("it has no leaf")
        if "Zero" in self.missing:
            raise ValueError("zero_as_missing is not supported, train with zero_as_missing=false")
        threshold = np.asarray(self.threshold, np.float64)
        below, at = (threshold >= -_ZERO) & (threshold < 0), (threshold >= 0) & (threshold <= _ZERO)
        threshold[below], threshold[at] = np.nextafter(-_ZERO, -np.inf), _ZERO
        as_zero = np.array(self.missing, np.str_) == "None"
        nan_left = np.where(as_zero, threshold >= 0, np.array(self.default_left, np.bool_))
        children = [np.asarray(side, np.int64) for side in (self.left, self.right)]
        if any((side < -len(leaves)).any() for side in children):
            raise ValueError("a child is missing or out of range")
        left, right = (np.where(side < 0, n + ~side, side) for side in children)
        zeros, ends = np.zeros(len(leaves)), np.full(len(leaves), LEAF)
        return nodes_at_most(
            left=np.append(left, ends),
            right=np.append(right, ends),
            feature=np.append(self.feature, zeros),
            threshold=np.append(threshold, zeros),
            leaf=np.append(np.zeros(n), leaves),
            default_left=np.append(nan_left, zeros),
        )


def is_lightgbm(model: object) -> bool:
    """Whether a model is LightGBM's text, or its parsed JSON."""
    if isinstance(model, str):
        return model.split("\n", 1)[0].strip() == "tree"
    return isinstance(model, Mapping) and "tree_info" in model


def read_lightgbm(model: str | Mapping[str, Any], *, source: str = "model") -> TreeEnsemble:
    """Read a binary classifier out of LightGBM's text or JSON.

    Parameters
    ----------
    model
        What ``Booster.save_model`` wrote or ``Booster.model_to_string()`` gives, or the document of
        ``Booster.dump_model()``.
    source
        File to name in an error.

    Returns
    -------
    TreeEnsemble
        Its margin is the log-odds that ``Booster.predict`` gives the probability of, summed in float32: the
        raw score, or in a model of random forests (``boosting="rf"``) the raw score divided by the number of
        trees.

    Raises
    ------
    InputError
        Not a whole LightGBM model, or one with more than this reads: another objective than ``binary``, a
        ``sigmoid`` other than 1, several classes, categorical splits, linear trees, ``zero_as_missing``.
    """
    head, trees = _text_parts(model, source) if isinstance(model, str) else (model, model["tree_info"])
    try:
        objective = str(head.get("objective", "custom"))
        version = str(head["version"])
        n_classes = int(head["num_class"])
        n_per_round = int(head["num_tree_per_iteration"])
        n_features = int(head["max_feature_idx"]) + 1
        averaged = bool(head.get("average_output", False))
        n_trees = len(trees)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            source, f"not a whole LightGBM model ({error!r})", remedy="save it with Booster.save_model"
        ) from error
    for found, wanted, what in (
        (objective.split(" ")[0], "binary", "objective"),
        (n_classes, 1, "num_class"),
        (n_per_round, 1, "num_tree_per_iteration"),
        (_sigmoid(objective), 1.0, "sigmoid"),
    ):
        if found != wanted:
            remedy = "train with objective=binary, for two classes" if what != "sigmoid" else f"use {wanted}"
            raise InputError(source, f"LightGBM's {what} {found} is not supported", remedy=remedy)
    if version not in ("v3", "v4"):
        raise InputError(
            source,
            f"version {version} is not supported",
            remedy="save it with LightGBM 3 or 4",
            field="version",
        )
    share = 1 / n_trees if averaged and n_trees else 1.0
    text = isinstance(model, str)
    read = _text_tree if text else _json_tree
    return join_trees(
        trees,
        lambda tree: read(tree).nodes(share),
        0.0,
        n_features,
        source=source,
        place="Tree={}" if text else "tree_info[{}]",
    )


def _sigmoid(objective: str) -> float | str:
    """Steepness by which a raw score is multiplied before it is a log-odds."""
    options = dict(option.partition(":")[::2] for option in objective.split(" ")[1:])
    text = options.get("sigmoid", "1")
    try:
        return float(text)
    except ValueError:
        return text


def _text_parts(text: str, source: str) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Keys before the first tree, and those of each tree."""
    body, end, _ = text.partition("\nend of trees")
    head, *trees = body.replace("\r", "").split("\nTree=")
    keys: dict[str, Any] = _keys(head)
    keys["average_output"] = "average_output" in keys
    if not end or len(trees) != len(keys.get("tree_sizes", "").split()):
        raise InputError(
            source,
            f"the LightGBM model is cut short after {len(trees)} trees",
            remedy="save it again with Booster.save_model",
        )
    return keys, [_keys(tree) for tree in trees]


def _keys(text: str) -> dict[str, str]:
    return {key: value for key, _, value in (line.partition("=") for line in text.split("\n")[1:]) if key}


def _text_tree(tree: Mapping[str, str]) -> _Tree:
    def column(key: str) -> list[str]:
        return tree[key].split() if n_leaves > 1 or key == "leaf_value" else []

    n_leaves = int(tree["num_leaves"])
    _refuse_kinds(int(tree["num_cat"]) > 0, tree.get("is_linear", "0") != "0")
    kinds = [int(value) for value in column("decision_type")]
    if any(kind & _CATEGORICAL for kind in kinds):
        _refuse_kinds(True, False)
    found = _Tree(
        feature=[int(value) for value in column("split_feature")],
        threshold=[float(value) for value in column("threshold")],
        left=[int(value) for value in column("left_child")],
        right=[int(value) for value in column("right_child")],
        default_left=[bool(kind & _DEFAULT_LEFT) for kind in kinds],
        missing=[_MISSING_TYPES[kind >> 2] for kind in kinds],
        leaves=[float(value) for value in column("leaf_value")],
    )
    if len(found.leaves) != n_leaves or len(kinds) != n_leaves - 1:
        raise ValueError(f"num_leaves is {n_leaves}, but it has {len(found.leaves)} leaves")
    return found


def _json_tree(tree: Mapping[str, Any]) -> _Tree:
    found = _Tree()
    waiting: list[tuple[Mapping[str, Any], Sequence[int] | None]] = [(tree["tree_structure"], None)]
    sides = (found.left, found.right)
    while waiting:  # a loop, for a tree may be deeper than Python's recursion
        node, place = waiting.pop()
        inner = "split_feature" in node
        if place is not None:
            side, parent = place
            sides[side][parent] = len(found.feature) if inner else ~len(found.leaves)
        if not inner:
            _refuse_kinds(False, "leaf_coeff" in node)
            found.leaves.append(float(node["leaf_value"]))
            continue
        _refuse_kinds(node["decision_type"] != "<=", False)
        if node["missing_type"] not in _MISSING_TYPES:
            raise ValueError(f"missing_type {node['missing_type']} is not supported")
        number = len(found.feature)
        found.feature.append(int(node["split_feature"]))
        threshold = float(node["threshold"])
        found.threshold.append(threshold if threshold < _JSON_INFINITY else math.inf)
        found.default_left.append(bool(node["default_left"]))
        found.missing.append(node["missing_type"])
        for side, children in enumerate(sides):
            children.append(0)
            waiting.append((node[("left_child", "right_child")[side]], (side, number)))
    return found


def _refuse_kinds(categorical: bool, linear: bool) -> None:
    if categorical:
        raise ValueError(
            "categorical splits are not supported; train on numbers, without categorical_feature"
        )
    if linear:
        raise ValueError("linear trees are not supported; train with linear_tree=false")
