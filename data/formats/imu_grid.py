"""From IMU rows at the times a logger wrote to a uniform grid on the time base of the audio."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..input_error import InputError, OnFault
from ..resampling import resample

__all__ = ["MAX_BRIDGED", "on_uniform_grid", "uniform_times"]

MAX_BRIDGED = 3
"""Missing samples in a row that are interpolated: 30 ms at 100 Hz, less than one cough's jerk."""

MIN_RATE_RATIO = 0.24
MAX_RATE_RATIO = 200.0
"""Rates from 25 Hz to 20 kHz can be brought to 100 Hz; what 25 Hz lacks is above 12 Hz, a cough is below."""

LINEAR_RATE_RATIOS = (0.8, 1.25)
"""Rates between these (80 to 125 Hz for 100 Hz) are interpolated row by row; others are resampled."""

CLOCK_TIME_S = 1e6

_MOST_MISSING = 1e15
"""Samples missing in a row beyond which their number says nothing."""

_MOST_NAMED = 10_000
"""Places in which time falls that are named; an inventory says the first and how many more."""


def uniform_times(rows: int, rate_hz: float) -> NDArray[np.float64]:
    """Return the times of `rows` samples that start at 0.

    Parameters
    ----------
    rows
        Number of rows.
    rate_hz
        Samples per second.

    Returns
    -------
    NDArray[np.float64]
        Shape ``(rows,)``, seconds.
    """
    return np.arange(rows, dtype=np.float64) / rate_hz


def on_uniform_grid(
    path: Path,
    times: NDArray[np.float64],
    signal: NDArray[np.float64],
    line_numbers: NDArray[np.int64],
    duration_s: float,
    imu_rate_hz: float,
    *,
    on_fault: OnFault,
) -> NDArray[np.float32] | None:
    """Check the times of IMU rows and bring the rows to a uniform grid that starts at 0.

    Parameters
    ----------
    path
        File the rows come from.
    times
        Seconds from the first audio sample, shape ``(rows,)``.
    signal
        Shape ``(rows, columns)``.
    line_numbers
        Line of each row in the file, shape ``(rows,)``.
    duration_s
        Length of the audio in seconds; the grid ends before it. Infinite keeps every row.
    imu_rate_hz
        Rate of the grid.
    on_fault
        Called with every fault.

    Returns
    -------
    NDArray[np.float32] | None
        Shape ``(m, columns)``. Rows that lie on the grid keep their values. None if there was a fault.

    Raises
    ------
    InputError
        By way of `on_fault`: time that does not rise, a rate too low or too high, more than `MAX_BRIDGED`
        samples missing in a row or at the beginning.
    """
    faults = list(_time_faults(path, times, line_numbers, duration_s, imu_rate_hz))
    for fault in faults:
        on_fault(fault)
    if faults:
        return None
    rate_hz = 1.0 / float(np.median(np.diff(times)))
    if not LINEAR_RATE_RATIOS[0] <= rate_hz / imu_rate_hz <= LINEAR_RATE_RATIOS[1]:
        rows = int(np.floor(times[-1] * rate_hz + 1e-6)) + 1
        even = _interpolate(uniform_times(rows, rate_hz), times, signal)
        signal = _resampled(even, rate_hz, imu_rate_hz)
        times = uniform_times(len(signal), imu_rate_hz)
    rows = int(min(np.floor(times[-1] * imu_rate_hz + 1e-6) + 1, np.ceil(duration_s * imu_rate_hz - 1e-6)))
    return _interpolate(uniform_times(rows, imu_rate_hz), times, signal).astype(np.float32)


def _resampled(signal: NDArray[np.float64], rate_hz: float, imu_rate_hz: float) -> NDArray[np.float64]:
    """Resample columns; one without numbers stays without them, and both ends are held against ringing."""
    measured = ~np.isnan(signal[0])
    pad = int(np.ceil(rate_hz))
    padded = np.pad(signal[:, measured], ((pad, pad), (0, 0)), mode="edge")
    first = round(pad * imu_rate_hz / rate_hz)
    rows = int(np.floor((len(signal) - 1) * imu_rate_hz / rate_hz + 1e-6)) + 1
    # The pad need not be a whole number of new samples: shift time by the rest, below half a sample.
    new = resample(padded, rate_hz, imu_rate_hz)
    rest = pad * imu_rate_hz / rate_hz - first
    at = np.arange(rows) + first + rest
    out = np.full((rows, signal.shape[1]), np.nan)
    grid = np.arange(len(new), dtype=np.float64)
    out[:, measured] = np.stack([np.interp(at, grid, column) for column in new.T], axis=1)
    return out


