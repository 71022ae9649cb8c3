"""What an exported project's folder holds besides the export: kept when it is exported again.

The manifest tells three kinds of files apart. *Ours* have the hash that the manifest lists: a new export
replaces or removes them. *Edited* ones are listed with another hash: they are refused by name, or kept as
``.bak``. *Unknown* ones are not listed (``.git``, ports of one's own): they stay where they are.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ...data.backup import backup_of
from ...data.input_error import InputError

__all__ = ["added_sources", "carry_over", "changed_files", "digest"]

MANIFEST = "manifest.json"
_SOURCES = {".c", ".h", ".s", ".cpp", ".cc", ".cxx", ".hpp", ".inc"}
_NAMED = 5


@dataclass
class _Found:
    """What stands in the way of a new export, and what is to be kept; names relative to the project."""

    edited: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def digest(file: Path) -> str:
    """SHA-256 of a file, as the manifest lists it."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def changed_files(folder: Path, listed: Mapping[str, str]) -> list[str]:
    """Names of files that differ from what was exported, or are gone; empty for an untouched project."""
    return [name for name, expected in listed.items() if not _is_ours(folder / name, expected)]


def added_sources(folder: Path, listed: Mapping[str, str]) -> list[str]:
    """Names of C files and headers that the export did not write, in the folders whose files are compiled.

    Those are all folders that the export wrote C files into: build files take whatever lies there. A port of
    one's own is a folder of its own and is left out.
    """
    compiled = {str(PurePosixPath(name).parent) for name in listed if _is_source(name)}
    whole = ("src", "generated", "include", "app")
    return [
        name
        for name in _files(folder)
        if name not in listed
        and _is_source(name)
        and (name.split("/")[0] in whole or str(PurePosixPath(name).parent) in compiled)
    ]


def carry_over(old: Path, listed: Mapping[str, str], new: Path, *, force: bool) -> list[str]:
    """Bring what is the user's from a project into the folder that is to replace it.

    Files are linked where the file system can, else copied; the old folder is only read.

    Parameters
    ----------
    old
        The project as it is.
    listed
        Hash of each file that its export wrote, from its manifest.
    new
        The finished new export.
    force
        Keep what is in the way as ``NAME.bak`` in place of refusing.

    Returns
    -------
    list of str
        Files that were kept as ``.bak``, by the name they had.

    Raises
    ------
    InputError
        Without `force`: a listed file was edited, or an unknown one lies where the new export writes. Always:
        a file lies where the new export has a folder, or the other way round; something cannot be read.
    """
    found = _Found()
    written = _folders(new)
    try:
        for name in _files(old):
            _sort_in(name, old, listed, new, found)
        _refuse(old, found, force)
        for name in found.unknown:
            _link(old, new, name, name)
        in_the_way = [*found.edited, *found.foreign]
        for name in in_the_way:
            _link(old, new, name, backup_of(new / name).relative_to(new).as_posix())
        _keep_folders(old, new, written)
    except OSError as error:
        place = error.filename or old
        raise InputError(
            place, f"cannot be kept: {error.strerror or error}", remedy="name another folder"
        ) from error
    return in_the_way


def _sort_in(name: str, old: Path, listed: Mapping[str, str], new: Path, found: _Found) -> None:
    """Find out what one file of the old folder is."""
    expected = listed.get(name)
    if name == MANIFEST or (expected is not None and _is_ours(old / name, expected)):
        return
    written = new / name
    above = any((new / parent).is_file() for parent in PurePosixPath(name).parents)
    if above or written.is_dir():
        found.blocked.append(name)
    elif written.exists() and _same(old / name, written):
        return
    elif expected is not None:
        found.edited.append(name)
    elif written.exists():
        found.foreign.append(name)
    else:
        found.unknown.append(name)


def _refuse(old: Path, found: _Found, force: bool) -> None:
    blocked = "gives way to a file or folder of the same name"
    if found.blocked:
        raise InputError(old, _sentence(found.blocked, blocked), remedy="move or rename it")
    sentences = [
        _sentence(names, what)
        for names, what in (
            (found.edited, "edited since the export"),
            (found.foreign, "not written by the export and in its way"),
        )
        if names
    ]
    if sentences and not force:
        raise InputError(
            old,
            ", and ".join(sentences),
            remedy="move what you need, or give --force: it is then kept as .bak",
        )


def _sentence(names: list[str], what: str) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}: {what}"


def _files(folder: Path) -> Iterator[str]:
    """Names of everything below a folder that is not a folder, links to folders included; sorted."""

    def fail(error: OSError) -> None:
        raise error

    for above, folders, files in os.walk(folder, onerror=fail):
        folders.sort()
        links = [name for name in folders if os.path.islink(os.path.join(above, name))]
        for name in sorted([*files, *links]):
            yield Path(above, name).relative_to(folder).as_posix()


def _is_source(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in _SOURCES


def _is_ours(file: Path, expected: str) -> bool:
    return file.is_file() and not file.is_symlink() and digest(file) == expected


def _same(a: Path, b: Path) -> bool:
    return a.is_file() and not a.is_symlink() and a.read_bytes() == b.read_bytes()


def _link(old: Path, new: Path, name: str, as_name: str) -> None:
    """Give a file a second name in the new folder, or copy it where the file system has no links."""
    source, target = old / name, new / as_name
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        if not (source.is_symlink() or stat.S_ISREG(source.stat().st_mode)):
            raise
        shutil.copy2(source, target, follow_symlinks=False)


def _folders(folder: Path) -> set[Path]:
    return {Path(above).relative_to(folder) for above, _, _ in os.walk(folder)}


def _keep_folders(old: Path, new: Path, written: set[Path]) -> None:
    """Make the empty folders that were the user's, and give kept ones their times and permissions."""
    for above, folders, files in os.walk(old, topdown=False):
        place = Path(above)
        copy = new / place.relative_to(old)
        if not folders and not files:
            copy.mkdir(parents=True, exist_ok=True)
        if copy.is_dir() and place.relative_to(old) not in written:
            shutil.copystat(place, copy)
