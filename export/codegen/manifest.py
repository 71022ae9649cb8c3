"""What an exported project says of itself, checked: the file may have been edited, or be of somebody else."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any, get_args

from ...data.input_error import InputError
from ...data.untrusted import read_json
from ...selection.detector.microphone import Microphone
from ...selection.detector.pre_roll import PRE_ROLLS
from .export_options import ModelIn, Package, Trees

__all__ = ["FORMAT", "MANIFEST", "VERSION", "read_manifest"]

FORMAT = "tussis-project"
VERSION = 1
MANIFEST = "manifest.json"


def read_manifest(folder: str | PathLike[str]) -> dict[str, Any]:
    """Read and check the manifest of an exported project.

    Parameters
    ----------
    folder
        The project.

    Raises
    ------
    InputError
        There is none, it is of another version, or a value is not what an export writes; the key is named.
    """
    path = Path(folder) / MANIFEST
    try:
        path.stat()
    except OSError as error:
        raise InputError(
            folder,
            f"is not an exported project: {MANIFEST}: {error.strerror}",
            remedy="run `tussis export` first",
        ) from None
    manifest = read_json(path, "export again")
    known = isinstance(manifest, dict) and (manifest.get("format"), manifest.get("version"))
    if known != (FORMAT, VERSION) or isinstance(manifest["version"], bool):
        problem = f"not a tussis project of version {VERSION}"
        raise InputError(path, problem, field="format", remedy="export again")
    files = manifest.get("files")
    if not isinstance(files, dict) or not all(
        isinstance(listed, str) and "\0" not in name for name, listed in files.items()
    ):
        problem = "does not list a hash for each file"
        raise InputError(path, problem, field="files", remedy="export into a new folder")
    for key, is_right in _RIGHT.items():
        value = manifest.get(key)
        if value is not None and not (isinstance(value, str) and is_right(value)):
            problem = f"is {value!r:.40}, which no export writes"
            raise InputError(path, problem, field=key, remedy="export again")
    checked: dict[str, Any] = manifest
    return checked


def _one_of(choices: Any) -> Callable[[str], bool]:
    return lambda value: value in get_args(choices)


def _is_microphone(value: str) -> bool:
    try:
        return bool(Microphone.parse(value))
    except InputError:
        return False


_RIGHT: dict[str, Callable[[str], bool]] = {
    "created_by": lambda value: True,
    "detector_hash": lambda value: len(value) == 8 and set(value) <= set("0123456789abcdef"),
    "trees": _one_of(Trees),
    "package": _one_of(Package),
    "microphone": _is_microphone,
    "pre_roll": lambda value: value in PRE_ROLLS,
    "prefix": lambda value: value.isidentifier() and value.isascii(),
    "model_in": _one_of(ModelIn),
}
"""What each value besides the files must be; all are texts, and may be left out."""
