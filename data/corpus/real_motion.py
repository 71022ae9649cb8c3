"""Stretches of real everyday motion for composed sessions."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from ..dataset import find_sessions
from ..formats.session_folder import IMU_FILE, find_file
from ..input_error import InputError, refuse
from ..recording import IMU_RATE_HZ, Recording
from ..session_ref import SessionRef

__all__ = ["Stretch", "content_digest", "draw_stretch", "find_bodies"]

_BLEND = round(0.5 * IMU_RATE_HZ)


class Stretch(NamedTuple):
    """Motion of one body.

    Attributes
    ----------
    imu
        float32, shape ``(m, 6)``, 100 Hz.
    movement
        What the recording's labels call most of it; empty where they do not say.
    pieces
        Where it is from, ``(session, start_s, end_s)``.
    """

    imu: NDArray[np.float32]
    movement: str
    pieces: tuple[tuple[str, float, float], ...]


def find_bodies(folder: str | os.PathLike[str]) -> list[SessionRef]:
    """Find the sessions of motion alone in a dataset.

    Parameters
    ----------
    folder
        The dataset.

    Returns
    -------
    list[SessionRef]
        In the order of their names.

    Raises
    ------
    InputError
        There are none.
    """
    refs = [ref for ref in find_sessions(folder, on_fault=refuse) if ref.has_imu and ref.audio_path is None]
    if not refs:
        remedy = "a session of motion is a folder with imu.csv and no audio (docs/recordings.md)"
        raise InputError(folder, "no sessions of motion alone", field="--motion", remedy=remedy)
    return refs


def content_digest(bodies: Sequence[SessionRef]) -> str:
    """Hash names and motion of bodies, in order; ``"synthetic"`` for none."""
    if not bodies:
        return "synthetic"
    motion = hashlib.sha256()
    for body in bodies:
        file = find_file(body.path, IMU_FILE)
        motion.update(body.name.encode() + (b"" if file is None else file.read_bytes()))
    return motion.hexdigest()


@overload
def draw_stretch(rng: np.random.Generator, bodies: Sequence[SessionRef], rows: int) -> Stretch: ...


@overload
def draw_stretch(
    rng: np.random.Generator, bodies: Sequence[SessionRef], rows: int, *, named: Collection[str]
) -> Stretch | None: ...


def draw_stretch(
    rng: np.random.Generator,
    bodies: Sequence[SessionRef],
    rows: int,
    *,
    named: Collection[str] | None = None,
) -> Stretch | None:
    """Draw motion of one body, from one recording where that is long enough.

    Pieces are strung together where it is not: each goes over into the next within half a second.

    Parameters
    ----------
    rng
        Chance.
    bodies
        Sessions of the body.
    rows
        Length in rows at 100 Hz.
    named
        Take only what labels with these names cover; any motion where left out.

    Returns
    -------
    Stretch
        The gyroscope is NaN throughout if any piece lacks it. None where nothing has one of the names.

    Raises
    ------
    InputError
        A file of them cannot be used, or is shorter than two seconds.
    """
    imu = np.zeros((0, 6))
    pieces: list[tuple[str, float, float]] = []
    found: dict[str, float] = {}
    parts = [part for ref in bodies for part in _parts(ref, named)]
    if not parts:
        return None
    while len(imu) < rows:
        ref, begin, end = parts[int(rng.integers(len(parts)))]
        recording, track = _loaded(ref), _track(ref)
        end = len(track) if end is None else end
        wanted = rows - len(imu) + (_BLEND if len(imu) else 0)
        count = min(max(wanted, 2 * _BLEND), end - begin)
        first = begin + int(rng.integers(end - begin - count + 1))
        imu = _blended(imu, track[first : first + count].astype(np.float64))
        start_s, end_s = first / IMU_RATE_HZ, (first + count) / IMU_RATE_HZ
        pieces.append((ref.name, start_s, end_s))
        for label in recording.labels:
            shared = min(label.end_s, end_s) - max(label.start_s, start_s)
            if shared > 0.0:
                found[label.name] = found.get(label.name, 0.0) + shared
    movement = max(sorted(found), key=lambda name: found[name]) if found else ""
    imu = imu[:rows]
    if np.isnan(imu).any():
        imu[:, 3:] = np.nan
    return Stretch(imu.astype(np.float32), movement, tuple(pieces))


def _parts(ref: SessionRef, named: Collection[str] | None) -> Iterator[tuple[SessionRef, int, int | None]]:
    """Yield what may be drawn from a recording: all of it, or the rows under labels with these names."""
    if named is None:
        yield ref, 0, None
        return
    rows = len(_track(ref))
    for label in _loaded(ref).labels:
        begin = max(int(np.ceil(label.start_s * IMU_RATE_HZ)), 0)
        end = min(int(label.end_s * IMU_RATE_HZ), rows)
        if label.name in named and end - begin >= 4 * _BLEND:
            yield ref, begin, end


def _track(ref: SessionRef) -> NDArray[np.float32]:
    """Return the motion of a recording; refuse less than two seconds."""
    track = _loaded(ref).imu
    if track is None or len(track) < 4 * _BLEND:
        raise InputError(ref.path, "less than 2 s of motion", remedy="take the session away")
    return track


def _blended(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.float64]:
    if not len(before):
        return after
    share = np.linspace(0.0, 1.0, _BLEND)[:, None]
    both = before[-_BLEND:] * (1.0 - share) + after[:_BLEND] * share
    return np.concatenate([before[:-_BLEND], both, after[_BLEND:]])


@lru_cache(maxsize=8)
def _loaded(ref: SessionRef) -> Recording:
    return ref.load()
