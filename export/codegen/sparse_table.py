"""Trees of uneven depth as a table: how `table_source` lays out what padding would swell.

Inner nodes stand tree by tree in pre-order, each with its column, its key and how many inner nodes its left
subtree has; leaves stand from left to right. A subtree with n inner nodes has n + 1 leaves, so that the count
to the left says where everything is: the left child is the next node and has the same first leaf, the right
one lies that many nodes and one more leaf further, and where no node is left there is the leaf.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...selection.trees.tree_ensemble import LEAF, TreeEnsemble
from .c_literals import array_body, float_literal, indented_lines, unsigned_literal
from .tree_forms import TreeForm

__all__ = ["sparse_bytes", "sparse_tables"]


class _PreOrder(NamedTuple):
    """Nodes in the order of the table.

    Parameters
    ----------
    inner : ndarray of int64
        Inner nodes in pre-order, tree after tree.
    left : ndarray of int64
        How many inner nodes the left subtree of each has.
    leaves : ndarray of int64
        Leaves from left to right, tree after tree.
    counts : ndarray of int64, shape (n_trees,)
        Inner nodes of each tree.
    """

    inner: NDArray[np.int64]
    left: NDArray[np.int64]
    leaves: NDArray[np.int64]
    counts: NDArray[np.int64]

    @property
    def left_bytes(self) -> int:
        """Size of a count in `left`."""
        return _unsigned_bytes(self.left)

    @property
    def count_bytes(self) -> int:
        """Size of a count in `counts`."""
        return _unsigned_bytes(self.counts)


def _unsigned_bytes(values: NDArray[np.int64]) -> int:
    largest = int(values.max(initial=0))
    return 1 if largest < 1 << 8 else 2 if largest < 1 << 16 else 4


def _pre_order(trees: TreeEnsemble) -> _PreOrder:
    below = (trees.left != LEAF).astype(np.int64)  # inner nodes of each subtree
    for node in np.flatnonzero(below)[::-1].tolist():  # children always follow their parent
        below[node] += below[trees.left[node]] + below[trees.right[node]]
    inner: list[int] = []
    leaves: list[int] = []
    for root in trees.root.tolist():
        waiting = [root]
        while waiting:
            node = waiting.pop()
            if trees.left[node] == LEAF:
                leaves.append(node)
            else:
                inner.append(node)
                waiting += [int(trees.right[node]), int(trees.left[node])]
    order = np.array(inner, np.int64)
    return _PreOrder(order, below[trees.left[order]], np.array(leaves, np.int64), below[trees.root])


def sparse_bytes(form: TreeForm) -> float:
    """Bytes of the nodes, the leaves and the counts by tree."""
    order = _pre_order(form.trees)
    return (
        len(order.inner) * (1 + form.key_bytes + order.left_bytes)
        + len(order.leaves) * form.leaf_bytes
        + len(order.counts) * order.count_bytes
    )


def sparse_tables(form: TreeForm) -> Iterator[str]:
    """Write the arrays, and the loop that walks them (``@walk``)."""
    order = _pre_order(form.trees)
    columns, keys = form.column[order.inner], form.keys[order.inner]
    words = form.key_bytes == 2 and order.left_bytes == 1
    yield (
        f"\n/* {len(order.counts)} trees. Inner nodes in pre-order: column, number of inner nodes"
        "\n * in the left subtree, threshold key. A subtree has one leaf more than inner nodes. */\n"
        f"enum {{ @TREES = {len(order.counts)}, @NODES = {len(order.inner)}, "
        f"@LEAVES = {len(order.leaves)} }};\n"
    )
    if words:
        nodes = keys.astype(np.int64) << 16 | order.left << 8 | columns
        yield _table("uint32_t", "NODE", "NODES", [unsigned_literal(node) for node in nodes.tolist()])
    else:
        yield _table("uint8_t", "COLUMN", "NODES", [str(column) for column in columns.tolist()])
        yield _table(
            _unsigned(order.left_bytes), "LEFT", "NODES", [unsigned_literal(n) for n in order.left.tolist()]
        )
        yield _table(form.key_type, "KEY", "NODES", [unsigned_literal(key) for key in keys.tolist()])
    yield _table(form.leaf_type, "LEAF", "LEAVES", [_leaf(form, leaf) for leaf in order.leaves.tolist()])
    yield _table(
        _unsigned(order.count_bytes), "INNER", "TREES", [unsigned_literal(n) for n in order.counts.tolist()]
    )
    yield _walk(form, words=words)


def _unsigned(n_bytes: int) -> str:
    return f"uint{8 * n_bytes}_t"


def _table(kind: str, name: str, length: str, items: list[str]) -> str:
    return f"\nstatic const {kind} @{name}[@{length}] = {{\n{array_body(items)}\n}};\n"


def _leaf(form: TreeForm, node: int) -> str:
    if len(form.leaf_values):
        return str(form.leaf_index[node])
    if form.leaf_shift is None:
        return float_literal(form.trees.leaf[node])
    return str(form.leaf_units[node])


def _walk(form: TreeForm, *, words: bool) -> str:
    total = "int32_t" if form.leaf_shift is not None else "float"
    right = ["    left++;", "    leaf += left;", "    left = n - left;", "}"]
    if words:
        start = "const uint32_t *node = &@NODE[first]"
        shift = form.leaf_bytes.bit_length() - 1
        down = [
            "const uint32_t word = *node;",
            "node++;",
            "const uint32_t value = key[word & 255U];",
            "uint32_t left = (word >> 8) & 255U;",
            "#if defined(__thumb2__) && defined(__clang__) /* which branches here, for more instructions */",
            '__asm__("cmp %3, %4, lsr #16\\n\\titttt cs\\n\\t"',
            '        "addcs %0, %0, %2, lsl #2\\n\\taddcs %2, %2, #1\\n\\t"',
            f'        "addcs %1, %1, %2, lsl #{shift}\\n\\tsubcs %2, %5, %2"',
            '        : "+r"(node), "+r"(leaf), "+r"(left) : "r"(value), "r"(word), "r"(n) : "cc");',
            "#else",
            "if (value >= (word >> 16)) {",
            "    node += left;",
            *right,
            "#endif",
        ]
    else:
        start = "uint32_t node = first"
        down = [
            "const uint32_t threshold = @KEY[node];",
            "const uint32_t value = key[@COLUMN[node]];",
            "uint32_t left = @LEFT[node];",
            "node++;",
            "if (value >= threshold) {",
            "    node += left;",
            *right,
        ]
    return (
        f"\n__attribute__((noinline)) static {total} @walk(const {form.key_type} *key, {total} sum)\n{{\n"
        "    uint32_t first = 0;\n"
        "    for (uint32_t tree = 0; tree < @TREES; tree++) {\n"
        f"        {start};\n"
        f"        const {form.leaf_type} *leaf = &@LEAF[first + tree];\n"
        "        uint32_t n = @INNER[tree]; /* inner nodes of the subtree */\n"
        "        first += n;\n"
        "        while (n != 0U) {\n"
        f"{indented_lines([*down, 'n = left;'], 3)}"
        "        }\n"
        f"        sum += {form.leaf_at('*leaf')};\n"
        "    }\n    return sum;\n}\n"
    )
