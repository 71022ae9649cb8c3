"""A synthetic dataset on disk: one folder per session, each whole; resumable; same seed, same bytes."""

from __future__ import annotations

import json
import os
import shutil
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..atomic import folder_whole, write_text_whole
from ..input_error import InputError
from ..progress import Progress, silent
from ..recording import IMU_COLUMNS, Recording
from .people.subject import draw_subject
from .session import synth_session

__all__ = ["GENERATOR_VERSION", "write_dataset", "write_session"]

GENERATOR_VERSION = 2
_MANIFEST = "synthesis.json"


def write_session(recording: Recording, folder: Path) -> None:
    """Write ``audio.wav``, ``imu.csv``, ``labels.txt`` and ``session.json`` of a session, all or nothing."""
    with folder_whole(folder, replace=True) as partial:
        with wave.open(str(partial / "audio.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(recording.audio_rate_hz)
            file.writeframes(recording.audio.astype("<i2").tobytes())
        if recording.imu is not None:
            (partial / "imu.csv").write_bytes(_imu_csv(recording.imu, recording.imu_rate_hz).encode())
        lines = [f"{label.start_s:.4f}\t{label.end_s:.4f}\t{label.name}\n" for label in recording.labels]
        (partial / "labels.txt").write_bytes("".join(lines).encode())
        about = {
            "subject": recording.subject,
            "movement": recording.movement,
            "background": recording.background,
        }
        (partial / "session.json").write_bytes((json.dumps(about, indent=2) + "\n").encode())


def _imu_csv(imu: NDArray[np.float32], rate_hz: float) -> str:
    rows = ["time_s," + ",".join(IMU_COLUMNS)]
    values = imu.astype(np.float64).tolist()
    rows += [f"{k / rate_hz:.3f},%.4f,%.4f,%.4f,%.4f,%.4f,%.4f" % tuple(row) for k, row in enumerate(values)]
    return "\n".join(rows) + "\n"


def _make(out: Path, seed: int, subject: int, session: int, session_s: float) -> str:
    recording = synth_session(draw_subject(seed, subject), seed, session_s, index=session)
    write_session(recording, out / recording.name)
    return recording.name


def _claim(out: Path, plan: dict[str, float | int]) -> None:
    """Refuse a folder that holds anything but an unfinished or finished dataset of the same plan."""
    manifest = out / _MANIFEST
    if manifest.is_file():
        try:
            found = json.loads(manifest.read_text(encoding="utf-8"))
        except (ValueError, OSError) as error:
            raise InputError(manifest, f"cannot be read: {error}", remedy="name a new folder") from error
        if found != plan:
            raise InputError(manifest, f"holds a dataset of another plan {found}", remedy="name a new folder")
    elif out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(out, "exists and is not empty", remedy="name a new folder or empty this one")
    else:
        write_text_whole(manifest, json.dumps(plan, indent=2) + "\n")


def write_dataset(
    out: str | os.PathLike[str],
    *,
    subjects: int = 8,
    sessions_per_subject: int = 2,
    session_s: float = 60.0,
    seed: int = 0,
    progress: Progress = silent,
    jobs: int | None = None,
) -> Path:
    """Write a labelled synthetic dataset.

    Every session folder appears whole or not at all; a run that was stopped goes on where it stopped, and the
    bytes do not depend on `jobs` nor on interruptions.

    Parameters
    ----------
    out
        Dataset folder, new, empty, or left by an earlier run of the same plan.
    subjects, sessions_per_subject, session_s
        Size: persons, sessions of each, seconds per session (at least 2).
    seed
        Same seed, same bytes.
    progress
        Called after every session.
    jobs
        Processes; None takes one per core.

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    InputError
        A size is out of range, or `out` holds something else.
    """
    out = Path(out)
    for field, value, least in (
        ("subjects", subjects, 1),
        ("sessions", sessions_per_subject, 1),
        ("seconds", session_s, 2),
        ("seed", seed, 0),
    ):
        if not value >= least or value > 1e6:
            raise InputError(
                "synth", f"{value} is out of range", field=field, remedy=f"give {least} to 1000000"
            )
    plan: dict[str, float | int] = {
        "generator": GENERATOR_VERSION,
        "seed": seed,
        "subjects": subjects,
        "sessions_per_subject": sessions_per_subject,
        "session_s": float(session_s),
    }
    _claim(out, plan)
    todo = [(subject, session) for subject in range(subjects) for session in range(sessions_per_subject)]
    missing = [
        (a, b) for a, b in todo if not (out / f"subject_{a:03d}_session_{b:02d}" / "session.json").is_file()
    ]
    done = len(todo) - len(missing)
    progress("synth", done, len(todo))
    try:
        for _ in _worked(out, missing, seed, session_s, jobs):
            done += 1
            progress("synth", done, len(todo))
    finally:
        _sweep(out)
    return out


def _sweep(out: Path) -> None:
    """Remove the unfinished folders of workers that were ended in the middle of a session, now or earlier."""
    for partial in out.glob(".subject_*.part"):
        shutil.rmtree(partial, ignore_errors=True)


def _worked(
    out: Path, missing: list[tuple[int, int]], seed: int, session_s: float, jobs: int | None
) -> Iterator[str]:
    """Yield session names as they are written, from this process or from several."""
    jobs = min(jobs or os.cpu_count() or 1, max(len(missing), 1))
    if jobs == 1:
        for subject, session in missing:
            yield _make(out, seed, subject, session, session_s)
        return
    from joblib import Parallel, delayed
    from joblib.externals.loky import get_reusable_executor

    tasks = (delayed(_make)(out, seed, subject, session, session_s) for subject, session in missing)
    try:
        yield from Parallel(n_jobs=jobs, return_as="generator_unordered")(tasks)
    except BaseException:  # the workers must be gone before what they left is swept away
        get_reusable_executor().shutdown(wait=True, kill_workers=True)
        raise
