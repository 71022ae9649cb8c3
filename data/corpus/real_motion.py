"""Stretches of real everyday motion for composed sessions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..dataset import SessionRef, find_sessions
from ..input_error import InputError, refuse
from ..recording import IMU_RATE_HZ, Recording

__all__ = ["Stretch", "draw_stretch", "find_bodies"]

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


def draw_stretch(rng: np.random.Generator, bodies: Sequence[SessionRef], rows: int) -> Stretch:
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

    Returns
    -------
    Stretch
        The gyroscope is NaN throughout if any piece lacks it.

    Raises
    ------
    InputError
        A file of them cannot be used, or is shorter than two seconds.
    """
    imu = np.zeros((0, 6))
    pieces: list[tuple[str, float, float]] = []
    named: dict[str, float] = {}
    while len(imu) < rows:
        ref = bodies[int(rng.integers(len(bodies)))]
        recording = _loaded(ref)
        track = recording.imu
        if track is None or len(track) < 4 * _BLEND:
            raise InputError(ref.path, "less than 2 s of motion", remedy="take the session away")
        wanted = rows - len(imu) + (_BLEND if len(imu) else 0)
        count = min(max(wanted, 2 * _BLEND), len(track))
        first = int(rng.integers(len(track) - count + 1))
        imu = _blended(imu, track[first : first + count].astype(np.float64))
        start_s, end_s = first / IMU_RATE_HZ, (first + count) / IMU_RATE_HZ
        pieces.append((ref.name, start_s, end_s))
        for label in recording.labels:
            shared = min(label.end_s, end_s) - max(label.start_s, start_s)
            if shared > 0.0:
                named[label.name] = named.get(label.name, 0.0) + shared
    movement = max(sorted(named), key=lambda name: named[name]) if named else ""
    imu = imu[:rows]
    if np.isnan(imu).any():
        imu[:, 3:] = np.nan
    return Stretch(imu.astype(np.float32), movement, tuple(pieces))


def _blended(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.float64]:
    if not len(before):
        return after
    share = np.linspace(0.0, 1.0, _BLEND)[:, None]
    both = before[-_BLEND:] * (1.0 - share) + after[:_BLEND] * share
    return np.concatenate([before[:-_BLEND], both, after[_BLEND:]])


@lru_cache(maxsize=8)
def _loaded(ref: SessionRef) -> Recording:
    return ref.load()
