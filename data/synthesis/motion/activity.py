"""What a wearer does in a session: sitting, going, riding, lying, and the changes between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..people.random_draw import uniform_log
from ..sounds.sound import Pulse

__all__ = ["MOVEMENTS", "Activity", "Episode", "Motion", "draw_activity"]

MOVEMENTS = ("sit", "walk", "mixed", "stairs", "jog", "ride", "lie", "rise")
"""What a session is named after; "rise" is standing up, sitting down and bending, "lie" includes turning."""


@dataclass(frozen=True)
class Motion:
    """One movement: what, when (onset of its sound, or its start), how hard, how long, its pushes."""

    kind: str
    time_s: float
    strength: float
    length_s: float = 0.0
    pulses: tuple[Pulse, ...] = ()


@dataclass(frozen=True)
class Episode:
    """A stretch of ``"walk"``, ``"upstairs"``, ``"downstairs"``, ``"jog"`` or ``"ride"``, in seconds."""

    kind: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Activity:
    """A session's movement.

    Attributes
    ----------
    episodes
        In time order; what lies between them is rest.
    changes
        Rising, sitting down, bending, turning.
    lying
        Whether rest is lying, else sitting or standing.
    """

    episodes: tuple[Episode, ...] = ()
    changes: tuple[Motion, ...] = ()
    lying: bool = False


def draw_activity(rng: np.random.Generator, movement: str, duration_s: float) -> Activity:
    """Draw what happens in a session.

    Parameters
    ----------
    rng
        Chance.
    movement
        One of `MOVEMENTS`.
    duration_s
        Length of the session.

    Returns
    -------
    Activity
    """
    if movement == "sit":
        return Activity()
    if movement == "lie":
        return Activity(changes=_changes(rng, ("turn",), duration_s, 8.0, 40.0), lying=True)
    if movement == "rise":
        return Activity(changes=_changes(rng, ("rise", "settle", "bend"), duration_s, 1.0, 9.0))
    if movement == "stairs":
        return Activity(_chain(rng, ("upstairs", "downstairs", "walk"), duration_s))
    if movement == "mixed":
        return _mixed(rng, duration_s)
    return Activity((Episode(movement, 0.0, duration_s),))


def _changes(
    rng: np.random.Generator, kinds: tuple[str, ...], duration_s: float, least_s: float, most_s: float
) -> tuple[Motion, ...]:
    """Draw changes of posture with pauses of `least_s` to `most_s` between them."""
    changes = []
    time = uniform_log(rng, least_s, most_s) * float(rng.random())
    while time < duration_s:
        length = uniform_log(rng, 1.0, 4.0)
        changes.append(Motion(str(rng.choice(kinds)), time, uniform_log(rng, 0.5, 1.5), length))
        time += length + uniform_log(rng, least_s, most_s)
    return tuple(changes)


def _chain(rng: np.random.Generator, kinds: tuple[str, ...], duration_s: float) -> tuple[Episode, ...]:
    """Draw episodes of 3 to 15 s one after another, with pauses of up to 3 s."""
    episodes = []
    time = float(rng.uniform(0, 1))
    while time < duration_s:
        end = time + uniform_log(rng, 3, 15)
        episodes.append(Episode(str(rng.choice(kinds, p=_stairs_shares(kinds))), time, min(end, duration_s)))
        time = end + uniform_log(rng, 0.2, 3)
    return tuple(episodes)


def _stairs_shares(kinds: tuple[str, ...]) -> list[float]:
    return [0.2 if kind == "walk" else 0.8 / (len(kinds) - 1) for kind in kinds]


def _mixed(rng: np.random.Generator, duration_s: float) -> Activity:
    """Change between rest and walking every few seconds; getting up before a walk, settling after it."""
    episodes: list[Episode] = []
    changes: list[Motion] = []
    time = float(rng.uniform(0, 8))
    while time < duration_s:
        kind = "walk" if rng.random() < 0.85 else str(rng.choice(("upstairs", "downstairs")))
        end = time + uniform_log(rng, 3, 15)
        if rng.random() < 0.4:
            changes.append(Motion("rise", max(time - 2.0, 0.0), uniform_log(rng, 0.5, 1.5), 2.0))
        if rng.random() < 0.4 and end < duration_s:
            changes.append(Motion("settle", end, uniform_log(rng, 0.5, 1.5), uniform_log(rng, 1.0, 3.0)))
        episodes.append(Episode(kind, time, min(end, duration_s)))
        time = end + uniform_log(rng, 3, 15)
    return Activity(tuple(episodes), tuple(changes))
