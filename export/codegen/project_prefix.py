"""An exported project under another name, so that two detectors link into one program."""

from __future__ import annotations

import re
from pathlib import Path

from ...data.input_error import InputError
from ..build.prefix import USUAL, Prefix
from .c_names import STANDARD_HEADERS, refuse_name

__all__ = ["refuse_prefix", "rename_files"]

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST = 24
_HEADERS = STANDARD_HEADERS | {"arduino", "arm_acle", "bits", "cmsis", "machine", "net", "sys", "zephyr"}
_C_SUFFIXES = {".c", ".h", ".S", ".ld"}
_UNTOUCHED = {"detector.json", "LICENSE", "manifest.json", "model.bin"}


def refuse_prefix(name: str) -> None:
    """Refuse a prefix that C or its library would stumble over.

    Raises
    ------
    InputError
        Not a C identifier in small letters, too long, a keyword, a function or header of the C library.
    """
    if name == USUAL:
        return
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise InputError(
            "--prefix",
            f"{name!r} cannot begin C names",
            remedy=f"use a small letter, then small letters, digits and single _, at most {_LONGEST} in all",
        )
    if name in _HEADERS:
        raise InputError(
            "--prefix", f"{name}.h or {name}/ is a header of others", remedy=f"use {name}_detector"
        )
    try:
        refuse_name(name, "--prefix")
    except InputError as error:
        raise InputError("--prefix", error.problem, remedy=f"use {name}_detector") from None


def rename_files(folder: Path, name: str) -> None:
    """Give every file and name of a project that is being written another prefix; ``tussis`` changes nothing.

    Raises
    ------
    InputError
        The C has names of that prefix already.
    """
    if name == USUAL:
        return
    there, change = Prefix(name, USUAL), Prefix(USUAL, name)
    for file in sorted(file for file in folder.rglob("*") if file.is_file() and file.name not in _UNTOUCHED):
        text = file.read_text(encoding="utf-8")
        is_c = file.suffix in _C_SUFFIXES
        if is_c and there.is_in(text):
            raise InputError(
                "--prefix", f"the C has other names that begin with {name}_", remedy=f"use {name}_detector"
            )
        place = folder / change.in_path(file.relative_to(folder).as_posix())
        place.parent.mkdir(parents=True, exist_ok=True)
        file.unlink()
        place.write_text(change.in_c(text) if is_c else change.in_build_file(text), encoding="utf-8")
    for empty in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        if not any(empty.iterdir()):
            empty.rmdir()
