"""What a tree ensemble needs in C: key width, leaf type and layout, chosen so that nothing changes.

Floats are compared as unsigned integers. The *key* of a float32 is its bit pattern with the sign bit
flipped, and all bits flipped if it is negative: keys are ordered as the floats are, so ``x < t`` is
``key(x) < key(t)``, exactly, for every x. If no threshold uses the lower half of its key, the upper 16 bits
decide alike for every x. Where a feature is only compared with positive thresholds, its bit pattern itself
is the key, and zero for everything below zero.

Leaves that are all multiples of one power of two, few enough in sum, are added as integers: the float32 sum
in tree order rounds nothing then, so any order gives its bits. Else they are added as float32 in tree
order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...data.input_error import InputError
from ...selection.trees.tree_ensemble import LEAF, TreeEnsemble
from ...selection.trees.tree_rounding import float_keys

__all__ = ["MAX_COLUMNS", "MAX_NODES", "TreeForm", "leaf_shift", "tree_form"]

MAX_COLUMNS = 255
"""Most features (one with missing values to both sides counts twice) that a node's one byte can name."""

MAX_NODES = 1 << 24
"""Most nodes of one model; far beyond any flash."""

_EXACT_SUM = 1 << 24  # float32 holds every integer up to here


class Column(NamedTuple):
    """What a node's column byte names.

    `positive` says that only positive thresholds ask for it, `zero` that one of them is zero, and
    `missing_left` where it goes if it is missing.
    """

    feature: int
    missing_left: bool
    positive: bool
    zero: bool


@dataclass(frozen=True)
class TreeForm:
    """A tree ensemble with the choices its C form rests on.

    Attributes
    ----------
    trees : TreeEnsemble
        The tree ensemble.
    columns : tuple of Column
        What a node's column byte names.
    column : ndarray of uint8, shape (n_nodes,)
        Column of each inner node.
    key_bits : int
        16 or 32, or 8 of ranks.
    keys : ndarray of uint32, shape (n_nodes,)
        Threshold keys, shifted down to `key_bits`, or their ranks.
    leaf_shift : int or None
        Leaves are integers times ``2**-leaf_shift``; None: they are float32.
    leaf_type : str
        C type of a leaf, or of its index.
    ranked_keys : tuple of ndarray of uint32
        By column the sorted keys of its thresholds, if `keys` are ranks among them; else empty.
    leaf_values : ndarray of float32
        Distinct leaves, if leaves are indices into them; else empty.
    leaf_index : ndarray of int64, shape (n_nodes,)
        The indices.
    """

    trees: TreeEnsemble
    columns: tuple[Column, ...]
    column: NDArray[np.uint8]
    key_bits: int
    keys: NDArray[np.uint32]
    leaf_shift: int | None
    leaf_type: str
    ranked_keys: tuple[NDArray[np.uint32], ...] = ()
    leaf_values: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    leaf_index: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def key_type(self) -> str:
        """C type of a key."""
        return f"uint{self.key_bits}_t"

    @property
    def key_bytes(self) -> int:
        """Size of a key."""
        return self.key_bits // 8

    @property
    def leaf_bytes(self) -> int:
        """Size of a leaf, or of its index."""
        return {"int8_t": 1, "uint8_t": 1, "int16_t": 2, "uint16_t": 2, "float": 4}[self.leaf_type]

    def leaf_at(self, held: str) -> str:
        """C text of a leaf's value, from that of what is held in its place."""
        return f"@LEAF_VALUE[{held}]" if len(self.leaf_values) else held

    @cached_property
    def leaf_units(self) -> NDArray[np.int64]:
        """Leaves as integers; integer leaves only."""
        assert self.leaf_shift is not None
        return np.rint(self.trees.leaf.astype(np.float64) * 2.0**self.leaf_shift).astype(np.int64)

    @property
    def base_units(self) -> int:
        """Base margin in the unit of the leaves; integer leaves only."""
        assert self.leaf_shift is not None
        return round(float(self.trees.base_margin) * 2.0**self.leaf_shift)

    @cached_property
    def depths(self) -> NDArray[np.int64]:
        """Depth of each tree, shape (n_trees,)."""
        trees = self.trees
        level = np.zeros(trees.n_nodes, np.int64)
        for node in np.flatnonzero(trees.left != LEAF).tolist():  # children always follow their parent
            level[trees.left[node]] = level[trees.right[node]] = level[node] + 1
        return np.array([level[a:b].max() for a, b in self.tree_spans], np.int64)

    @property
    def tree_spans(self) -> list[tuple[int, int]]:
        """First node and node after the last of each tree."""
        bounds = [*self.trees.root.tolist(), self.trees.n_nodes]
        return list(pairwise(bounds))


