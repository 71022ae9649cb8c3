"""A recording on one time line: sound, mel spectrogram, motion, margins, states and events."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.recording import Recording
from ...selection.detector.detector_file import Detector
from ...selection.detector.inference import Detection
from ...signal.decimator import decimate
from ...signal.fft import frame_power
from ...signal.mel import mel_energies
from ...signal.plan import AudioPlan
from .chart import COLOURS, Chart, Spec, Table
from .grey_png import grey_png

__all__ = ["Excerpt", "session_chart"]

_COLUMNS = 900
_MEL_PX = 64
_FLOOR_OCTAVES = 14.0
"""The spectrogram shows so many octaves of power below its loudest point."""


@dataclass(frozen=True)
class Excerpt:
    """A stretch of a recording with what a detector did in it.

    Attributes
    ----------
    recording, found, detector
        The whole recording, what `tussis.selection.detector.inference.detect` found, and by which detector.
    start_s, end_s
        Bounds to show, seconds.
    """

    recording: Recording
    found: Detection
    detector: Detector
    start_s: float
    end_s: float

    def inside(self, start_s: float, end_s: float) -> bool:
        """Whether a stretch touches the excerpt."""
        return start_s < self.end_s and end_s > self.start_s


def session_chart(excerpt: Excerpt, errors: Sequence[tuple[str, float, float]]) -> Chart:
    """Draw a recording.

    Parameters
    ----------
    excerpt
        What to show.
    errors
        ``missed`` or ``false`` with start and end of each error, seconds.
    """
    panels = [_wave(excerpt), _mel(excerpt), _motion(excerpt)]
    panels += [_margins(excerpt, "audio"), _margins(excerpt, "imu"), _lanes(excerpt, errors)]
    shown = [panel for panel in panels if panel is not None]
    shown[-1]["encoding"]["x"]["axis"] = {"title": "seconds", "tickCount": 10}
    spec: Spec = {
        "params": [{"name": "t0", "value": excerpt.start_s}, {"name": "t1", "value": excerpt.end_s}],
        "spacing": 8,
        "vconcat": shown,
    }
    rows = sorted(_rows(excerpt, errors), key=lambda row: (float(row[1]), row[0]))
    coughs = sum(row[0] == "labelled cough" for row in rows)
    events = sum(row[0] == "found event" for row in rows)
    title = f"{excerpt.recording.name}, {excerpt.start_s:g} to {excerpt.end_s:.4g} s"
    summary = (
        f"{coughs} labelled coughs, {events} events found in mode {excerpt.found.mode}, {len(errors)} errors."
    )
    head = ("what", "start, s", "end, s")
    return Chart(title, summary, spec, Table(head, tuple(rows), "Labels, events and errors"))


def _rows(excerpt: Excerpt, errors: Sequence[tuple[str, float, float]]) -> list[tuple[str, str, str]]:
    spans = [("labelled cough", label.start_s, label.end_s) for label in excerpt.recording.coughs]
    spans += [("found event", event.start_s, event.end_s) for event in excerpt.found.events]
    spans += [(f"error: {kind}", start, end) for kind, start, end in errors]
    return [(what, f"{start:.2f}", f"{end:.2f}") for what, start, end in spans if excerpt.inside(start, end)]


def _time(name: str) -> Spec:
    """Encode a time; every panel shows the stretch between the parameters t0 and t1."""
    scale = {"domainMin": {"expr": "t0"}, "domainMax": {"expr": "t1"}, "nice": False, "zero": False}
    axis = {"labels": False, "title": None, "ticks": False, "tickCount": 10}
    return {"field": name, "type": "quantitative", "scale": scale, "axis": axis}


def _panel(values: list[dict[str, Any]], height: int, encoding: Spec, layers: list[Spec]) -> Spec:
    data = {"values": values}
    return {"width": "fit", "height": height, "data": data, "encoding": encoding, "layer": layers}


def _up(name: str, title: str) -> Spec:
    axis = {"title": title, "tickCount": 3, "minExtent": 56, "maxExtent": 56, "titleAnchor": "middle"}
    return {"field": name, "type": "quantitative", "axis": axis}


def _wave(excerpt: Excerpt) -> Spec | None:
    """Draw the smallest and the largest sample of each column, as shares of full scale."""
    rate = excerpt.recording.audio_rate_hz
    audio = excerpt.recording.audio[round(excerpt.start_s * rate) : round(excerpt.end_s * rate)]
    if len(audio) < _COLUMNS:
        return None
    edges = np.linspace(0, len(audio), _COLUMNS + 1).astype(int)[:-1]
    high = np.maximum.reduceat(audio, edges) / 32768.0
    low = np.minimum.reduceat(audio, edges) / 32768.0
    values = [
        {"s": round(excerpt.start_s + edge / rate, 3), "a": round(float(a), 4), "b": round(float(b), 4)}
        for edge, a, b in zip(edges, low, high, strict=True)
    ]
    encoding = {"x": _time("s"), "y": _up("a", "sound"), "y2": {"field": "b"}}
    return _panel(values, 70, encoding, [{"mark": {"type": "area", "color": COLOURS[0], "clip": True}}])


def _mel(excerpt: Excerpt) -> Spec | None:
    """Draw the detector's mel bands as a picture that is stretched to the time axis."""
    model = excerpt.detector.audio
    if model is None or not excerpt.recording.has_audio:
        return None
    plan = model.plan
    mark = {
        "type": "image",
        "url": _mel_picture(excerpt, plan),
        "align": "left",
        "baseline": "top",
        "aspect": False,
        "clip": True,
        "width": {"expr": f"width*{excerpt.end_s - excerpt.start_s:.6g}/(t1-t0)"},
        "height": _MEL_PX,
    }
    ends = [plan.mel_fmin_hz, plan.mel_fmax_hz]
    up = _up("f", "mel, Hz") | {"scale": {"domain": ends, "nice": False}}
    up["axis"] = up["axis"] | {"values": ends, "grid": False}  # the bands between are not evenly spaced in Hz
    corner = {"s": excerpt.start_s, "f": ends[1]}
    return _panel([corner], _MEL_PX, {"x": _time("s"), "y": up}, [{"mark": mark}])


