"""What the gated mode does on labelled sessions: its events, and how much of the audio path it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.recording import Label
from ...signal.plan import AudioPlan, ImuPlan
from ..detector.events import EventPlan
from ..detector.gate_settings import Gating
from ..detector.microphone import Microphone
from ..detector.segmentation import hits_in_audio, segment_gated
from .event_counts import Counts, count_events
from .thresholds import Track

__all__ = ["GateTrial", "covered_blocks", "run_gate"]

AWAY_S = 1.0


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
    away_window_duty, away_block_duty
        The same of what lies more than 1 s from any cough: what remains as coughs become rare.
    listening
        Share of the time for which a microphone that follows the gate would be on.
    """

    counts: Counts
    window_duty: float
    block_duty: float
    away_window_duty: float
    away_block_duty: float
    listening: float

    @property
    def duties(self) -> tuple[float, float]:
        """Shares of the audio blocks and windows that ran, as `GatedCost.gated` takes them."""
        return self.block_duty, self.window_duty

    @property
    def away_duties(self) -> tuple[float, float]:
        """The same as if there were no coughs."""
        return self.away_block_duty, self.away_window_duty


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
    counts, windows, blocks = Counts(), _Share(), _Share()
    microphone, on_s, all_s = Microphone.parse("gated"), 0.0, 0.0
    for number in sorted(audio.keys() & imu.keys()):
        track = audio[number]
        fired = gating.fired(imu[number].margins, imu_plan.hop_s)
        hit = hits_in_audio(audio_plan, imu_plan, gating, len(track.margins), fired)
        found, mask = segment_gated(
            track.margins, track.level, events, hit, gating.max_consecutive_audio_windows
        )
        times = [(event.start * audio_plan.frame_s, event.end * audio_plan.frame_s) for event in found]
        counts += count_events(track.references, times, track.duration_s)
        on_s += microphone.duty(audio_plan, imu_plan, fired, mask) * track.duration_s
        all_s += track.duration_s
        covered = covered_blocks(mask, audio_plan.window_blocks)
        windows.add(mask, _away(track.references, len(mask), audio_plan.hop_s, audio_plan.window_s))
        blocks.add(covered, _away(track.references, len(covered), audio_plan.hop_s, audio_plan.hop_s))
    return GateTrial(counts, windows.all, blocks.all, windows.away, blocks.away, on_s / max(all_s, 1e-9))


class _Share:
    """Share of what runs, of all and of what is away from coughs."""

    def __init__(self) -> None:
        self._sums = np.zeros(4, np.int64)

    def add(self, runs: NDArray[np.bool_], away: NDArray[np.bool_]) -> None:
        self._sums += (runs.sum(), len(runs), (runs & away).sum(), away.sum())

    @property
    def all(self) -> float:
        return float(self._sums[0] / max(self._sums[1], 1))

    @property
    def away(self) -> float:
        return float(self._sums[2] / max(self._sums[3], 1))


def _away(coughs: Sequence[Label], n: int, every_s: float, length_s: float) -> NDArray[np.bool_]:
    """Say which of `n` stretches, one every so often, lie more than `AWAY_S` from any cough."""
    start = every_s * np.arange(n)
    near = np.zeros(n, np.bool_)
    for cough in coughs:
        near |= (start < cough.end_s + AWAY_S) & (start + length_s > cough.start_s - AWAY_S)
    return ~near


def covered_blocks(evaluated: NDArray[np.bool_], window_blocks: int) -> NDArray[np.bool_]:
    """Blocks that an evaluated window covers: window w covers blocks w to w + window_blocks - 1."""
    return np.convolve(evaluated, np.ones(window_blocks, np.int64)) > 0
