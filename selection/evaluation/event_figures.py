"""Found coughs, clips with an event, and false events per hour, each by what it lies in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ...data.recording import Label
from ..detector.mode import MODES, Mode
from ..training.scoring import Score, SessionScore
from .answer import Answer, covered_s
from .ratio import Ratio, ratio

__all__ = [
    "NamedRatio",
    "clip_shares",
    "event_scores",
    "false_by_sound",
    "false_per_hour",
    "seconds_by_label",
]

Key = Callable[[Answer], str]


@dataclass(frozen=True)
class NamedRatio:
    """A ratio and what it is of."""

    name: str
    ratio: Ratio


def event_scores(answers: Sequence[Answer]) -> dict[Mode, Score]:
    """Event counts of the recordings with bounds, by the mode that ran."""
    rows = [
        (
            answer.mode,
            SessionScore(
                answer.reference.name,
                answer.group,
                answer.mode,
                answer.counts,
                answer.audio_duty,
                sum(label.is_cough for label in answer.labels),
            ),
        )
        for answer in answers
        if answer.has_bounds
    ]
    return {
        mode: Score(tuple(row for ran, row in rows if ran == mode))
        for mode in MODES
        if any(ran == mode for ran, _ in rows)
    }


def clip_shares(answers: Iterable[Answer], by: Key) -> tuple[NamedRatio, ...]:
    """Share of clips in which something was heard: a cough, or in clips without any, a false event."""
    return _ratios([(by(answer), answer.group, float(answer.heard), 1.0) for answer in answers])


def false_per_hour(answers: Iterable[Answer], by: Key) -> tuple[NamedRatio, ...]:
    """Count false events per hour by what a recording as a whole is."""
    return _ratios(
        [(by(answer), answer.group, float(answer.is_false.sum()), answer.judged_s) for answer in answers],
        per=3600.0,
    )


def false_by_sound(answers: Iterable[Answer]) -> tuple[NamedRatio, ...]:
    """Count false events per hour by the class of a clip, else by the label that they lie in."""
    rows = []
    for answer in answers:
        spent = seconds_by_label(answer.labels, answer.duration_s)
        if answer.is_clip:
            spent = {answer.sound: answer.judged_s}
        sounds = answer.false_sounds
        rows += [
            (name, answer.group, float(sounds.count(name)), spent.get(name, 0.0))
            for name in spent.keys() | set(sounds)
        ]
    return _ratios(rows, per=3600.0)


def seconds_by_label(labels: Sequence[Label], duration_s: float) -> dict[str, float]:
    """Seconds covered by labels of each name, coughs and ``unsure`` left out; ``""`` is what none covers."""
    names = {label.name.strip().casefold() for label in labels if label.is_other}
    spent = {
        name: covered_s([label for label in labels if label.name.strip().casefold() == name], duration_s)
        for name in sorted(names)
    }
    return spent | {"": max(duration_s - covered_s(labels, duration_s), 0.0)}


def _ratios(rows: Sequence[tuple[str, str, float, float]], *, per: float = 1.0) -> tuple[NamedRatio, ...]:
    """One ratio for each name, from the largest to the smallest; names without a total are left out."""
    made = [
        NamedRatio(name, ratio([row[1:] for row in rows if row[0] == name], per=per))
        for name in np.unique([row[0] for row in rows]).tolist()
    ]
    known = [row for row in made if row.ratio.value is not None]
    return tuple(sorted(known, key=lambda row: (-(row.ratio.value or 0.0), row.name)))
