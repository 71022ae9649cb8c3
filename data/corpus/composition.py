"""A dataset composed of clips: read, cast, and written session by session."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..input_error import InputError
from ..left_out import LeftOut
from ..progress import Progress, silent
from ..session_ref import SessionRef
from ..session_set import claim, write_session, write_sessions
from .cast import GroupShare, Person, draw_people
from .composed_session import compose_session
from .excerpt import Material, read_material
from .rates import ASLEEP_SHARE, DENSE, LIFE, Rates
from .real_motion import content_digest, find_bodies
from .scene import EVENTS_CSV, events_csv

__all__ = ["COMPOSER_VERSION", "Composition", "compose"]

COMPOSER_VERSION = 1
_MANIFEST = "composition.json"

_PEOPLE, _LIFE_PEOPLE = 15, 12
_SESSIONS = 2
_SECONDS, _LIFE_SECONDS = 60.0, 300.0
_LIFE_HOURS = 24.0
_LEAST_SECONDS, _MOST_SECONDS = 5.0, 600.0
"""A session is made in memory: five minutes of it take 0.6 GB in each process, ten minutes 1.05 GB."""


@dataclass(frozen=True)
class Composition:
    """What was composed.

    Attributes
    ----------
    path
        Folder of the dataset.
    people
        Who is in it.
    sessions
        Number of sessions.
    left_out
        Clips that cannot be used, ``(name, reason)``.
    """

    path: Path
    people: tuple[Person, ...]
    sessions: int
    left_out: tuple[LeftOut, ...]

    def doubts(self, real_motion: bool) -> list[str]:
        """Say what somebody may miss: other people's coughs, speech, and bodies if they were asked for."""
        lacks = {
            "no coughs of others: every group of cough clips is a person": [
                person for person in self.people if not person.strangers
            ],
            "no speech": [person for person in self.people if "speech" not in person.others],
            "synthetic motion: there are fewer bodies than people": [
                person for person in self.people if real_motion and not person.bodies
            ],
        }
        return [
            f"{len(found)} of {len(self.people)} people have {what}" for what, found in lacks.items() if found
        ]

    def as_json(self) -> dict[str, object]:
        """Return what ``tussis compose --json`` prints."""
        people = [
            {
                "name": person.name,
                "subject": person.group,
                "coughs": len(person.coughs),
                "others": {sound: len(own) for sound, own in person.others.items()},
                "distant_coughs": len(person.strangers),
                "motion": sorted({body.subject for body in person.bodies}),
            }
            for person in self.people
        ]
        left_out = [left.name_and_reason() for left in self.left_out]
        return {"path": str(self.path), "sessions": self.sessions, "people": people, "left_out": left_out}


@dataclass(frozen=True)
class _Task:
    person: Person
    index: int
    seed: int
    session_s: float
    rates: Rates
    flac: bool
    sound_only: bool


