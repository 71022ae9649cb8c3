"""The detectors that come with the package, by the words that stand for them in place of a file."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

__all__ = ["DEFAULT", "DEFAULT_PATH", "LARGE", "SHIPPED", "detector_path"]

_DATA = Path(__file__).parents[2] / "data"

DEFAULT = "default"
LARGE = "default-large"
DEFAULT_PATH = _DATA / "default_detector.json"
SHIPPED = {DEFAULT: DEFAULT_PATH, LARGE: _DATA / "large_detector.json"}
"""File of each: ``default`` fits small parts, ``default-large`` hears better (docs/detector.md)."""


def detector_path(path: str | PathLike[str]) -> Path:
    """Return the file that a path or one of the words names.

    Examples
    --------
    >>> detector_path("default").name, detector_path("mine.json").name
    ('default_detector.json', 'mine.json')
    """
    return SHIPPED.get(str(path), Path(path))
