"""Names of an exported project: ``tussis_`` and ``TUSSIS_`` exchanged for another prefix, and back.

Two detectors, or a detector and another library of ours, link into one program when no name of theirs is the
same: functions, types, macros, files and the folder of the headers.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from ...data.input_error import InputError
from ...data.untrusted import read_json
from .build_cache import content_key, kept_folder

__all__ = ["USUAL", "Prefix", "usual_names"]

USUAL = "tussis"
_C_SUFFIXES = {".c", ".h", ".S", ".ld"}
_COMMANDS = (
    "demo|synth|fetch|info|labels?|compose|review|listen|count|compare|doctor|train|detect|score|evaluate"
    "|export|model|verify|golden|estimate"
    "|profile|plot|describe|report|board|replay|monitor|log|recorder|record|study|calibrate|trees"
)


class Prefix:
    """Exchange one prefix of names for another, in C, in build files and in paths.

    Parameters
    ----------
    old, new
        Prefixes without the underscore, in small letters; macros have them in capitals.

    Examples
    --------
    >>> Prefix("tussis", "night").in_c("tussis_push_audio(TUSSIS_RATE_HZ) written by `tussis export`")
    'night_push_audio(NIGHT_RATE_HZ) written by `tussis export`'
    >>> Prefix("tussis", "night").in_path("include/tussis/tussis_types.h")
    'include/night/night_types.h'
    """

    def __init__(self, old: str, new: str) -> None:
        self._new = new
        self._name = re.compile(rf"\b{old}(?=_|/|\.h\b)|(?<=\bstruct ){old}\b")
        self._macro = re.compile(rf"\b{old.upper()}(?=_)")
        self._word = re.compile(rf"(?<!project/)\b{old}(?=_|\b)(?!\s(?:{_COMMANDS})\b)")
        self._setting = re.compile(rf"{old.upper()}(?![A-Z0-9])")
        self._part = re.compile(rf"^{old}(?=[_.-]|$)")

    def in_c(self, text: str) -> str:
        """Rename in the text of a C file or linker script."""
        return self._macro.sub(self._new.upper(), self._name.sub(self._new, text))

    def in_build_file(self, text: str) -> str:
        """Rename in the text of a build file or page, where the library itself is named too."""
        return self._setting.sub(self._new.upper(), self._word.sub(self._new, text))

    def in_path(self, path: str) -> str:
        """Rename in a path, part by part."""
        return str(PurePosixPath(*(self._part.sub(self._new, part) for part in PurePosixPath(path).parts)))

    def is_in(self, text: str) -> bool:
        """Say whether a C text has names of the old prefix."""
        return bool(self._name.search(text) or self._macro.search(text))


def usual_names(root: Path) -> Path:
    """Return a copy of a project in which names have their usual prefix; the project itself where they have.

    What measures and verifies looks functions up by name. The text is otherwise the same.

    Parameters
    ----------
    root
        Folder of an exported project.
    """
    prefix = _prefix_of(root)
    if prefix == USUAL:
        return root
    files = sorted(file for file in root.rglob("*") if file.is_file() and file.suffix in _C_SUFFIXES)
    back = Prefix(prefix, USUAL)
    key = content_key((prefix, *(file.relative_to(root).as_posix() for file in files)), files)

    def fill(stage: Path) -> None:
        for file in files:
            copy = stage / back.in_path(file.relative_to(root).as_posix())
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(back.in_c(file.read_text(encoding="utf-8")), encoding="utf-8")

    return kept_folder(f"names-{key}", fill)


def _prefix_of(root: Path) -> str:
    try:
        manifest = read_json(root / "manifest.json")
    except InputError:
        return USUAL
    prefix = manifest.get("prefix", USUAL) if isinstance(manifest, dict) else USUAL
    return prefix if isinstance(prefix, str) and re.fullmatch(r"[a-z][a-z0-9_]*", prefix) else USUAL
