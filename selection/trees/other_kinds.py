"""Files that people take for a tree model, named for what they are, with the way to the right one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from ...data.input_error import InputError

__all__ = ["MODEL_REMEDY", "refuse_other_document", "refuse_other_file"]

MODEL_REMEDY = 'save it with XGBoost\'s save_model("model.json") or LightGBM\'s save_model("model.txt")'


class _Kind(NamedTuple):
    name: str
    remedy: str = MODEL_REMEDY


_LOAD = 'load it in Python, then save the model: XGBoost\'s save_model("model.json")'

_STARTS = (
    (re.compile(rb"\x80[\x00-\x05]"), _Kind("a Python pickle", _LOAD)),
    (re.compile(rb"\{[LlIiU][\x00-\x1f\x80-\xff]"), _Kind("XGBoost's binary format (UBJ)", _LOAD)),
    (re.compile(rb"binf|bs64"), _Kind("XGBoost's old binary format", _LOAD)),
    (re.compile(rb"\x1f\x8b"), _Kind("a gzip file", "unpack it")),
    (
        re.compile(rb"PK\x03\x04"),
        _Kind("a zip file (skops, NumPy, PyTorch or packed)", "unpack it, or " + _LOAD),
    ),
    (re.compile(rb"\x78[\x01\x5e\x9c\xda]"), _Kind("a compressed joblib file", _LOAD)),
    (re.compile(rb"\x89HDF"), _Kind("an HDF5 file (Keras)", "train a tree model")),
    (re.compile(rb"CBM1"), _Kind("a CatBoost model", "train it with XGBoost or LightGBM")),
    (
        re.compile(rb"\x08[\x01-\x20][\x12\x1a\x22\x2a\x3a\x42]"),
        _Kind("an ONNX model", "give the model it was made from"),
    ),
    (re.compile(rb".{4}TFL3", re.DOTALL), _Kind("a TensorFlow Lite model", "train a tree model")),
    (re.compile(rb"\x93NUMPY"), _Kind("a NumPy array")),
    (re.compile(rb"\x7fELF"), _Kind("a compiled program")),
    (re.compile(rb"\s*<\?xml|\s*<PMML"), _Kind("an XML file (PMML?)", "give the model it was made from")),
    (
        re.compile(rb"\s*booster\[\d+\]:"),
        _Kind("XGBoost's text dump, which lacks its base score and objective"),
    ),
    (re.compile(rb"\s*(/\*|//|#include|#ifndef)"), _Kind("C source", "give the model it was made from")),
)
"""How the files begin."""


def refuse_other_file(raw: bytes, source: str) -> None:
    """Refuse what is known by its first bytes, and is not a model that is read.

    Raises
    ------
    InputError
        It is such a file.
    """
    if not raw.strip():
        raise InputError(source, "is empty", remedy=MODEL_REMEDY)
    for start, kind in _STARTS:
        if start.match(raw):
            raise InputError(source, f"is {kind.name}, which is not read", remedy=kind.remedy)


def refuse_other_document(model: object, source: str) -> None:
    """Refuse a JSON document that is known by its keys, and is not a model that is read.

    Raises
    ------
    InputError
        It is such a document.
    """
    if kind := _kind_of(model):
        raise InputError(source, f"is {kind.name}, which is not read", remedy=kind.remedy)


def _kind_of(model: object) -> _Kind | None:
    if isinstance(model, list):
        if model and all(isinstance(tree, Mapping) and {"nodeid", "leaf"} & tree.keys() for tree in model):
            return _Kind("XGBoost's JSON dump, which lacks its base score and objective")
        return None
    if not isinstance(model, Mapping):
        return None
    if model.get("format") == "tussis-detector":
        return _Kind("a tussis detector", "write its firmware with tussis export")
    if "oblivious_trees" in model or "model_info" in model:
        return _Kind("a CatBoost model", "train it with XGBoost or LightGBM")
    learner = model.get("learner")
    booster = learner.get("gradient_booster") if isinstance(learner, Mapping) else None
    if isinstance(booster, Mapping) and "model" not in booster and booster.get("name") != "dart":
        return _Kind("XGBoost's configuration (save_config), which has no trees")
    if "num_class" in model and "objective" in model and "tree_info" not in model:
        return _Kind("a list of parameters without trees")
    if {
        "boosting_type",
        "n_estimators",
        "max_depth",
        "learning_rate",
    } & model.keys() and "learner" not in model:
        return _Kind("a list of parameters without trees")
    return None
