"""A session: one folder with ``audio.wav`` or ``imu.csv`` or both, and what belongs to them."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..input_error import InputError, OnFault, reading, refuse
from ..recording import AUDIO_RATE_HZ, IMU_RATE_HZ, Label, Recording
from ..recording_start import start_of_text
from .audio_file import AUDIO_SUFFIXES, is_audio, read_audio, read_audio_header
from .imu_csv import read_imu
from .labels import read_labels
from .text_file import read_json_object

__all__ = [
    "AUDIO_FILE",
    "AUDIO_FILES",
    "IMU_FILE",
    "LABELS_FILE",
    "SESSION_FILE",
    "SessionInfo",
    "find_audio",
    "find_file",
    "read_audio_and_motion",
    "read_session",
    "read_session_info",
]

AUDIO_FILE = "audio.wav"
AUDIO_FILES = tuple(f"audio{suffix}" for suffix in AUDIO_SUFFIXES)
"""Names of a session's audio; the first that is there is read."""

IMU_FILE = "imu.csv"
LABELS_FILE = "labels.txt"
SESSION_FILE = "session.json"

MAX_IMU_SHORTFALL_S = 1.0
"""A motion file may end this much before the audio: loggers stop one after the other."""


@dataclass(frozen=True)
class SessionInfo:
    """What ``session.json`` holds; a field that it lacks is empty.

    Attributes
    ----------
    subject, movement, background
        Who, doing what, in which sound.
    start
        Date and time of day of the first sample, by the clock on the wall; None where it is not known.
    facts
        Every other key with a text or a number, in their order: what a study distinguishes, like a treatment.
    """

    subject: str = ""
    movement: str = ""
    background: str = ""
    start: datetime | None = None
    facts: tuple[tuple[str, str], ...] = ()


def find_file(folder: Path, name: str) -> Path | None:
    """Find a file in a folder, whatever the case of its name.

    Parameters
    ----------
    folder
        Folder to search.
    name
        The name in lower case.

    Returns
    -------
    Path | None
        The file, the exact spelling first; None if there is none.
    """
    exact = folder / name
    if exact.is_file():
        return exact
    with reading(folder):
        names = sorted(os.listdir(folder))
    return next((folder / other for other in names if other.casefold() == name), None)


def find_audio(folder: Path) -> Path | None:
    """Find the audio of a session; None if there is none."""
    return next((path for name in AUDIO_FILES if (path := find_file(folder, name)) is not None), None)


def read_session_info(folder: Path, *, on_fault: OnFault = refuse) -> SessionInfo:
    """Read ``session.json`` of a session folder, if there is one.

    Parameters
    ----------
    folder
        The session folder.
    on_fault
        Called with every fault; the field at fault stays empty if it returns.

    Returns
    -------
    SessionInfo
        Its fields. Numbers become text; keys that hold something else are passed over.

    Raises
    ------
    InputError
        By the default `on_fault`: not a JSON object, one of the three names neither text nor number, or a
        ``start`` that is not a date and time.
    """
    path = find_file(folder, SESSION_FILE)
    if path is None:
        return SessionInfo()
    try:
        document = read_json_object(path)
    except InputError as fault:
        on_fault(fault)
        return SessionInfo()
    names = {}
    for key in ("subject", "movement", "background"):
        value = document.pop(key, None)
        names[key] = _words(value)
        if value is not None and not _is_words(value):
            on_fault(
                InputError(path, f"{value!r:.40} is not a name", field=key, remedy=f'write "{key}": "a word"')
            )
    start = _start(path, document.pop("start", None), on_fault)
    facts = tuple((key, _words(value)) for key, value in document.items() if _is_words(value))
    return SessionInfo(**names, start=start, facts=facts)


