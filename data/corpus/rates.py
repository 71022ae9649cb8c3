"""How often things happen in composed sessions: crowded for training, or as in life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..synthesis.bed import BEDS
from ..synthesis.motion.activity import MOVEMENTS

__all__ = ["ASLEEP_COUGHS", "ASLEEP_SHARE", "DENSE", "LIFE", "MEAN_BOUT", "SINGLE_SHARE", "Rates"]

SINGLE_SHARE = 0.6
"""Share of bouts with one cough; the others have 2 to 5, each as often."""
MEAN_BOUT = SINGLE_SHARE + (1.0 - SINGLE_SHARE) * 3.5

ASLEEP_SHARE = 1.0 / 3.0
"""The first third of a person's sessions is night."""
ASLEEP_COUGHS = 0.2
_ASLEEP_SOUNDS = 0.1
"""How often coughs and other sounds come by night, against the day."""


@dataclass(frozen=True)
class Rates:
    """Events per hour, and the circumstances.

    Attributes
    ----------
    coughs, speech, everyday, distant_coughs
        The wearer's coughs, turns of speech (of one to five clips), everyday sounds, other people's coughs
        per hour. Speech next to a bout of coughs comes on top, at `beside_share` of the bouts.
    beside_share
        Share of bouts with speech before or after.
    beds
        Share of each background.
    movements
        Share of each movement, in the order of `MOVEMENTS`.
    night
        Whether the wearer sleeps: motion is that of lying then, and never that of another body by day.
    """

    coughs: float
    speech: float
    everyday: float
    distant_coughs: float
    beside_share: float
    beds: Mapping[str, float]
    movements: tuple[float, ...]
    night: bool = False

    def by_night(self, share: float) -> Rates:
        """Rates by night, where `share` of the time is night and the mean over night and day is this."""
        coughs = ASLEEP_COUGHS / _mean(ASLEEP_COUGHS, share)
        sounds = _ASLEEP_SOUNDS / _mean(_ASLEEP_SOUNDS, share)
        lying = tuple(float(movement == "lie") for movement in MOVEMENTS)
        return replace(self._scaled(coughs, sounds), beds=_NIGHT, movements=lying, night=True)

    def by_day(self, share: float) -> Rates:
        """Rates by day, where `share` of the time is night."""
        return self._scaled(1.0 / _mean(ASLEEP_COUGHS, share), 1.0 / _mean(_ASLEEP_SOUNDS, share))

    def _scaled(self, coughs: float, sounds: float) -> Rates:
        return replace(
            self,
            coughs=self.coughs * coughs,
            speech=self.speech * sounds,
            everyday=self.everyday * sounds,
            distant_coughs=self.distant_coughs * sounds,
        )


def _mean(asleep: float, share: float) -> float:
    return share * asleep + (1.0 - share)


_NIGHT = {"quiet": 0.8, "hiss": 0.1, "fan": 0.06, "traffic": 0.04}

DENSE = Rates(
    coughs=600.0,
    speech=240.0,
    everyday=300.0,
    distant_coughs=40.0,
    beside_share=0.35,
    beds={kind: share for kind, (share, _, _) in BEDS.items()},
    movements=(0.4, 0.17, 0.1, 0.07, 0.05, 0.08, 0.07, 0.06),
)
"""Crowded, as `tussis synth` is."""

LIFE = Rates(
    coughs=12.0,
    speech=90.0,
    everyday=60.0,
    distant_coughs=2.0,
    beside_share=0.35,
    beds={
        **{"quiet": 0.5, "hiss": 0.1, "pink": 0.08, "hum": 0.05, "traffic": 0.08, "fan": 0.05},
        **{"babble": 0.05, "music": 0.05, "wind": 0.02, "water": 0.02},
    },
    movements=(0.6, 0.12, 0.1, 0.03, 0.01, 0.08, 0.03, 0.03),
)
"""A day: mostly quiet, a cough every five minutes, a sound every minute, and a night."""
