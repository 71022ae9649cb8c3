"""Trees of uneven depth as a table: how `table_source` lays out what padding would swell.

Nodes hold their column, their key and the distance to their left child; the right child follows the left one,
and a leaf holds its value in place of the key.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np

from ...selection.trees.tree_ensemble import LEAF
from .c_literals import array_body, unsigned_literal
from .tree_forms import TreeForm

__all__ = ["sparse_bytes", "sparse_tables"]


def sparse_bytes(form: TreeForm) -> float:
    """Bytes of the nodes."""
    return form.trees.n_nodes * (1 + max(form.key_bytes, form.leaf_bytes) + 1)


def sparse_tables(form: TreeForm) -> Iterator[str]:
    """Write the arrays, and the loop that walks them (``@walk``)."""
    trees = form.trees
    inner = trees.left != LEAF
    distance = np.where(inner, trees.left - np.arange(trees.n_nodes), 0)
    if (trees.right[inner] != trees.left[inner] + 1).any():
        raise AssertionError("the children of a node are not adjacent")
    far = int(distance.max(initial=0))
    distance_type = "uint8_t" if far < 256 else "uint16_t" if far < 65536 else "uint32_t"
    width = max(form.key_bytes, form.leaf_bytes)
    value_type = f"uint{8 * width}_t"
    values = [
        unsigned_literal(int(form.keys[node]) if inner[node] else _leaf_bits(form, node, width))
        for node in range(trees.n_nodes)
    ]
    yield (
        "\n/* Node i: column (255: a leaf), threshold key or leaf value, distance to the left child. */\n"
        f"enum {{ @TREES = {trees.n_trees}, @NODES = {trees.n_nodes}, @A_LEAF = 255 }};\n"
    )
    for kind, array, items in (
        ("uint32_t", "@ROOT[@TREES]", [str(root) for root in trees.root.tolist()]),
        (
            "uint8_t",
            "@COLUMN[@NODES]",
            [str(form.column[n]) if inner[n] else "255" for n in range(trees.n_nodes)],
        ),
        (value_type, "@VALUE[@NODES]", values),
        (distance_type, "@CHILD[@NODES]", [str(d) for d in distance.tolist()]),
    ):
        yield f"\nstatic const {kind} {array} = {{\n{array_body(items)}\n}};\n"
    yield _sparse_walk(form, width)


def _leaf_bits(form: TreeForm, node: int, width: int) -> int:
    if len(form.leaf_values):
        return int(form.leaf_index[node])
    if form.leaf_shift is None:
        return int(np.float32(form.trees.leaf[node]).view(np.uint32))
    raw = struct.pack("<q", int(form.leaf_units[node]))
    return int.from_bytes(raw[:width], "little")


def _sparse_walk(form: TreeForm, width: int) -> str:
    total = "int32_t" if form.leaf_shift is not None else "float"
    if len(form.leaf_values):
        leaf = f"        sum += {form.leaf_at('@VALUE[i]')};\n"
    elif total == "float":
        leaf = "        float leaf;\n        memcpy(&leaf, &@VALUE[i], sizeof leaf);\n        sum += leaf;\n"
    else:
        leaf = f"        sum += (int{8 * width}_t)@VALUE[i];\n"
    return (
        f"\n__attribute__((noinline)) static {total} @walk(const {form.key_type} *key, {total} sum)\n{{\n"
        "    for (uint32_t tree = 0; tree < @TREES; tree++) {\n"
        "        uint32_t i = @ROOT[tree];\n"
        "        while (@COLUMN[i] != @A_LEAF) {\n"
        "            i += @CHILD[i] + (uint32_t)(key[@COLUMN[i]] >= @VALUE[i]);\n"
        f"        }}\n{leaf}    }}\n    return sum;\n}}\n"
    )
