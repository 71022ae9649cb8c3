"""Trees as nested ifs on integers: the fastest form.

Every split compares the bits of the float with a constant, so that nothing passes through the FPU and no key
is stored (FLInt: Hakert, Chen, Chen, arXiv 2209.04181). A threshold above zero lies among the signed integers
as it lies among the floats, and all floats below zero are below it: ``x < t`` is ``bits(x) < bits(t)``. Below
zero the order of the bits is turned around, and as unsigned integers they lie above all others: ``x < t`` is
``bits(t) < bits(x)``. For a threshold of either zero that is ``0x80000000 < bits(x)``, which -0.0 is not.

NaN has the bits of a number beyond an infinity, of either sign. Where missing values may come in, a split
asks for the NaN that its comparison would send the wrong way.

In the texts below, @ stands for the function's name and _: what a file defines for itself bears that prefix.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ...selection.trees.tree_ensemble import LEAF, TreeEnsemble
from ...selection.trees.tree_rounding import float_keys
from .c_literals import float_literal, unsigned_literal
from .float_guard import float_guard
from .tree_forms import leaf_shift

__all__ = ["branch_source"]

MOST_SPLITS = 256
"""Splits of one function: compilers take long over longer ones."""

_SIGN = 0x80000000

DEEPEST = 100
"""Levels of ifs inside each other: C promises 127 levels of blocks."""

_HOLD = """
/* Hides from the compiler that x is the same in the next tree: it would keep more features than it has
 * registers. */
#if defined(__thumb2__)
#define @HOLD(value) __asm__ volatile("" : "+r"(value))
#else
#define @HOLD(value) (void)(value)
#endif
"""

_LOAD = """
/* Keeps gcc from computing a threshold from the one before, in three instructions, instead of loading it, and
 * clang from keeping more of few different thresholds than it has registers. */
