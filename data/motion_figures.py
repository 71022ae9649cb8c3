"""What an accelerometer shows of an event and of rest: peak, width, spectrum, jerk, delay, rms, step rate.

These are the figures by which real and synthetic motion are compared (docs/synthesis.md). Gravity and slow
leaning are removed first: acceleration is high-passed at 1 Hz, forwards and backwards so that nothing is
delayed, and the norm of its three axes is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .recording import Recording
from .resampling import resample

__all__ = [
    "EventFigures",
    "RecordingFigures",
    "centroid_hz",
    "event_figures",
    "moving_acceleration",
    "recording_figures",
    "rest_rms_ms2",
    "step_rate_hz",
]

_HIGH_PASS_HZ = 1.0
_SEARCH_S = (-0.3, 0.6)
_HALF_SPAN_S = 0.5
_WIDTH_SHARE = 0.3
_HIGHEST_HZ = 30.0
_STEP_SHARE = 0.6


@dataclass(frozen=True)
class EventFigures:
    """Motion of the trunk at one event.

    Attributes
    ----------
    peak_ms2
        Largest norm of the moving acceleration from 0.3 s before the onset to 0.6 s after it.
    width_s
        Time within 0.5 s of the peak during which the norm exceeds 30 % of the peak.
    centroid_hz
        Centre of the power spectrum of that second, see `centroid_hz`.
    jerk_ms3
        Largest norm of the change from sample to sample in the searched stretch, times the rate. It grows
        with the rate, so compare recordings at one rate.
    delay_s
        Time from the onset to the peak; negative if the trunk moved most before it.
    """

    peak_ms2: float
    width_s: float
    centroid_hz: float
    jerk_ms3: float
    delay_s: float


def moving_acceleration(acc: NDArray[np.floating], rate_hz: float) -> NDArray[np.float64]:
    """Remove gravity and slow leaning: Butterworth high-pass of order 2 at 1 Hz, forwards and backwards.

    Parameters
    ----------
    acc
        Acceleration x, y, z in m/s2, shape ``(n, 3)``, n of at least 16.
    rate_hz
        Rate of the samples, above 2 Hz.

    Returns
    -------
    NDArray[np.float64]
        Shape ``(n, 3)``, m/s2.
    """
    from scipy.signal import butter, sosfiltfilt

    sections = butter(2, _HIGH_PASS_HZ, "highpass", fs=rate_hz, output="sos")
    return np.asarray(sosfiltfilt(sections, np.asarray(acc, dtype=np.float64), axis=0))


def centroid_hz(moving: NDArray[np.float64], rate_hz: float) -> float:
    """Centre of the power spectrum from 1 to 30 Hz, summed over the axes: ``sum(f P) / sum(P)``.

    Parameters
    ----------
    moving
        Moving acceleration, shape ``(n, 3)``; a Hann window is laid over it.
    rate_hz
        Rate of the samples.

    Returns
    -------
    float
        Hz; NaN where nothing moves.
    """
    window = np.hanning(len(moving))[:, None]
    power = np.sum(np.abs(np.fft.rfft(moving * window, axis=0)) ** 2, axis=1)
    frequency = np.fft.rfftfreq(len(moving), 1.0 / rate_hz)
    inside = (frequency >= _HIGH_PASS_HZ) & (frequency <= _HIGHEST_HZ)
    total = float(power[inside].sum())
    return float(np.sum(frequency[inside] * power[inside]) / total) if total > 0 else float("nan")


def event_figures(moving: NDArray[np.float64], rate_hz: float, onset_s: float) -> EventFigures | None:
    """Measure the motion at one event.

    Parameters
    ----------
    moving
        Moving acceleration of the recording, from `moving_acceleration`, shape ``(n, 3)``, m/s2.
    rate_hz
        Rate of the samples.
    onset_s
        When the event begins to be heard.

    Returns
    -------
    EventFigures or None
        None where the recording does not hold the second around the peak.
    """
    first, last = (round((onset_s + edge) * rate_hz) for edge in _SEARCH_S)
    if first < 0 or last > len(moving) or last - first < 4:
        return None
    norm = np.sqrt(np.sum(moving[first:last] ** 2, axis=1))
    peak = int(np.argmax(norm))
    half = round(_HALF_SPAN_S * rate_hz)
    start, stop = first + peak - half, first + peak + half
    if start < 0 or stop > len(moving):
        return None
    around = moving[start:stop]
    high = np.sqrt(np.sum(around**2, axis=1)) > _WIDTH_SHARE * norm[peak]
    jerk = np.sqrt(np.sum(np.diff(moving[first:last], axis=0) ** 2, axis=1)) * rate_hz
    return EventFigures(
        peak_ms2=float(norm[peak]),
        width_s=float(np.count_nonzero(high) / rate_hz),
        centroid_hz=centroid_hz(around, rate_hz),
        jerk_ms3=float(jerk.max()),
        delay_s=float((first + peak) / rate_hz - onset_s),
    )


def rest_rms_ms2(
    moving: NDArray[np.float64],
    rate_hz: float,
    events_s: Iterable[tuple[float, float]],
    margin_s: float = 0.5,
) -> float:
    """Root mean square of the norm outside all events and `margin_s` around them.

    Parameters
    ----------
    moving
        Moving acceleration, shape ``(n, 3)``, m/s2.
    rate_hz
        Rate of the samples.
    events_s
        Start and end of each event.
    margin_s
        Left out before and after each event.

    Returns
    -------
    float
        m/s2; NaN where less than a second is left.
    """
    rest = np.ones(len(moving), dtype=bool)
    for start_s, end_s in events_s:
        rest[max(round((start_s - margin_s) * rate_hz), 0) : max(round((end_s + margin_s) * rate_hz), 0)] = (
            False
        )
    if np.count_nonzero(rest) < rate_hz:
        return float("nan")
    return float(np.sqrt(np.mean(np.sum(moving[rest] ** 2, axis=1))))


def step_rate_hz(moving: NDArray[np.float64], rate_hz: float) -> float:
    """Count steps per second by the autocorrelation of the moving acceleration, summed over its axes.

    Walking repeats itself exactly after two steps and nearly so after one: the shortest lag of 0.25 to 0.8 s
    at which the autocorrelation has a maximum of at least 60 % of the largest one there is one step.

    Parameters
    ----------
    moving
        Moving acceleration while someone walks or runs, shape ``(n, 3)``, at least two seconds.
    rate_hz
        Rate of the samples.

    Returns
    -------
    float
        Hz.
    """
    size = 2 * len(moving)
    spectrum = np.sum(np.abs(np.fft.rfft(moving, size, axis=0)) ** 2, axis=1)
    alike = np.fft.irfft(spectrum)[: len(moving)]
    first, last = round(0.25 * rate_hz), round(0.8 * rate_hz)
    inside = alike[first : last + 1]
    crest = (inside >= alike[first - 1 : last]) & (inside >= alike[first + 1 : last + 2])
    step = np.flatnonzero(crest & (inside >= _STEP_SHARE * inside.max()))
    return float(rate_hz / (first + int(step[0] if len(step) else np.argmax(inside))))


@dataclass(frozen=True)
class RecordingFigures:
    """Motion of one recording: its events by name, and its rest.

    Attributes
    ----------
    events
        Figures of each event by the name of its label, in order of time.
    rest_rms_ms2
        Rest between the events, see `rest_rms_ms2`.
    """

    events: dict[str, list[EventFigures]]
    rest_rms_ms2: float


def recording_figures(
    recording: Recording, rate_hz: float | None = None, apart_s: float = 0.7
) -> RecordingFigures:
    """Measure every labelled event of a recording that stands apart from others, and the rest between them.

    Parameters
    ----------
    recording
        Recording with motion; at least two seconds of it.
    rate_hz
        Bring the motion to this rate first (jerk depends on it); None keeps the recording's.
    apart_s
        An event counts if no other label begins within this time before or after its onset.

    Returns
    -------
    RecordingFigures

    Raises
    ------
    ValueError
        The recording has no motion.
    """
    if recording.imu is None:
        raise ValueError(f"{recording.name} has no motion")
    rate = rate_hz or recording.imu_rate_hz
    acc = recording.imu[:, :3].astype(np.float64)
    acc = resample(acc - acc.mean(axis=0), recording.imu_rate_hz, rate)  # a step at the ends would ring
    moving = moving_acceleration(acc, rate)
    onsets = np.array([label.start_s for label in recording.labels])
    events: dict[str, list[EventFigures]] = {}
    for label in recording.labels:
        if np.count_nonzero(np.abs(onsets - label.start_s) < apart_s) > 1:
            continue
        found = event_figures(moving, rate, label.start_s)
        if found is not None:
            events.setdefault(label.name, []).append(found)
    spans = [(label.start_s, label.end_s) for label in recording.labels]
    return RecordingFigures(events, rest_rms_ms2(moving, rate, spans))
