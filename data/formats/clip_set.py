"""A set of clips: ``NAME/<class>/<file>``, with what ``clips.csv`` and ``clips.toml`` add."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..input_error import InputError
from ..recording import COUGH, Label
from ..untrusted import read_toml
from .csv_table import read_csv_table
from .labels import read_labels
from .sound_classes import SoundClass, class_key, known_class
from .text_file import as_decimal

__all__ = ["CLIPS_CSV", "CLIPS_TOML", "Clip", "ClipSet", "read_clip_set"]

CLIPS_CSV = "clips.csv"
CLIPS_TOML = "clips.toml"
_COLUMNS = ("file", "subject", "start_s", "end_s")
_NEAR = 0.75
"""How alike a column must be to one of them to be taken for a slip: ``subjct``, ``Subject ID``, ``start``."""

# File names of public sets that say who or what was recorded.
_SOURCE_PATTERNS = (
    re.compile(r"\d-(\d+)-[A-Z](?:-\d+)?"),  # ESC-50: fold, number of the recording at Freesound, take, class
    re.compile(r"([0-9a-f]{8})_.*"),  # Speech Commands: speaker, then repetition or word
)


@dataclass(frozen=True)
class Clip:
    """One clip of a set, before it is read.

    Attributes
    ----------
    sound
        Class of the clip.
    subject
        Person or source; clips of one are never split.
    spans_s
        Where in the file the sound is, ``(start_s, end_s)`` each; nothing where only the class is known.
    labels_path
        Label track beside the clip; None where there is none.
    """

    sound: SoundClass
    subject: str
    spans_s: tuple[tuple[float, float], ...] = ()
    labels_path: Path | None = None

    def labels(self, duration_s: float) -> tuple[Label, ...]:
        """Labels of the clip.

        Parameters
        ----------
        duration_s
            Length of the clip in seconds.

        Returns
        -------
        tuple[Label, ...]
            From the label track; else one for each span; else one over the whole clip, which is weak where
            it says cough.

        Raises
        ------
        InputError
            The label track is at fault.
        """
        if self.labels_path is not None:
            return read_labels(self.labels_path, duration_s)
        if self.spans_s:
            return tuple(
                Label(start_s, min(end_s, duration_s), self.sound.label)
                for start_s, end_s in self.spans_s
                if start_s < duration_s
            )
        return (Label(0.0, duration_s, self.sound.label, weak=self.sound.is_cough),)


@dataclass(frozen=True)
class _Row:
    subject: str
    spans_s: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class ClipSet:
    """What is known of a set of clips besides its files.

    Attributes
    ----------
    root
        Folder of the set.
    classes
        Classes that ``clips.toml`` adds to the table, by name.
    source
        Regular expression whose first group in a file's name, without suffix, names its person or source.
    rows
        Rows of ``clips.csv`` by file.
    """

    root: Path
    classes: Mapping[str, SoundClass] = field(default_factory=dict)
    source: re.Pattern[str] | None = None
    rows: Mapping[str, _Row] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the set."""
        return self.root.resolve().name

    def sound_class(self, folder: Path) -> SoundClass | None:
        """Class of the clips in a folder; None if it is not known."""
        return self.classes.get(class_key(folder.name)) or known_class(folder.name)

    def clip(self, file: Path, sound: SoundClass) -> Clip:
        """Describe one clip of the set."""
        relative = file.relative_to(self.root).as_posix()
        row = self.rows.get(relative) or self.rows.get(file.name)
        track = file.with_suffix(".txt")
        return Clip(
            sound,
            f"{self.name}/{row.subject if row and row.subject else self._source_of(file, relative)}",
            row.spans_s if row else (),
            track if track.is_file() else None,
        )

    def unknown_class(self, folder: Path) -> InputError:
        """Ask for the class of a folder beside known ones."""
        return InputError(
            folder,
            f"{folder.name!r} is not a known class of sound: cough or not?",
            field=CLIPS_TOML,
            remedy=f'write "{class_key(folder.name)}" = "other" (or "cough") below [classes]'
            f" in {self.root / CLIPS_TOML}",
        )

    def _source_of(self, file: Path, relative: str) -> str:
        patterns = (self.source,) if self.source is not None else _SOURCE_PATTERNS
        for pattern in patterns:
            match = pattern.fullmatch(file.stem) if self.source is None else pattern.search(file.stem)
            if match:
                return match[1]
        return relative


