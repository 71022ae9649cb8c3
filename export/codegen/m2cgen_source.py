"""Trees as nested C ifs, written by m2cgen: one function per tree, single precision.

m2cgen's own C interpreter emits ``double``, which this core's FPU does not have, and prints values with as
many digits as a double needs. Here its interpreter is subclassed for ``float`` with nine digits and the
``F`` suffix. It is given trees read by a reader of `tussis.selection.trees` rather than by its own
XGBoost assembler, which drops the directions of missing values and refuses models without ``base_score``. The
margin is summed in tree order from the base margin, as `TreeEnsemble.margin` sums it: the bits are the
same.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from m2cgen import ast
from m2cgen.interpreters import CInterpreter
from m2cgen.interpreters.c.code_generator import CCodeGenerator
from m2cgen.interpreters.code_generator import CodeTemplate

from ...data.input_error import InputError
from ...selection.trees.tree_ensemble import LEAF, TreeEnsemble
from .c_literals import float_literal
from .float_guard import float_guard

__all__ = ["m2cgen_source"]


MAX_DEPTH = 120
"""Deepest tree: C promises 127 levels of blocks inside each other, and the function is some of them."""

_INFINITY = ("-INFINITY", "INFINITY")


class _FloatCode(CCodeGenerator):  # type: ignore[misc]
    """m2cgen's C code generator for single precision."""

    tpl_scalar_var_declare = CodeTemplate("float {var_name};")
    scalar_type = "float"

    def num_value(self, value: float) -> str:
        return _INFINITY[bool(value > 0)] if np.isinf(value) else float_literal(value)

    def add_function_def(self, name: str, args: Any, is_scalar_output: bool) -> None:
        self.add_code_line(f"static float {name}(const float *x)")
        self.add_code_line("{")
        self.increase_indent()


class FloatInterpreter(CInterpreter):  # type: ignore[misc]
    """m2cgen's C interpreter for single precision: one ``static float`` function per expression."""

    def __init__(self, function_name: str) -> None:
        super().__init__(function_name=function_name, feature_array_name="x")
        self._cg = _FloatCode(indent=4)


def m2cgen_source(trees: TreeEnsemble, name: str, *, missing: bool = True, source: str = "model") -> str:
    """C source of ``float NAME(const float *x)``, the margin of a tree ensemble.

    Parameters
    ----------
    trees
        The tree ensemble to write.
    name
        Name of the function; a C identifier.
    missing
        Without effect: NaN always follows each node's default direction, which costs nothing here.
    source
        File to name in an error.

    Returns
    -------
    str
        A whole C file. It includes ``math.h`` if a threshold is infinite.

    Raises
    ------
    InputError
        A tree is deeper than C compilers must be able to nest.
    """
    if trees.depth > MAX_DEPTH:
        raise InputError(
            source,
            f"a tree is {trees.depth} levels deep, at most {MAX_DEPTH} can be nested ifs",
            remedy="use the table form",
        )
    functions, terms = [], []
    for number, root in enumerate(trees.root.tolist()):
        if trees.left[root] == LEAF:
            terms.append(float_literal(trees.leaf[root]))
            continue
        function = f"{name}_tree{number}"
        functions.append(FloatInterpreter(function).interpret(_expression(trees, root)))
        terms.append(f"{function}(x)")
    unused = "" if functions else "    (void)x;\n"
    additions = "\n".join(f"    margin += {term};" for term in terms)
    infinite = np.isinf(trees.threshold).any()
    guard = float_guard(name, sums=True, signed_zero=False, compares=bool(functions))
    return (
        ("#include <float.h>\n#include <math.h>\n" if infinite else "#include <float.h>\n")
        + f"{guard}\n"
        + "\n".join(functions)
        + f"\nfloat {name}(const float *x);\n\nfloat {name}(const float *x)\n{{\n{unused}"
        + f"    float margin = {float_literal(trees.base_margin)};\n{additions}\n    return margin;\n}}\n"
    )


def _expression(trees: TreeEnsemble, node: int) -> Any:
    """One subtree as m2cgen's AST: ``if (x < t) left else right``; NaN fails every comparison."""
    if trees.left[node] == LEAF:
        return ast.NumVal(trees.leaf[node], dtype=np.float32)
    value = ast.FeatureRef(int(trees.feature[node]))
    threshold = ast.NumVal(trees.threshold[node], dtype=np.float32)
    left, right = (_expression(trees, int(child[node])) for child in (trees.left, trees.right))
    if trees.default_left[node]:
        return ast.IfExpr(ast.CompExpr(value, threshold, ast.CompOpType.GTE), right, left)
    return ast.IfExpr(ast.CompExpr(value, threshold, ast.CompOpType.LT), left, right)
