"""What a day is made of: how long each activity lasts, and how often things happen in it.

The hours are those of an average day of people aged 15 and over: 8.6 hours of sleep and 1.2 of eating and
drinking (U.S. Bureau of Labor Statistics, American Time Use Survey, 2006). Travel is given as long as meals.
Walking is some 7,000 steps at 100 a minute. Talk is as long as 16,000 words take at 150 a minute (M. R. Mehl
et al., Are women really more talkative than men?, Science 317, 2007), where every other word is somebody
else's. What is left is spent at a desk or on a sofa.

Coughs are given per hour of the whole day. Patients with chronic cough have a median of 11.5 an hour over 24
hours, half of them between 5.8 and 26.6 (K. K. Lee et al., Four-hour cough frequency monitoring in chronic
cough, CHEST 142, 2012); another group had 43 by day, and healthy people 2 (S. S. Birring et al., Cough
frequency, cough sensitivity and health status in patients with chronic cough, Respiratory Medicine 100,
2006). Hardly any come by night (Investigating patterns in 24 hours of coughing, Thorax 66, 2011, S142). How
often other sounds come, and how beds are shared out, is chosen, not measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from .rates import ASLEEP_COUGHS

__all__ = ["ACTIVITIES", "DAY_HOURS", "DayActivity", "DayStretch", "plan_day"]

DAY_HOURS = 24.0


@dataclass(frozen=True)
class DayActivity:
    """One of the things that a day is made of.

    Attributes
    ----------
    name
        What it is called in ``session.json``.
    hours
        Of a day.
    movements
        Share of each of `tussis.data.synthesis.motion.activity.MOVEMENTS` that occurs.
    real
        Names of real motion that stand for it; none where there is none.
    beds
        Share of each bed.
    speech, own, around
        Turns of the wearer's speech, other sounds of the wearer, and sounds of others, per hour.
    stirring
        How often the wearer moves without a sound, against a crowded session of `tussis synth`.
    coughs
        How often coughs come, against the other activities by day.
    """

    name: str
    hours: float
    movements: Mapping[str, float]
    real: frozenset[str]
    beds: Mapping[str, float]
    speech: float
    own: float
    around: float
    stirring: float
    coughs: float = 1.0


@dataclass(frozen=True)
class DayStretch:
    """One session of a day.

    Attributes
    ----------
    activity
        What is done in it.
    hours
        Hours of the day that it stands for.
    clock_h
        Time of day at which these begin.
    coughs
        Number of coughs.
    index
        Number among the person's sessions.
    """

    activity: DayActivity
    hours: float
    clock_h: float
    coughs: int
    index: int = field(default=0)


_INDOORS = {"quiet": 0.6, "hiss": 0.12, "pink": 0.08, "hum": 0.07, "fan": 0.08, "music": 0.05}

ACTIVITIES = (
    DayActivity(
        "sleep",
        8.6,
        {"lie": 1.0},
        frozenset({"lying"}),
        {"quiet": 0.8, "hiss": 0.1, "fan": 0.06, "traffic": 0.04},
        speech=0.0,
        own=4.0,
        around=2.0,
        stirring=0.05,
        coughs=ASLEEP_COUGHS,
    ),
    DayActivity(
        "desk",
        8.2,
        {"sit": 0.92, "rise": 0.08},
        frozenset({"sitting"}),
        _INDOORS,
        speech=5.0,
        own=30.0,
        around=40.0,
        stirring=0.3,
    ),
    DayActivity(
        "walking",
        1.2,
        {"walk": 0.7, "mixed": 0.2, "stairs": 0.1},
        frozenset({"walking", "upstairs", "downstairs"}),
        {"traffic": 0.4, "wind": 0.15, "quiet": 0.25, "pink": 0.1, "babble": 0.1},
        speech=10.0,
        own=20.0,
        around=60.0,
        stirring=0.3,
    ),
    DayActivity(
        "talk",
        3.6,
        {"sit": 0.75, "rise": 0.15, "mixed": 0.1},
        frozenset({"sitting", "standing"}),
        {**_INDOORS, "babble": 0.2},
        speech=600.0,
        own=40.0,
        around=300.0,
        stirring=0.5,
    ),
    DayActivity(
        "meals",
        1.2,
        {"sit": 0.9, "rise": 0.1},
        frozenset({"sitting"}),
        {"quiet": 0.4, "babble": 0.25, "music": 0.1, "hum": 0.15, "water": 0.1},
        speech=120.0,
        own=120.0,
        around=150.0,
        stirring=0.5,
    ),
    DayActivity(
        "travel",
        1.2,
        {"ride": 1.0},
        frozenset(),
        {"traffic": 0.8, "fan": 0.1, "babble": 0.1},
        speech=20.0,
        own=20.0,
        around=40.0,
        stirring=0.3,
    ),
)
"""A day, in 24 hours."""


def plan_day(
    rng: np.random.Generator, hours: float, session_s: float, coughs_per_hour: float, *, compressed: bool
) -> list[DayStretch]:
    """Lay out the sessions of a day.

    Parameters
    ----------
    rng
        Chance: the order of the activities by day, and which sessions get the coughs.
    hours
        Hours of recordings; each activity gets its share of them, and at least one session. What a session
        stands for are hours of a whole day all the same.
    session_s
        Length of a session in seconds.
    coughs_per_hour
        Over the whole day.
    compressed
        One session for each activity, whatever `hours`.

    Returns
    -------
    list of DayStretch
        In the order of the day, from the night on; their hours add up to 24. Coughs come as often per
        recorded second as they do in the day.
    """
    counts = [
        1 if compressed else max(1, round(one.hours / DAY_HOURS * hours * 3600.0 / session_s))
        for one in ACTIVITIES
    ]
    night = [0] * counts[0]
    waking = [number for number, count in enumerate(counts) for _ in range(count) if number]
    order = night + [waking[at] for at in rng.permutation(len(waking))]
    mean = sum(one.coughs * one.hours for one in ACTIVITIES) / DAY_HOURS
    expected = float(rng.random())
    clock_h, stretches = 0.0, []
    for index, number in enumerate(order):
        activity = ACTIVITIES[number]
        before = int(expected)
        expected += coughs_per_hour * activity.coughs / mean * session_s / 3600.0
        stood_for = activity.hours / counts[number]
        stretches.append(DayStretch(activity, stood_for, clock_h, int(expected) - before, index))
        clock_h += stood_for
    return stretches
