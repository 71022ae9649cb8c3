"""Label tracks of two annotators, found in two files or two folders."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from ...data.dataset import find_sessions
from ...data.formats.labels import read_labels
from ...data.input_error import InputError, reading
from ...data.recording import Label
from .label_agreement import LabelAgreement, compare_labels

__all__ = ["ComparedTracks", "compare_tracks"]

_SESSION_TRACK = "labels"
"""Stem of a session's own track, which is named by its folder."""


@dataclass(frozen=True)
class ComparedTracks:
    """What `compare_tracks` found.

    Parameters
    ----------
    rows
        Agreement of each pair of tracks.
    only_a, only_b
        Names of tracks that the other folder lacks.
    assumed_length
        Names of recordings whose sound was not found: they are taken to end with the last label.
    """

    rows: tuple[LabelAgreement, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    assumed_length: tuple[str, ...]


def compare_tracks(
    a: str | PathLike[str],
    b: str | PathLike[str],
    *,
    duration_s: float | None = None,
    tolerance_s: float,
) -> ComparedTracks:
    """Compare two label tracks, or those of two folders that have the same name.

    Parameters
    ----------
    a, b
        Two files, or two folders: sessions with ``labels.txt``, clips with a track beside them, or tracks
        alone, ``NAME.txt``. A session's track has its folder's name.
    duration_s
        Length of each recording; None: of the sound beside a track, of `a` or `b`, else the last label's end.
    tolerance_s
        As in `tussis.selection.evaluation.label_agreement.compare_labels`.

    Raises
    ------
    InputError
        There is nothing to compare, or a track is at fault.
    """
    tracks_a, tracks_b = _tracks(Path(a)), _tracks(Path(b))
    if Path(a).is_file() and Path(b).is_file():
        name = next(iter(tracks_a))
        tracks_b = {name: next(iter(tracks_b.values()))}
    names = [name for name in tracks_a if name in tracks_b]
    if not names:
        raise InputError(
            b, f"has no track of the same name as one of {a}", remedy="tracks are paired by their names"
        )
    rows, assumed = [], []
    for name in names:
        one, other = (read_labels(tracks[name], math.inf) for tracks in (tracks_a, tracks_b))
        length_s = duration_s or _sound_s(tracks_a[name]) or _sound_s(tracks_b[name])
        if length_s is None:
            assumed.append(name)
        length_s = max(length_s or 0.0, _last_s(one), _last_s(other))
        rows.append(compare_labels(name, one, other, length_s, tolerance_s))
    return ComparedTracks(
        tuple(rows),
        tuple(name for name in tracks_a if name not in tracks_b),
        tuple(name for name in tracks_b if name not in tracks_a),
        tuple(assumed),
    )


def _tracks(place: Path) -> dict[str, Path]:
    """Label tracks by the names of their recordings."""
    if not place.is_dir():
        with reading(place):
            place.stat()
        return {place.stem: place}
    return dict(sorted(_named(place)))


def _named(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in folder.rglob("*.[tT][xX][tT]"):
        inner = path.relative_to(folder)
        if any(part.startswith(".") for part in inner.parts):
            continue
        own = inner.parent if path.stem.casefold() == _SESSION_TRACK else inner.with_suffix("")
        name = own.as_posix()
        yield (folder.resolve().name if name == "." else _without_audio_suffix(name)), path


def _without_audio_suffix(name: str) -> str:
    """Name a clip's track from `tussis review --out` as the track beside the clip is named."""
    from ...data.formats.audio_file import is_audio

    return name.rsplit(".", 1)[0] if is_audio(name) else name


def _sound_s(track: Path) -> float | None:
    """Length of the recording that a track lies beside; None where there is none."""
    if track.stem.casefold() == _SESSION_TRACK:
        try:
            return find_sessions(track.parent, on_fault=lambda fault: None)[0].duration_s
        except (InputError, IndexError):
            return None
    for other in sorted(track.parent.glob(f"{track.stem}.*")):
        if other != track and other.is_file():
            try:
                return find_sessions(other, on_fault=lambda fault: None)[0].duration_s
            except (InputError, IndexError):
                continue
    return None


def _last_s(labels: tuple[Label, ...]) -> float:
    return max((label.end_s for label in labels), default=0.0)
