"""``tussis trees``: any binary XGBoost classifier as one C file with its header."""

from __future__ import annotations

import json
import re
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from ...data.atomic import write_text_whole
from ...data.input_error import InputError
from ...selection.detector.tree_ensemble import TreeEnsemble, read_xgboost
from .m2cgen_source import m2cgen_source
from .table_source import table_source

__all__ = ["export_trees", "read_model_file"]

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def export_trees(
    model: str | PathLike[str],
    out: str | PathLike[str],
    *,
    trees: Literal["table", "m2cgen"] = "table",
    name: str = "margin",
    missing: bool = True,
) -> tuple[Path, Path]:
    """Write C for an XGBoost model saved as JSON.

    The function gives the bits of ``TreeEnsemble.margin``: XGBoost's decisions for every float32 input,
    summed in float32 in tree order.

    Parameters
    ----------
    model
        What ``XGBClassifier.save_model("model.json")`` or ``Booster.save_model`` wrote; binary:logistic.
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
        `name` is no C identifier, or the files cannot be written.
    """
    source, target = Path(model), Path(out)
    if not _IDENTIFIER.match(name):
        raise InputError("--name", f"{name!r} is no C identifier", remedy="use letters, digits and _")
    if target.suffix != ".c":
        raise InputError(target, "the output must end in .c", remedy=f"use {target.with_suffix('.c')}")
    ensemble = read_model_file(source)
    text = (
        table_source(ensemble, name, missing=missing, source=str(source))
        if trees == "table"
        else m2cgen_source(ensemble, name)
    )
    header = target.with_suffix(".h")
    write_text_whole(header, _header(ensemble, name, source.name, missing or trees == "m2cgen", header.stem))
    write_text_whole(target, f'#include "{header.name}"\n\n{text}')
    return target, header


def read_model_file(path: Path) -> TreeEnsemble:
    """Read an XGBoost JSON model file; InputError names the fault."""
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(path, f"cannot be read: {error.strerror}") from None
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(
            path, f"not a JSON document: {error}", remedy='save it with save_model("model.json")'
        ) from None
    return read_xgboost(document, source=str(path))


def _header(trees: TreeEnsemble, name: str, source: str, missing: bool, stem: str) -> str:
    guard = re.sub(r"\W", "_", stem).upper() + "_H"
    nan = "NaN is a missing value." if missing else "x must not hold NaN."
    return f"""/* Written by `tussis trees` from {source}: {trees.n_trees} trees, depth {trees.depth}. */
#ifndef {guard}
#define {guard}

enum {{ {name.upper()}_FEATURES = {trees.n_features} }};

/* Log-odds of the positive class; the probability is 1 / (1 + exp(-margin)). x holds {name.upper()}_FEATURES
 * values in the order of training and belongs to the caller. {nan} No memory is kept. */
float {name}(const float *x);

#endif
"""
