"""Trees as one table and a short loop: the default form, and the smallest one.

Padded trees: a tree of depth d is ``2**d`` pairs of column and threshold key in heap order, the root at 0
(and 1), the children of i at 2i and 2i + 1, followed by its ``2**d`` leaves. Going down is
``i = 2 i + (key[column[i]] >= threshold[i])``, on this core a comparison and an addition with carry: five
instructions a level, no branch. A leaf above the last level is repeated below its place. The root of the next
tree is loaded by the instruction that moves on to it; behind the last tree stands one more root, never used.

Sparse trees: where padding would cost more than it saves, and always in the form ``compact``
(`tussis.export.codegen.sparse_table`).

Values that many nodes share stand once (`tussis.export.codegen.shared_values`).

In the texts below, @ stands for the function's name and _: what a file defines for itself bears that prefix.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...selection.trees.tree_ensemble import LEAF, TreeEnsemble
from ...selection.trees.tree_sizes import PADDING_WORTH
from .c_literals import array_body, float_literal, indented_lines, unsigned_literal
from .float_guard import float_guard
from .shared_values import shared_form
from .sparse_table import sparse_bytes, sparse_tables
from .tree_forms import TreeForm, tree_form

__all__ = ["compact_source", "table_source", "table_weight"]

_MAX_PADDED_DEPTH = 8

_KEY = """
/* Keeps a value in a register: compilers recompute addresses and load and store in pieces what they
 * believe to be cheaper. */
#if defined(__thumb2__)
#define @HOLD(value) __asm__ volatile("" : "+r"(value))
#else
#define @HOLD(value) (void)(value)
#endif

static inline uint32_t @bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    @HOLD(bits);
    return bits;
}
"""

_ANY_KEY = """
/* Unsigned integers in the order of the floats: x < y is @key_of(x) < @key_of(y). The sign bit comes
 * from a register, where it costs nothing. */
static inline uint32_t @key_of(float x, uint32_t sign)
{
    const uint32_t bits = @bits_of(x);
    return bits ^ ((0U - (bits >> 31)) | sign);
}
"""

_POSITIVE_KEY = """
/* The same where only positive thresholds ask: all below zero is zero. */
static inline uint32_t @positive_key_of(float x)
{
    const uint32_t bits = @bits_of(x);
    return bits & ~(0U - (bits >> 31));
}
"""

_SHORT_POSITIVE_KEY = """
/* The upper BITS bits of the same where only positive thresholds ask: all below zero is zero. */
static inline uint32_t @positive_key_of(float x)
{
    const uint32_t bits = @bits_of(x);
#if defined(__thumb2__)
    uint32_t key;
    __asm__("usat %0, #BITS, %1, asr #(32 - BITS)" : "=r"(key) : "r"(bits) : "cc");
    return key;
#else
    return (bits & ~(0U - (bits >> 31))) >> (32 - BITS);
#endif
}
"""

_RANK = """
/* How many of n sorted keys are not above a key. */
__attribute__((noinline)) static KEY_TYPE @rank(uint32_t key, const uint32_t *at, uint32_t n)
{
    const uint32_t *below = at;
    while (n > 1U) {
        const uint32_t half = n / 2U;
        below = key >= below[half] ? &below[half] : below;
        n -= half;
    }
    return (KEY_TYPE)((uint32_t)(below - at) + (uint32_t)(key >= *below));
}
"""

_DOWN = """
/* One level down: 2 i, and one more where the key is not below the threshold. The comparison's
 * carry flag is that one, which compilers do not see. */
