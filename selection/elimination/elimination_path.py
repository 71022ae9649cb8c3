"""Points of an elimination's path, kept on disk so that a long run goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.atomic import write_text_whole
from ...data.input_error import InputError
from ...data.untrusted import read_json

__all__ = ["Point", "digest", "load_points", "save_points"]


@dataclass(frozen=True)
class Point:
    """One set of columns along the path.

    Parameters
    ----------
    columns : ndarray of int, shape (n_kept,)
        Columns left, ascending.
    scores : ndarray of float64, shape (n_folds,)
        Held-out average precision by fold.
    importance : ndarray of float64, shape (n_kept,)
        Worth of each column left, at least 0.
    """

    columns: NDArray[np.intp]
    scores: NDArray[np.float64]
    importance: NDArray[np.float64]


def digest(*parts: Any) -> str:
    """Hash of everything a path depends on: arrays by content, the rest by `repr`."""
    found = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            found.update(f"{part.dtype}{part.shape}".encode())
            found.update(np.ascontiguousarray(part).view(np.uint8).data)
        else:
            found.update(repr(part).encode())
    return found.hexdigest()


def load_points(file: Path | None, key: str) -> list[Point]:
    """Read finished points; those of other data or parameters, or of a damaged file, count as none."""
    if file is None or not Path(file).exists():
        return []
    try:
        document = read_json(Path(file))
        if document["key"] != key:
            return []
        return [
            Point(
                np.array(point["columns"], np.intp),
                np.array(point["scores"], np.float64),
                np.array(point["worth"], np.float64),
            )
            for point in document["points"]
        ]
    except (InputError, ValueError, KeyError, TypeError):
        return []


def save_points(file: Path | None, key: str, points: list[Point]) -> None:
    """Write the points found so far, whole or not at all."""
    if file is None:
        return
    rows = [
        {
            "columns": point.columns.tolist(),
            "scores": point.scores.tolist(),
            "worth": point.importance.tolist(),
        }
        for point in points
    ]
    write_text_whole(Path(file), json.dumps({"key": key, "points": rows}, allow_nan=False))