def tree_form(trees: TreeEnsemble, *, missing: bool, source: str = "model") -> TreeForm:
    """Choose the smallest C form that decides and sums exactly as `trees` does.

    Parameters
    ----------
    trees
        The tree ensemble.
    missing
        Whether NaN may come in. False leaves the test out; NaN then goes either way.
    source
        File to name in an error.

    Raises
    ------
    InputError
        More features or nodes than the form can hold.
    """
    inner = np.flatnonzero(trees.left != LEAF)
    columns, column = _columns(trees, inner, missing)
    if len(columns) > MAX_COLUMNS:
        raise InputError(
            source,
            f"the model splits on {len(columns)} columns, at most {MAX_COLUMNS} fit a node's byte",
            remedy="select features first, or use --trees branches or --trees m2cgen",
        )
    if trees.n_nodes > MAX_NODES:
        raise InputError(
            source, f"the model has {trees.n_nodes} nodes, at most {MAX_NODES} fit", remedy="use fewer trees"
        )
    keys = np.zeros(trees.n_nodes, np.uint32)
    keys[inner] = float_keys(trees.threshold[inner])
    positive = np.array([c.positive for c in columns] or [False])[column] & (keys != 0)
    keys[positive] &= np.uint32(0x7FFFFFFF)
    short = not (keys & np.uint32(0xFFFF)).any()
    shift = leaf_shift(trees)
    return TreeForm(
        trees=trees,
        columns=columns,
        column=column,
        key_bits=16 if short else 32,
        keys=keys >> np.uint32(16) if short else keys,
        leaf_shift=shift,
        leaf_type="float" if shift is None else _leaf_type(trees, shift),
    )


def _columns(
    trees: TreeEnsemble, inner: NDArray[np.int64], missing: bool
) -> tuple[tuple[Column, ...], NDArray[np.uint8]]:
    """Find the columns in use, and each inner node's."""
    left = trees.default_left & missing
    thresholds: dict[tuple[int, bool], set[float]] = {}
    for node in inner.tolist():
        name = int(trees.feature[node]), bool(left[node])
        thresholds.setdefault(name, set()).add(float(trees.threshold[node]))
    place = {name: number for number, name in enumerate(sorted(thresholds))}
    column = np.zeros(trees.n_nodes, np.uint8)
    for node in inner.tolist():
        column[node] = place[int(trees.feature[node]), bool(left[node])] & 0xFF  # too many are refused later
    columns = tuple(
        Column(*name, positive=min(thresholds[name]) > 0, zero=0.0 in thresholds[name]) for name in place
    )
    return columns, column


def _leaf_type(trees: TreeEnsemble, shift: int) -> str:
    units = np.abs(trees.leaf.astype(np.float64)).max(initial=0.0) * 2.0**shift
    return "int8_t" if units <= 127 else "int16_t"


def leaf_shift(trees: TreeEnsemble) -> int | None:
    """Find the smallest shift that makes base margin and leaves 16-bit integers with exact float32 sums."""
    is_leaf = trees.left == LEAF
    values = np.append(trees.leaf[is_leaf], trees.base_margin).astype(np.float64)
    largest = float(np.abs(trees.leaf).max(initial=0.0))
    for shift in range(-8, 32):
        units = values * 2.0**shift
        if largest * 2.0**shift > 32767:
            return None
        if (units == np.rint(units)).all():
            worst = abs(units[-1]) + sum(
                float(np.abs(trees.leaf[a:b]).max()) * 2.0**shift
                for a, b in zip(trees.root, [*trees.root[1:], trees.n_nodes], strict=True)
            )
            return shift if worst < _EXACT_SUM else None
    return None
