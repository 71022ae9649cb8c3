"""What an object file depends on: the compiler, its flags, and of the C what that one file can see.

Headers that `tussis export` generates hold a definition for each of the detector's numbers, and most sources
look at few of them. A definition that a source and its headers never name cannot change its object, so
another detector's firmware takes many objects from the cache. ``cc -E`` would say the same at the price of a
process per file.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

__all__ = ["object_key"]

_OURS = re.compile(rb"(?:TUSSIS|tussis)_\w*")
"""Names that only our files use: what a system's header may ask for (``NDEBUG``) always counts."""
_DEFINITION = re.compile(rb"[ \t]*#[ \t]*define[ \t]+((?:TUSSIS|tussis)_\w+)")
_QUOTED = re.compile(rb'["<]([^"<>\n]+)[">]')
_COMMENT = re.compile(rb"/\*.*?\*/", re.DOTALL)
_WORDS_OR_COMMENT = re.compile(rb"""'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|/\*.*?\*/|//[^\n]*""", re.DOTALL)
_PASTED = re.compile(rb"((?:TUSSIS|tussis)_\w+)[ \t]*##")
_KNOWS_ITS_LINE = re.compile(rb"\b(__LINE__|assert)\b")
_SHOWS_LINES = re.compile(r"-g|-fsanitize|-fprofile|--coverage|-save-temps")
"""Flags with which an unused definition may show in the object or in what the compiler says of it."""
_FOLDER_FLAGS = ("-I", "-isystem", "-iquote", "-idirafter")


@dataclass(frozen=True)
class _Line:
    """A line, joined with those that continue it.

    Attributes
    ----------
    text
        The line as it is written.
    defines
        Name that it defines and does nothing else; None where it must always count.
    """

    text: bytes
    defines: bytes | None


@dataclass(frozen=True)
class _File:
    """One file, read for what it defines, names and includes.

    Attributes
    ----------
    lines
        All of it.
    counts
        Names of ours in lines that always count.
    bodies
        For each name of ours that it defines: names, and pasted beginnings of names, in its definitions.
    quoted
        Names of files, in the order in which directives quote them.
    pasted
        Beginnings of names that lines that always count complete with ``##``.
    by_line
        Whether the code knows the number of its line.
    """

    lines: tuple[_Line, ...]
    counts: frozenset[bytes]
    bodies: dict[bytes, tuple[frozenset[bytes], frozenset[bytes]]]
    quoted: tuple[str, ...]
    pasted: frozenset[bytes]
    by_line: bool


