"""What to change first: the single changes of a board that save most of its energy."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from ...data.input_error import InputError
from .awake_share import at_awake_share
from .battery_life import significant
from .devices import load_profiles
from .estimate import Estimate, price
from .measurement import Measurement
from .microphone_power import MicrophoneWhileGated
from .priced_measurement import PricedMeasurement
from .ways import in_way

__all__ = ["Change", "advise"]

_LEAST_SHARE = 0.01
_CONSEQUENCE = {
    "off": "the sound before a hit is lost: export with --microphone gated and score that firmware first",
    "activity": "the sound before a hit is lost, and quiet coughs do not wake the microphone",
    "low_power": "its low-power mode is noisier",
}


@dataclass(frozen=True)
class Change:
    """One change, and what it saves against the estimate as it is.

    Attributes
    ----------
    option, value
        What to give `tussis estimate`, and what it is set to; option ``"mode"`` is the detector's mode, and
        ``"export --microphone"`` is given to `tussis export`.
    title
        The part or setting in words.
    saved_uw, saved_share
        Average power saved, and its share of the board's.
    battery_days
        Days of the battery with this change.
    consequence
        What is lost by it; empty where nothing is known to be.
    """

    option: str
    value: str
    title: str
    saved_uw: float
    saved_share: float
    battery_days: float
    consequence: str = ""


def advise(
    measurement: Measurement,
    device: str = "nrf5340",
    *,
    most: int = 3,
    awake_share: float | None = None,
    microphone_on: float | None = None,
    device_file: str | os.PathLike[str] | None = None,
    **surroundings: Any,
) -> list[Change]:
    """Try every other microphone, motion sensor, capture path, clock and mode, one at a time.

    Parameters
    ----------
    measurement, device, device_file
        As for :func:`.estimate.price`.
    most
        How many changes to return.
    awake_share
        Share of the time in which the audio path runs in gated mode; that of the recording when left out.
    microphone_on
        With `awake_share`: share of the time in which a microphone is on that movement wakes; in proportion
        to the recording when left out.
    **surroundings
        The board as it is, as for :func:`.estimate.price`.

    Returns
    -------
    list of Change
        The best change of each option that saves at least 1 % of the board's energy, the largest saving
        first. All rest on the same measurement: nothing is run again, and what a change does to the events
        is not known here.
    """
    now = price(measurement, device, device_file=device_file, **surroundings)
    best: dict[str, Change] = {}
    board = {"device_file": device_file, **surroundings}
    for change in _changes(now, device, awake_share, microphone_on, board):
        before = best.get(change.option)
        if change.saved_share >= _LEAST_SHARE and (before is None or change.saved_uw > before.saved_uw):
            best[change.option] = change
    return sorted(best.values(), key=lambda change: -change.saved_uw)[:most]


def _power_uw(
    found: PricedMeasurement, awake_share: float | None, microphone_on: float | None = None
) -> float:
    """Average power of the board in its main mode."""
    if awake_share is None or found.main_mode != "gated":
        return found.energy[found.main_mode].total
    return at_awake_share(found, awake_share, microphone_on).gated.total


def _changes(
    now: Estimate,
    device: str,
    awake_share: float | None,
    microphone_on: float | None,
    surroundings: dict[str, Any],
) -> Iterator[Change]:
    measurement, mode = now.measurement, now.main_mode
    total = _power_uw(now, awake_share, microphone_on)

    def change(option: str, value: str, title: str, power_uw: float, consequence: str = "") -> Change:
        saved = total - power_uw
        days = now.battery_days_at(power_uw)
        return Change(option, value, title, significant(saved), significant(saved / total), days, consequence)

    def variants(option: str, keyword: str, values: Iterator[tuple[Any, str]]) -> Iterator[Change]:
        for value, title in values:
            try:
                stalls = (
                    None if keyword == "clock_hz" else now.stalls
                )  # the other parts leave them as they are
                other = price(measurement, device, stalls=stalls, **{**surroundings, keyword: value})
            except InputError:
                continue  # does not suffice for this detector
            consequence = _CONSEQUENCE.get(str(value), "") if option == "--gated-microphone" else ""
            shown = f"{value:g}" if isinstance(value, float) else value
            yield change(option, shown, title, _power_uw(other, awake_share, microphone_on), consequence)

    profiles = load_profiles(surroundings["device_file"])
    yield from variants("--microphone", "microphone", ((n, p.title) for n, p in profiles.microphones.items()))
    yield from variants("--imu", "imu", ((n, p.title) for n, p in profiles.imus.items()))
    yield from variants("--capture", "capture", ((way.name, way.point) for way in now.device.captures))
    yield from variants(
        "--clock", "clock_hz", ((c.clock_hz, f"the core at {c.point}") for c in now.device.clocks)
    )
    if mode == "gated":
        woken = [way for way in measurement.ways if way.startswith("wake")]
        if woken and measurement.modes["gated"] is not measurement.ways[woken[0]]:
            other = in_way(now, woken[0])
            yield change(
                "export --microphone",
                woken[0],
                "movement wakes the microphone",
                _power_uw(other, awake_share, microphone_on),
                "a port must switch it: ports/live does",
            )
        states = ((state, f"microphone {state} while gated") for state in get_args(MicrophoneWhileGated))
        yield from variants("--gated-microphone", "microphone_while_gated", states)
        if "audio" in now.energy:
            alone = "the audio model alone, without motion sensor"
            yield change("mode", "audio", alone, now.energy["audio"].total)
