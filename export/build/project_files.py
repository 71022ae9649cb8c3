"""Where an exported project keeps what a compiler needs: sources, headers, ports."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from ...data.input_error import InputError

__all__ = ["ProjectFolder", "include_folders", "library_sources", "port_folder", "project_root"]


class ProjectFolder(Protocol):
    """Anything with the path of an exported project (``export.codegen.project.Project``)."""

    @property
    def path(self) -> Path:
        """Folder with include/, src/, generated/ and ports/."""
        ...


def project_root(project: ProjectFolder | Path) -> Path:
    """Folder of a project, checked to look like one."""
    root = project if isinstance(project, Path) else project.path
    if (root / "include" / "tussis.h").exists() and not (root / "include" / "tussis").exists():
        raise InputError(root, "was exported by an older tussis", remedy="export it again")
    for part in ("include/tussis/tussis.h", "generated/tussis_config.h", "src"):
        if not (root / part).exists():
            raise InputError(
                root, f"has no {part}, so it is not an exported project", remedy="run `tussis export` first"
            )
    return root


def library_sources(root: Path) -> list[Path]:
    """C files of the library itself: ``src/`` and ``generated/``, without any port.

    They are sorted by name, not by folder: this is the order of linking, and where a function lies in flash
    decides how long the core waits for it.
    """
    written = sorted((root / "src").rglob("*.c"), key=lambda file: file.name)
    return [*written, *sorted((root / "generated").glob("*.c"))]


def include_folders(root: Path) -> list[Path]:
    """Header folders of an exported project."""
    return [root / "include", root / "generated", root / "src"]


def port_folder(root: Path, port: str) -> Path:
    """Folder of one of its ports, checked to be there."""
    folder = root / "ports" / port
    if not folder.is_dir():
        there = ", ".join(sorted(p.name for p in (root / "ports").glob("*") if p.is_dir())) or "none"
        raise InputError(root, f"has no port {port!r}", field="ports", remedy=f"use one of: {there}")
    return folder