def _interpolate(
    wanted: NDArray[np.float64], times: NDArray[np.float64], signal: NDArray[np.float64]
) -> NDArray[np.float64]:
    # np.interp holds the first value before the first time: at most MAX_BRIDGED samples, as checked.
    columns = [np.interp(wanted, times, signal[:, column]) for column in range(signal.shape[1])]
    return np.stack(columns, axis=1)


def _time_faults(
    path: Path,
    times: NDArray[np.float64],
    line_numbers: NDArray[np.int64],
    duration_s: float,
    imu_rate_hz: float,
) -> list[InputError]:
    if len(times) < 2:
        return [InputError(path, f"{len(times)} sample is not a signal", remedy="record again")]
    steps = np.diff(times)
    falls = np.flatnonzero(steps <= 0)
    if len(falls):
        return [_fall(path, times, line_numbers, int(at)) for at in falls[:_MOST_NAMED]]
    step = float(np.median(steps))
    wrong_rate = _rate_fault(path, step, imu_rate_hz)
    if wrong_rate is not None:
        return [wrong_rate]
    faults = []
    if times[0] > (MAX_BRIDGED + 0.5) * step:
        faults.append(_late_start(path, float(times[0]), int(line_numbers[0])))
    elif times[-1] <= 0 or duration_s <= 0:
        faults.append(
            InputError(
                path,
                f"the last sample is at {times[-1]:.3f} s, before the audio",
                field="time_s",
                remedy="time_s counts from the first audio sample; shift it",
            )
        )
    missing = np.rint(np.minimum(steps / step, _MOST_MISSING)).astype(np.int64) - 1
    for at in np.flatnonzero(missing > MAX_BRIDGED)[:_MOST_NAMED]:
        faults.append(
            InputError(
                path,
                f"gap of {steps[at]:.3f} s: {missing[at]} samples are missing"
                f" between {times[at]:.3f} s and {times[at + 1]:.3f} s",
                field=f"line {line_numbers[at + 1]}, time_s",
                remedy=f"cut the session there or record again; up to {MAX_BRIDGED} samples are bridged",
            )
        )
    return faults


def _fall(path: Path, times: NDArray[np.float64], line_numbers: NDArray[np.int64], at: int) -> InputError:
    before, after = times[at], times[at + 1]
    how = "stands still at" if after == before else f"goes back from {before:.6g} s to"
    return InputError(
        path,
        f"time {how} {after:.6g} s",
        field=f"line {line_numbers[at + 1]}, time_s",
        remedy="sort the rows, delete doubled ones, and write time with enough decimals",
    )


def _rate_fault(path: Path, step: float, imu_rate_hz: float) -> InputError | None:
    rate_hz = 1.0 / step
    lowest, highest = MIN_RATE_RATIO * imu_rate_hz, MAX_RATE_RATIO * imu_rate_hz
    if lowest <= rate_hz <= highest:
        return None
    for factor, unit in ((1e3, "milliseconds"), (1e6, "microseconds"), (1e9, "nanoseconds")):
        if lowest <= rate_hz * factor <= 20 * imu_rate_hz:
            return InputError(
                path,
                f"time rises by {step:.6g} a row: these look like {unit}",
                field="time_s",
                remedy=f"divide time by {factor:.0f}",
            )
    return InputError(
        path,
        f"the rows come at {rate_hz:.4g} Hz",
        field="time_s",
        remedy=f"record the IMU at {imu_rate_hz / 4:g} Hz or faster, and write time in seconds",
    )


def _late_start(path: Path, start_s: float, line_number: int) -> InputError:
    clock = start_s > CLOCK_TIME_S
    return InputError(
        path,
        f"the first sample is at {start_s:.3f} s"
        + (", a clock time" if clock else ", the audio starts at 0 s"),
        field=f"line {line_number}, time_s",
        remedy="time_s counts from the first audio sample: "
        + ("subtract the time the audio started" if clock else "shift it, or cut the audio's beginning off"),
    )
