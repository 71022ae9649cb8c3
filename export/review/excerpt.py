"""A few seconds of a recording, to hear and to see."""

from __future__ import annotations

import base64
import io
import wave
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.recording import Recording
from ...signal.mel_scale import mel_edges_hz
from ..report.grey_png import grey_png

__all__ = ["LONGEST_S", "excerpt_picture", "excerpt_sound"]

LONGEST_S = 30.0
"""An excerpt is at most so long."""

_COLUMNS = 800
_BANDS = 48
_WINDOW = 512
_LOWEST_HZ = 60.0
_RANGE_DB = 60.0
"""The spectrogram shows so much below its loudest point, and nothing below the sound of one LSB."""
_LOUD_PEAK = 0.7 * 32767
_MOST_GAIN = 100.0


def excerpt_picture(recording: Recording, start_s: float, end_s: float) -> dict[str, Any]:
    """Draw sound and motion of a stretch.

    Parameters
    ----------
    recording
        The recording.
    start_s, end_s
        Bounds in seconds, which are cut to the recording.

    Returns
    -------
    dict
        ``start_s``, ``end_s``; ``sound`` and ``motion``, each with ``low`` and ``high`` of every column, in
        shares of full scale and in m/s^2 of the magnitude of acceleration; ``mel``, a PNG as a data address,
        loud dark, 60 Hz to half the sampling rate. What the recording lacks is None.
    """
    rate = recording.audio_rate_hz
    first, last = round(start_s * rate), round(end_s * rate)
    sound = recording.audio[first:last]
    motion = None
    if recording.imu is not None:
        imu = recording.imu[round(start_s * recording.imu_rate_hz) : round(end_s * recording.imu_rate_hz), :3]
        motion = _columns(np.sqrt((imu.astype(np.float64) ** 2).sum(axis=1)))
    return {
        "start_s": start_s,
        "end_s": end_s,
        "sound": _columns(sound / 32768.0),
        "motion": motion,
        "mel": _mel(recording.audio, first, last, rate),
    }


def excerpt_sound(recording: Recording, start_s: float, end_s: float, *, loud: bool = False) -> bytes:
    """Cut a stretch out as WAV.

    Parameters
    ----------
    recording
        The recording.
    start_s, end_s
        Bounds in seconds.
    loud
        Bring the loudest sample of the stretch to 0.7 of full scale, with a gain of 100 at most.
    """
    rate = recording.audio_rate_hz
    sound = recording.audio[round(start_s * rate) : round(end_s * rate)]
    if loud and len(sound):
        peak = max(float(np.abs(sound.astype(np.float64)).max()), 1.0)
        sound = (sound * min(max(_LOUD_PEAK / peak, 1.0), _MOST_GAIN)).astype(np.int16)
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(sound.astype("<i2").tobytes())
    return file.getvalue()


def _columns(values: NDArray[Any]) -> dict[str, list[float]] | None:
    """Smallest and largest value of each column of the picture."""
    if len(values) < 2:
        return None
    edges = np.unique(np.linspace(0, len(values), min(_COLUMNS, len(values)) + 1).astype(int)[:-1])
    low, high = np.minimum.reduceat(values, edges), np.maximum.reduceat(values, edges)
    return {"low": low.round(4).tolist(), "high": high.round(4).tolist()}


def _mel(audio: NDArray[np.int16], first: int, last: int, rate_hz: int) -> str | None:
    """Power in mel bands of Hann windows of 32 ms at 16 kHz, on triangles of Slaney's scale."""
    if last - first < _WINDOW:
        return None
    half = _WINDOW // 2
    sound = audio[max(first - half, 0) : last + half].astype(np.float64)
    before, after = half - (first - max(first - half, 0)), last + half - min(last + half, len(audio))
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(sound, (before, after)), _WINDOW)
    at = np.linspace(0, len(windows) - 1, min(_COLUMNS, len(windows))).astype(int)
    power = np.abs(np.fft.rfft(windows[at] * np.hanning(_WINDOW))) ** 2
    edges = mel_edges_hz(_LOWEST_HZ, rate_hz / 2, _BANDS)
    bins_hz = np.arange(half + 1) * rate_hz / _WINDOW
    rising = (bins_hz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins_hz) / (edges[2:] - edges[1:-1])[:, None]
    triangles = np.maximum(0, np.minimum(rising, falling))
    triangles /= np.maximum(triangles.sum(axis=1, keepdims=True), 1e-9)
    level = 10 * np.log10(np.maximum(power @ triangles.T, float(_WINDOW)))
    grey = np.clip((level.max() - level) / _RANGE_DB, 0.0, 1.0)
    picture = (grey.T[::-1] * 15).round().astype(np.uint8)
    return "data:image/png;base64," + base64.b64encode(grey_png(picture)).decode()
