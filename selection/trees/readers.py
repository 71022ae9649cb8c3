"""One reader per library: to add one, write its module and give it a line in `READERS`."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ...data.input_error import InputError
from .lightgbm_reader import is_lightgbm, read_lightgbm
from .other_kinds import refuse_other_document
from .sklearn_reader import is_sklearn, read_sklearn
from .tree_ensemble import TreeEnsemble
from .xgboost_reader import is_xgboost, read_xgboost

__all__ = ["READERS", "TreeReader", "read_trees"]


class TreeReader(NamedTuple):
    """How one library's models are known and read.

    Parameters
    ----------
    model
        What it reads, for people.
    recognises
        Whether a model is of this library, by its content: a file's text, its parsed JSON, or an object.
    read
        ``read(model, source=...)`` gives the ensemble, or raises InputError for what it cannot keep.
    """

    model: str
    recognises: Callable[[object], bool]
    read: Callable[..., TreeEnsemble]


READERS = (
    TreeReader('an XGBoost model as JSON (save_model("model.json"))', is_xgboost, read_xgboost),
    TreeReader("a LightGBM model as text (save_model) or JSON (dump_model)", is_lightgbm, read_lightgbm),
    TreeReader("a fitted classifier of scikit-learn, from Python", is_sklearn, read_sklearn),
)


def read_trees(model: object, *, source: str) -> TreeEnsemble:
    """Read a binary tree classifier of any library that has a reader.

    Parameters
    ----------
    model
        A model file's text, its parsed JSON, or a fitted object.
    source
        File or class to name in an error.

    Raises
    ------
    InputError
        No reader knows the model, or its reader cannot keep what it does.
    """
    for reader in READERS:
        if reader.recognises(model):
            refuse_other_document(model, source)
            return reader.read(model, source=source)
    refuse_other_document(model, source)
    known = ", ".join(reader.model for reader in READERS)
    raise InputError(source, "not a tree model of a known library", remedy=f"give one of these: {known}")
