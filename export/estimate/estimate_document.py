"""The JSON document of ``tussis estimate``: a priced measurement written out."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ...selection.detector.detector_file import MODALITIES
from ...selection.detector.mode import Mode
from .battery_life import significant
from .cycle_scale import CycleScale
from .day_cost import split_document
from .energy import AUDIO_WAKES_PER_S
from .flame import flame_frames
from .measurement import Measurement, ModeRun
from .priced_measurement import PricedMeasurement
from .stages import STAGES, Stage
from .ways import compare_ways, ways_document

__all__ = ["document"]

_SHOWN_FUNCTIONS = 40
_NARROWEST_SHARE = 0.003
"""Share of all cycles below which a frame of the flame view is left out."""
_IMU_LIMIT_MS = 250.0


def document(found: PricedMeasurement) -> dict[str, Any]:
    """Return everything an estimate says, as plain values.

    Modes that did not run (no IMU in the recording, or no model) are None. ``cycles`` are those of the
    device, waits for flash included; ``uj`` is the energy of computing alone, ``total_uj`` that of everything
    on the board.
    """
    main = found.main_mode
    memory = found.measurement.memory
    stack = found.measurement.stack_bytes
    return {
        "device": found.device_name,
        "clock_hz": found.clock.clock_hz,
        "audio_window": _window(found, "audio"),
        "imu_window": _window(found, "imu"),
        "model": {
            "audio_cycles": _model_cycles(found, "audio"),
            "imu_cycles": _model_cycles(found, "imu"),
        },
        "per_second": {mode: _per_second(found, mode) for mode in ("audio", "imu", "gated")},
        "gating": _gating(found),
        **ways_document(compare_ways(found)),
        "flash_bytes": memory.flash_bytes,
        "ram_bytes": memory.ram_bytes,
        "stack_bytes": stack,
        "battery_days": found.battery_days(main),
        "functions": _functions(found, main),
        "flame": _flame(found, main),
        "mode": main,
        "title": found.device.title,
        "recording": found.measurement.recording,
        "seconds": significant(found.measurement.modes[main].seconds),
        "toolchain": found.measurement.toolchain,
        "opt": found.measurement.opt,
        "stages": {mode: _stages(found, mode) for mode in found.measurement.modes},
        "deadline": {mode: _deadline(found, mode) for mode in found.measurement.modes},
        "energy_uw": {m: split_document(e) for m, e in found.energy.items()},
        "battery": {
            "title": found.battery.title,
            "usable_energy_j": significant(found.battery.usable_energy_j),
            "days": {mode: found.battery_days(mode) for mode in found.measurement.modes},
        },
        "sensors": {
            "microphone": found.sensors.microphone.title,
            "imu": found.sensors.imu.title,
            "microphone_while_gated": found.sensors.while_gated,
            "imu_mode": found.sensors.imu_mode.name,
            "capture": found.sensors.capture.name,
            "gyroscope": found.sensors.gyroscope,
        },
        "memory": _memory(found.measurement),
        "fits": memory.fits(found.device, stack),
        "fetch_stall_share": {m: found.stall_share(m) for m in found.measurement.modes},
        "cycle_scale": found.cycle_scale.factor if found.cycle_scale else 1.0,
        "expected_error": _expected_error(found, main),
        "assumptions": [asdict(assumed) for assumed in found.assumptions()],
    }


def _run(found: PricedMeasurement, mode: Mode) -> ModeRun:
    return found.measurement.modes[mode]


def _window(found: PricedMeasurement, path: Mode) -> dict[str, Any] | None:
    """Cost of one window with all that leads up to it: the run's cost over the windows it evaluated."""
    run = found.measurement.modes.get(path)
    windows = 0 if run is None else run.audio_windows if path == "audio" else run.imu_windows
    if run is None or not windows:
        return None
    mean = found.cost(path, run.instructions / windows, run.cycles / windows)
    worst = max((p.cost for p in run.pushes if p.window), key=lambda c: c.cycles, default=run.pushes[0].cost)
    return {
        **mean,
        "count": windows,
        "worst_push": found.cost(path, worst.instructions, worst.cycles),
    }


def _model_cycles(found: PricedMeasurement, path: Mode) -> int | None:
    run = found.measurement.modes.get(path)
    cost = run.calls_of(f"tussis_{path}_margin") if run else None
    if cost is None or not cost.calls:
        return None
    mean = cost.total_instructions / cost.calls, cost.total_cycles / cost.calls
    return round(found.cycles(path, *mean))


def _per_second(found: PricedMeasurement, mode: Mode) -> dict[str, Any] | None:
    run = found.measurement.modes.get(mode)
    if run is None:
        return None
    cost = found.cost(mode, run.instructions / run.seconds, run.cycles / run.seconds)
    return {
        **cost,
        "core_cycles": round(run.cycles / run.seconds),
        "total_uj": significant(found.energy[mode].total),
        "active_share": significant(cost["ms"] / 1e3),
        "events": run.events,
    }