def _mel_picture(excerpt: Excerpt, plan: AudioPlan) -> str:
    """Make a PNG of log mel energies, loud dark, as a data address."""
    rate = plan.input_rate_hz
    audio = excerpt.recording.audio[round(excerpt.start_s * rate) : round(excerpt.end_s * rate)]
    low_rate = decimate(audio, plan)
    frames = len(low_rate) // plan.frame
    power = frame_power(low_rate[: frames * plan.frame].reshape(frames, plan.frame))
    level = np.log2(mel_energies(power, plan))[::-1]
    top = float(level.max(initial=1.0))
    grey = np.clip((top - level) / _FLOOR_OCTAVES, 0.0, 1.0)
    return (
        "data:image/png;base64," + base64.b64encode(grey_png((grey * 15).round().astype(np.uint8))).decode()
    )


def _motion(excerpt: Excerpt) -> Spec | None:
    """Draw how far the acceleration strays in each column, as its smallest and largest magnitude."""
    imu = excerpt.recording.imu
    if imu is None:
        return None
    rate = excerpt.recording.imu_rate_hz
    part = imu[round(excerpt.start_s * rate) : round(excerpt.end_s * rate), :3]
    if len(part) < 2:
        return None
    size = np.sqrt((part.astype(np.float64) ** 2).sum(axis=1))
    edges = np.unique(np.linspace(0, len(size), min(_COLUMNS, len(size)) + 1).astype(int)[:-1])
    high, low = np.maximum.reduceat(size, edges), np.minimum.reduceat(size, edges)
    thin = 0.02 * float(np.ptp(size))  # so that a column of one sample can be seen
    values = [
        {
            "s": round(excerpt.start_s + edge / rate, 3),
            "a": round(float(a), 2),
            "b": round(float(b) + thin, 2),
        }
        for edge, a, b in zip(edges, low, high, strict=True)
    ]
    up = _up("a", "motion, m/s²") | {"scale": {"zero": False}}
    encoding = {"x": _time("s"), "y": up, "y2": {"field": "b"}}
    mark = {"type": "area", "color": COLOURS[1], "clip": True, "line": False}
    return _panel(values, 60, encoding, [{"mark": mark}])


