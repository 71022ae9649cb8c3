"""A synthetic dataset on disk: one folder per session, each whole; resumable; same seed, same bytes."""

from __future__ import annotations

import os
from pathlib import Path

from ..input_error import InputError
from ..progress import Progress, silent
from ..session_set import claim, write_session, write_sessions
from .people.subject import draw_subject
from .session import synth_session

__all__ = ["GENERATOR_VERSION", "write_dataset"]

GENERATOR_VERSION = 2
_MANIFEST = "synthesis.json"


def _make(folder: Path, task: tuple[int, int, int, float]) -> None:
    seed, subject, session, session_s = task
    write_session(synth_session(draw_subject(seed, subject), seed, session_s, index=session), folder)


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

    Examples
    --------
    >>> folder = write_dataset("recordings", subjects=1, sessions_per_subject=1, session_s=3.0)
    >>> sorted(file.name for file in folder.rglob("*.*"))
    ['audio.wav', 'imu.csv', 'labels.txt', 'session.json', 'synthesis.json']
    """
    out = Path(out)
    place = out.absolute()  # worker processes may have been started in another folder
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
    claim(place / _MANIFEST, plan)
    tasks = [
        (f"subject_{subject:03d}_session_{session:02d}", (seed, subject, session, session_s))
        for subject in range(subjects)
        for session in range(sessions_per_subject)
    ]
    write_sessions(place, tasks, _make, stage="synth", progress=progress, jobs=jobs)
    return out