#if COMPILERS
#define @LOAD(threshold) @HOLD(threshold)
#else
#define @LOAD(threshold) (void)(threshold)
#endif
"""

_GCC = "defined(__thumb2__) && !defined(__clang__)"
_CLANG = "defined(__thumb2__) && defined(__clang__)"
_EITHER = "defined(__thumb2__)"

_APART = """
/* Keeps clang from joining a split's two comparisons to one of both bounds, which takes more instructions. */
#if defined(__clang__)
#define @APART(bits) @HOLD(bits)
#else
#define @APART(bits) (void)(bits)
#endif
"""

_UNSIGNED = """
static inline uint32_t @bits(const float *x)
{
    uint32_t bits;
    memcpy(&bits, x, sizeof bits);
    return bits;
}
"""

_SIGNED = """
static inline int32_t @signed_bits(const float *x)
{
    int32_t bits;
    memcpy(&bits, x, sizeof bits);
    return bits;
}
"""

_ABOVE_ZERO = """
/* x < threshold, which is above zero and given by its bits. */
static inline bool @less(const float *x, int32_t threshold)
{
    @LOAD(threshold);
    return @signed_bits(x) < threshold;
}
"""

_NAN = """
/* NaN with the sign that goes right. */
static inline bool @nan(const float *x)
{
    int32_t bits = @signed_bits(x);
    @APART(bits);
    return bits > 0x7F800000;
}
"""

_NO_NAN = """
/* Not NaN with the sign that goes left. */
static inline bool @no_nan(const float *x)
{
    uint32_t bits = @bits(x);
    @APART(bits);
    return bits <= 0xFF800000U;
}
"""

_BELOW_ZERO = """
/* The same for a threshold that is below zero, or -0.0. */
static inline bool @below(const float *x, uint32_t threshold)
{
    @LOAD(threshold);
    return @bits(x) > threshold;
}
"""


def branch_source(trees: TreeEnsemble, name: str, *, missing: bool = False, source: str = "model") -> str:
    """C source of ``float NAME(const float *x)``, the margin of a tree ensemble.

    Parameters
    ----------
    trees
        The tree ensemble to write.
    name
        Name of the function; a C identifier.
    missing
        Whether NaN may come in and must follow each node's default direction.
    source
        Without effect: this form has no limit.

    Returns
    -------
    str
        A whole C file. Its function gives the bits of ``trees.margin``.
    """
    return _Branches(trees, missing).text(name).replace("@", f"{name}_")


class _Branches:
    """One ensemble on its way to C."""

    def __init__(self, trees: TreeEnsemble, missing: bool) -> None:
        self._trees = trees
        self._missing = missing
        self._inner = trees.left != LEAF
        self._shift = leaf_shift(trees)
        self._integers = self._shift is not None
        self._total = "int32_t" if self._integers else "float"
        self._splits, self._cut = _cuts(trees, self._inner)

    def text(self, name: str) -> str:
        splits = bool(self._inner.any())
        parts = list(self._parts()) if splits else []
        body = "".join(parts)
        guard = float_guard(name, sums=self._shift is None and splits, signed_zero=False, compares=False)
        head = "#include <float.h>\n#include <stdbool.h>\n#include <stdint.h>\n#include <string.h>\n"
        helpers = self._helpers(body) if splits else ""
        return "".join([head, guard, helpers, body, self._function(name, len(self._groups) if splits else 0)])

    def _helpers(self, body: str) -> str:
        """Write what the functions call, and no more: clang warns of functions that nothing calls."""
        comparisons = "".join(text for text, call in _COMPARISONS if call in body)
        macros = [_HOLD, *([_APART] if self._missing else [])]
        wide = (float_keys(self._trees.threshold[self._inner]) & np.uint32(0xFFFF)).any()
        # Many of the other thresholds are immediate operands of gcc's comparisons.
        compilers = _GCC if wide else _EITHER if self._missing else _CLANG
        macros.append(_LOAD.replace("COMPILERS", compilers))
        readers = [text for text, call in _READERS if call in comparisons]
        return "".join([*macros, *readers, comparisons])

    @property
    def _groups(self) -> list[list[int]]:
        """Consecutive trees of one function each, by their roots."""
        groups: list[list[int]] = []
        room = 0
        for root in self._trees.root.tolist():
            size = int(self._splits[root])
            if not groups or size > room:
                groups.append([])
                room = MOST_SPLITS
            groups[-1].append(root)
            room -= size
        return groups

    def _parts(self) -> Iterator[str]:
        """Write the functions, those that others call first."""
        for node in reversed(np.flatnonzero(self._cut).tolist()):
            yield self._cut_part(node)
        for number, roots in enumerate(self._groups):
            yield self._part(f"@trees{number}", roots)

    def _part(self, name: str, roots: list[int]) -> str:
        """Write the function of some trees."""
        lines = []
        for root in roots:
            lines += ["    @HOLD(x);", *self._subtree(root, 1, "sum +=" if self._integers else "leaf =")]
            if not self._integers:
                lines += ["    sum += leaf;"]
        leaf = "" if self._integers else "    float leaf;\n"
        return (
            f"\n__attribute__((noinline)) static {self._total} {name}(const float *x, {self._total} sum)\n"
            f"{{\n{leaf}" + "\n".join(lines) + "\n    return sum;\n}\n"
        )

    def _cut_part(self, node: int) -> str:
        """Write the function of a subtree, which gives the leaf."""
        lines = self._subtree(node, 1, "leaf =", top=True)
        return (
            f"\n__attribute__((noinline)) static {self._total} @node{node}(const float *x)\n"
            f"{{\n    {self._total} leaf;\n" + "\n".join(lines) + "\n    return leaf;\n}\n"
        )

    def _subtree(self, node: int, depth: int, take: str, top: bool = False) -> Iterator[str]:
        """Write a subtree as nested ifs; `take` is what is done with a leaf."""
        indent = "    " * depth
        if not self._inner[node]:
            yield f"{indent}{take} {self._leaf(node)};"
        elif self._cut[node] and not top:
            yield f"{indent}{take} @node{node}(x);"
        else:
            yield f"{indent}if ({self._goes_left(node)}) {{"
            yield from self._subtree(int(self._trees.left[node]), depth + 1, take)
            yield f"{indent}}} else {{"
            yield from self._subtree(int(self._trees.right[node]), depth + 1, take)
            yield f"{indent}}}"

    def _goes_left(self, node: int) -> str:
        """Condition of a split; see the head of this file."""
        value = f"&x[{int(self._trees.feature[node])}]"
        threshold = np.float32(self._trees.threshold[node])
        bits = int(threshold.view(np.uint32))
        if threshold > 0:
            left = f"@less({value}, 0x{bits:08X})"
        else:
            left = f"@below({value}, {unsigned_literal(bits | _SIGN)})"
        if not self._missing:
            return left
        # A negative NaN would go left, a positive one right.
        return f"{left} || @nan({value})" if self._trees.default_left[node] else f"{left} && @no_nan({value})"

    def _leaf(self, node: int) -> str:
        value = self._trees.leaf[node]
        return float_literal(value) if self._shift is None else str(round(float(value) * 2.0**self._shift))

    def _function(self, name: str, parts: int) -> str:
        head = f"\nfloat {name}(const float *x);\n\nfloat {name}(const float *x)\n{{\n"
        if not parts:  # no tree splits: the margin is a constant
            constant = self._trees.margin(np.zeros((1, self._trees.n_features), np.float32))[0]
            return f"{head}    (void)x;\n    return {float_literal(constant)};\n}}\n"
        base = self._trees.base_margin
        if self._shift is None:
            start, result = float_literal(base), "sum"
        else:
            start = str(round(float(base) * 2.0**self._shift))
            result = f"(float)sum * {float_literal(2.0**-self._shift)}"
        calls = "".join(f"    sum = @trees{number}(x, sum);\n" for number in range(parts))
        return f"{head}    {self._total} sum = {start};\n{calls}    return {result};\n}}\n"


_READERS = ((_UNSIGNED, "@bits("), (_SIGNED, "@signed_bits("))
_COMPARISONS = ((_ABOVE_ZERO, "@less("), (_BELOW_ZERO, "@below("), (_NAN, "@nan("), (_NO_NAN, "@no_nan("))


def _cuts(trees: TreeEnsemble, inner: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Choose the subtrees that become functions of their own.

    Returns
    -------
    splits : ndarray of int64, shape (n_nodes,)
        Splits below each node, itself included, that stand in its function.
    cut : ndarray of bool, shape (n_nodes,)
        Whether a node's subtree is a function.
    """
    splits, height = inner.astype(np.int64), inner.astype(np.int64)
    cut = np.zeros(trees.n_nodes, np.bool_)
    for node in reversed(np.flatnonzero(inner).tolist()):  # children always follow their parent
        children = [int(trees.left[node]), int(trees.right[node])]
        for child in sorted(children, key=lambda child: int(splits[child]), reverse=True):
            if 1 + splits[children].sum() > MOST_SPLITS or height[child] >= DEEPEST:
                cut[child], splits[child], height[child] = True, 0, 0
        splits[node] = 1 + splits[children].sum()
        height[node] = 1 + height[children].max()
    return splits, cut
