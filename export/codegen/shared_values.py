"""Thresholds and leaves that stand once in a table, where a model repeats them often enough.

The *rank* of a value among the sorted distinct thresholds of its column is how many of them are not above it.
``x < t`` is ``rank(x) < rank(t)``, exactly, for every x. A node then holds one byte or two in place of four;
each threshold stands once, and the rank of a value is found once, by bisection. Likewise a leaf may be an
index into the distinct leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ...selection.trees.tree_ensemble import LEAF
from .tree_forms import TreeForm

__all__ = ["WORTH", "shared_form"]

WORTH = 0.9
"""A form with shared values must weigh at most this share of the other: finding ranks takes cycles."""

CALL_BYTES = 16
"""Code that finds one column's rank."""


def shared_form(form: TreeForm, weight: Callable[[TreeForm], float]) -> TreeForm:
    """Share thresholds, leaves or both, where that weighs less by a tenth; else give `form` itself.

    Parameters
    ----------
    form
        A form without shared values.
    weight
        Bytes of nodes and leaves of a form, in whichever layout suits it (`table_source.table_weight`).
    """
    ranked = _ranked(form) if form.key_bits == 32 else form
    found = min((ranked, *(_indexed(each) for each in (form, ranked))), key=lambda f: _whole(f, weight))
    return found if _whole(found, weight) <= WORTH * _whole(form, weight) else form


def _whole(form: TreeForm, weight: Callable[[TreeForm], float]) -> float:
    ranks = sum(4 * len(keys) + CALL_BYTES for keys in form.ranked_keys)
    return weight(form) + ranks + 4 * len(form.leaf_values)


def _ranked(form: TreeForm) -> TreeForm:
    """Put ranks in place of keys: one more than the thresholds below, so that as many are not above it."""
    inner = form.trees.left != LEAF
    keys = np.zeros_like(form.keys)
    every = []
    for column in range(len(form.columns)):
        nodes = inner & (form.column == column)
        distinct, place = np.unique(form.keys[nodes], return_inverse=True)
        keys[nodes] = place + 1
        every.append(distinct)
    bits = 8 if max(len(distinct) for distinct in every) < 256 else 16
    if max(len(distinct) for distinct in every) >= 1 << 16:
        return form
    return replace(form, keys=keys, key_bits=bits, ranked_keys=tuple(every))


def _indexed(form: TreeForm) -> TreeForm:
    """Put indices in place of float leaves."""
    if form.leaf_shift is not None:
        return form
    is_leaf = form.trees.left == LEAF
    bits, place = np.unique(form.trees.leaf[is_leaf].view(np.uint32), return_inverse=True)
    if len(bits) > 1 << 16:
        return form
    index = np.zeros(form.trees.n_nodes, np.int64)
    index[is_leaf] = place
    kind = "uint8_t" if len(bits) <= 1 << 8 else "uint16_t"
    return replace(form, leaf_type=kind, leaf_values=bits.view(np.float32), leaf_index=index)
