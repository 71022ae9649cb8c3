"""Motion of the trunk as a six-axis sensor feels it: leaning, stirring, going, riding, coughing.

Body axes are x forward, y left, z up, in m/s^2 and deg/s at 100 Hz; `Subject.mounting` turns them into
sensor axes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..people.random_draw import uniform_log
from ..people.subject import Subject
from ..sounds.sound import Pulse
from .activity import Activity, Episode, Motion
from .chest import CHEST_EVENTS, LEAD_S, chest_motion, direction
from .gait import gait
from .sensor import IMU_HZ, Sensor, sensed, turned
from .trunk import effort, leaning, stirring, trunk_tilt
from .vehicle import ride

__all__ = ["moved", "with_chest_motions"]

_BREATH_EVERY_S = 0.7
_TILTS = ("shift", "rise", "settle", "bend", "turn")


def moved(
    rng: np.random.Generator,
    subject: Subject,
    sensor: Sensor,
    activity: Activity,
    motions: Sequence[Motion],
    duration_s: float,
) -> NDArray[np.float32]:
    """Everything the sensor feels in one session.

    Parameters
    ----------
    rng, subject, sensor, activity
        Who, with what, doing what.
    motions
        Movements in time order; `Motion.time_s` of a cough is the onset of its sound.
    duration_s
        Length; ``ceil(duration * 100)`` rows come out.

    Returns
    -------
    NDArray[np.float32]
        Shape ``(m, 6)``: acceleration x y z in m/s^2 and angular rate x y z in deg/s, sensor axes.
    """
    n = int(np.ceil(duration_s * IMU_HZ))
    times = np.arange(n) / IMU_HZ
    everything = sorted([*motions, *activity.changes], key=lambda motion: motion.time_s)
    changes = [motion for motion in everything if motion.kind in _TILTS]
    track = leaning(subject, trunk_tilt(rng, subject, times, changes, activity.lying))
    track += stirring(rng, subject, n, activity.lying)
    for episode in activity.episodes:
        _go(rng, subject, track, times, episode)
    for motion in everything:
        _apply(rng, subject, track, motion)
    return sensed(rng, subject, sensor, track)


def with_chest_motions(
    rng: np.random.Generator, subject: Subject, motions: Sequence[Motion], imu: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Add the motion of the chest at coughs, laughs and the like to a recording of a body without them.

    Parameters
    ----------
    rng, subject
        Chance and who coughs. How the real sensor sat is not known: `Subject.mounting` stands for it.
    motions
        Movements; those that `CHEST_EVENTS` names are added, at the onset of their sound.
    imu : ndarray of float32, shape (m, 6)
        Motion at 100 Hz, m/s2 and deg/s; angular rates that are NaN stay so.

    Returns
    -------
    NDArray[np.float32]
        Shape ``(m, 6)``.
    """
    track = np.zeros(imu.shape)
    for motion in motions:
        if motion.kind in CHEST_EVENTS:
            _apply(rng, subject, track, motion)
    added = [turned(subject.mounting, track[:, :3]), turned(subject.mounting, track[:, 3:])]
    return np.asarray(imu + np.concatenate(added, axis=1), dtype=np.float32)


def _go(
    rng: np.random.Generator,
    subject: Subject,
    track: NDArray[np.float64],
    times_s: NDArray[np.float64],
    episode: Episode,
) -> None:
    """Add an episode; it begins and ends within 0.6 s, but for the ends of the session."""
    rows = np.arange(round(episode.start_s * IMU_HZ), min(round(episode.end_s * IMU_HZ), len(times_s)))
    if len(rows) < 2:
        return
    inside = times_s[rows]
    begun = inside - episode.start_s + (episode.start_s <= 0)
    left = episode.end_s - inside + (episode.end_s >= times_s[-1])
    ramp = np.clip(np.minimum(begun, left) / 0.6, 0, 1)
    piece = ride(rng, inside) if episode.kind == "ride" else gait(rng, subject, episode.kind, inside)
    track[rows] += piece * ramp[:, None]


def _add(track: NDArray[np.float64], start: int, piece: NDArray[np.float64]) -> None:
    """Add `piece` (k, 6) at row `start`, cut at both ends of the track."""
    first, last = max(start, 0), min(start + len(piece), len(track))
    if last > first:
        track[first:last] += piece[first - start : last - start]


def _apply(rng: np.random.Generator, subject: Subject, track: NDArray[np.float64], motion: Motion) -> None:
    start = round(motion.time_s * IMU_HZ)
    if motion.kind in CHEST_EVENTS:
        pulses = motion.pulses or _pushes(rng, motion.length_s)
        piece = chest_motion(rng, subject, motion.kind, pulses, motion.strength)
        _add(track, start - round(LEAD_S * IMU_HZ), piece)
    elif motion.kind == "gesture":
        _add(track, start, _gesture(rng, motion.length_s, motion.strength))
    elif motion.kind == "bump":
        _add(track, start, _bump(rng, motion.strength))
    elif motion.kind in _TILTS and motion.kind != "shift":
        _add(track, start, effort(rng, motion))


def _pushes(rng: np.random.Generator, length_s: float) -> tuple[Pulse, ...]:
    """Pushes of a movement that lasts: one about every 0.7 s."""
    count = max(round(length_s / _BREATH_EVERY_S), 1)
    times = np.sort(rng.uniform(0, max(length_s, 0.01), count))
    return tuple(Pulse(float(time), float(rng.uniform(0.4, 1.0))) for time in times)


def _gesture(rng: np.random.Generator, length_s: float, strength: float) -> NDArray[np.float64]:
    """Reaching, turning, leaning: smooth low-frequency movement with a bell-shaped envelope, (k, 6)."""
    n = max(round(length_s * IMU_HZ), 20)
    time = np.arange(n) / IMU_HZ
    bell = np.sin(np.pi * np.arange(n) / n) ** uniform_log(rng, 0.7, 2)
    out = np.zeros((n, 6))
    for axis in range(6):
        for _ in range(2):
            wave = np.sin(2 * np.pi * uniform_log(rng, 0.4, 4.0) * time + rng.uniform(0, 6.28))
            out[:, axis] += wave * rng.normal(0, 0.7 if axis < 3 else 18.0)
    return out * bell[:, None] * strength


def _bump(rng: np.random.Generator, strength: float) -> NDArray[np.float64]:
    """Knock the device or the chair: one sharp damped oscillation of 5-40 Hz, (k, 6)."""
    tau = uniform_log(rng, 0.01, 0.12)
    time = np.arange(round(6 * tau * IMU_HZ) + 4) / IMU_HZ
    wave = np.exp(-time / tau) * np.sin(2 * np.pi * uniform_log(rng, 5, 40) * time + rng.uniform(0, 1.5))
    axes = np.concatenate([direction(rng, (0, 0, 0), 1.0) * uniform_log(rng, 0.3, 8), rng.normal(0, 12, 3)])
    return np.asarray(wave[:, None] * axes * strength)