static inline uint32_t @down(uint32_t i, uint32_t key, uint32_t threshold)
{
#if defined(__thumb2__)
    uint32_t child;
    __asm__ volatile("cmp %1, %2\\n\\tadc %0, %3, %3"
                     : "=r"(child) : "r"(key), "r"(threshold), "r"(i) : "cc");
    return child;
#else
    return i + i + (key >= threshold);
#endif
}
"""


def table_source(trees: TreeEnsemble, name: str, *, missing: bool = False, source: str = "model") -> str:
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
        File to name in an error.

    Returns
    -------
    str
        A whole C file. Its function gives the bits of ``trees.margin``.

    Raises
    ------
    InputError
        A limit of the form is exceeded; the message names it.
    """
    form = tree_form(trees, missing=missing, source=source)
    if form.columns:
        form = shared_form(form, table_weight)
    return _source(form, name, missing=missing, padded=bool(form.columns) and _is_padded(form))


def compact_source(trees: TreeEnsemble, name: str, *, missing: bool = False, source: str = "model") -> str:
    """C source like that of `table_source`, never padded: least flash, up to 3.5 times the cycles."""
    form = tree_form(trees, missing=missing, source=source)
    if form.columns:
        form = shared_form(form, sparse_bytes)
    return _source(form, name, missing=missing, padded=False)


def _source(form: TreeForm, name: str, *, missing: bool, padded: bool) -> str:
    guard = float_guard(
        name,
        sums=form.leaf_shift is None and bool(form.columns),
        signed_zero=any(column.zero for column in form.columns),
        compares=False,
    )
    parts = ["#include <float.h>\n#include <stdint.h>\n#include <string.h>\n", guard]
    if form.columns:
        parts += [_KEY, *_key_functions(form), _columns(form, missing)]
        parts += _padded_tables(form) if padded else sparse_tables(form)
        walks = _padded_calls(form) if padded else ["@walk(key, SUM)"]
    else:
        walks = []
    text = "".join([*parts, _function(form, name, walks)])
    return text.replace("@", f"{name}_")  # so that two models fit one program, even one file


def _is_padded(form: TreeForm) -> bool:
    return _padded_bytes(form) <= PADDING_WORTH * sparse_bytes(form)


def table_weight(form: TreeForm) -> float:
    """Bytes of nodes and leaves; those of sparse trees weigh more, for they take twice the instructions."""
    return min(_padded_bytes(form), PADDING_WORTH * sparse_bytes(form))


def _groups(form: TreeForm) -> dict[int, list[int]]:
    """Trees by the depth they are padded to. Integer sums may be taken in any order, float sums may not."""
    depths = form.depths.tolist()
    if form.leaf_shift is None:
        return {max(*depths, 1) if len(depths) > 1 else max(depths[0], 1): list(range(len(depths)))}
    return {
        d: [n for n, depth in enumerate(depths) if max(depth, 1) == d]
        for d in sorted({max(d, 1) for d in depths})
    }


def _padded_bytes(form: TreeForm) -> float:
    groups = _groups(form)
    if max(groups) > _MAX_PADDED_DEPTH:
        return float("inf")
    return sum(len(members) << depth for depth, members in groups.items()) * _slot_bytes(form)


def _slot_bytes(form: TreeForm) -> int:
    return 1 + form.key_bytes + form.leaf_bytes


def _key_functions(form: TreeForm) -> Iterator[str]:
    kinds = {column.positive for column in form.columns}
    if False in kinds:
        yield _ANY_KEY
    if True in kinds:
        yield _SHORT_POSITIVE_KEY.replace("BITS", str(form.key_bits)) if _is_short(form) else _POSITIVE_KEY
    if len(form.leaf_values):
        values = [float_literal(value) for value in form.leaf_values]
        yield f"\nstatic const float @LEAF_VALUE[{len(values)}] = {{\n{array_body(values)}\n}};\n"
    if form.ranked_keys:
        keys = [unsigned_literal(int(key)) for keys in form.ranked_keys for key in keys]
        yield f"\nstatic const uint32_t @RANKED[{len(keys)}] = {{\n{array_body(keys)}\n}};\n"
        yield _RANK.replace("KEY_TYPE", form.key_type)


def _is_short(form: TreeForm) -> bool:
    """Whether the upper bits of a key do."""
    return form.key_bits < 32 and not form.ranked_keys


