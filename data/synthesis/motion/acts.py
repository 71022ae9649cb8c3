"""Which movements go with the sounds of the wearer, and which come without any sound."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...recording import Label
from ..people.random_draw import uniform_log
from ..people.subject import Subject
from ..sounds.sound import Sound
from .activity import Motion
from .chest import CHEST_EVENTS

__all__ = ["act_motions", "draw_motions", "startle_labels"]

_STARTLING = {"breath": 0.25, "interjection": 0.2, "shout": 0.3}
"""Share of these sounds that come with a startle, if they are as short as gasps and cries are."""
_STARTLE_S = 0.4
_STARTLING_LONGEST_S = 1.2
_SILENT = (("gesture", 0.04), ("bump", 0.025), ("shift", 0.02), ("startle", 0.03))
"""Movements without sound, and how often each comes per second before the session's factor."""


def act_motions(rng: np.random.Generator, acts: Sequence[tuple[float, Sound]]) -> list[Motion]:
    """Draw the movements that go with the wearer's sounds, in their order.

    Parameters
    ----------
    rng
        Chance.
    acts
        The wearer's sounds, each with its start in seconds.

    Returns
    -------
    list of Motion
    """
    return [_motion_of(rng, sound, start_s) for start_s, sound in acts if sound.motion != "none"]


def draw_motions(
    rng: np.random.Generator,
    subject: Subject,
    acts: Sequence[tuple[float, Sound]],
    duration_s: float,
    pace: float = 1.0,
) -> tuple[Motion, ...]:
    """Draw all movements of a session, in time order.

    Parameters
    ----------
    rng
        Chance, apart from that of the sound.
    subject
        The wearer.
    acts
        The wearer's sounds, each with its start in seconds.
    duration_s
        Length of the session.
    pace
        How often the wearer moves without a sound, against a crowded session.

    Returns
    -------
    tuple of Motion
    """
    motions = act_motions(rng, acts)
    own = sorted(start_s for start_s, sound in acts if sound.motion != "none")
    for kind, rate_hz in _SILENT:
        for _ in range(int(rng.poisson(pace * duration_s * rate_hz * uniform_log(rng, 0.3, 2.5)))):
            time = float(rng.uniform(0, duration_s))
            strength, length = uniform_log(rng, 0.4, 3.0), uniform_log(rng, 0.5, 4.0)
            if kind != "startle":
                motions.append(Motion(kind, time, strength, length))
            elif all(abs(start_s - time) > 1.0 for start_s in own):
                motions.append(Motion(kind, time, 1.0))
    for _ in range(int(rng.poisson(pace * duration_s * subject.restlessness_hz))):
        motions.append(Motion("fidget", float(rng.uniform(0, duration_s)), 1.0, uniform_log(rng, 0.2, 2.0)))
    return tuple(sorted(motions, key=lambda motion: motion.time_s))


def _motion_of(rng: np.random.Generator, sound: Sound, start_s: float) -> Motion:
    startled = rng.random() < _STARTLING.get(sound.name, 0.0)
    if startled and sound.duration_s < _STARTLING_LONGEST_S:
        return Motion("startle", start_s, 1.0)
    strength = 1.0 if sound.motion in CHEST_EVENTS else uniform_log(rng, 0.2, 2.0)
    return Motion(sound.motion, start_s, strength, max(sound.duration_s, 0.3), sound.pulses)


def startle_labels(motions: Sequence[Motion], duration_s: float) -> list[Label]:
    """Labels of the startles: what moves the chest as a cough does is worth knowing, heard or not."""
    return [
        Label(motion.time_s, min(motion.time_s + _STARTLE_S, duration_s), "startle")
        for motion in motions
        if motion.kind == "startle" and motion.time_s < duration_s
    ]
