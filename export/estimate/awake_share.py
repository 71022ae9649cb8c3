"""Gated mode as it costs in a life that is not the recording's: at another share of the time awake.

A recording of half a minute with ten coughs says what an awake second and an asleep second cost, not how many
of either a day has. Between two measured runs, gated and audio alone, cycles are a straight line in the share
of the time in which the audio path runs, for frames and windows cost the same whenever they are computed.
Where movement wakes the microphone, each second that it sleeps takes off what it took off in the recording.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...data.input_error import InputError
from ...selection.detector.microphone import ALWAYS
from ...selection.detector.mode import Mode
from .battery_life import significant
from .energy import EnergySplit, energy_split
from .measurement import ModeRun
from .priced_measurement import PricedMeasurement

__all__ = ["AwakeShare", "at_awake_share"]


@dataclass(frozen=True)
class AwakeShare:
    """What the board takes while the audio path runs for a share of the time.

    Attributes
    ----------
    share
        Of the time in which the audio path computes, 0..1.
    cycles_per_s
        Core cycles of gated mode, waits for flash included.
    listening
        Share of the time in which sound is captured, where the microphone sleeps with the audio path; else
        `share`.
    gated, audio
        Average power of gated mode at that share, and of the audio model alone.
    battery_days, audio_battery_days
        How long the battery lasts in either.
    """

    share: float
    cycles_per_s: float
    listening: float
    gated: EnergySplit
    audio: EnergySplit
    battery_days: float
    audio_battery_days: float

    @property
    def recommended(self) -> Mode:
        """The mode to run: gated only where it takes less than audio alone."""
        return "gated" if self.gated.total < self.audio.total else "audio"

    def as_dict(self) -> dict[str, object]:
        """Return the part ``awake`` of the JSON document."""
        return {
            "share": self.share,
            "cycles_per_second": round(self.cycles_per_s),
            "uj_per_second": {
                "gated": significant(self.gated.total),
                "audio": significant(self.audio.total),
            },
            "saving_vs_audio": significant(1 - self.gated.total / self.audio.total),
            "recommended_mode": self.recommended,
            "battery_days": {"gated": self.battery_days, "audio": self.audio_battery_days},
        }


def at_awake_share(found: PricedMeasurement, share: float, listening: float | None = None) -> AwakeShare:
    """Price gated mode for a life in which the audio path runs for a share of the time.

    Parameters
    ----------
    found
        A priced measurement that ran gated and with audio alone.
    share
        Share of the time in which the audio path computes, 0..1: what `tussis evaluate` gives as audio duty.
    listening
        Share of the time in which a microphone that follows the gate is on; in proportion to `share`, as in
        the measured run, where left out.

    Returns
    -------
    AwakeShare

    Raises
    ------
    InputError
        A share out of range, or a firmware or recording without motion.
    """
    if not 0 <= share <= 1:
        raise InputError("--awake", f"{share:g} is not a share of the time", remedy="give 0 to 1, like 0.11")
    runs = found.measurement.modes
    if "gated" not in runs or "audio" not in runs:
        raise InputError(
            "--awake",
            "needs a run in gated mode",
            remedy="give a detector and a recording with sound and motion",
        )
    duty = runs["gated"].audio_duty
    heard = runs["gated"].microphone_duty
    if heard is None:
        listening = share
    elif listening is None:
        listening = share if duty == 0 else min(1.0, share * heard / duty)
    cycles_per_s = max(_cycles_per_s(found, share, listening), 0.0)
    split = energy_split(found.device, found.clock, "gated", cycles_per_s, listening, found.sensors)
    return AwakeShare(
        share,
        cycles_per_s,
        listening,
        split,
        found.energy["audio"],
        found.battery_days_at(split.total),
        found.battery_days("audio"),
    )


def _cycles_per_s(found: PricedMeasurement, share: float, listening: float) -> float:
    """Cycles of gated mode where the audio path and the microphone run for these shares of the time."""
    runs = found.measurement.modes
    own, hearing = runs["gated"], found.measurement.ways.get(str(ALWAYS), runs["gated"])
    audio = _measured(found, "audio", runs["audio"])

    def heard_all(share: float) -> float:
        duty, gated = hearing.audio_duty, _measured(found, "gated", hearing)
        return audio if duty >= 1 else gated + (share - duty) * (audio - gated) / (1 - duty)

    if own is hearing or own.microphone_duty is None or own.microphone_duty >= 1:
        return heard_all(share)
    saved = heard_all(own.audio_duty) - _measured(found, "gated", own)
    return heard_all(share) - saved * (1 - listening) / (1 - own.microphone_duty)


def _measured(found: PricedMeasurement, mode: Mode, run: ModeRun) -> float:
    return found.cycles(mode, run.instructions, run.cycles) / run.seconds
