"""Layouts of public sets whose files are not in folders of their class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..input_error import InputError
from ..recording import COUGH
from .csv_table import read_csv_table
from .sound_classes import SOUND_CLASSES, SoundClass, known_class
from .text_file import read_json_object

__all__ = ["COUGHVID_PROBABILITY", "public_classes"]

COUGHVID_PROBABILITY = 0.8
"""From this ``cough_detected`` on a COUGHVID recording is taken for one with coughs, as its authors advise
(Orlandic L et al., Scientific Data 8, 156, 2021)."""

_ESC_50_TABLE = Path("meta", "esc50.csv")
_COVID19_TABLE = "metadata.json"
_COVID19_FOLDER = "raw"
_COUGHVID_KEY = "cough_detected"


def public_classes(folder: Path, files: Sequence[str]) -> dict[str, SoundClass] | None:
    """Classes of the audio files in a folder of a public set.

    Read are ESC-50 (``audio/`` beside ``meta/esc50.csv``), covid19-cough (``raw/`` beside ``metadata.json``)
    and COUGHVID (a JSON file beside each recording).

    Parameters
    ----------
    folder
        The folder.
    files
        Names of its audio files.

    Returns
    -------
    dict[str, SoundClass] or None
        Class by file name; a file that is not in it is not labelled. None for a folder of no such set.

    Raises
    ------
    InputError
        A table of the set cannot be read, or lacks a column or a known class.
    """
    if folder.name == "audio" and (folder.parent / _ESC_50_TABLE).is_file():
        return _esc_50(folder.parent / _ESC_50_TABLE)
    if folder.name == _COVID19_FOLDER and (folder.parent / _COVID19_TABLE).is_file():
        return dict.fromkeys(read_json_object(folder.parent / _COVID19_TABLE), SOUND_CLASSES[COUGH])
    beside = {file: (folder / file).with_suffix(".json") for file in files}
    described = {file: path for file, path in beside.items() if path.is_file()}
    if not described or _COUGHVID_KEY not in read_json_object(next(iter(described.values()))):
        return None
    return {
        file: SOUND_CLASSES[COUGH]
        for file, path in described.items()
        if _probability(path) >= COUGHVID_PROBABILITY
    }


def _esc_50(table: Path) -> dict[str, SoundClass]:
    columns, rows = read_csv_table(table, cells="any")
    missing = {"filename", "category"} - set(columns)
    if missing:
        raise InputError(
            table, f"no column {sorted(missing)[0]}", field="line 1", remedy="download the set again"
        )
    classes = {}
    for number, row in rows:
        sound = known_class(row["category"])
        if sound is None:
            raise InputError(
                table,
                f"{row['category']!r} is not a known class of sound",
                field=f"line {number}, category",
                remedy="download the set again",
            )
        classes[row["filename"]] = sound
    return classes


def _probability(path: Path) -> float:
    value = read_json_object(path).get(_COUGHVID_KEY, 0.0)
    try:
        return float(str(value))
    except ValueError:
        raise InputError(
            path, f"{value!r} is not a probability", field=_COUGHVID_KEY, remedy="download the set again"
        ) from None
