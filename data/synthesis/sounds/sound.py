"""One sound event before it is placed in a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .envelope import short_time_level_db
from .noise import RATE_HZ, Waveform

__all__ = ["Pulse", "Sound", "joined", "levelled"]


@dataclass(frozen=True)
class Pulse:
    """A push of the chest wall that goes with a sound: when (in the sound's own time) and how hard."""

    time_s: float
    strength: float = 1.0


@dataclass(frozen=True)
class Sound:
    """A sound event.

    Attributes
    ----------
    name
        What a listener would write on the label track; only ``"cough"`` is positive.
    wave
        Shape ``(n,)`` at 16 kHz, loudest 20 ms at RMS 1 (see `levelled`).
    level_db
        Level of those 20 ms against the wearer's ordinary speech at the same microphone.
    motion
        Motion of the wearer's trunk with it, a name known to `body`; ``"none"`` for sounds of others.
    pulses
        Pushes of the chest, for motions that have them.
    """

    name: str
    wave: Waveform
    level_db: float = 0.0
    motion: str = "none"
    pulses: tuple[Pulse, ...] = ()

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.wave) / RATE_HZ


def levelled(wave: Waveform) -> Waveform:
    """Scale so that the loudest 20 ms have RMS 1; silence stays silence."""
    loudest = float(short_time_level_db(wave, 320).max()) if len(wave) else -180.0
    return np.asarray(wave / 10.0 ** (loudest / 20.0)) if loudest > -170.0 else wave


def joined(parts: Sequence[tuple[float, Waveform]]) -> Waveform:
    """Add up waveforms that start at the given seconds; shape is as long as the last needs."""
    ends = [round(start_s * RATE_HZ) + len(wave) for start_s, wave in parts]
    out = np.zeros(max(ends, default=0))
    for (start_s, wave), end in zip(parts, ends, strict=True):
        out[end - len(wave) : end] += wave
        del start_s
    return out
