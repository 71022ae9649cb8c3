"""What an object file depends on: the compiler, its flags, and of the C what is left after the preprocessor.

Headers that `tussis export` generates hold a definition for each of the detector's numbers, and a source
looks at few of them. Of firmware for another detector only those files are compiled whose text is another.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

__all__ = ["files_key", "is_told_by_text", "text_key"]

_QUOTED = re.compile(rb'["<]([^"<>\n]+)[">]')
_NEEDS_FILES = re.compile(r"-g|-fsanitize|-fprofile|-+coverage|-save-temps|-flto|-Werror")
"""Flags with which an object tells from which line of which file it comes, or a comment decides on it."""
_COMPUTED = re.compile(rb"^\s*#\s*include\s+[^\"<\s]", re.MULTILINE)
_WORD = re.compile(rb"[\w./-]+\.\w+")
_FOLDER_FLAGS = ("-I", "-isystem", "-iquote", "-idirafter")
_FILE_FLAGS = ("-include", "-imacros")


def files_key(words: Iterable[str], source: Path, folders: Sequence[Path]) -> str:
    """Hash of all that the object of a C file may depend on, read without a compiler, wherever the files lie.

    Parameters
    ----------
    words
        The compiler, its version, and the flags for compiling; headers are searched in their folders, too.
    source
        The C file.
    folders
        Folders of ``-I``, in this order.

    Returns
    -------
    str
        24 hexadecimal digits.

    Notes
    -----
    A header may lie beside the file that names it or in any of the folders: all that are there count, in this
    order. One that is nowhere is left to the compiler's version. Every file that a directive names counts,
    also in an ``#if`` or a ``#define`` that the preprocessor would skip, so the key may differ for the same
    object. What is not seen is a name that macros put together in another file than the one that includes it.
    """
    words = list(words)
    folders = [*_folders_of(words), *folders]
    numbers = {source: 0}
    paths = [source]
    digest = hashlib.sha256()
    for word in words:
        digest.update(word.encode() + b"\0")
    for path in paths:  # grows while it is gone through
        content = path.read_bytes()
        names = [*_files_of(words), *_named_in(path, content)] if path is source else _named_in(path, content)
        digest.update(f"{path.name}\0{len(content)}\0".encode())
        digest.update(content)
        for name in names:
            places = (f / name for f in (path.parent, *folders))
            there = [place for place in places if os.path.isfile(place)]  # False for a text that is no name
            for header in there:
                if header not in numbers:
                    numbers[header] = len(paths)
                    paths.append(header)
            digest.update(f"{[numbers[header] for header in there]}\0".encode())  # which of two of one name
    return digest.hexdigest()[:24]


def is_told_by_text(source: Path, flags: Iterable[str]) -> bool:
    """Say whether an object follows from the flags and the preprocessed text, whatever files that is from."""
    return source.suffix == ".c" and not any(map(_NEEDS_FILES.match, flags))


def text_key(words: Iterable[str], source: Path, text: bytes) -> str:
    """Hash of a source's name, its preprocessed text, and words; definitions among them are in the text."""
    digest = hashlib.sha256()
    for word in (*(word for word in words if not word.startswith("-D")), source.name):
        digest.update(word.encode() + b"\0")
    digest.update(text)
    return digest.hexdigest()[:24]


def _folders_of(words: Sequence[str]) -> list[Path]:
    """Folders that flags add to those of ``-I``: ``-isystem FOLDER`` or ``-IFOLDER``."""
    found = [Path(after) for word, after in pairwise(words) if word in _FOLDER_FLAGS]
    joined = (word.removeprefix(flag) for word in words for flag in _FOLDER_FLAGS if word.startswith(flag))
    return [*found, *(Path(folder) for folder in joined if folder)]


def _files_of(words: Sequence[str]) -> list[str]:
    """Names of files that flags give: ``-include FILE``, ``-DHEADER="FILE"``."""
    found = [after for word, after in pairwise(words) if word in _FILE_FLAGS]
    return [*found, *(name.decode() for word in words for name in _QUOTED.findall(word.encode()))]


def _named_in(path: Path, content: bytes) -> list[str]:
    """Names of files in the directives of C, or anywhere in assembly, which has others."""
    lines = content.replace(b"\\\r\n", b"").replace(b"\\\n", b"").split(b"\n")
    wanted = (line for line in lines if path.suffix == ".S" or _may_name_a_file(line))
    names = [name for line in wanted for name in _QUOTED.findall(line)]
    names += _WORD.findall(content) if _COMPUTED.search(content) else []
    return [name.decode(errors="replace") for name in dict.fromkeys(names)]


def _may_name_a_file(line: bytes) -> bool:
    return line.lstrip().startswith((b"#", b"%:", b"/*")) or b"include" in line
