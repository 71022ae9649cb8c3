"""Ways to run the microphone side by side, the simplest first, and which of them takes least."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...data.input_error import InputError
from ...data.progress import Progress, silent
from ...selection.detector.detector_file import Detector
from ...selection.detector.microphone import ALWAYS, Microphone
from ...selection.detector.mode import Mode
from ...selection.detector.sound_wake import SoundWake, threshold_dbfs
from ...selection.training.event_counts import Counts
from .awake_share import AwakeShare, at_awake_share
from .battery_life import significant
from .day_cost import day_cost
from .day_duty import DayDuty, day_duty
from .energy import energy_split
from .microphone_power import MicrophoneWhileGated
from .priced_measurement import PricedMeasurement
from .sensors import MicrophonePart

__all__ = ["SOUND", "WayCost", "compare_ways", "day_ways", "in_way", "sound_wake", "ways_document"]

SOUND = "sound"
"""The way in which a microphone's own detector of acoustic activity wakes it."""


@dataclass(frozen=True)
class WayCost:
    """One way to run the microphone, priced.

    Attributes
    ----------
    mode
        ``"audio"``, without a gate, or ``"gated"``.
    microphone
        What it does: ``"always"``, ``"wake:32"``, ``"gated:32"``, or ``"sound"`` where its own detector of
        acoustic activity wakes it.
    microphone_on
        Share of the time in which sound is captured.
    cycles_per_s, power_uw, battery_days
        Core cycles, average power of the board, and for how long its battery lasts.
    saving
        Share of the power of audio alone that it saves; below 0 it takes more.
    counts
        Events against labels; None where there are no labels.
    """

    mode: Mode
    microphone: str
    microphone_on: float
    cycles_per_s: float
    power_uw: float
    battery_days: float
    saving: float
    counts: Counts | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return a row of ``ways`` of the JSON document."""
        row = {
            "mode": self.mode,
            "microphone": self.microphone,
            "microphone_on": significant(self.microphone_on),
            "cycles_per_second": round(self.cycles_per_s),
            "total_uj": significant(self.power_uw),
            "battery_days": self.battery_days,
            "saving_vs_audio": significant(self.saving),
        }
        return row if self.counts is None else {**row, "events": self.counts.as_dict()}


def in_way(
    found: PricedMeasurement, way: str, while_gated: MicrophoneWhileGated | None = None
) -> PricedMeasurement:
    """Return the measurement as a firmware gives it whose microphone is run in another way.

    Parameters
    ----------
    found
        A priced measurement that ran gated.
    way
        One of `Measurement.ways`.
    while_gated
        What the microphone does while it does not capture; off, or on in its low-power mode for ``always``,
        where left out.
    """
    run = found.measurement.ways[way]
    if while_gated is None:
        sleeps = found.sensors.sleeps_while_gated
        while_gated = "off" if way != str(ALWAYS) else "low_power" if sleeps else found.sensors.while_gated
    sensors = replace(found.sensors, while_gated=while_gated)
    duty = run.audio_duty if run.microphone_duty is None else run.microphone_duty
    cycles = found.cycles("gated", run.instructions, run.cycles) / run.seconds
    split = energy_split(found.device, found.clock, "gated", cycles, duty, sensors)
    measurement = replace(found.measurement, modes={**found.measurement.modes, "gated": run})
    return replace(found, measurement=measurement, sensors=sensors, energy={**found.energy, "gated": split})


def compare_ways(
    found: PricedMeasurement, share: float | None = None, listening: float | None = None
) -> tuple[WayCost, ...]:
    """Price audio alone and each way of gated mode that was measured; empty where one of both did not run.

    Parameters
    ----------
    found
        A priced measurement.
    share, listening
        As for `at_awake_share`; those of the recording where left out.
    """
    runs = found.measurement.modes
    if "gated" not in runs or "audio" not in runs:
        return ()
    return tuple(_compared(found, share, listening))


def _compared(found: PricedMeasurement, share: float | None, listening: float | None) -> Iterator[WayCost]:
    audio = found.measurement.modes["audio"]
    cycles = found.cycles("audio", audio.instructions, audio.cycles) / audio.seconds
    yield WayCost(
        "audio", str(ALWAYS), 1.0, cycles, found.energy["audio"].total, found.battery_days("audio"), 0.0
    )
    for way in sorted(found.measurement.ways, key=lambda name: name != str(ALWAYS)):
        run = found.measurement.ways[way]
        at, on = (run.audio_duty, run.microphone_duty) if share is None else (share, listening)
        yield _way_at(way, at_awake_share(in_way(found, way), at, on))


def _way_at(way: str, awake: AwakeShare, counts: Counts | None = None) -> WayCost:
    """Return a way of gated mode at a share of the time awake."""
    return WayCost(
        "gated",
        way,
        1.0 if way == str(ALWAYS) else awake.listening,
        awake.cycles_per_s,
        awake.gated.total,
        awake.battery_days,
        1 - awake.gated.total / awake.audio.total,
        counts,
    )


def sound_wake(part: MicrophonePart, threshold: str | None = None) -> SoundWake | None:
    """Return the acoustic activity detection of a microphone; None for one that has none.

    Parameters
    ----------
    part
        The microphone; where `threshold` is None, its lowest threshold counts.
    threshold
        As `threshold_dbfs` reads it.

    Raises
    ------
    InputError
        A threshold for a microphone that has no such detector.
    """
    if part.activity_ua is None or part.activity_threshold_db_spl is None:
        if threshold is not None:
            raise InputError(
                "--sound-threshold",
                f"{part.title} has no acoustic activity detection",
                remedy="name another --microphone",
            )
        return None
    lowest = f"{part.activity_threshold_db_spl.value:g}dBSPL"
    return SoundWake(threshold_dbfs(threshold or lowest), part.start_ms.value)


def day_ways(
    found: PricedMeasurement,
    detector: Detector,
    dataset: str | os.PathLike[str],
    own: tuple[Microphone, DayDuty],
    threshold: str | None = None,
    progress: Progress = silent,
) -> tuple[WayCost, ...]:
    """Run and price every way on a day.

    Parameters
    ----------
    found, detector
        A priced measurement, and the detector that was measured.
    dataset
        The day.
    own
        What the export says of the microphone, and what the gate does with it, which is not run again.
    threshold
        As for `sound_wake`.
    progress
        Called before each session of each way.
    """
    priced = compare_ways(found)[:1]
    for way in sorted(found.measurement.ways, key=lambda name: name != str(ALWAYS)):
        microphone = Microphone.parse(way)
        duty = own[1] if microphone == own[0] else day_duty(detector, dataset, microphone, progress)
        priced += (_way_at(way, day_cost(in_way(found, way), duty).whole, duty.counts),)
    wake = sound_wake(found.sensors.microphone, threshold)
    asleep = [way for way in found.measurement.ways if Microphone.parse(way).woken]
    if wake is not None and asleep:  # the core is given silence, whoever wakes the microphone
        duty = day_duty(detector, dataset, wake, progress)
        cost = day_cost(in_way(found, asleep[0], "activity"), duty)
        priced += (_way_at(SOUND, cost.whole, duty.counts),)
    return priced


def ways_document(ways: Sequence[WayCost]) -> Mapping[str, Any]:
    """Return the keys ``ways`` and ``recommended_way``: the one that takes least, of equal ones the simplest.

    A microphone that misses the sound before a hit loses coughs, so of gated mode's ways `wake` or a
    microphone that is always on is recommended where one of them was measured.
    """
    if not ways:
        return {"ways": [], "recommended_way": None}
    hears = [way for way in ways if not _misses(way)]
    most = hears if any(way.mode == "gated" for way in hears) else ways
    best = min(most, key=lambda way: way.power_uw)
    return {"ways": [way.as_dict() for way in ways], "recommended_way": best.as_dict()}


def _misses(way: WayCost) -> bool:
    return way.microphone == SOUND or Microphone.parse(way.microphone).gated