def _is_words(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _words(value: object) -> str:
    return str(value).strip() if _is_words(value) else ""


def _start(path: Path, value: object, on_fault: OnFault) -> datetime | None:
    start = start_of_text(value) if isinstance(value, str) else None
    if value is not None and start is None:
        problem = f"{value!r:.40} is not a date and a time of day"
        remedy = 'write "start": "2026-11-28T22:15:00"'
        on_fault(InputError(path, problem, field="start", remedy=remedy))
    return start


def read_session(
    folder: str | os.PathLike[str],
    *,
    name: str | None = None,
    subject: str | None = None,
    audio_rate_hz: int = AUDIO_RATE_HZ,
    imu_rate_hz: float = IMU_RATE_HZ,
    on_fault: OnFault = refuse,
    motion_only: bool = False,
) -> Recording:
    """Read a session folder.

    Parameters
    ----------
    folder
        The folder with ``audio.wav`` (or ``.flac``, ``.ogg``, ``.mp3``) or ``imu.csv`` or both, and where
        they exist ``labels.txt`` and ``session.json``.
    name
        Session name; the folder's own by default.
    subject
        The subject where ``session.json`` names none; the session's name by default.
    audio_rate_hz, imu_rate_hz
        Sample rates of the result, in Hz.
    on_fault
        Called with faults of the IMU, label and session files; what is at fault is left out if it returns.
    motion_only
        Leave the audio out, as if there were none.

    Returns
    -------
    Recording
        The session.

    Raises
    ------
    InputError
        The audio cannot be used; by the default `on_fault`, also for any other fault.
    """
    place = Path(folder)
    own_name = name or place.resolve().name
    info = read_session_info(place, on_fault=on_fault)
    audio_path, imu_path = None if motion_only else find_audio(place), find_file(place, IMU_FILE)
    if audio_path is not None:
        audio, imu = read_audio_and_motion(
            audio_path, imu_path, audio_rate_hz=audio_rate_hz, imu_rate_hz=imu_rate_hz, on_fault=on_fault
        )
        duration_s = len(audio) / audio_rate_hz
    elif imu_path is not None:
        audio = np.zeros(0, np.int16)
        imu = read_imu(imu_path, duration_s=math.inf, imu_rate_hz=imu_rate_hz, on_fault=on_fault)
        duration_s = math.inf if imu is None else len(imu) / imu_rate_hz
    else:
        raise missing_audio(place)
    labels_path = find_file(place, LABELS_FILE)
    labels: tuple[Label, ...] = ()
    if labels_path is not None:
        labels = read_labels(labels_path, duration_s, on_fault=on_fault)
    return Recording(
        name=own_name,
        audio=audio,
        audio_rate_hz=audio_rate_hz,
        imu=imu,
        imu_rate_hz=imu_rate_hz,
        labels=labels,
        labelled=labels_path is not None,
        subject=info.subject or subject or own_name,
        movement=info.movement,
        background=info.background,
        path=place,
    )


def read_audio_and_motion(
    audio_path: Path,
    imu_path: Path | None,
    *,
    audio_rate_hz: int,
    imu_rate_hz: float,
    full_scale: float | None = None,
    max_imu_shortfall_s: float = MAX_IMU_SHORTFALL_S,
    on_fault: OnFault = refuse,
) -> tuple[NDArray[np.int16], NDArray[np.float32] | None]:
    """Read an audio file and the IMU file that runs beside it.

    Parameters
    ----------
    audio_path, imu_path
        The files; no IMU file gives None for the motion.
    audio_rate_hz, imu_rate_hz
        Sample rates of the result, in Hz.
    full_scale
        Full scale of the samples, see `read_audio`.
    max_imu_shortfall_s
        Time by which the motion may end before the audio, in seconds.
    on_fault
        Called with every fault of the IMU file.

    Returns
    -------
    tuple[NDArray[np.int16], NDArray[np.float32] | None]
        Audio ``(n,)`` and motion ``(m, 6)``.

    Raises
    ------
    InputError
        The audio cannot be used, or by the default `on_fault` the IMU file cannot.
    """
    audio = read_audio(audio_path, audio_rate_hz=audio_rate_hz, full_scale=full_scale)
    if imu_path is None:
        return audio, None
    header = read_audio_header(audio_path)
    imu = read_imu(imu_path, duration_s=header.duration_s, imu_rate_hz=imu_rate_hz, on_fault=on_fault)
    if imu is not None and len(imu) / imu_rate_hz < header.duration_s - max_imu_shortfall_s:
        on_fault(
            InputError(
                imu_path,
                f"ends at {len(imu) / imu_rate_hz:.2f} s, the audio at {header.duration_s:.2f} s",
                field="time_s",
                remedy="cut the audio to the motion's length, or take the file away to use the audio alone",
            )
        )
    return audio, imu


def missing_audio(folder: Path) -> InputError:
    """Say that a folder which should be a session holds no ``audio.wav``.

    Parameters
    ----------
    folder
        Folder to search.

    Returns
    -------
    InputError
        With the remedy that fits what is there.
    """
    there = sorted(path for path in folder.glob("*") if is_audio(path.name))
    folders = [path.name for path in there if path.is_dir()]
    sounds = [path.name for path in there if not path.is_dir()]
    if folders and not sounds:
        remedy = f"put a file {AUDIO_FILE} in its place"
        return InputError(folder, f"{folders[0]} is a folder, not a recording", remedy=remedy)
    remedy = "add it, 16 kHz 16-bit mono is best"
    if len(sounds) == 1:
        remedy = f"rename {sounds[0]} to {Path(AUDIO_FILE).stem}{Path(sounds[0]).suffix.casefold()}"
    elif sounds:
        remedy = f"rename one of {', '.join(sounds[:3])}, and give each other a folder of its own"
    return InputError(folder, f"no {AUDIO_FILE} in the session folder", remedy=remedy)
