"""How the chest moves at a cough, a laugh, a startle, when the throat is cleared, in speech, when fidgeting.

Each is a train of bursts. A burst is a sum of damped oscillations in directions of their own, which rise and
fall around its moment, on a slower nod of the trunk. Peaks, widths, spectra and delays follow what a chest
accelerometer showed on eight people (docs/synthesis.md, "Motion of the trunk").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..people.random_draw import uniform_log
from ..people.subject import Subject
from ..sounds.sound import Pulse
from .sensor import IMU_HZ

__all__ = ["CHEST_EVENTS", "LEAD_S", "ChestEvent", "chest_motion", "direction"]

LEAD_S = 0.6
"""A piece begins this long before the onset of its sound."""
_TAIL_S = 1.6


@dataclass(frozen=True)
class ChestEvent:
    """One kind of event.

    Attributes
    ----------
    peak_ms2, spread
        Median of the largest acceleration over people, and its standard deviation in the logarithm from
        event to event; each person has a factor of their own on top.
    habit
        How far the person's factor applies: 1 for coughs, less for events that resemble them less.
    effort
        Exponent with which the strength of the sound's pulses raises the peak.
    delay_s
        From the pulse to the moment of most motion: mean and standard deviation.
    rise_s, decay_s
        Ranges of the time constants before and after that moment.
    frequency
        Factor on the person's frequency of chest oscillation.
    nod
        Largest share of the slow nod in a burst.
    snap
        Share of the short fast shake at the moment of most motion.
    """

    peak_ms2: float
    spread: float
    habit: float
    effort: float
    delay_s: tuple[float, float]
    rise_s: tuple[float, float]
    decay_s: tuple[float, float]
    frequency: float
    nod: float
    snap: float = 1.5


CHEST_EVENTS = {
    "jerk": ChestEvent(2.08, 0.26, 1.0, 0.4, (0.11, 0.06), (0.03, 0.1), (0.14, 0.37), 1.0, 0.25),
    "weak_jerk": ChestEvent(1.3, 0.46, 0.8, 0.3, (0.12, 0.08), (0.03, 0.1), (0.13, 0.36), 0.95, 0.25),
    "laugh": ChestEvent(1.65, 0.3, 0.7, 0.3, (-0.17, 0.2), (0.04, 0.16), (0.17, 0.42), 1.1, 0.2),
    "startle": ChestEvent(1.55, 0.42, 0.7, 0.3, (0.15, 0.12), (0.02, 0.12), (0.1, 0.35), 0.95, 0.3),
    "speech": ChestEvent(0.17, 0.4, 0.4, 0.0, (0.1, 0.15), (0.05, 0.2), (0.1, 0.4), 1.0, 0.5, 0.5),
    "breath": ChestEvent(0.17, 0.4, 0.4, 0.0, (0.1, 0.15), (0.05, 0.3), (0.1, 0.5), 0.9, 0.6, 0.5),
    "fidget": ChestEvent(0.8, 0.7, 0.0, 0.0, (0.0, 0.1), (0.03, 0.25), (0.06, 0.5), 0.75, 1.0, 0.7),
}


def direction(
    rng: np.random.Generator, mean: tuple[float, float, float], spread: float
) -> NDArray[np.float64]:
    """Draw a unit vector around `mean`, shape (3,)."""
    vector = np.array(mean) + spread * rng.standard_normal(3)
    return np.asarray(vector / max(float(np.sqrt(np.sum(vector**2))), 1e-6))


def _burst(
    rng: np.random.Generator, event: ChestEvent, subject: Subject, times_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """One burst of acceleration around its moment at time 0, shape (n, 3), not yet scaled."""
    rise, decay = uniform_log(rng, *event.rise_s), uniform_log(rng, *event.decay_s)
    out = np.zeros((len(times_s), 3))
    for index in range(8):
        frequency = float(
            np.clip(event.frequency * subject.jerk_hz * np.exp(rng.normal(0.0, 0.7)), 2.5, 30.0)
        )
        moment = float(rng.normal(0, 0.35 * rise))
        longer = (6.0 / frequency) ** 0.5
        out += _swing(
            times_s - moment,
            rise * longer,
            decay * longer,
            frequency,
            float(rng.uniform(0, 6.28)),
        )[:, None] * (
            direction(rng, (0.8, 0.0, -0.5), 0.4 if index < 2 else 0.8) * float(np.exp(rng.normal(0, 0.4)))
        )
    snap = _swing(
        times_s - rng.normal(0, 0.3 * rise),
        uniform_log(rng, 0.015, 0.04),
        uniform_log(rng, 0.015, 0.06),
        uniform_log(rng, 11.0, 28.0),
        float(rng.uniform(0, 6.28)),
    )
    out += event.snap * uniform_log(rng, 0.4, 2.5) * snap[:, None] * direction(rng, (0.8, 0.0, -0.5), 0.8)
    nod = _swing(
        times_s - rng.normal(0.05, 0.05), 2 * rise, 0.1 + decay, rng.uniform(1.2, 2.8), rng.uniform(0, 6.28)
    )
    share = 3.0 * event.nod * float(rng.random())
    return np.asarray(out + share * nod[:, None] * direction(rng, (0.8, 0.0, 0.4), 0.5))


def _swing(
    times_s: NDArray[np.float64], rise_s: float, decay_s: float, frequency_hz: float, phase: float
) -> NDArray[np.float64]:
    """``exp(-(t/rise)^2) sin(2 pi f t + phase)`` before time 0, ``exp(-t/decay) sin(...)`` after it."""
    early = np.exp(-((np.minimum(times_s, 0.0) / rise_s) ** 2))
    late = np.exp(-np.maximum(times_s, 0.0) / decay_s)
    return np.asarray(early * late * np.sin(2 * np.pi * frequency_hz * times_s + phase))


def chest_motion(
    rng: np.random.Generator, subject: Subject, kind: str, pulses: Sequence[Pulse], strength: float = 1.0
) -> NDArray[np.float64]:
    """Motion of the chest at one event.

    Parameters
    ----------
    rng, subject
        Chance and who moves.
    kind
        A key of `CHEST_EVENTS`.
    pulses
        Pushes of the chest, seconds after the onset of the sound; one at the onset if there are none.
    strength
        Factor on the peak.

    Returns
    -------
    NDArray[np.float64]
        Acceleration (m/s2) and angular rate (deg/s) in body axes, shape ``(k, 6)``, 100 Hz; row 0 is
        `LEAD_S` before the onset.
    """
    event = CHEST_EVENTS[kind]
    pushes = pulses or (Pulse(0.0),)
    last_s = max(push.time_s for push in pushes)
    times = np.arange(round((LEAD_S + last_s + _TAIL_S) * IMU_HZ)) / IMU_HZ - LEAD_S
    acc = np.zeros((len(times), 3))
    shift = float(np.clip(rng.normal(*event.delay_s), -0.3, 0.45)) * subject.jerk_delay
    for push in pushes:
        acc += push.strength * _burst(rng, event, subject, times - push.time_s - shift)
    fade = np.clip(np.minimum(np.arange(len(times)), np.arange(len(times))[::-1]) / (0.1 * IMU_HZ), 0, 1)
    acc *= fade[:, None]
    effort = max(push.strength for push in pushes) ** event.effort
    person = subject.jerk**event.habit
    peak = strength * effort * person * event.peak_ms2 * float(np.exp(rng.normal(0, event.spread)))
    largest = float(np.sqrt(np.sum(acc**2, axis=1)).max())
    acc *= peak / max(largest, 1e-9)
    turn = direction(rng, (0.15, 1.0, 0.15), 0.3) * np.clip(peak * uniform_log(rng, 4, 22), 0.1, 90.0)
    slow = np.zeros(len(times))
    for push in pushes:
        moment = times - push.time_s - shift
        slow += _swing(moment, 0.08, uniform_log(rng, 0.08, 0.3), rng.uniform(1.5, 6), rng.uniform(0, 6.28))
    slow *= fade / max(float(np.abs(slow).max()), 1e-9)
    return np.concatenate([acc, slow[:, None] * turn], axis=1)