def _margins(excerpt: Excerpt, which: str) -> Spec | None:
    """Draw the probabilities of one model's windows, at their middles, against the threshold."""
    detector, found = excerpt.detector, excerpt.found
    if which == "audio":
        margins, model, colour = found.audio_margins, detector.audio, COLOURS[0]
        evaluated = found.evaluated
        if model is None or not len(margins):
            return None
        plan = model.plan
        hop_s, window_s = plan.block_frames * plan.frame_s, plan.window_frames * plan.frame_s
        threshold, title = model.threshold, "audio model"
    else:
        margins, motion, colour = found.imu_margins, detector.imu, COLOURS[1]
        evaluated = found.imu_evaluated
        if motion is None or not len(margins):
            return None
        hop_s, window_s = motion.plan.hop_s, motion.plan.window / motion.plan.rate_hz
        gated = found.mode == "gated"
        threshold = detector.gating.threshold if gated else motion.threshold
        title = "motion model"
    times = np.arange(len(margins)) * hop_s + window_s / 2
    probability = 1.0 / (1.0 + np.exp(-np.clip(margins.astype(np.float64), -60, 60)))
    values = [
        {"s": round(float(time), 3), "p": round(float(value), 3), "on": bool(on)}
        for time, value, on in zip(times, probability, evaluated, strict=True)
        if excerpt.start_s <= time <= excerpt.end_s
    ]
    layers: list[Spec] = [
        {"mark": {"type": "line", "color": colour, "clip": True, "strokeWidth": 1.5}},
        {
            "data": {"values": [{"s": excerpt.start_s, "e": excerpt.end_s, "p": round(threshold, 4)}]},
            "mark": {"type": "rule", "color": "var(--ink)", "strokeDash": [5, 3], "clip": True},
            "encoding": {"x": _time("s"), "x2": {"field": "e"}},
        },
    ]
    up = _up("p", title) | {"scale": {"domain": [0, 1]}}
    return _panel(values, 60, {"x": _time("s"), "y": up}, layers)


def _lanes(excerpt: Excerpt, errors: Sequence[tuple[str, float, float]]) -> Spec:
    """Draw labels, events, errors and states as bars in lanes of their own, each named at its left."""
    found = excerpt.found
    spans = [("labelled", label.start_s, label.end_s) for label in excerpt.recording.coughs]
    spans += [("found", event.start_s, event.end_s) for event in found.events]
    spans += list(errors)
    model, motion = excerpt.detector.audio, excerpt.detector.imu
    if model is not None and len(found.evaluated):
        plan = model.plan
        hop_s, window_s = plan.block_frames * plan.frame_s, plan.window_frames * plan.frame_s
        spans += [("audio on", *span) for span in _runs(found.evaluated, hop_s, window_s)]
    if motion is not None and len(found.imu_hits):
        window_s = motion.plan.window / motion.plan.rate_hz
        spans += [("gate hit", *span) for span in _runs(found.imu_hits, motion.plan.hop_s, window_s)]
        lost = ~found.imu_evaluated
        spans += [("sensor lost", *span) for span in _runs(lost, motion.plan.hop_s, window_s)]
    names = ["labelled", "found", "missed", "false", "audio on", "gate hit", "sensor lost"]
    values = [
        {"lane": lane, "start": round(start, 3), "end": round(end, 3)}
        for lane, start, end in spans
        if excerpt.inside(start, end)
    ]
    colours = [COLOURS[2], COLOURS[0], COLOURS[5], COLOURS[5], "var(--soft)", COLOURS[1], COLOURS[3]]
    present = {value["lane"] for value in values} | {"labelled", "found"}
    shown = [name for name in names if name in present]
    lane = {
        "field": "lane",
        "type": "nominal",
        "sort": shown,
        "scale": {"domain": shown},
        "axis": {"title": None, "minExtent": 56, "maxExtent": 56, "domain": False, "ticks": False},
    }
    colour = {
        "field": "lane",
        "type": "nominal",
        "scale": {"domain": names, "range": colours},
        "legend": None,
    }
    encoding: Spec = {"x": _time("start"), "x2": {"field": "end"}, "y": lane, "color": colour}
    mark = {"type": "bar", "height": 11, "clip": True, "cornerRadius": 2, "minBandSize": 2}
    encoding["tooltip"] = [{"field": name, "title": name} for name in ("lane", "start", "end")]
    return _panel(values, 17 * len(shown), encoding, [{"mark": mark}])


def _runs(on: NDArray[np.bool_], hop_s: float, window_s: float) -> list[tuple[float, float]]:
    """Join windows that follow each other; give start and end in seconds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], on.astype(np.int8), [0]])))
    return [
        (float(first * hop_s), float((past - 1) * hop_s + window_s))
        for first, past in list(pairwise(edges))[::2]
    ]