def object_key(words: Iterable[str], source: Path, folders: Sequence[Path]) -> str:
    """Hash of everything that the object of a C file depends on, wherever the files lie.

    Parameters
    ----------
    words
        The compiler, its version, and the flags for compiling; headers are searched in their folders, too.
    source
        The C file. Its own lines count whole.
    folders
        Folders of ``-I``, in this order.

    Returns
    -------
    str
        24 hexadecimal digits.

    Notes
    -----
    A line counts unless it is the only ``#define TUSSIS_...`` of a name that nothing that counts contains, and
    stands in a header. Names are searched in strings as well, in the definitions that count, in the flags, and
    as beginnings before ``##``. Comments and conditions count always, also where the preprocessor would skip
    them. The key may differ for the same object, then; two different objects never have one key. Headers of
    the system count by the compiler's version.
    """
    words = list(words)
    files, includes = _reachable(source, [*folders, *_folders_of(words)], words)
    named = _named(files, words)
    whole = any(_SHOWS_LINES.match(word) for word in words) or any(file.by_line for file in files)
    digest = hashlib.sha256()
    for word in words:
        digest.update(word.encode() + b"\0")
    digest.update(f"{source.name}\0".encode())
    for number, (file, found) in enumerate(zip(files, includes, strict=True)):
        kept = (
            line.text
            for line in file.lines
            if whole or number == 0 or line.defines is None or line.defines in named
        )
        content = b"\n".join(kept)
        digest.update(f"{number}\0{len(content)}\0{found}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:24]


def _folders_of(words: Sequence[str]) -> list[Path]:
    """Folders that flags add to those of ``-I``: ``-isystem FOLDER`` or ``-IFOLDER``."""
    found = [Path(after) for word, after in pairwise(words) if word in _FOLDER_FLAGS]
    joined = (word.removeprefix(flag) for word in words for flag in _FOLDER_FLAGS if word.startswith(flag))
    return [*found, *(Path(folder) for folder in joined if folder)]


def _files_of(words: Sequence[str]) -> list[str]:
    """Names of files that flags give: ``-include FILE``, ``-DHEADER="FILE"``."""
    found = [after for word, after in pairwise(words) if word in ("-include", "-imacros")]
    return [*found, *(name.decode() for word in words for name in _QUOTED.findall(word.encode()))]


def _reachable(
    source: Path, folders: Sequence[Path], words: Sequence[str]
) -> tuple[list[_File], list[list[int]]]:
    """Read a file and all that it and its headers may include, with the number of what each of them finds.

    A name is searched as the compiler does: beside the file, then in the folders. One that is nowhere is left
    to the compiler (-1). Every file name in a directive counts, also one that the preprocessor would skip.
    Files that flags name (``-include FILE``, ``-DHEADER="FILE"``) are the source's.
    """
    numbers = {source: 0}
    paths, files, includes = [source], [], []
    for path in paths:  # grows while it is gone through
        file = _read(path.read_bytes(), path.suffix == ".S")
        quoted = file.quoted
        if path is source:
            quoted = (*quoted, *_files_of(words))
        found = []
        for name in quoted:
            header = next((f / name for f in (path.parent, *folders) if (f / name).is_file()), None)
            if header is not None and header not in numbers:
                numbers[header] = len(paths)
                paths.append(header)
            found.append(-1 if header is None else numbers[header])
        files.append(file)
        includes.append(found)
    return files, includes


def _named(files: Sequence[_File], words: Sequence[str]) -> set[bytes]:
    """Names of definitions that something names which counts, or may make with ``##``."""
    defined = {name for file in files for name in file.bodies}
    named = {name for word in words for name in _OURS.findall(word.encode())}
    times = Counter(line.defines for file in files for line in file.lines)
    named |= {
        name for name, count in times.items() if name is not None and count > 1
    }  # a warning, or a choice
    pasted: set[bytes] = set()
    for number, file in enumerate(files):
        named |= file.counts
        pasted |= file.pasted
        if number == 0:
            for names, beginnings in file.bodies.values():
                named |= names
                pasted |= beginnings
    done: set[bytes] = set()
    while waiting := {
        name for name in defined - done if name in named or any(name.startswith(first) for first in pasted)
    }:
        for name in waiting:
            for file in files:
                names, beginnings = file.bodies.get(name, (frozenset(), frozenset()))
                named |= names
                pasted |= beginnings
        done |= waiting
    return done


@functools.lru_cache(maxsize=1024)
def _read(content: bytes, assembly: bool) -> _File:
    """Read one file's content; `assembly` may include by other directives than the preprocessor's."""
    joined = content.replace(b"\\\r\n", b"\\\n").replace(b"\\\n", b"\\\v")
    lines = tuple(map(_line, joined.split(b"\n")))
    code = _WORDS_OR_COMMENT.sub(_without_comment, joined).split(b"\n")
    counts: set[bytes] = set()
    pasted: set[bytes] = set()
    bodies: dict[bytes, tuple[frozenset[bytes], frozenset[bytes]]] = {}
    quoted: dict[str, None] = {}
    for line, bare in zip(lines, code, strict=True):
        names, beginnings = frozenset(_OURS.findall(bare)), _beginnings(bare)
        if line.defines is None:
            counts |= names
            pasted |= beginnings
        else:
            before = bodies.get(line.defines, (frozenset(), frozenset()))
            bodies[line.defines] = (before[0] | names - {line.defines}, before[1] | beginnings)
        if assembly or line.text.lstrip().startswith((b"#", b"%:", b"/*")):
            quoted |= dict.fromkeys(name.decode(errors="replace") for name in _QUOTED.findall(line.text))
    by_line = _KNOWS_ITS_LINE.search(content) is not None
    return _File(lines, frozenset(counts), bodies, tuple(quoted), frozenset(pasted), by_line)


def _without_comment(found: re.Match[bytes]) -> bytes:
    return found[0] if found[0][:1] in b"\"'" else b"\n" * found[0].count(b"\n") or b" "


def _line(text: bytes) -> _Line:
    found = _DEFINITION.match(text)
    rest = _COMMENT.sub(b"", text)
    if found is None or b"/*" in rest or b"*/" in rest:  # a comment that goes on decides what other lines are
        return _Line(text, None)
    return _Line(text, found[1])


def _beginnings(text: bytes) -> frozenset[bytes]:
    """Beginnings of the names that ``##`` makes in a line; an empty one, of every name, where not ours."""
    pastes = text.count(b"##") + text.count(b"%:%:")
    known = _PASTED.findall(text)
    return frozenset(known if len(known) == pastes else [*known, b""])