def read_clip_set(root: Path) -> ClipSet:
    """Read ``clips.csv`` and ``clips.toml`` of a set of clips, where they exist.

    Parameters
    ----------
    root
        Folder of the set.

    Returns
    -------
    ClipSet
        Of ``clips.toml``, the key ``source`` (a regular expression with one group) and the table
        ``[classes]`` (folder name to ``"cough"`` or ``"other"``); of ``clips.csv``, the columns ``file``,
        ``subject``, ``start_s``, ``end_s``, of which only ``file`` must be there.

    Raises
    ------
    InputError
        A file cannot be read, or a value in it is not of its kind.
    """
    classes, source = _read_toml(root / CLIPS_TOML)
    return ClipSet(root, classes, source, _read_csv(root / CLIPS_CSV))


def _read_toml(path: Path) -> tuple[dict[str, SoundClass], re.Pattern[str] | None]:
    if not path.is_file():
        return {}, None
    document = read_toml(path)
    unknown = sorted(document.keys() - {"source", "classes"})
    if unknown:
        raise InputError(path, "not a known key", field=unknown[0], remedy="use source and [classes]")
    classes = document.get("classes", {})
    if not isinstance(classes, dict):
        raise InputError(path, "not a table", field="classes", remedy="write [classes] above its rows")
    table = {}
    for name, kind in classes.items():
        if kind not in (COUGH, "other"):
            raise InputError(path, f"{kind!r} is not a kind", field=name, remedy='write "cough" or "other"')
        table[class_key(name)] = SoundClass(class_key(name), COUGH if kind == COUGH else class_key(name))
    return table, _pattern(path, document.get("source"))


def _pattern(path: Path, text: object) -> re.Pattern[str] | None:
    if text is None:
        return None
    remedy = "write a regular expression with one group, like '^([^_]+)_'"
    if not isinstance(text, str):
        raise InputError(path, f"{text!r} is not text", field="source", remedy=remedy)
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise InputError(path, f"not a regular expression: {error}", field="source", remedy=remedy) from error
    if pattern.groups < 1:
        raise InputError(path, "the expression has no group", field="source", remedy=remedy)
    return pattern


def _read_csv(path: Path) -> dict[str, _Row]:
    if not path.is_file():
        return {}
    columns, table = read_csv_table(path)
    _check_columns(path, columns)
    rows: dict[str, _Row] = {}
    for number, cells in table:
        file = cells["file"].replace("\\", "/")
        subject = cells.get("subject", "")
        before = rows.get(file, _Row(subject, ()))
        if before.subject != subject:
            raise InputError(
                path,
                f"{file} belongs to {before.subject!r} and to {subject!r}",
                field=f"line {number}, subject",
                remedy="name one subject for all rows of a file",
            )
        rows[file] = _Row(subject, (*before.spans_s, *_span(path, number, cells)))
    return rows


def _check_columns(path: Path, columns: Sequence[str]) -> None:
    """Refuse a table without files, or with a column that is nearly one that is read.

    Raises
    ------
    InputError
        Without its column of subjects, one person would stand on both sides of a split.
    """
    if "file" not in columns:
        remedy = f"its first row should be {','.join(_COLUMNS)}"
        raise InputError(path, "no column file", field="line 1", remedy=remedy)
    for name in columns:
        plain = name.casefold().replace(" ", "_")
        near = difflib.get_close_matches(plain, _COLUMNS, 1, _NEAR)
        if near and near[0] not in columns:
            raise InputError(
                path,
                f"a column {name!r} is not read",
                field="line 1",
                remedy=f"did you mean {near[0]}? Else give it a name that is less like it",
            )


def _span(path: Path, number: int, cells: Mapping[str, str]) -> Iterator[tuple[float, float]]:
    texts = [cells.get(name, "") for name in ("start_s", "end_s")]
    if not any(texts):
        return
    try:
        start_s, end_s = (as_decimal(text) for text in texts)
    except ValueError:
        problem = f"{','.join(texts)!r} are not two times in seconds"
        raise InputError(path, problem, field=f"line {number}, start_s", remedy="write 1.25,1.60") from None
    if not (0.0 <= start_s < end_s < math.inf):
        raise InputError(
            path,
            f"{start_s:g} s to {end_s:g} s is not a stretch of time",
            field=f"line {number}, start_s",
            remedy="write the start before the end, in seconds from the beginning of the clip",
        )
    yield start_s, end_s