def _columns(form: TreeForm, missing: bool) -> str:
    """Write the function that turns features into keys."""
    shift = f" >> {32 - form.key_bits}" if _is_short(form) else ""
    bits = 32 if form.ranked_keys else form.key_bits
    lines = []
    first = 0
    for c, column in enumerate(form.columns):
        value = f"x[{column.feature}]" + (" + 0.0F" if column.zero else "")  # -0.0 is not below 0.0
        key = f"@positive_key_of({value})" if column.positive else f"@key_of({value}, sign)"
        if shift and not column.positive:
            key = f"{key}{shift}"
        if missing:
            beyond = 0 if column.missing_left else (1 << bits) - 1
            key = f"@is_missing(x[{column.feature}]) ? {beyond:#x}U : {key}"
        stored = f"({form.key_type})k" if shift else "k"
        if form.ranked_keys:
            count = len(form.ranked_keys[c])
            stored = f"@rank(k, &@RANKED[{first}], {count}U)"
            first += count
        lines.append(f"    k = {key};\n    @HOLD(k);\n    key[{c}] = {stored};\n")
    nan = _MISSING if missing else ""
    signed = any(not column.positive for column in form.columns)
    sign = "    uint32_t sign = 0x80000000U;\n    @HOLD(sign);\n" if signed else ""
    head = f"\nenum {{ @COLUMNS = {len(lines)} }};\n{nan}\n"
    return (
        f"{head}static void @make_keys(const float *x, {form.key_type} key[@COLUMNS])\n"
        f"{{\n{sign}    uint32_t k;\n{''.join(lines)}}}\n"
    )


_MISSING = """
static inline int @is_missing(float x)
{
    return (@bits_of(x) & 0x7FFFFFFFU) > 0x7F800000U;
}
"""


# --- padded ---------------------------------------------------------------------------------------------


_UNROLL = 4


def _padded_tables(form: TreeForm) -> Iterator[str]:
    yield _DOWN
    for depth, members in _groups(form).items():
        slots, n = 1 << depth, len(members)
        rows = [_tree_rows(form, tree, depth) for tree in members]
        size = slots * _slot_bytes(form)
        yield f"\n/* {n} trees of depth {depth}, {size} bytes each; slot 0 is the root. */"
        yield _flat(form.key_type, f"@THRESHOLD{depth}[{n * slots + 1}]", [row[0] for row in rows])
        if form.leaf_type == "int8_t":
            yield "\n/* Columns of a tree, then its leaves in two's complement. */"
            yield _flat("uint8_t", f"@COLUMN{depth}[{2 * n * slots + 1}]", [row[1] + row[2] for row in rows])
        else:
            yield _flat("uint8_t", f"@COLUMN{depth}[{n * slots + 1}]", [row[1] for row in rows])
            yield _flat(form.leaf_type, f"@LEAF{depth}[{n * slots}]", [row[2] for row in rows])
        yield _padded_walk(form, depth, n)


def _flat(kind: str, array: str, rows: list[list[str]]) -> str:
    body = "\n".join(array_body(row) for row in rows)
    return f"\nstatic const {kind} {array} = {{\n{body}\n}};\n"


def _tree_rows(form: TreeForm, tree: int, depth: int) -> tuple[list[str], list[str], list[str]]:
    """Write one tree's initialisers: thresholds, columns, leaves."""
    thresholds, columns, nodes = _heap(form, tree, depth)
    if len(form.leaf_values):
        leaves = [str(form.leaf_index[node]) for node in nodes]
    elif form.leaf_shift is None:
        leaves = [float_literal(form.trees.leaf[node]) for node in nodes]
    else:
        mask = 0xFF if form.leaf_type == "int8_t" else -1
        leaves = [str(int(form.leaf_units[node]) & mask) for node in nodes]
    return [unsigned_literal(t) for t in thresholds], [str(c) for c in columns], leaves


