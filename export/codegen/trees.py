"""``tussis trees``: any binary tree classifier that a reader knows as one C file with its header."""

from __future__ import annotations

import json
import re
from os import PathLike
from pathlib import Path
from typing import Any

from ...data.atomic import write_text_whole
from ...data.input_error import InputError
from ...selection.trees.readers import read_trees
from ...selection.trees.tree_ensemble import TreeEnsemble
from .export_options import Trees
from .tree_emitters import EMITTERS

__all__ = ["export_trees", "read_model_file"]

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")

_SAVE = 'save it with XGBoost\'s save_model("model.json") or LightGBM\'s save_model("model.txt")'


def export_trees(
    model: str | PathLike[str] | object,
    out: str | PathLike[str],
    *,
    trees: Trees = "table",
    name: str = "margin",
    missing: bool = True,
) -> tuple[Path, Path]:
    """Write C for a binary tree classifier of XGBoost, LightGBM or scikit-learn.

    The function gives the bits of ``TreeEnsemble.margin``: the library's decision at every split, for every
    float32 input, summed in float32 in tree order. A library that sums in float64 (LightGBM, scikit-learn)
    gives a margin that differs by at most ``(n_trees + 2) * 2**-24`` times the sum of the sizes of what is
    added; where the margin is larger than that, both decide alike.

    Parameters
    ----------
    model
        A file, known by its content: what XGBoost's ``save_model("model.json")`` wrote (binary:logistic),
        what LightGBM's ``Booster.save_model`` wrote, or its ``Booster.dump_model()`` as JSON (binary). Or a
        fitted object: scikit-learn's ``RandomForestClassifier``, ``ExtraTreesClassifier``,
        ``GradientBoostingClassifier`` or ``HistGradientBoostingClassifier``, with two classes. For both
        forests the margin is the sum over trees of ``p - 0.5``, else it is the log-odds.
    out
        The ``.c`` file to write; the header goes beside it with the suffix ``.h``.
    trees
        ``"table"`` or ``"m2cgen"``.
    name
        Name of the C function.
    missing
        Whether NaN may come in and follows each split's default direction. False saves instructions.

    Returns
    -------
    (Path, Path)
        The C file and the header.

    Raises
    ------
    InputError
        The model cannot be read or is of a kind that is not supported, a limit of the form is exceeded,
        `name` is not a C identifier, or the files cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> X = np.float32([[0], [1], [2], [3]])
    >>> forest = RandomForestClassifier(4, random_state=0).fit(X, [0, 0, 1, 1])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     c_file, header = export_trees(forest, f"{folder}/forest.c", name="votes")
    ...     print(header.name, "float votes(const float *x);" in header.read_text())
    forest.h True
    """
    target = Path(out)
    if trees not in EMITTERS:
        raise InputError("trees", f"unknown form {trees!r}", remedy=f"use {' or '.join(EMITTERS)}")
    if not _IDENTIFIER.match(name):
        raise InputError("--name", f"{name!r} is not a C identifier", remedy="use letters, digits and _")
    if target.suffix != ".c":
        raise InputError(target, "the output must end in .c", remedy=f"use {target.with_suffix('.c')}")
    if isinstance(model, str | PathLike):
        source = Path(model)
        ensemble = read_model_file(source)
    else:
        source = Path(type(model).__name__)
        ensemble = read_trees(model, source=str(source))
    text = EMITTERS[trees](ensemble, name, missing=missing, source=str(source))
    header = target.with_suffix(".h")
    write_text_whole(header, _header(ensemble, name, source.name, missing or trees == "m2cgen", header.stem))
    write_text_whole(target, f'#include "{header.name}"\n\n{text}')
    return target, header


def read_model_file(path: Path) -> TreeEnsemble:
    """Read a model file of any library with a reader, known by its content; InputError names the fault."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(path, f"cannot be read: {error.strerror}") from None
    for start, kind in _BINARY.items():
        if raw.startswith(start):
            raise InputError(path, f"is {kind}, which is not read", remedy=_SAVE)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(path, "is not a text file", remedy=_SAVE) from None
    model: Any = text
    if text.lstrip()[:1] in ("{", "["):
        try:
            model = json.loads(text)
        except ValueError as error:
            raise InputError(path, f"not a JSON document: {error}", remedy=_SAVE) from None
    return read_trees(model, source=str(path))


_BINARY = {b"\x80": "a Python pickle", b"{L\x00": "XGBoost's binary format (UBJ)"}
"""First bytes of files that people save models to, and what they are."""

_MEANING = {
    "logit": "Log-odds of the positive class; the probability is 1 / (1 + exp(-margin)).",
    "votes": (
        "Sum over trees of p - 0.5, p being the positive class's share in the leaf: above 0 it is the\n"
        " * likelier class, and its probability is 0.5 + margin / {n_trees}."
    ),
}


def _header(trees: TreeEnsemble, name: str, source: str, missing: bool, stem: str) -> str:
    guard = re.sub(r"\W", "_", stem).upper() + "_H"
    nan = "NaN is a missing value." if missing else "x must not hold NaN."
    meaning = _MEANING[trees.link].format(n_trees=trees.n_trees)
    return f"""/* Written by `tussis trees` from {source}: {trees.n_trees} trees, depth {trees.depth}. */
#ifndef {guard}
#define {guard}

enum {{ {name.upper()}_FEATURES = {trees.n_features} }};

/* {meaning} x holds {name.upper()}_FEATURES
 * values in the order of training and belongs to the caller. {nan} No memory is kept. */
float {name}(const float *x);

#endif
"""
