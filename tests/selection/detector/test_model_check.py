"""Models that do not fit their features, or a microcontroller."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tussis.data import untrusted
from tussis.data.input_error import InputError
from tussis.selection.detector import model_check
from tussis.selection.detector.detector_file import load_detector
from tussis.selection.detector.model_check import MOST_NODES, check_models
from tussis.selection.detector.shipped import DEFAULT_PATH
from tussis.selection.trees.tree_ensemble import LEAF, TreeEnsemble
from tussis.signal.plan import AudioPlan


def stumps(trees: int) -> TreeEnsemble:
    """Trees of three nodes each."""
    root = np.arange(trees, dtype=np.int32) * 3
    ends = np.full(3 * trees, LEAF, np.int32)
    left, right = ends.copy(), ends.copy()
    left[root], right[root] = root + 1, root + 2
    zeros = np.zeros(3 * trees, np.float32)
    return TreeEnsemble(
        root, zeros.astype(np.int32), zeros, left, right, zeros, zeros.astype(bool), np.float32(0), 1
    )


@dataclass(frozen=True)
class Model:
    """A model of a detector file; its trees are read by a function that is replaced."""

    features: tuple[str, ...]
    model: dict[str, Any]
    plan: AudioPlan


@pytest.fixture
def check(monkeypatch):
    def checked(trees: TreeEnsemble, names: tuple[str, ...] = ("rms",)) -> None:
        monkeypatch.setattr(model_check, "read_xgboost", lambda *_, **__: trees)
        check_models(Path("d.json"), {"audio": Model(names, {}, AudioPlan())})

    return checked


def test_as_many_nodes_as_stated_are_taken_and_one_tree_more_is_not(check):
    check(stumps(MOST_NODES // 3))
    with pytest.raises(
        InputError, match=r"d.json: audio.model: the model has 131,073 nodes, .* at most 131,072"
    ):
        check(stumps(MOST_NODES // 3 + 1))


def test_features_and_columns_are_counted(check):
    with pytest.raises(InputError, match="1 columns, features lists 2"):
        check(stumps(1), ("rms", "zcr_mean"))
    with pytest.raises(InputError, match=r"audio.features\[0\]"):
        check(stumps(1), ("nothing",))


def test_a_file_of_a_million_nodes_is_refused_before_it_is_parsed(tmp_path, monkeypatch):
    path = tmp_path / "large.json"
    path.write_bytes(DEFAULT_PATH.read_bytes() + b" " * 64_000_000)
    monkeypatch.setattr(untrusted, "json_document", lambda *_: pytest.fail("it was parsed"))
    with pytest.raises(InputError, match=r"large.json: has \d+ bytes, at most 64000000 are read"):
        load_detector(path)
