"""The two time plans: how audio and motion are cut into frames, blocks and windows.

A *frame* (16 ms of audio) is computed once. A *block* of eight frames is the hop between windows: sums are
kept per block. A *window* is the last ``window_blocks`` blocks; its features depend on its own frames only,
so that a gate may skip stretches of audio without changing what it hears later. The C code is compiled for
one plan: every number here reaches it as a ``TUSSIS_*`` constant written by
:mod:`tussis.export.codegen.tables`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .mel_scale import mel_edges_hz

INPUT_RATES_HZ = (8000, 16000, 32000, 48000)
"""Microphone rates that have a decimator (:mod:`tussis.signal.decimator`)."""

FIRST_BIN = 2
"""First FFT bin any feature uses: 125 Hz. Below it lie offset, wind and rumble."""

LAST_BIN = 62
"""Last FFT bin any feature uses: 3875 Hz."""

N_BINS = LAST_BIN - FIRST_BIN + 1
GROUPS = 4
"""Groups of neighbouring mel bands whose envelopes are followed."""


@dataclass(frozen=True)
class AudioPlan:
    """The audio front end's time and frequency plan.

    Attributes
    ----------
    input_rate_hz : int
        Rate of the microphone, one of `INPUT_RATES_HZ`.
    rate_hz : int
        Rate after the decimator. The kernels are written for 8000.
    frame : int
        Samples per frame at `rate_hz`, no overlap. The FFT is written for 128.
    block_frames : int
        Frames per block, which is the hop between windows.
    window_blocks : int
        Blocks per window, 2 to 8.
    mel_bands : int
        Mel bands: 8, 16 or 24, so that each of the four band groups has an even number.
    mel_fmin_hz, mel_fmax_hz : float
        Edges of the mel bank, within the bins the front end keeps (125 to 3875 Hz).

    Raises
    ------
    ValueError
        If a value is outside what the kernels can do; the message names the field.
    """

    input_rate_hz: int = 16000
    rate_hz: int = 8000
    frame: int = 128
    block_frames: int = 8
    window_blocks: int = 4
    mel_bands: int = 16
    mel_fmin_hz: float = 125.0
    mel_fmax_hz: float = 3750.0

    def __post_init__(self) -> None:
        low_hz, high_hz = FIRST_BIN * 62.5, LAST_BIN * 62.5
        checks = (
            (self.input_rate_hz in INPUT_RATES_HZ, "input_rate_hz", f"one of {INPUT_RATES_HZ}"),
            (self.rate_hz == 8000, "rate_hz", "8000"),
            (self.frame == 128, "frame", "128"),
            (self.block_frames == 8, "block_frames", "8"),
            (2 <= self.window_blocks <= 8, "window_blocks", "2 to 8"),
            (self.mel_bands in (8, 16, 24), "mel_bands", "8, 16 or 24"),
            (low_hz <= self.mel_fmin_hz < high_hz, "mel_fmin_hz", f"{low_hz} or more, and below {high_hz}"),
            (self.mel_fmax_hz <= high_hz, "mel_fmax_hz", f"{high_hz} at most"),
            (
                self.mel_fmin_hz < self.mel_fmax_hz,
                "mel_fmax_hz",
                f"more than mel_fmin_hz, which is {self.mel_fmin_hz!r}",
            ),
        )
        for fine, field, allowed in checks:
            if not fine:
                raise ValueError(f"audio plan: {field} is {getattr(self, field)!r}; it must be {allowed}")
        edges = mel_edges_hz(self.mel_fmin_hz, self.mel_fmax_hz, self.mel_bands)
        bins_hz = np.arange(FIRST_BIN, LAST_BIN + 1) * self.rate_hz / self.frame
        inside = (edges[:-2, None] < bins_hz) & (bins_hz < edges[2:, None])
        if not inside.any(axis=1).all():
            raise ValueError(
                f"audio plan: mel_fmax_hz is {self.mel_fmax_hz!r}; {self.mel_bands} bands from"
                f" {self.mel_fmin_hz} Hz need more, for some hold no bin of the spectrum"
            )

    @property
    def decimation(self) -> int:
        """Input samples per sample at `rate_hz`."""
        return self.input_rate_hz // self.rate_hz

    @property
    def window_frames(self) -> int:
        """Frames per window."""
        return self.block_frames * self.window_blocks

    @property
    def frame_s(self) -> float:
        """Length of a frame in seconds."""
        return self.frame / self.rate_hz

    @property
    def hop_s(self) -> float:
        """Time from one window to the next in seconds."""
        return self.block_frames * self.frame_s

    @property
    def window_s(self) -> float:
        """Length of a window in seconds."""
        return self.window_frames * self.frame_s


@dataclass(frozen=True)
class ImuPlan:
    """The motion path's time plan.

    Attributes
    ----------
    rate_hz : int
        Samples per second.
    window, hop : int
        Samples per window and from one window to the next.
    frame : int
        Samples per motion-level frame (50 ms), the time grid of motion events.
    """

    rate_hz: int = 100
    window: int = 50
    hop: int = 25
    frame: int = 5

    def __post_init__(self) -> None:
        checks = (
            (10 <= self.rate_hz <= 1000, "rate_hz", "10 to 1000"),
            (8 <= self.window <= 256 and self.window % 2 == 0, "window", "an even number from 8 to 256"),
            (1 <= self.hop <= self.window, "hop", "1 to window"),
            (1 <= self.frame <= self.window, "frame", "1 to window"),
        )
        for fine, field, allowed in checks:
            if not fine:
                raise ValueError(f"imu plan: {field} is {getattr(self, field)!r}; it must be {allowed}")

    @property
    def frame_s(self) -> float:
        """Length of a motion-level frame in seconds."""
        return self.frame / self.rate_hz

    @property
    def hop_s(self) -> float:
        """Time from one window to the next in seconds."""
        return self.hop / self.rate_hz

    @property
    def window_s(self) -> float:
        """Length of a window in seconds."""
        return self.window / self.rate_hz
