"""Fitted classifiers of scikit-learn, taken as objects: nothing is unpickled.

All of them go left where ``x <= threshold`` with thresholds in float64. Forests and
``GradientBoostingClassifier`` compare ``float32(x)``, ``HistGradientBoostingClassifier`` compares ``x`` in
float64; for float32 input both decide as the ensemble does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...data.input_error import InputError
from .tree_ensemble import LEAF, TreeEnsemble
from .tree_nodes import TreeNodes, join_trees, nodes_at_most

__all__ = ["is_sklearn", "read_sklearn"]


def is_sklearn(model: object) -> bool:
    """Whether a model is an object of one of scikit-learn's own classes."""
    return type(model).__module__.partition(".")[0] == "sklearn"


def read_sklearn(model: Any, *, source: str = "model") -> TreeEnsemble:
    """Read a fitted binary classifier of scikit-learn.

    Parameters
    ----------
    model
        ``RandomForestClassifier``, ``ExtraTreesClassifier``, ``GradientBoostingClassifier`` or
        ``HistGradientBoostingClassifier``. The positive class is ``model.classes_[1]``.
    source
        Name of the model in an error.

    Returns
    -------
    TreeEnsemble
        A boosted model's margin is its ``decision_function``. A forest's is the sum over its trees of
        ``p - 0.5``, where ``p`` is the positive class's share in the leaf: ``predict_proba`` is
        ``0.5 + margin / n_trees``. Fully grown trees vote with leaves of 0.5 and -0.5, whose sum is exact.

    Raises
    ------
    InputError
        Another class of scikit-learn, a model that is not fitted, several classes or outputs, categorical
        features, an ``init`` estimator or a loss that is not supported, or an attribute that this version of
        scikit-learn lacks.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> X = np.float32([[0], [1], [2], [3]])
    >>> forest = RandomForestClassifier(4, bootstrap=False, random_state=0).fit(X, [0, 0, 1, 1])
    >>> read_sklearn(forest).margin(X).tolist()
    [-2.0, -2.0, 2.0, 2.0]
    """
    name = type(model).__name__
    if name not in _KINDS:
        raise InputError(source, f"{name} is not supported", remedy=f"use {', '.join(_KINDS)}")
    if not hasattr(model, "classes_"):
        raise InputError(source, f"the {name} is not fitted", remedy="call fit first")
    try:
        outputs = getattr(model, "n_outputs_", 1)
        if outputs != 1 or len(model.classes_) != 2:
            what = f"{outputs} outputs" if outputs != 1 else f"{len(model.classes_)} classes"
            raise InputError(source, f"a {name} with {what} is not supported", remedy="train on two classes")
        return _KINDS[name](model, source)
    except AttributeError as error:
        raise InputError(
            source,
            f"the {name} cannot be read: {error}",
            remedy="fit it with scikit-learn 1.6 or later, in the version that is installed",
        ) from error


def _read_forest(model: Any, source: str) -> TreeEnsemble:
    def nodes(tree: Any) -> TreeNodes:
        return _tree_nodes(tree.tree_, tree.tree_.value[:, 0, 1] - 0.5, tree.tree_.missing_go_to_left)

    return _join(model, source, list(model.estimators_), nodes, 0.0, "estimators_[{}]", link="votes")


def _read_gradient_boosting(model: Any, source: str) -> TreeEnsemble:
    if model.loss != "log_loss":
        raise InputError(source, f"loss {model.loss!r} is not supported", remedy="use loss='log_loss'")
    if model.init not in (None, "zero"):
        raise InputError(
            source,
            f"init {type(model.init).__name__} is not supported",
            remedy="use init=None or init='zero'",
        )
    base = float(model._raw_predict_init(np.zeros((1, model.n_features_in_), np.float32))[0, 0])

    def nodes(tree: Any) -> TreeNodes:
        # It refuses NaN in its input, so which way NaN goes is free: a comparison with it fails, hence right.
        values = tree.tree_.value[:, 0, 0] * model.learning_rate
        return _tree_nodes(tree.tree_, values, np.zeros(tree.tree_.node_count, np.bool_))

    return _join(model, source, model.estimators_[:, 0].tolist(), nodes, base, "estimators_[{}, 0]")


def _read_hist_gradient_boosting(model: Any, source: str) -> TreeEnsemble:
    if model.loss != "log_loss":
        raise InputError(source, f"loss {model.loss!r} is not supported", remedy="use loss='log_loss'")
    if model.is_categorical_ is not None:
        raise InputError(
            source, "categorical features are not supported", remedy="train with categorical_features=None"
        )

    def nodes(trees: Any) -> TreeNodes:
        node = trees[0].nodes
        is_leaf = node["is_leaf"].astype(np.bool_)
        return nodes_at_most(
            left=np.where(is_leaf, LEAF, node["left"].astype(np.int64)),
            right=np.where(is_leaf, LEAF, node["right"].astype(np.int64)),
            feature=node["feature_idx"],
            threshold=node["num_threshold"],
            leaf=node["value"],
            default_left=node["missing_go_to_left"],
        )

    base = float(model._baseline_prediction[0, 0])
    return _join(model, source, model._predictors, nodes, base, "_predictors[{}]")


def _tree_nodes(tree: Any, leaf: Any, default_left: Any) -> TreeNodes:
    """Nodes of scikit-learn's ``Tree``, which marks leaves by -1 as `LEAF` does."""
    return nodes_at_most(
        left=tree.children_left,
        right=tree.children_right,
        feature=tree.feature,
        threshold=tree.threshold,
        leaf=leaf,
        default_left=default_left,
    )


def _join(
    model: Any,
    source: str,
    trees: list[Any],
    nodes: Callable[[Any], TreeNodes],
    base: float,
    place: str,
    **settings: Any,
) -> TreeEnsemble:
    n_features = int(model.n_features_in_)
    return join_trees(trees, nodes, base, n_features, source=source, place=place, **settings)


_KINDS: dict[str, Callable[[Any, str], TreeEnsemble]] = {
    "RandomForestClassifier": _read_forest,
    "ExtraTreesClassifier": _read_forest,
    "GradientBoostingClassifier": _read_gradient_boosting,
    "HistGradientBoostingClassifier": _read_hist_gradient_boosting,
}
