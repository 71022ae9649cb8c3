"""Sessions written to disk: each whole or not at all, resumable, the same bytes however many processes."""

from __future__ import annotations

import io
import shutil
import wave
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from .atomic import folder_whole, write_text_whole
from .formats.labels import label_row
from .formats.session_folder import AUDIO_FILE, IMU_FILE, LABELS_FILE, SESSION_FILE
from .input_error import InputError
from .json_text import json_text
from .progress import Progress, silent
from .recording import IMU_COLUMNS, Recording
from .untrusted import read_json
from .workers import worked

__all__ = ["UNFINISHED_FILE", "claim", "write_session", "write_sessions"]

UNFINISHED_FILE = "unfinished.json"
"""Stands in the folder of a dataset while sessions are missing, with how many it is to have."""

_Task = TypeVar("_Task")


def write_session(
    recording: Recording,
    folder: Path,
    *,
    flac: bool = False,
    about: Mapping[str, object] | None = None,
    beside: Mapping[str, bytes] | None = None,
) -> None:
    """Write audio, ``imu.csv``, ``labels.txt`` and ``session.json`` of a session, all or nothing.

    Parameters
    ----------
    recording
        The session. Without a gyroscope its columns are left out; without audio or motion there is no file.
    folder
        The session folder; one that exists is replaced.
    flac
        Write ``audio.flac``, else ``audio.wav``.
    about
        Further keys for ``session.json``.
    beside
        Further files, by name.
    """
    with folder_whole(folder, replace=True) as partial:
        if flac:
            (partial / "audio.flac").write_bytes(_flac(recording))
        else:
            (partial / AUDIO_FILE).write_bytes(_wav(recording))
        if recording.imu is not None:
            (partial / IMU_FILE).write_bytes(_imu_csv(recording.imu, recording.imu_rate_hz).encode())
        (partial / LABELS_FILE).write_bytes("".join(map(label_row, recording.labels)).encode())
        document = {
            "subject": recording.subject,
            "movement": recording.movement,
            "background": recording.background,
            **(about or {}),
        }
        for name, content in (beside or {}).items():
            (partial / name).write_bytes(content)
        (partial / SESSION_FILE).write_bytes((json_text(document, 2) + "\n").encode())


def _wav(recording: Recording) -> bytes:
    """Sound as a WAV file; in memory, so that a full disk is met where it can be told."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(recording.audio_rate_hz)
        file.writeframes(recording.audio.astype("<i2").tobytes())
    return out.getvalue()


def _flac(recording: Recording) -> bytes:
    import soundfile

    out = io.BytesIO()
    soundfile.write(out, recording.audio, recording.audio_rate_hz, format="FLAC", subtype="PCM_16")
    return out.getvalue()


def _imu_csv(imu: NDArray[np.float32], rate_hz: float) -> str:
    width = 3 if bool(np.isnan(imu[:, 3:]).any()) else len(IMU_COLUMNS)
    rows = ["time_s," + ",".join(IMU_COLUMNS[:width])]
    form = ",%.4f" * width
    values = imu[:, :width].astype(np.float64).tolist()
    rows += [f"{k / rate_hz:.3f}" + form % tuple(row) for k, row in enumerate(values)]
    return "\n".join(rows) + "\n"


def claim(manifest: Path, plan: Mapping[str, object]) -> None:
    """Take the folder of a manifest for a plan, new or to go on with.

    Parameters
    ----------
    manifest
        File in the dataset's folder that holds its plan.
    plan
        What the dataset is made by; JSON values.

    Raises
    ------
    InputError
        The folder holds anything but an unfinished or finished dataset of the same plan.
    """
    out = manifest.parent
    if manifest.is_file():
        found = read_json(manifest, "name a new folder")
        if found != plan:
            raise InputError(
                manifest,
                f"holds a dataset of another plan: {_difference(found, plan)}",
                remedy="name a new folder",
            )
    elif out.exists() and not out.is_dir():
        raise InputError(out, "a file is in the way", remedy="name a folder")
    elif out.exists() and any(out.iterdir()):
        raise InputError(out, "exists and is not empty", remedy="name a new folder or empty this one")
    else:
        write_text_whole(manifest, json_text(plan, 2) + "\n")


def _difference(found: object, plan: Mapping[str, object]) -> str:
    if not isinstance(found, dict):
        return "it is not a table"
    keys = [key for key in {**plan, **found} if found.get(key) != plan.get(key)]
    return ", ".join(f"{key} is {found.get(key)} there and {plan.get(key)} here" for key in keys)


def write_sessions(
    out: Path,
    tasks: Sequence[tuple[str, _Task]],
    make: Callable[[Path, _Task], None],
    *,
    stage: str,
    progress: Progress = silent,
    jobs: int | None = None,
) -> None:
    """Write the sessions that are not there yet; until all are, `UNFINISHED_FILE` says so.

    Parameters
    ----------
    out
        Folder of the dataset.
    tasks
        Name of each session (its folder in `out`) and what it is made from.
    make
        Writes one session into the folder it is given, with `write_session`. It can be pickled, and its
        bytes depend on nothing but its task.
    stage
        Name of the work, for `progress`.
    progress
        Called after every session.
    jobs
        Processes; None takes one per core.
    """
    missing = [(out / name, task) for name, task in tasks if not (out / name / SESSION_FILE).is_file()]
    done = len(tasks) - len(missing)
    progress(stage, done, len(tasks))
    unfinished = out / UNFINISHED_FILE
    if missing:
        write_text_whole(unfinished, json_text({"sessions": len(tasks)}) + "\n")
    try:
        names = [folder.name for folder, _ in missing]
        for _ in worked(make, missing, jobs, stage=stage, names=names):
            done += 1
            progress(stage, done, len(tasks))
    finally:
        _sweep(out, {name for name, _ in tasks})
    unfinished.unlink(missing_ok=True)


def _sweep(out: Path, names: set[str]) -> None:
    """Remove the unfinished folders of workers that were ended in the middle of a session, now or earlier."""
    for partial in out.glob(".*.part"):
        if partial.name[1:].split(".")[0] in names:
            shutil.rmtree(partial, ignore_errors=True)
