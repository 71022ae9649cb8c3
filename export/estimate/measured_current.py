"""A measured supply current laid over the predicted one, state by state, and the currents that make both one.

The states are those of gated mode: asleep, the core computing while the gate is shut, and the gate open.
Without markers the trace is split by levels. Whether the gate is open shows in its mean over 0.25 s, the time
between motion windows; within what is shut, samples above the threshold between a sleeping and a computing
core are computing. A threshold is the geometric mean of the two levels predicted.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.atomic import write_text_whole
from ...data.input_error import InputError
from .awake_share import at_awake_share
from .battery_life import days_of, significant
from .current_trace import MARKERS, CurrentTrace
from .devices import Device
from .energy import EnergySplit
from .figures import Figure
from .priced_measurement import PricedMeasurement

__all__ = ["CurrentComparison", "CurrentState", "compare_current", "save_device"]

_SMOOTH_S = 0.25
_LONGEST_STEP_S = 0.5e-3
"""A computing burst lasts a few milliseconds: coarser samples do not show it."""
_LEAST_RATIO = 1.2
"""Levels nearer to each other than this cannot be kept apart by a threshold."""


@dataclass(frozen=True)
class CurrentState:
    """One state.

    Attributes
    ----------
    name
        As in `MARKERS`, or ``"shut"`` where the first two cannot be kept apart.
    predicted_share, measured_share
        Of the time. Predicted for the measured share of the gate.
    predicted_ua, measured_ua
        Mean supply current in it; measured None where it did not occur.
    """

    name: str
    predicted_share: float
    measured_share: float
    predicted_ua: float
    measured_ua: float | None

    @property
    def ratio(self) -> float | None:
        """Measured over predicted."""
        return None if self.measured_ua is None else self.measured_ua / self.predicted_ua


@dataclass(frozen=True)
class CurrentComparison:
    """A trace against a prediction.

    Attributes
    ----------
    trace
        Name of the file.
    seconds
        Its length.
    states
        Asleep, motion model, audio path.
    average
        Everything, predicted for the measured share of the gate.
    battery_days
        Of the measured average.
    fitted
        Figures of the device that would give what was measured, by name; what cannot be found is left out.
    """

    trace: str
    seconds: float
    states: tuple[CurrentState, ...]
    average: CurrentState
    battery_days: float
    fitted: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """Return the part ``measured_current`` of the JSON document."""
        return {
            "trace": self.trace,
            "seconds": significant(self.seconds),
            "states": [_document(state) for state in self.states],
            "average": _document(self.average),
            "battery_days": self.battery_days,
            "fitted_ua": {name: significant(value) for name, value in self.fitted.items()},
        }


def _document(state: CurrentState) -> dict[str, Any]:
    measured, ratio = state.measured_ua, state.ratio
    return {
        "state": state.name,
        "predicted_share": significant(state.predicted_share),
        "measured_share": significant(state.measured_share),
        "predicted_ua": significant(state.predicted_ua),
        "measured_ua": None if measured is None else significant(measured),
        "measured_over_predicted": None if ratio is None else significant(ratio),
    }


@dataclass(frozen=True)
class _Levels:
    """Predicted supply currents in uA."""

    asleep: float
    computing: float
    shut: float
    audio: float
    shut_split: EnergySplit
    audio_split: EnergySplit

    @property
    def motion_share(self) -> float:
        """Share of the time shut in which the core computes."""
        return (self.shut - self.asleep) / (self.computing - self.asleep)


def _levels(found: PricedMeasurement) -> _Levels:
    device, clock = found.device, found.clock
    shut, audio = (at_awake_share(found, share).gated for share in (0.0, 1.0))
    volts = device.supply_v.value
    sensors = (shut.capture + shut.microphone + shut.imu) / volts
    asleep = sensors + device.deep_sleep_ua.value + clock.sleep_floor_ua.value
    computing = sensors + clock.active_ua.value
    return _Levels(asleep, computing, shut.total / volts, audio.total / volts, shut, audio)


def compare_current(found: PricedMeasurement, trace: CurrentTrace) -> CurrentComparison:
    """Lay a trace over the prediction of gated mode.

    Parameters
    ----------
    found
        A priced measurement that ran gated and with audio alone, of the board as it was measured.
    trace
        Current into the board at the device's supply voltage, in gated mode.

    Raises
    ------
    InputError
        Predicted levels lie too close to split the trace by them, and it has no markers; or no gated mode.
    """
    levels = _levels(found)
    state = _states(levels, trace)
    whole_s = trace.duration_s
    seconds = [float(trace.seconds[state == at].sum()) for at in range(len(MARKERS))]
    charge = [float((trace.seconds * trace.current_ua)[state == at].sum()) for at in range(len(MARKERS))]
    known_s = sum(seconds)
    audio = seconds[2] / known_s
    motion = (1 - audio) * levels.motion_share
    predicted = (1 - audio - motion, motion, audio)
    currents = (levels.asleep, levels.computing, levels.audio)
    rows = [
        CurrentState(name, predicted[at], seconds[at] / whole_s, currents[at], _mean(charge[at], seconds[at]))
        for at, name in enumerate(MARKERS)
    ]
    if trace.marker is None and trace.step_s > _LONGEST_STEP_S:
        shut = _mean(charge[0] + charge[1], seconds[0] + seconds[1])
        share = (seconds[0] + seconds[1]) / whole_s
        rows = [CurrentState("shut", 1 - audio, share, levels.shut, shut), rows[2]]
    mean_ua = float((trace.seconds * trace.current_ua).sum()) / whole_s
    average = CurrentState("average", 1.0, 1.0, (1 - audio) * levels.shut + audio * levels.audio, mean_ua)
    days = days_of(found.battery, max(mean_ua, 1e-6) * found.device.supply_v.value)
    fitted = dict(_fitted(found, levels, {row.name: row.measured_ua for row in rows}))
    return CurrentComparison(trace.name, whole_s, tuple(rows), average, days, fitted)


def _mean(charge: float, seconds: float) -> float | None:
    return charge / seconds if seconds > 0 else None


def _states(levels: _Levels, trace: CurrentTrace) -> NDArray[np.int8]:
    """Place of each sample in `MARKERS`, -1 where a marker says nothing."""
    if trace.marker is not None:
        if not (trace.marker >= 0).any():
            raise InputError(trace.name, "no sample has a marker", field="marker", remedy="leave it out")
        return trace.marker
    if levels.audio < _LEAST_RATIO * levels.shut:
        raise InputError(
            trace.name,
            f"the gate shut ({levels.shut:.0f} uA) and open ({levels.audio:.0f} uA) are predicted too close"
            " to split the trace by level",
            remedy="add a column marker (asleep, motion, audio)",
        )
    ends = np.cumsum(trace.seconds)
    charge = np.concatenate([[0.0], np.cumsum(trace.seconds * trace.current_ua)])
    middle = ends - trace.seconds / 2
    first = np.searchsorted(ends, middle - _SMOOTH_S / 2)
    last = np.minimum(np.searchsorted(ends, middle + _SMOOTH_S / 2), len(ends) - 1)
    begins = np.concatenate([[0.0], ends])
    smooth = (charge[last + 1] - charge[first]) / (begins[last + 1] - begins[first])
    state: NDArray[np.int8] = np.zeros(len(ends), np.int8)
    state[trace.current_ua > np.sqrt(levels.asleep * levels.computing)] = 1
    state[smooth > np.sqrt(levels.shut * levels.audio)] = 2
    return state


def _fitted(
    found: PricedMeasurement, levels: _Levels, measured: dict[str, float | None]
) -> Iterator[tuple[str, float]]:
    """Yield figures of the device that explain what was measured; sensors are taken as predicted."""
    device, clock, volts = found.device, found.clock, found.device.supply_v.value
    asleep, motion, audio = (measured.get(name) for name in MARKERS)
    split = levels.shut_split
    sensors = (split.microphone + split.imu) / volts
    floor = clock.sleep_floor_ua.value
    capture: float | None = None
    if asleep is not None and split.capture > 0:  # captured all the time: the largest part of what sleeps
        capture = asleep - sensors - floor - device.deep_sleep_ua.value
        if capture > 0:
            yield "capture", capture
    elif asleep is not None and asleep - sensors - floor > 0:
        yield "deep_sleep_ua", asleep - sensors - floor
    active = clock.active_ua.value
    if motion is not None and motion - sensors - (capture or 0.0) > 0:
        active = motion - sensors - (capture or 0.0)
        yield "active_ua", active
    if audio is not None and split.capture == 0:
        awake = levels.audio_split
        rest = (awake.microphone + awake.imu + awake.core_asleep) / volts
        rest += awake.compute / volts * active / clock.active_ua.value
        if audio - rest > 0:
            yield "capture", audio - rest


def save_device(
    found: PricedMeasurement, comparison: CurrentComparison, path: str | os.PathLike[str]
) -> None:
    """Write the device with its fitted figures as a file for ``--device-file``.

    Raises
    ------
    InputError
        Nothing could be fitted, or the file cannot be written.
    """
    if not comparison.fitted:
        raise InputError(
            "--save-device", "no figure could be fitted to the trace", remedy="measure each state apart"
        )
    source = f"measured: {comparison.trace}, {comparison.seconds:.3g} s"
    device = _with_figures(found, {k: significant(v) for k, v in comparison.fitted.items()}, source)
    text = f"# Fitted by tussis estimate --measured-current {comparison.trace}\n"
    text += f"[devices.{found.device_name}]\n"
    for key, value in device.model_dump(mode="json", exclude_none=True).items():
        text += f"{key} = {_toml(value)}\n"
    write_text_whole(Path(path), text)


def _with_figures(found: PricedMeasurement, fitted: dict[str, float], source: str) -> Device:
    device = found.device
    figures = {name: Figure(value=value, source=source) for name, value in fitted.items()}
    if (slept := figures.get("deep_sleep_ua")) is not None:
        device = device.model_copy(update={"deep_sleep_ua": slept})
    if (active := figures.get("active_ua")) is not None:
        clocks = [one for one in device.clocks if one.clock_hz != found.clock.clock_hz]
        clocks.append(found.clock.model_copy(update={"active_ua": active}))
        clocks.sort(key=lambda one: one.clock_hz)
        device = device.model_copy(update={"clocks": tuple(clocks)})
    if (captured := figures.get("capture")) is not None:
        ways = tuple(
            one.model_copy(update={"current_ua": captured}) if one.name == found.sensors.capture.name else one
            for one in device.captures
        )
        device = device.model_copy(update={"captures": ways})
    return device


def _toml(value: Any) -> str:
    """Write a value inline."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return json.dumps(value, allow_nan=False)