def _flame(found: PricedMeasurement, mode: Mode) -> list[dict[str, Any]]:
    """Give the frames of the flame view, cycles per second without waits for flash; narrow ones left out."""
    run = _run(found, mode)
    frames = flame_frames(run.tree, run.names)
    least = frames[0].cycles * _NARROWEST_SHARE
    return [
        {
            "function": frame.function,
            "depth": frame.depth,
            "start_cycles": significant(frame.start_cycles / run.seconds),
            "cycles": significant(frame.cycles / run.seconds),
            "own_cycles": significant(frame.own_cycles / run.seconds),
        }
        for frame in frames
        if frame.cycles > 0 and frame.cycles >= least
    ]


def _gating(found: PricedMeasurement) -> dict[str, Any] | None:
    if "gated" not in found.measurement.modes or "audio" not in found.measurement.modes:
        return None
    gated, audio = found.energy["gated"], found.energy["audio"]
    return {
        "audio_duty": significant(_run(found, "gated").audio_duty),
        "energy_saving_vs_audio": significant(1 - gated.core_active / audio.core_active),
        "total_saving_vs_audio": significant(1 - gated.total / audio.total),
        "recommended_mode": "gated" if gated.total < audio.total else "audio",
        "imu_hits": _run(found, "gated").totals.imu_hits,
        "windows_evaluated": _run(found, "gated").audio_windows,
        "windows_without_gating": _run(found, "audio").audio_windows,
    }


def _functions(found: PricedMeasurement, mode: Mode) -> list[dict[str, Any]]:
    run = _run(found, mode)
    rows = []
    for cost in run.functions[:_SHOWN_FUNCTIONS]:
        cycles = found.cycles(mode, cost.instructions, cost.cycles) / run.seconds
        pace = cost.total_instructions / cost.total_cycles
        rows.append(
            {
                "name": cost.name,
                "cycles": round(cycles),
                "share": significant(cost.cycles / run.cycles),
                "instructions": round(cost.instructions / run.seconds),
                "calls": cost.calls,
                "worst_call_cycles": round(found.cycles(mode, cost.worst_cycles * pace, cost.worst_cycles)),
            }
        )
    return rows


def _stages(found: PricedMeasurement, mode: Mode) -> dict[str, dict[Stage, int]]:
    """Cycles per second by path and stage."""
    run = _run(found, mode)
    table: dict[str, dict[Stage, int]] = {}
    for path in MODALITIES:
        row = {
            stage: round(found.cycles(mode, cost.instructions, cost.cycles) / run.seconds)
            for stage in STAGES
            if (cost := run.stages.get((path, stage)))
        }
        if row:
            table[path] = row
    return table


def _deadline(found: PricedMeasurement, mode: Mode) -> dict[str, Any]:
    """Return the longest call against the time until the next chunk is full."""
    run = _run(found, mode)
    function = "tussis_push_imu" if mode == "imu" else "tussis_push_audio"
    worst = run.worst(function)
    cost = found.cost(mode, worst.instructions, worst.cycles)
    limit_ms = _IMU_LIMIT_MS if mode == "imu" else 1e3 / AUDIO_WAKES_PER_S
    return {"function": function, **cost, "limit_ms": limit_ms, "met": cost["ms"] < limit_ms}


def _expected_error(found: PricedMeasurement, mode: Mode) -> dict[str, str]:
    bounds = _run(found, mode).bounds
    low, high = 100 * (bounds.low - 1), 100 * (bounds.high - 1)
    assumed = found.assumptions()
    stack = found.measurement.memory.stack
    return {
        "instructions": "exact for this recording and build",
        "cycles": _fitted_error(found.cycle_scale)
        if found.cycle_scale
        else f"{low:+.0f} % to {high:+.0f} %, by rules without a published number",
        "fetch_stalls": "instruction fetches only; constants read from flash are left out",
        "ms": "as cycles, and the clock's tolerance",
        "uj": "as cycles, and 10 % for the current, which is stated for CoreMark, typical parts, 25 C",
        "battery_days": "20 % and more: it rests on "
        + (f"{len(assumed)} assumed figures" if assumed else "typical figures"),
        "flash_bytes": "exact for this build",
        "ram_bytes": "exact for this build; the stack comes on top",
        "stack_bytes": "; ".join(stack.unbounded)
        if stack.unbounded
        else "an upper bound; add 104 bytes for each level of interrupts",
    }


def _fitted_error(scale: CycleScale) -> str:
    low, high = 100 * (scale.low - 1), 100 * (scale.high - 1)
    return f"fitted to a board's counters; its stages lay {low:+.0f} % to {high:+.0f} % around the one factor"


def _memory(measurement: Measurement) -> dict[str, Any]:
    memory = measurement.memory
    return {
        "sections": [asdict(s) for s in memory.sections],
        "objects": [asdict(o) for o in memory.objects],
        "largest": [{"name": n, "bytes": size, "in_ram": ram} for n, size, ram in memory.largest],
        "stack": {
            "bound_bytes": memory.stack.bytes,
            "path": list(memory.stack.functions),
            "unbounded": list(memory.stack.unbounded),
            "high_water_bytes": max(run.stack_high_water for run in measurement.modes.values()),
        },
    }
