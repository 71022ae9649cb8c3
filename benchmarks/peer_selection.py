"""Which columns other selections choose. `peers.py` calls this with the Python of the peers' own environment.

    python peer_selection.py DATA.npz PARAMETERS

DATA holds ``X``, ``y`` and the number of columns that matter, ``n_true``, which only mRMR gets. PARAMETERS
is a JSON object, those of the `XGBClassifier` that the eliminations fit. Prints JSON: by method the chosen
columns and the seconds of CPU.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from mrmr import mrmr_classif
from probatus.feature_elimination import ShapRFECV
from sklearn.feature_selection import RFECV
from xgboost import XGBClassifier

FOLDS = 5
STEP = 0.1


def classifier() -> XGBClassifier:
    """Make the model that is asked for, on one thread."""
    return XGBClassifier(n_jobs=1, **json.loads(sys.argv[2]))


def by_rfecv(X: pd.DataFrame, y: np.ndarray, _: int) -> list[int]:
    """Recursive elimination of scikit-learn, by gain."""
    found = RFECV(classifier(), step=STEP, cv=FOLDS, scoring="average_precision", n_jobs=1).fit(X, y)
    return np.flatnonzero(found.support_).tolist()


def by_shap(X: pd.DataFrame, y: np.ndarray, _: int) -> list[int]:
    """Recursive elimination of probatus, by SHAP values."""
    elimination = ShapRFECV(
        classifier(), step=STEP, cv=FOLDS, scoring="average_precision", n_jobs=1, random_state=0
    )
    elimination.fit_compute(X, pd.Series(y))
    return [int(name) for name in elimination.get_reduced_features_set("best")]


def by_mrmr(X: pd.DataFrame, y: np.ndarray, n_true: int) -> list[int]:
    """Least redundant and most relevant columns, as many as there are."""
    chosen = mrmr_classif(X, pd.Series(y), K=n_true, n_jobs=1, show_progress=False)
    return [int(name) for name in chosen]


METHODS: dict[str, Callable[[pd.DataFrame, np.ndarray, int], list[int]]] = {
    "scikit-learn RFECV": by_rfecv,
    "probatus ShapRFECV": by_shap,
    "mRMR, given the number": by_mrmr,
}


def main() -> None:
    """Measure and print."""
    warnings.filterwarnings("ignore")
    data = np.load(sys.argv[1])
    X = pd.DataFrame(data["X"], columns=[str(column) for column in range(data["X"].shape[1])])
    answers = {}
    for name, method in METHODS.items():
        start_s = time.process_time()
        with contextlib.redirect_stdout(sys.stderr):
            chosen = method(X, data["y"], int(data["n_true"]))
        answers[name] = {"chosen": chosen, "cpu_s": time.process_time() - start_s}
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
