"""Under which licence a clip may be used, as its set says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ..formats.clip_set import CLIPS_CSV
from ..formats.csv_table import read_csv_table

__all__ = ["ATTRIBUTION_CSV", "Licence", "licence_of", "read_licences"]

ATTRIBUTION_CSV = "attribution.csv"

_FILE_COLUMNS = ("clip", "file")
_LICENCE_COLUMNS = ("licence", "license")


class Licence(NamedTuple):
    """Name of the licence, and where the clip comes from; empty where nothing is said."""

    name: str = ""
    source: str = ""


def read_licences(root: Path) -> dict[str, Licence]:
    """Read what ``attribution.csv`` and ``clips.csv`` of a set say.

    Parameters
    ----------
    root
        Folder of the set. Its files may have the columns ``clip`` or ``file``, ``licence`` or ``license``,
        and ``source``.

    Returns
    -------
    dict[str, Licence]
        By what the file calls a clip: its path in the set, its name, or its name without suffix.

    Raises
    ------
    InputError
        A file is not a table of text.
    """
    found: dict[str, Licence] = {}
    for name in (CLIPS_CSV, ATTRIBUTION_CSV):
        path = root / name
        if not path.is_file():
            continue
        for _, row in read_csv_table(path, cells="any")[1]:
            clip = _cell(row, _FILE_COLUMNS).replace("\\", "/")
            licence = _cell(row, _LICENCE_COLUMNS)
            if clip and licence:
                found[clip] = Licence(licence, _cell(row, ("source",)))
    return found


def licence_of(licences: Mapping[str, Licence], root: Path, path: Path) -> Licence:
    """Licence of a clip in the set `root`."""
    names = (path.relative_to(root).as_posix(), path.name, path.stem)
    return next((licences[name] for name in names if name in licences), Licence())


def _cell(row: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((cell for name in names if (cell := row.get(name))), "")
