"""Models saved by XGBoost 2.0, 2.1, 3.0 and 3.2 read as the versions that wrote them predicted.

Each file of `xgboost_models` holds a model as `save_model` wrote it, by XGBClassifier or Booster, with
base_score given or estimated, 40 rows with missing values, and the margins that version predicted.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from tussis.selection.trees.xgboost_reader import read_xgboost

MODELS = sorted((Path(__file__).parent / "xgboost_models").glob("*.json"))


def test_every_version_is_here():
    assert {path.name.split("_")[0] for path in MODELS} == {"2.0.3", "2.1.4", "3.0.5", "3.2.0"}
    assert len(MODELS) == 16


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_margins_are_those_of_the_version_that_saved_it(path):
    saved = json.loads(path.read_text())
    rows = np.array(saved["rows"], np.float32)  # null is NaN: missing
    assert np.isnan(rows).any()
    margins = read_xgboost(saved["model"], source=path.name).margin(rows)
    np.testing.assert_array_equal(margins, np.float32(saved["margins"]))
    assert np.ptp(margins) > 0.5
