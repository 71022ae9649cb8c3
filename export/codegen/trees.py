"""``tussis trees``: any binary tree classifier that a reader knows as one C file with its header."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

from ...data.atomic import write_text_whole
from ...data.backup import back_up
from ...data.input_error import InputError
from ...data.untrusted import json_document, read_bytes
from ...selection.trees.other_kinds import MODEL_REMEDY, refuse_other_file
from ...selection.trees.readers import read_trees
from ...selection.trees.tree_ensemble import TreeEnsemble
from .c_names import STANDARD_HEADERS, refuse_name
from .export_options import Trees
from .marked_file import foreign_files, marked
from .tree_emitters import EMITTERS

__all__ = ["export_trees", "read_model_file"]


def export_trees(
    model: str | PathLike[str] | object,
    out: str | PathLike[str],
    *,
    trees: Trees = "table",
    name: str = "margin",
    missing: bool = True,
    force: bool = False,
    say: Callable[[str], None] = lambda text: None,
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
        ``"table"``: fast and small; ``"compact"``: least flash; ``"branches"``: fewest cycles; ``"m2cgen"``:
        ifs on floats.
    name
        Name of the C function. The header's constant is ``NAME_FEATURES`` in capitals, or, for a name that
        holds capitals, the name as it is and ``_features``: `Score` and `score` fit one program.
    missing
        Whether NaN may come in and follows each split's default direction. False saves instructions.
    force
        Write over files that this function did not write, or that were edited since; they are kept as
        ``FILE.bak``. Unedited files of an earlier call are always written over.
    say
        Called with a line about trees of the model that are left out.

    Returns
    -------
    (Path, Path)
        The C file and the header.

    Raises
    ------
    InputError
        The model cannot be read or is of a kind that is not supported, a limit of the form is exceeded,
        `name` is not a C identifier or is taken (`refuse_name`), a file of another origin is in the way, or
        the files cannot be written.

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
    refuse_name(name)
    _refuse_file_name(target)
    if isinstance(model, str | PathLike):
        source = Path(model)
        ensemble = read_model_file(source)
    else:
        source = Path(type(model).__name__)
        ensemble = read_trees(model, source=str(source))
    if ensemble.left_out:
        say(f"{source}: {ensemble.left_out} trees {_AFTER_BEST} are left out, {ensemble.n_trees} are kept")
    text = EMITTERS[trees](ensemble, name, missing=missing, source=str(source))
    header = target.with_suffix(".h")
    _make_way((header, target), force)
    said = _Said(ensemble, name, _plain(source.name), missing or trees == "m2cgen", _digest(text))
    write_text_whole(header, marked(_header(said)))
    write_text_whole(target, marked(_c_file(said, header.name, text)))
    return target, header


def _refuse_file_name(target: Path) -> None:
    """Refuse what an ``#include`` cannot name, and a header that would hide one of the library's."""
    if target.suffix != ".c":
        raise InputError(target, "the output must end in .c", remedy=f"use {target.with_suffix('.c')}")
    if not target.name.isprintable() or set(target.name) & set('"\\'):
        raise InputError(
            ascii(str(target)),
            "an #include cannot name this file",
            remedy="use letters, digits, _ and - in its name",
        )
    if target.stem.lower() in STANDARD_HEADERS:
        raise InputError(
            target,
            f"its header would hide the C library's {target.stem.lower()}.h",
            remedy=f"use {target.with_name(f'{target.stem}_trees.c')}",
        )


def _make_way(files: tuple[Path, ...], force: bool) -> None:
    """Refuse to lose a file that is not ours or was edited, or keep a copy of it."""
    for file in foreign_files(files):
        if not force:
            raise InputError(
                file,
                "was not written by tussis trees, or was edited since",
                remedy="name another output, or give --force: it is then kept as .bak",
            )
    for file in foreign_files(files):
        back_up(file)


def read_model_file(path: Path) -> TreeEnsemble:
    """Read a model file of any library with a reader, known by its content; InputError names the fault."""
    raw = read_bytes(path)
    refuse_other_file(raw, str(path))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(path, "is not a text file", remedy=MODEL_REMEDY) from None
    model: Any = text
    if text.lstrip()[:1] in ("{", "["):
        model = json_document(raw, path, MODEL_REMEDY)
    return read_trees(model, source=str(path))


_AFTER_BEST = "after the best round of early stopping (best_iteration)"

_MEANING = {
    "logit": "Log-odds of the positive class; the probability is 1 / (1 + exp(-margin)).",
    "votes": (
        "Sum over trees of p - 0.5, p being the positive class's share in the leaf: above 0 it is the\n"
        " * likelier class, and its probability is 0.5 + margin / {n_trees}."
    ),
}


class _Said(NamedTuple):
    """What both files say."""

    trees: TreeEnsemble
    name: str
    source: str
    missing: bool
    digest: str


def _header(said: _Said) -> str:
    trees, name = said.trees, said.name
    guard, features = _guard(said), _features(name)
    nan = "NaN is a missing value." if said.missing else "x must not hold NaN."
    meaning = _MEANING[trees.link].format(n_trees=trees.n_trees)
    left_out = f" {trees.left_out} {_AFTER_BEST} are left out." if trees.left_out else ""
    return f"""/* From {said.source}: {trees.n_trees} trees, depth {trees.depth}.{left_out} */
#ifndef {guard}
#define {guard}

#ifdef __cplusplus
extern "C" {{
#endif

enum {{ {features} = {trees.n_features} }};

/* {meaning} x holds {features}
 * values in the order of training and belongs to the caller. {nan} No memory is kept. */
float {name}(const float *x);

#ifdef __cplusplus
}}
#endif

#endif
"""


def _c_file(said: _Said, header: str, text: str) -> str:
    guard = _guard(said)
    return f"""/* From {said.source}. */
#include "{header}"

#ifndef {guard}
#error "{said.name}: {header} was not written together with this file"
#endif

{text}"""


def _guard(said: _Said) -> str:
    """Macro that its header alone defines: another model of the same name, or an older header, is noticed."""
    return f"TUSSIS_TREES_{said.name}_{said.digest}_H"


def _features(name: str) -> str:
    """Constant with the number of features, another one for every name."""
    return f"{name.upper()}_FEATURES" if name == name.lower() else f"{name}_features"


def _plain(text: str) -> str:
    """Text that may stand in a comment of C: printable ASCII, without what begins or ends one."""
    return "".join(c if " " <= c <= "~" and c not in "*/\\?" else "_" for c in text)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:8]
