"""Ways to wake compared: microphone, sensors, capture and what sleeps; event F1 against battery days."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...data.dataset import iter_dataset
from ...data.day_sessions import is_day, read_day
from ...data.input_error import InputError
from ...data.progress import Progress, silent
from ...data.session_ref import SessionRef
from ...data.workers import worked
from ...selection.budget.cost_table import load_cost_table
from ...selection.budget.gated_cost import GatedCost
from ...selection.detector.detector_file import Detector
from ...selection.detector.inference import detect
from ...selection.detector.microphone import ALWAYS, Microphone
from ...selection.detector.mode import Mode
from ...selection.detector.motion_need import MotionNeed
from ...selection.detector.sound_wake import SoundWake, threshold_dbfs
from ...selection.training.event_counts import Counts, count_events
from ...signal.motion_sensor import MotionSensor
from ..estimate.battery_life import days_of, significant
from ..estimate.day_duty import SessionDuty, session_duty
from ..estimate.devices import Device, Profiles, load_profiles
from ..estimate.energy import Sensors, energy_split
from ..estimate.microphone_power import MicrophoneWhileGated
from ..estimate.sensor_choice import fitting_sensors
from ..estimate.ways import SOUND, sound_wake
from ..report.scatter import Mark, Series, scatter
from .study import Study

__all__ = ["MICROPHONE_WAYS", "microphone_ways", "wake_study"]

MICROPHONE_WAYS: Mapping[str, MicrophoneWhileGated] = {
    "always": "low_power",
    "gated:0": "off",
    "gated:32": "off",
    "gated:64": "off",
    "wake": "off",
}
"""What ``--microphone`` may be set to, and what the microphone does while the gate is shut. A way that
`Microphone.parse` does not know is left out."""

REFERENCE_LOSS = 0.0126
"""Relative loss of F1 by gating in S. Albini et al., "Cough-E", IEEE JBHI 2025."""


@dataclass(frozen=True)
class _Way:
    """One way to run the detector, run on the whole dataset."""

    mode: Mode
    name: str
    while_gated: MicrophoneWhileGated
    counts: Counts
    share: float
    listening: float
    cycles_per_s: float
    microphone: str = ""
    """The only part that it is a way of."""


def microphone_ways() -> dict[str, Microphone]:
    """Return the ways of `MICROPHONE_WAYS` that the detector knows, by name."""
    known = {}
    for name in MICROPHONE_WAYS:
        try:
            known[name] = Microphone.parse(name)
        except InputError:
            continue
    return known


def wake_study(
    dataset: str | os.PathLike[str],
    detector: Detector,
    device: str = "nrf5340",
    battery: str = "lipo100",
    progress: Progress = silent,
    *,
    motion_sensor: MotionSensor | None = None,
    sound_threshold: str | None = None,
) -> Study:
    """Compare ways to wake on labelled sessions with sound and motion.

    Parameters
    ----------
    dataset
        Sessions that the detector has not learned from. Those of a day count for their hours in the shares of
        time awake; F1 counts every event alike.
    detector
        With both models.
    device, battery
        Board and battery, as for `tussis.export.estimate.estimate.price`.
    progress
        Called before each session of each way.
    motion_sensor
        Sensor that motion is played through; the boards compared then have no other. None: as recorded.
    sound_threshold
        Of the microphones that sound wakes, as `threshold_dbfs` reads it; None: the lowest of each.

    Returns
    -------
    Study
        A row for each way, microphone, capture path and motion sensor that suffice; ``pareto`` marks those
        that no other beats in F1 and battery days. Cycles are those of the cost table.

    Raises
    ------
    InputError
        No sessions with sound, motion and labels, or a detector that lacks a model.
    """
    if detector.audio is None or detector.imu is None:
        problem = "this study needs a detector with an audio and a motion model"
        raise InputError("--model", problem, remedy="train one on sessions with imu.csv, or use `default`")
    refused = [] if motion_sensor is None else detector.motion_need.lacks(motion_sensor)
    if any(lack.refused for lack in refused):
        problem = f"the detector needs {refused[0].what}"
        raise InputError("--motion-sensor", problem, remedy="name another part or mode, or leave it out")
    profiles = load_profiles()
    board, cell = profiles.device(device), profiles.battery(battery)
    sessions = _sessions(dataset)
    waking = _waking(profiles, board, sound_threshold)
    ways = list(_ways(detector, sessions, waking, motion_sensor, progress))
    rows: list[dict[str, Any]] = []
    for way in ways:
        for parts, sensors in _boards(profiles, board, way, detector.motion_need, motion_sensor):
            clock = board.clock()
            split = energy_split(board, clock, way.mode, way.cycles_per_s, way.listening, sensors)
            rows.append({**_row(way), **parts, **_figures(split.total, days_of(cell, split.total), way)})
    study = Study("wake", tuple(rows), "", "", "f1", cost="board_uj_per_second")
    best = {id(row) for row in study.front()}
    marked = tuple({**row, "pareto": id(row) in best} for row in rows)
    return Study(
        "wake", marked, _plot(marked, device, cell.title), _finding(marked), "f1", cost="board_uj_per_second"
    )


def _sessions(dataset: str | os.PathLike[str]) -> list[tuple[SessionRef, float]]:
    """Return sessions with their weights: hours of a day, else seconds."""
    if is_day(dataset):
        return [(one.ref, one.hours) for one in read_day(dataset)]
    found = [
        (ref, ref.duration_s)
        for ref in iter_dataset(dataset)
        if ref.labelled and ref.has_imu and ref.audio_path is not None
    ]
    if not found:
        raise InputError(
            dataset, "no session has sound, motion and labels", remedy="add imu.csv and labels.txt to each"
        )
    return found


def _ways(
    detector: Detector,
    sessions: Sequence[tuple[SessionRef, float]],
    waking: Mapping[SoundWake, Sequence[str]],
    motion_sensor: MotionSensor | None,
    progress: Progress,
) -> Iterator[_Way]:
    table = load_cost_table()
    known = microphone_ways()
    steps, done = (len(known) + len(waking) + 1) * len(sessions), 0
    counts = Counts()
    names = [ref.name for ref, _ in sessions]
    heard = [(ref,) for ref, _ in sessions]
    for one in worked(_heard_alone, heard, 1, stage="audio alone", names=names, shared=detector):
        counts += one
        done += 1
        progress("ways to wake", done, steps)
    alone = GatedCost.of_detector(detector, table).audio
    yield _Way("audio", "always", "on", counts, 1.0, 1.0, alone)
    whole = sum(weight for _, weight in sessions)
    gated: list[tuple[str, Microphone | SoundWake]] = [*known.items(), *((SOUND, wake) for wake in waking)]
    for name, microphone in gated:
        duties: list[tuple[float, SessionDuty]] = []
        tasks = [(ref, microphone, motion_sensor) for ref, _ in sessions]
        found = worked(session_duty, tasks, 1, stage=f"wake {name}", names=names, shared=detector)
        for (_, weight), duty in zip(sessions, found, strict=True):
            duties.append((weight / whole, duty))
            done += 1
            progress("ways to wake", done, steps)
        share = sum(weight * duty.share for weight, duty in duties)
        windows = sum(weight * duty.windows for weight, duty in duties)
        heard_share = sum(weight * duty.listening for weight, duty in duties)
        cost = GatedCost.of_detector(
            detector, table, microphone=ALWAYS if isinstance(microphone, SoundWake) else microphone
        )
        way = _Way(
            "gated",
            name,
            MICROPHONE_WAYS.get(name, "activity"),
            sum((duty.counts for _, duty in duties), Counts()),
            share,
            heard_share if microphone != ALWAYS else share,
            cost.gated(share, windows, heard_share),
        )
        if isinstance(microphone, SoundWake):
            yield from (replace(way, microphone=part) for part in waking[microphone])
        else:
            yield way
    progress("ways to wake", steps, steps)


def _heard_alone(detector: Detector, ref: SessionRef) -> Counts:
    """Count events of the audio model alone in a session."""
    recording = ref.load(**detector.rates)
    found = detect(recording, detector, "audio")
    references = [label for label in recording.labels if label.is_cough or label.is_unsure]
    times = [(event.start_s, event.end_s) for event in found.events]
    return count_events(references, times, recording.duration_s)


def _waking(profiles: Profiles, device: Device, threshold: str | None) -> Mapping[SoundWake, Sequence[str]]:
    """Return the microphones that a device takes and that sound can wake, by how it does."""
    takes = {capture.interface for capture in device.captures}
    found: dict[SoundWake, list[str]] = {}
    for name, part in profiles.microphones.items():
        if part.interface in takes and (wake := sound_wake(part)) is not None:
            if threshold is not None:
                wake = replace(wake, threshold_dbfs=threshold_dbfs(threshold))
            found.setdefault(wake, []).append(name)
    return found


def _boards(
    profiles: Profiles, device: Device, way: _Way, need: MotionNeed, motion_sensor: MotionSensor | None
) -> Iterator[tuple[dict[str, str], Sensors]]:
    """Yield every set of parts that suffices; audio alone has no motion sensor to choose."""
    imus = list(profiles.imus) if motion_sensor is None else [motion_sensor.name]
    if way.mode != "gated":
        imus = [""]
    for microphone, part in profiles.microphones.items():
        if way.microphone not in ("", microphone):
            continue
        for capture in device.captures:
            if capture.interface != part.interface:
                continue
            for imu in imus:
                try:
                    sensors = fitting_sensors(
                        profiles,
                        device,
                        need,
                        microphone=microphone,
                        imu=imu,
                        capture=capture.name,
                        while_gated=way.while_gated,
                    )
                except InputError:
                    continue
                moved = f"{imu.partition(':')[0]}:{sensors.imu_mode.name}" if imu else ""
                yield {"microphone": microphone, "capture": capture.name, "imu": moved}, sensors


def _row(way: _Way) -> dict[str, Any]:
    score = way.counts.as_dict()
    return {
        "mode": way.mode,
        "way": way.name,
        "f1": score["f1"] or 0.0,
        "sensitivity": score["sensitivity"],
        "precision": score["precision"],
        "fp_per_hour": score["fp_per_hour"],
    }


def _figures(power_uw: float, days: float, way: _Way) -> dict[str, Any]:
    return {
        "share": significant(way.share),
        "listening": significant(way.listening),
        "cycles_per_second": round(way.cycles_per_s),
        "board_uj_per_second": significant(power_uw),
        "battery_days": days,
    }


def _plot(rows: Sequence[Mapping[str, Any]], device: str, battery: str) -> str:
    series = []
    for name in dict.fromkeys((row["mode"], row["way"]) for row in rows):
        own = [row for row in rows if (row["mode"], row["way"]) == name]
        title = "audio alone" if name[0] == "audio" else f"gated, microphone {name[1]}"
        series.append(Series(title, tuple(_mark(row) for row in own)))
    return scatter(
        series,
        title=f"Ways to wake on {device}, {battery} (ring: on the front)",
        x_label="battery days",
        y_label="event F1",
    )


def _mark(row: Mapping[str, Any]) -> Mark:
    note = ", ".join(f"{key} {value}" for key, value in row.items() if value not in (None, ""))
    return Mark(row["battery_days"], row["f1"], note=note, chosen=bool(row["pareto"]))


def _finding(rows: Sequence[Mapping[str, Any]]) -> str:
    """Sum up: audio alone, the longest life at the reference's loss, and the longest of all.

    The loss is against the best way that hears everything, which may be gated: a shut gate hears no false
    events.
    """
    audio = max((row for row in rows if row["mode"] == "audio"), key=lambda row: row["battery_days"])
    best_f1 = max(row["f1"] for row in rows if row["way"] == "always")
    kept = [row for row in rows if row["f1"] >= (1.0 - REFERENCE_LOSS) * best_f1]
    best, longest = (max(some, key=lambda row: row["battery_days"]) for some in (kept, rows))
    return "; ".join(
        [
            f"audio alone: {_said(audio)}",
            f"at most {100 * REFERENCE_LOSS:.2f} % below the best F1 of a microphone that never sleeps:"
            f" {_said(best)}",
            f"longest life: {_said(longest)}",
        ]
    )


def _said(row: Mapping[str, Any]) -> str:
    way = "audio alone" if row["mode"] == "audio" else f"gated, microphone {row['way']}"
    parts = ", ".join(part for part in (row["microphone"], row["capture"], row["imu"]) if part)
    return f"{row['battery_days']:.1f} days at F1 {row['f1']:.3f} ({way}: {parts})"
