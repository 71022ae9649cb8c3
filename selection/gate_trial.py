"""What the gated mode does on labelled sessions: its events, and how much of the audio path it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..signal.plan import AudioPlan, ImuPlan
from .detector import Gating
from .events import EventPlan
from .inference import hits_in_audio, segment_gated
from .scoring import Counts, count_events
from .thresholds import Track
from .tree_model import logit32

__all__ = ["GateTrial", "run_gate"]


@dataclass(frozen=True)
class GateTrial:
    """Counts of the gated mode, and how much ran.

    Parameters
    ----------
    counts
        Events against references.
    window_duty
        Share of the audio windows that were evaluated: the time of features and model.
    block_duty
        Share of the audio blocks that an evaluated window covers: the time of the frames.
    """

    counts: Counts
    window_duty: float
    block_duty: float

    def cycles_per_second(self, imu: float, always: float, frames: float, windows: float) -> float:
        """Cycles per second of the gated mode from those of its parts.

        Parameters
        ----------
        imu
            Of the IMU mode.
        always
            Of the audio path while it sleeps: decimator and control.
        frames, windows
            Of the audio path's frames, and of its features and model, while it runs.
        """
        return imu + always + self.block_duty * frames + self.window_duty * windows


def run_gate(
    audio: Mapping[int, Track],
    imu: Mapping[int, Track],
    plans: tuple[AudioPlan, ImuPlan],
    gating: Gating,
    events: EventPlan,
) -> GateTrial:
    """Run the gate over all sessions that have motion.

    Parameters
    ----------
    audio, imu
        Tracks by session.
    plans
        Front-end plans.
    gating
        Threshold, hold time and N.
    events
        The audio segmenter's parameters.
    """
    audio_plan, imu_plan = plans
    counts, evaluated, covered, windows, blocks = Counts(), 0, 0, 0, 0
    for number in sorted(audio.keys() & imu.keys()):
        track = audio[number]
        fired = imu[number].margins >= logit32(gating.threshold)
        hit = hits_in_audio(audio_plan, imu_plan, gating, len(track.margins), fired)
        found, mask = segment_gated(
            track.margins, track.level, events, hit, gating.max_consecutive_audio_windows
        )
        times = [(event.start * audio_plan.frame_s, event.end * audio_plan.frame_s) for event in found]
        counts += count_events(track.coughs, times, track.duration_s)
        evaluated += int(mask.sum())
        windows += len(mask)
        covered += int(_covered(mask, audio_plan.window_blocks).sum())
        blocks += len(mask) + audio_plan.window_blocks - 1
    return GateTrial(counts, evaluated / max(windows, 1), covered / max(blocks, 1))


def _covered(evaluated: NDArray[np.bool_], window_blocks: int) -> NDArray[np.bool_]:
    """Blocks that an evaluated window covers: window w covers blocks w to w + window_blocks - 1."""
    return np.convolve(evaluated, np.ones(window_blocks, np.int64)) > 0
