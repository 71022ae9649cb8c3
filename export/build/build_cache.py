"""What compilers built, kept by content: same files, flags and compiler give the same folder, built once."""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from ...data.atomic import folder_whole
from ...data.cache_place import cache_place
from ...data.input_error import InputError
from ...data.json_text import json_text
from ...data.untrusted import read_json

__all__ = ["cache_folder", "content_key", "kept_folder"]

_SUMS = "sha256.json"
"""Hashes of the files of a build, by name."""

_log = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Folder that keeps builds."""
    return cache_place() / "builds"


def content_key(words: Iterable[str], files: Iterable[Path]) -> str:
    """Hash of words and of the files' names and content, wherever they lie."""
    digest = hashlib.sha256()
    for word in words:
        digest.update(word.encode() + b"\0")
    for file in files:
        content = file.read_bytes()
        digest.update(f"{file.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:24]


def kept_folder(name: str, fill: Callable[[Path], None]) -> Path:
    """Return the folder of that name in the cache; if there is none, make it whole by `fill`."""
    target = cache_folder() / name
    if target.is_dir():
        if _is_whole(target):
            return target
        _log.warning("%s: what was built is damaged, and is built again", target)
        shutil.rmtree(target, ignore_errors=True)
    try:
        with folder_whole(target) as building:
            fill(building)
            (building / _SUMS).write_text(json_text(_sums(building)))
    except InputError:  # another process may have finished the same build first
        if not target.is_dir():
            raise
    return target


def _is_whole(folder: Path) -> bool:
    """Whether every file is what was built: a disk that was full or is bad leaves parts."""
    try:
        return bool(read_json(folder / _SUMS) == _sums(folder))
    except InputError:
        return False


def _sums(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != _SUMS)
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