def compose(
    clips: Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    *,
    people: int | None = None,
    hours: float | None = None,
    sessions: int | None = None,
    session_s: float | None = None,
    seed: int = 0,
    life: bool = False,
    coughs_per_hour: float | None = None,
    speech_per_hour: float | None = None,
    everyday_per_hour: float | None = None,
    motion: str | os.PathLike[str] | None = None,
    sound_only: bool = False,
    share: GroupShare | None = None,
    progress: Progress = silent,
    jobs: int | None = None,
) -> Composition:
    """Compose labelled sessions from clips.

    Every session folder appears whole or not at all; a run that was stopped goes on where it stopped, and the
    bytes do not depend on `jobs` nor on interruptions. Beside the files of a session lies ``events.csv``.

    Parameters
    ----------
    clips
        Folders of clips: coughs and other sounds.
    out
        Dataset folder, new, empty, or left by an earlier run of the same plan; outside of `clips`.
    people
        How many people: 15 (with `life` 12), or four fifths of the groups of cough clips if those are fewer.
    hours
        Hours of all people together; excludes `sessions`.
    sessions
        Sessions of each person; 2 if `hours` is not given, with `life` as many as 24 hours take.
    session_s
        Seconds of a session, 5 to 600; 60 by default, with `life` 300.
    seed
        Same seed and clips, same bytes.
    life
        Rates of a day, and FLAC, instead of crowded sessions, and WAV.
    coughs_per_hour, speech_per_hour, everyday_per_hour
        Coughs, turns of speech, everyday sounds per hour; those of `DENSE` or `LIFE` by default.
    motion
        Dataset of real motion without sound; synthesised by night, and for people for whom it has no body.
    sound_only
        Write no motion, for what is to teach the model of sound alone; excludes `motion`.
    share
        Which groups of clips and bodies are used; all by default.
    progress
        Called after every clip and every session.
    jobs
        Processes; None takes one per core.

    Returns
    -------
    Composition

    Raises
    ------
    InputError
        Clips without coughs or without other sounds, a class that is not known, a size out of range, or `out`
        holds something else.
    """
    place, share = Path(out), share or GroupShare()
    _refuse_inside(place, [*clips, *([] if motion is None else [motion])])
    rates = _rates(life, coughs_per_hour, speech_per_hour, everyday_per_hour)
    length_s = (_LIFE_SECONDS if life else _SECONDS) if session_s is None else float(session_s)
    if hours is not None and sessions is not None:
        raise InputError("compose", "--hours and --sessions exclude each other", remedy="give one of them")
    if sound_only and motion is not None:
        raise InputError("compose", "--motion and --sound-only exclude each other", remedy="give one of them")
    _check(people, hours, sessions, length_s, seed)
    bodies = [] if motion is None else [body for body in find_bodies(motion) if body.subject in share]
    material = read_material(clips, wanted=share.__contains__, progress=progress)
    count = people or min(_LIFE_PEOPLE if life else _PEOPLE, max(len(material.coughs) * 4 // 5, 1))
    cast = draw_people(material, count, seed, bodies)
    if hours is None and sessions is None and life:
        hours = _LIFE_HOURS
    total = math.ceil(hours * 3600.0 / length_s - 1e-9) if hours else (sessions or _SESSIONS) * count
    plan = _plan(material, bodies, rates, count, total, length_s, seed, life)
    if sound_only:
        plan["motion"] = "none"
    claim(place / _MANIFEST, plan)
    tasks = _tasks(cast, total, seed, length_s, rates, life, sound_only)
    write_sessions(place, tasks, _make, stage="compose", progress=progress, jobs=jobs)
    return Composition(place, cast, total, material.left_out)


def _refuse_inside(out: Path, sources: Sequence[str | os.PathLike[str]]) -> None:
    target = out.resolve()
    for source in sources:
        place = Path(source).resolve()
        if target.is_relative_to(place) or place.is_relative_to(target):
            raise InputError(
                out, f"lies within {source} or around it", remedy="name a folder apart from what is read"
            )


def _rates(life: bool, coughs: float | None, speech: float | None, everyday: float | None) -> Rates:
    rates = LIFE if life else DENSE
    for option, value in (("coughs", coughs), ("speech", speech), ("everyday", everyday)):
        if value is not None and not 0.0 <= value <= 3600.0:
            raise InputError(
                "compose", f"{value:g} is out of range", field=f"{option}-per-hour", remedy="give 0 to 3600"
            )
    return replace(
        rates,
        coughs=rates.coughs if coughs is None else coughs,
        speech=rates.speech if speech is None else speech,
        everyday=rates.everyday if everyday is None else everyday,
    )


def _check(
    people: int | None, hours: float | None, sessions: int | None, session_s: float, seed: int
) -> None:
    sizes: tuple[tuple[str, float | None, float, float], ...] = (
        ("people", people, 1, 100_000),
        ("hours", hours, 0.001, 100_000),
        ("sessions", sessions, 1, 100_000),
        ("seconds", session_s, _LEAST_SECONDS, _MOST_SECONDS),
        ("seed", seed, 0, 2**63),
    )
    for field, value, least, most in sizes:
        if value is not None and not least <= value <= most:
            raise InputError(
                "compose", f"{value} is out of range", field=field, remedy=f"give {least:g} to {most:g}"
            )


def _plan(
    material: Material,
    bodies: Sequence[SessionRef],
    rates: Rates,
    people: int,
    sessions: int,
    session_s: float,
    seed: int,
    life: bool,
) -> dict[str, object]:
    """Say what the bytes depend on."""
    return {
        "composer": COMPOSER_VERSION,
        "seed": seed,
        "people": people,
        "sessions": sessions,
        "session_s": session_s,
        "life": life,
        "coughs_per_hour": rates.coughs,
        "speech_per_hour": rates.speech,
        "everyday_per_hour": rates.everyday,
        "clips": material.digest,
        "motion": content_digest(bodies),
    }


def _tasks(
    cast: Sequence[Person],
    total: int,
    seed: int,
    session_s: float,
    rates: Rates,
    life: bool,
    sound_only: bool,
) -> list[tuple[str, _Task]]:
    """Deal sessions to people in turn; by life's rates the first third of a person's is night."""
    tasks = []
    for person in cast:
        own = len(range(person.index, total, len(cast)))
        night = round(own * ASLEEP_SHARE) if life else 0
        share = night / max(own, 1)
        for index in range(own):
            now = rates.by_night(share) if index < night else rates.by_day(share)
            name = f"{person.name}_session_{index:03d}"
            tasks.append((name, _Task(person, index, seed, session_s, now, life, sound_only)))
    return tasks


def _make(folder: Path, task: _Task) -> None:
    made = compose_session(task.person, task.seed, task.index, task.session_s, task.rates)
    write_session(
        replace(made.recording, imu=None) if task.sound_only else made.recording,
        folder,
        flac=task.flac,
        about={"composed": made.circumstances},
        beside={EVENTS_CSV: events_csv(made.events).encode()},
    )
