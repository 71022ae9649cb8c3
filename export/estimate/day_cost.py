"""What a board takes over a day: by part, by activity, and for how many days its battery lasts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from .awake_share import AwakeShare, at_awake_share
from .battery_life import significant
from .day_duty import DayDuty
from .energy import EnergySplit
from .priced_measurement import PricedMeasurement
from .uncertainty import Uncertainty, battery_uncertainty

__all__ = ["DayCost", "day_cost", "split_document"]


@dataclass(frozen=True)
class DayCost:
    """A day priced.

    Attributes
    ----------
    duty
        What the gate does in it.
    whole
        The day as one.
    by_activity
        Average power during each of the day's activities, in their order.
    uncertainty
        Of the battery days in the mode that takes less.
    """

    duty: DayDuty
    whole: AwakeShare
    by_activity: tuple[EnergySplit, ...]
    uncertainty: Uncertainty

    def as_dict(self) -> dict[str, Any]:
        """Return the part ``day`` of the JSON document."""
        activities = [
            {
                "name": one.name,
                "hours": significant(one.hours),
                "share": significant(one.share),
                "listening": significant(one.listening),
                "uj_per_second": significant(split.total),
                "joules": significant(split.total * one.hours * 3600e-6),
                "energy_uw": split_document(split),
            }
            for one, split in zip(self.duty.activities, self.by_activity, strict=True)
        ]
        return {
            "sessions": self.duty.sessions,
            "seconds": significant(self.duty.seconds),
            **self.whole.as_dict(),
            "listening": significant(self.whole.listening),
            "energy_uw": {
                "gated": split_document(self.whole.gated),
                "audio": split_document(self.whole.audio),
            },
            "activities": activities,
            "events": self.duty.counts.as_dict(),
            "uncertainty": self.uncertainty.as_dict(),
        }


def split_document(split: EnergySplit) -> dict[str, float]:
    """Write a split out, with its total."""
    return {**{k: significant(v) for k, v in asdict(split).items()}, "total": significant(split.total)}


def day_cost(found: PricedMeasurement, duty: DayDuty) -> DayCost:
    """Price a day.

    Parameters
    ----------
    found
        A priced measurement that ran gated and with audio alone.
    duty
        What the gate does in the day.

    Raises
    ------
    InputError
        A firmware or recording without motion.
    """
    whole = at_awake_share(found, duty.share, duty.listening)
    by_activity = tuple(at_awake_share(found, one.share, one.listening).gated for one in duty.activities)
    return DayCost(duty, whole, by_activity, whole_uncertainty(found, whole))


def whole_uncertainty(found: PricedMeasurement, awake: AwakeShare) -> Uncertainty:
    """Vary the assumptions under the battery days of the mode that takes less."""
    if awake.recommended == "gated":
        return battery_uncertainty(found, "gated", awake.cycles_per_s, awake.listening)
    run = found.measurement.modes["audio"]
    cycles = found.cycles("audio", run.instructions, run.cycles) / run.seconds
    return battery_uncertainty(found, "audio", cycles, 1.0)
