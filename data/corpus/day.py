"""Days of synthetic people on disk: sessions that say what is done in them and for how many hours they stand.

One session is made at a time in each process and nothing of it is kept but its files, so a day takes no more
memory than one of its stretches.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..input_error import InputError
from ..progress import Progress, silent
from ..recording import AUDIO_RATE_HZ, IMU_RATE_HZ, Recording
from ..session_ref import SessionRef
from ..session_set import claim, write_session, write_sessions
from ..synthesis.clip import draw_clip_history
from ..synthesis.dataset import GENERATOR_VERSION
from ..synthesis.motion.activity import draw_activity
from ..synthesis.motion.acts import act_motions, draw_motions, startle_labels
from ..synthesis.motion.body import moved, with_chest_motions
from ..synthesis.motion.sensor import draw_sensor
from ..synthesis.people.random_draw import uniform_log
from ..synthesis.people.subject import Subject, draw_subject
from ..synthesis.setting import draw_rooms, draw_setting, heard
from ..synthesis.sounds.cough import cough_bout
from ..synthesis.stage import AROUND, OWN, Stage, pick, staged_recording, talk
from .day_plan import DayStretch, plan_day
from .rates import SINGLE_SHARE
from .real_motion import content_digest, draw_stretch, find_bodies

__all__ = ["DAY_VERSION", "day_session", "write_days"]

DAY_VERSION = 1
_MANIFEST = "day.json"
_LEAST_SECONDS, _MOST_SECONDS = 10.0, 600.0
"""A session is made in memory: ten minutes of it take about 1 GB in each process."""


@dataclass(frozen=True)
class _Task:
    seed: int
    person: int
    stretch: DayStretch
    session_s: float
    bodies: tuple[SessionRef, ...]


def write_days(
    out: str | os.PathLike[str],
    *,
    hours: float = 24.0,
    compressed: bool = False,
    people: int = 1,
    session_s: float = 300.0,
    coughs_per_hour: float = 15.0,
    motion: str | os.PathLike[str] | None = None,
    seed: int = 0,
    progress: Progress = silent,
    jobs: int | None = None,
) -> int:
    """Write labelled days.

    Every session folder appears whole or not at all; a run that was stopped goes on where it stopped, and the
    bytes do not depend on `jobs` nor on interruptions. ``session.json`` holds, beside the usual keys,
    ``activity``, ``hours`` (of a day of 24 that the session stands for) and ``clock_h`` (when these begin).

    Parameters
    ----------
    out
        Dataset folder, new, empty, or left by an earlier run of the same plan.
    hours
        Hours of recordings of each person, 0.01 to 24.
    compressed
        One session for each activity, whatever `hours`: a day in a few minutes.
    people
        How many people, each with a day.
    session_s
        Seconds of a session, 10 to 600.
    coughs_per_hour
        Over the whole day, 0 to 600.
    motion
        Dataset of real motion without sound; each person moves as one body of it in all activities that its
        labels name. Synthetic where left out, and in activities without real motion.
    seed
        Same seed, same bytes.
    progress
        Called after every session.
    jobs
        Processes; None takes one per core.

    Returns
    -------
    int
        Number of sessions.

    Raises
    ------
    InputError
        A size is out of range, no real motion in `motion`, or `out` holds something else.
    """
    place = Path(out)
    for field, value, least, most in (
        ("hours", hours, 0.01, 24.0),
        ("subjects", people, 1, 10_000),
        ("seconds", session_s, _LEAST_SECONDS, _MOST_SECONDS),
        ("coughs-per-hour", coughs_per_hour, 0.0, 600.0),
        ("seed", seed, 0, 2**63),
    ):
        if not least <= value <= most:
            remedy = f"give {least:g} to {most:g}"
            raise InputError("synth --day", f"{value} is out of range", field=field, remedy=remedy)
    bodies = [] if motion is None else find_bodies(motion)
    plan: dict[str, object] = {
        "day": DAY_VERSION,
        "generator": GENERATOR_VERSION,
        "seed": seed,
        "people": people,
        "hours": "compressed" if compressed else float(hours),
        "session_s": float(session_s),
        "coughs_per_hour": float(coughs_per_hour),
        "motion": content_digest(bodies),
    }
    claim(place / _MANIFEST, plan)
    tasks = []
    for person in range(people):
        own = _bodies_of(bodies, person, seed)
        rng = np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=(21, person)))
        for stretch in plan_day(rng, hours, session_s, coughs_per_hour, compressed=compressed):
            name = f"day_{person:03d}_{stretch.index:04d}_{stretch.activity.name}"
            tasks.append((name, _Task(seed, person, stretch, session_s, own)))
    write_sessions(place, tasks, _make, stage="day", progress=progress, jobs=jobs)
    return len(tasks)


def _bodies_of(bodies: Sequence[SessionRef], person: int, seed: int) -> tuple[SessionRef, ...]:
    """Deal subjects of real motion to people, in an order that the seed draws."""
    subjects = sorted({body.subject for body in bodies})
    if not subjects:
        return ()
    rng = np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=(22,)))
    chosen = subjects[int(rng.permutation(len(subjects))[person % len(subjects)])]
    return tuple(body for body in bodies if body.subject == chosen)


def _make(folder: Path, task: _Task) -> None:
    subject = draw_subject(task.seed, task.person)
    stretch = task.stretch
    recording, origin = day_session(subject, task.seed, stretch, task.session_s, task.bodies)
    about = {
        "activity": stretch.activity.name,
        "hours": round(stretch.hours, 6),
        "clock_h": round(stretch.clock_h, 6),
        "motion": origin,
    }
    write_session(recording, folder, flac=True, about=about)


def day_session(
    subject: Subject,
    seed: int,
    stretch: DayStretch,
    duration_s: float,
    bodies: Sequence[SessionRef] = (),
) -> tuple[Recording, object]:
    """Make one session of a day, and say where its motion is from.

    Parameters
    ----------
    subject, seed
        Wearer and seed; with `DayStretch.index` they fix every sample.
    stretch
        What is done in it.
    duration_s
        Length in seconds.
    bodies
        Sessions of real motion of one body.
    """
    key = subject.index, stretch.index
    rng = np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=(23, *key)))
    n = round(duration_s * AUDIO_RATE_HZ)
    setting = draw_setting(rng, n, shares=stretch.activity.beds)
    stage = Stage(np.zeros(n), np.zeros(n), setting.floor_db, draw_clip_history(rng))
    _fill(rng, subject, stage, stretch)
    audio = heard(rng, setting, stage.near, stage.far, draw_rooms(rng))
    moves = np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=(24, *key)))
    activity = stretch.activity
    real = (
        draw_stretch(moves, bodies, round(duration_s * IMU_RATE_HZ), named=activity.real) if bodies else None
    )
    origin: object = "synthetic"
    labels = stage.labels
    if real is not None:
        imu = with_chest_motions(moves, subject, act_motions(moves, stage.acts), real.imu)
        movement, origin = real.movement, [list(piece) for piece in real.pieces]
    else:
        shares = np.array(list(activity.movements.values()))
        movement = str(moves.choice(list(activity.movements), p=shares / shares.sum()))
        motions = draw_motions(moves, subject, stage.acts, duration_s, activity.stirring)
        drawn = draw_activity(moves, movement, duration_s)
        imu = moved(moves, subject, draw_sensor(moves), drawn, motions, duration_s)
        labels = labels + startle_labels(motions, duration_s)
    recording = staged_recording(
        f"{subject.name}_{stretch.index:04d}",
        subject,
        audio=audio,
        imu=imu,
        labels=labels,
        movement=movement,
        background=setting.background,
    )
    return recording, origin


def _fill(rng: np.random.Generator, subject: Subject, stage: Stage, stretch: DayStretch) -> None:
    """Place coughs in bouts, speech and other sounds at their rates; the wearer makes one sound at a time."""
    hours = stage.duration_s / 3600.0
    activity = stretch.activity
    mood = np.exp(rng.normal(0, 1.0, len(OWN)))
    cough_db, other_db = (float(level) for level in rng.normal(0, 5, 2))
    kinds = [0] * stretch.coughs + [1] * int(rng.poisson(activity.speech * hours))
    kinds += [2] * int(rng.poisson(activity.own * hours))
    starts = rng.uniform(0, max(stage.duration_s - 1.0, 0.0), len(kinds))
    due = sorted(zip(starts.tolist(), kinds, strict=True))
    coughs = stretch.coughs
    free_s = 0.0
    for start_s, kind in due:
        start_s = max(start_s, free_s)
        if kind == 0:
            count = min(coughs, 1 if rng.random() < SINGLE_SHARE else int(rng.integers(2, 6)))
            coughs -= count
            for offset_s, sound in cough_bout(rng, subject, count) if count else ():
                free_s = stage.place(rng, sound, start_s + offset_s, False, cough_db)
        else:
            source = talk if kind == 1 else pick(rng, OWN, mood)
            free_s = stage.place(
                rng, source(rng, subject), start_s, False, other_db + float(rng.normal(0, 3))
            )
        free_s += 0.04 + uniform_log(rng, 0.02, 0.4)
    around = np.exp(rng.normal(0, 1.2, len(AROUND)))
    for _ in range(int(rng.poisson(activity.around * hours))):
        sound = pick(rng, AROUND, around)(rng, subject)
        start_s = float(rng.uniform(0, stage.duration_s))
        stage.place(rng, sound, start_s, bool(rng.random() < 0.75), other_db)
