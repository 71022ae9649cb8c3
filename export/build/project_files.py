"""Where an exported project keeps what a compiler needs: sources, headers, ports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from ...data.input_error import InputError
from .prefix import usual_names

__all__ = [
    "ProjectFolder",
    "firmware_sources",
    "include_folders",
    "library_sources",
    "port_folder",
    "project_root",
]


class ProjectFolder(Protocol):
    """Anything with the path of an exported project (``export.codegen.project.Project``)."""

    @property
    def path(self) -> Path:
        """Folder with include/, src/, generated/, app/ and ports/."""
        ...


def project_root(project: ProjectFolder | Path) -> Path:
    """Folder of a project, checked to look like one; with its usual names if it was exported with others."""
    root = usual_names(project if isinstance(project, Path) else project.path)
    if (root / "include" / "tussis.h").exists() and not (root / "app").exists():
        raise InputError(root, "was exported by an older tussis", remedy="export it again")
    for part in ("include/tussis/tussis.h", "generated/tussis/tussis_config.h", "src"):
        if not (root / part).exists():
            raise InputError(
                root, f"has no {part}, so it is not an exported project", remedy="run `tussis export` first"
            )
    return root


def library_sources(root: Path) -> list[Path]:
    """C files of the library: ``src/`` and ``generated/``, which is what a product links."""
    return [*_by_name(_written(root)), *_by_name((root / "generated").glob("*.c"))]


def firmware_sources(root: Path) -> list[Path]:
    """C files of the library and of the application in ``app/``, without any port.

    They are sorted by name, not by folder: this is the order of linking, and where a function lies in flash
    decides how long the core waits for it.
    """
    written = _by_name([*_written(root), *(root / "app").glob("*.c")])
    return [*written, *_by_name((root / "generated").glob("*.c"))]


def _written(root: Path) -> Iterator[Path]:
    """C files below ``src/``, without the Arduino package's one-line files for those of ``generated/``."""
    return (file for file in (root / "src").rglob("*.c") if file.parent.name != "generated")


def _by_name(files: Iterable[Path]) -> list[Path]:
    return sorted(files, key=lambda file: file.name)


def include_folders(root: Path) -> list[Path]:
    """Header folders of an exported project; headers lie in them below ``tussis/``, all but ``tussis.h``."""
    return [root / "include", root / "generated"]


def port_folder(root: Path, port: str) -> Path:
    """Folder of one of its ports, checked to be there."""
    folder = root / "ports" / port
    if not folder.is_dir():
        there = ", ".join(sorted(p.name for p in (root / "ports").glob("*") if p.is_dir())) or "none"
        raise InputError(root, f"has no port {port!r}", field="ports", remedy=f"use one of: {there}")
    return folder
