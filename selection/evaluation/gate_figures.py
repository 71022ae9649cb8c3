"""What the gate costs and what it lets through, over all recordings with motion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..detector.gate_settings import Gating
from .answer import Answer
from .event_figures import NamedRatio
from .ratio import Ratio, ratio

__all__ = ["GateFigures", "gate_figures"]


@dataclass(frozen=True)
class GateFigures:
    """Figures of the gate.

    Parameters
    ----------
    threshold, busy_threshold, hold_s
        Probability from which a motion window opens it, that while the wearer moves (None: the same), and how
        long it stays open, in seconds.
    awake, by_movement
        Share of the time that it is open by motion alone, the hold time included.
    audio_duty
        Share of the time that the audio model ran in mode ``gated``, what it kept open itself included.
    coughs_woken, others_woken
        Share of the labelled coughs, and of the motion windows without a cough, that fire.
    """

    threshold: float
    busy_threshold: float | None
    hold_s: float
    awake: Ratio
    by_movement: tuple[NamedRatio, ...]
    audio_duty: Ratio
    coughs_woken: Ratio
    others_woken: Ratio


def gate_figures(answers: Sequence[Answer], gating: Gating) -> GateFigures | None:
    """Add up the gate's answers; None where no motion model ran.

    The windows without a cough are those of recordings with coughs, where there are any.
    """
    found = [(answer.group, answer.has_coughs, answer.gate) for answer in answers if answer.gate is not None]
    if not found:
        return None
    watched = [
        (group, name, gate.awake_s[name], seconds)
        for group, _, gate in found
        for name, seconds in gate.watched_s.items()
    ]
    names = sorted({name for _, name, _, _ in watched})
    beside = [row for row in found if row[1]] or found
    by_movement = [
        NamedRatio(name, ratio((group, awake, total) for group, at, awake, total in watched if at == name))
        for name in names
    ]
    return GateFigures(
        threshold=gating.threshold,
        busy_threshold=gating.busy_threshold,
        hold_s=gating.hold_s,
        awake=ratio((group, awake, total) for group, _, awake, total in watched),
        by_movement=tuple(sorted(by_movement, key=lambda row: (-(row.ratio.value or 0.0), row.name))),
        audio_duty=ratio(
            (answer.group, answer.audio_duty * answer.duration_s, answer.duration_s)
            for answer in answers
            if answer.mode == "gated"
        ),
        coughs_woken=ratio((group, gate.woken, gate.coughs) for group, _, gate in found),
        others_woken=ratio((group, gate.others_woken, gate.others) for group, _, gate in beside),
    )