def _padded_walk(form: TreeForm, depth: int, count: int) -> str:
    """Write the loop over trees of one depth, four trees a turn."""
    total = "int32_t" if form.leaf_shift is not None else "float"
    slots = 1 << depth
    bytes_too = form.leaf_type == "int8_t"
    stride = 2 * slots if bytes_too else slots
    tree = [
        "i = @down(one, key[root_column], root_threshold);",
        *["i = @down(i, key[column[i]], threshold[i]);"] * (depth - 1),
        "sum += (int8_t)column[i];" if bytes_too else f"sum += {form.leaf_at(f'leaf[i - {slots}U]')};",
        *([] if bytes_too else [f"leaf += {slots};"]),
        f"root_column = column[{stride}];",
        f"column += {stride};",
        "@HOLD(column);",
        f"root_threshold = threshold[{slots}];",
        f"threshold += {slots};",
        "@HOLD(threshold);",
    ]
    start = [
        f"const {form.key_type} *threshold = @THRESHOLD{depth};",
        f"const uint8_t *column = @COLUMN{depth};",
        *([] if bytes_too else [f"const {form.leaf_type} *leaf = @LEAF{depth};"]),
        "uint32_t root_column = column[0];",
        "uint32_t root_threshold = threshold[0];",
        "uint32_t one = 1;",
        "uint32_t i;",
        "@HOLD(one);",
        "@HOLD(column);",
        "@HOLD(threshold);",
    ]
    body = indented_lines([*start, *tree * (count % _UNROLL)], 1)
    if count >= _UNROLL:
        end = f"@THRESHOLD{depth} + {count * slots}"
        body += f"    while (threshold != {end}) {{\n{indented_lines(tree * _UNROLL, 2)}    }}\n"
    return (
        f"\n__attribute__((noinline)) static {total} @walk{depth}(const {form.key_type} *key, {total} sum)\n"
        f"{{\n{body}    return sum;\n}}\n"
    )


def _padded_calls(form: TreeForm) -> list[str]:
    return [f"@walk{depth}(key, SUM)" for depth in _groups(form)]


def _heap(form: TreeForm, tree: int, depth: int) -> tuple[list[int], list[int], list[int]]:
    """Lay one tree out in heap order: thresholds, columns, leaf nodes; early leaves repeated below."""
    trees = form.trees
    slots = 1 << depth
    at = [-1] * (2 * slots)
    at[1] = int(trees.root[tree])
    thresholds, columns = [0] * slots, [0] * slots
    for i in range(1, slots):
        node = at[i]
        if trees.left[node] == LEAF:
            at[2 * i] = at[2 * i + 1] = node
            continue
        thresholds[i], columns[i] = int(form.keys[node]), int(form.column[node])
        at[2 * i], at[2 * i + 1] = int(trees.left[node]), int(trees.right[node])
    thresholds[0], columns[0] = thresholds[1], columns[1]
    return thresholds, columns, at[slots:]


# --- both -----------------------------------------------------------------------------------------------


def _function(form: TreeForm, name: str, walks: list[str]) -> str:
    integer = form.leaf_shift is not None
    start = str(form.base_units) if integer else float_literal(form.trees.base_margin)
    if not walks:  # no tree splits: the margin is a constant
        constant = form.trees.margin(np.zeros((1, form.trees.n_features), np.float32))[0]
        body = f"    (void)x;\n    return {float_literal(constant)};\n"
    else:
        for walk in walks:
            start = walk.replace("SUM", start)
        scale = (
            f"(float){start} * {float_literal(2.0**-form.leaf_shift)}"
            if form.leaf_shift is not None
            else start
        )
        body = f"    {form.key_type} key[@COLUMNS];\n    @make_keys(x, key);\n    return {scale};\n"
    return f"\nfloat {name}(const float *x);\n\nfloat {name}(const float *x)\n{{\n{body}}}\n"
