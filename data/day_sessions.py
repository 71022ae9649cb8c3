"""A day dataset read back: which session stands for how many hours of what."""

from __future__ import annotations

import os
from dataclasses import dataclass

from .dataset import iter_dataset
from .formats.session_folder import SESSION_FILE
from .input_error import InputError
from .session_ref import SessionRef
from .untrusted import read_json

__all__ = ["DaySession", "is_day", "read_day"]


@dataclass(frozen=True)
class DaySession:
    """One session of a day.

    Attributes
    ----------
    ref
        The recording.
    activity
        What is done in it.
    hours
        Hours of the day that it stands for.
    """

    ref: SessionRef
    activity: str
    hours: float


def read_day(dataset: str | os.PathLike[str]) -> list[DaySession]:
    """Find the sessions of a day, or of several.

    Parameters
    ----------
    dataset
        Sessions whose ``session.json`` has ``activity`` (a name) and ``hours`` (above 0), as
        `tussis synth --day` writes them; recordings of one's own can have the same keys.

    Returns
    -------
    list of DaySession
        In the order of their names.

    Raises
    ------
    InputError
        No sessions, one without those keys, or one without sound and motion.
    """
    found = []
    for ref in iter_dataset(dataset):
        file = ref.path / SESSION_FILE
        if not file.is_file():
            raise InputError(ref.path, "no session.json", remedy=_REMEDY)
        document = read_json(file)  # `iter_dataset` has seen that it is an object
        activity, hours = document.get("activity"), document.get("hours")
        if not isinstance(activity, str) or not activity:
            raise InputError(file, f"is {activity!r}, not a name", field="activity", remedy=_REMEDY)
        if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 < hours < float("inf"):
            raise InputError(file, f"is {hours!r}, not a number above 0", field="hours", remedy=_REMEDY)
        if not ref.has_imu or ref.audio_path is None:
            raise InputError(ref.path, "needs sound and motion", remedy=_REMEDY)
        found.append(DaySession(ref, activity, float(hours)))
    return found


def is_day(dataset: str | os.PathLike[str]) -> bool:
    """Say whether any session of a dataset says for how many hours it stands."""
    files = (ref.path / SESSION_FILE for ref in iter_dataset(dataset))
    return any(file.is_file() and "hours" in read_json(file) for file in files)


_REMEDY = "a day is what `tussis synth --day` writes (docs/synthesis.md)"
