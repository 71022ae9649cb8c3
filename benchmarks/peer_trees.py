"""Write the C of other tree converters. `peers.py` calls this with the Python of the peers' own environment.

    python peer_trees.py FOLDER

FOLDER holds ``model.json`` (XGBoost's) and ``data.npz`` (``X``, ``y``, ``fresh``). For each converter a
folder is made in it with C that defines ``margin``, and ``answers.json`` with what the converter's own model
says of the fresh rows, where that is another model than XGBoost's.
"""

from __future__ import annotations

import json
import math
import shutil
import sys
from pathlib import Path

import emlearn
import m2cgen
import numpy as np
import tl2cgen
import treelite
import xgboost
from sklearn.ensemble import RandomForestClassifier

INT16_SCALE = 2000.0
"""Standard deviations of a feature become int16 by this factor, so that eight of them fit on either side."""


def write_m2cgen(folder: Path, model: Path) -> None:
    """As it comes, with doubles, and in float: the word replaced and its constants single precision."""
    document = json.loads(model.read_text())
    # m2cgen would print the probability, with `exp`; a regression has the same trees and prints the margin.
    base = float(document["learner"]["learner_model_param"]["base_score"].strip("[]"))
    document["learner"]["objective"] = {"name": "reg:squarederror", "reg_loss_param": {}}
    trees = xgboost.XGBRegressor()
    trees.load_model(bytearray(json.dumps(document), "utf-8"))
    trees.base_score = math.log(base / (1.0 - base))
    sys.setrecursionlimit(20000)
    code = m2cgen.export_to_c(trees)
    for number, text in (("double", code), ("float", code.replace("double", "float"))):
        into = folder / f"m2cgen-{number}"
        into.mkdir()
        wrapper = f"float margin({number} *row) {{ return (float)score(row); }}\n"
        (into / "trees.c").write_text(text + "\n" + wrapper)


def write_tl2cgen(folder: Path, model: Path) -> None:
    """Treelite's model, as C by TL2cgen; a row is an array of its union of a float and an int."""
    into = folder / "tl2cgen"
    tl2cgen.generate_c_code(treelite.frontend.load_xgboost_model(str(model)), dirpath=str(into), params={})
    with (into / "main.c").open("a") as code:
        code.write(
            "\nfloat margin(union Entry *row) { float found[1] = {0.0f}; predict(row, 1, found);"
            " return found[0]; }\n"
        )


def write_emlearn(folder: Path, data: dict[str, np.ndarray], n_trees: int, depth: int) -> None:
    """Write a random forest of the same shape: emlearn converts no boosted trees."""
    whole = {name: to_int16(data[name], data["X"]) for name in ("X", "fresh")}
    forest = RandomForestClassifier(n_trees, max_depth=depth, random_state=0).fit(whole["X"], data["y"])
    for method in ("inline", "loadable"):
        into = folder / f"emlearn-{method}"
        into.mkdir()
        code = emlearn.convert(forest, method=method, dtype="int16_t").save(name="forest", format="c")
        wrapper = (
            "float margin(const int16_t *row)"
            f" {{ return (float)forest_predict(row, {data['X'].shape[1]}); }}\n"
        )
        (into / "trees.c").write_text(code + "\n" + wrapper)
        (into / "answers.json").write_text(json.dumps(forest.predict(whole["fresh"]).tolist()))
        np.save(into / "rows.npy", whole["fresh"])
    shutil.copytree(emlearn.includedir, folder / "emlearn-include")


def to_int16(X: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Bring features to int16 by the standard deviations of the training data."""
    scaled = X / like.std(axis=0) * INT16_SCALE
    return np.clip(np.round(scaled), -32768, 32767).astype(np.int16)


def main() -> None:
    """Write all of them."""
    folder = Path(sys.argv[1])
    model = folder / "model.json"
    data = dict(np.load(folder / "data.npz"))
    write_m2cgen(folder, model)
    write_tl2cgen(folder, model)
    write_emlearn(folder, data, int(data["n_trees"]), int(data["depth"]))


if __name__ == "__main__":
    main()
