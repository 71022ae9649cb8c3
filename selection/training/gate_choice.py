"""The gate, chosen on out-of-fold margins: how much of the sound it leaves out, and what that loses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.progress import Progress, silent
from ...signal.plan import AudioPlan, ImuPlan
from ..detector.events import EventPlan
from ..detector.gate_settings import Gating
from ..detector.segmentation import hits_in_audio, segment_gated
from .event_counts import Counts
from .thresholds import Track, count_track, track_counts
from .track_batches import in_batches

__all__ = ["GATE_THRESHOLDS", "GateChoice", "GateTrack", "choose_gate", "gate_hits"]

GATE_HOLD_S = (0.256, 0.384, 0.512, 0.64)
GATE_THRESHOLDS = (
    0.01,
    0.02,
    0.03,
    0.05,
    0.07,
    0.1,
    0.14,
    0.2,
    0.27,
    0.35,
    0.45,
    0.55,
    0.65,
    0.75,
    0.85,
    0.92,
)


@dataclass(frozen=True)
class GateTrack:
    """One session with sound and motion as the choice of the gate sees it.

    Parameters
    ----------
    audio
        Its sound.
    motion_margins : ndarray of float32, shape (n_windows,)
        Out-of-fold log-odds of its windows of motion.
    """

    audio: Track
    motion_margins: NDArray[np.float32]


@dataclass(frozen=True)
class GateChoice:
    """The gate's IMU threshold and hold time, their counts out of fold, and the share of audio evaluated."""

    threshold: float
    hold_s: float
    counts: Counts
    audio_duty: float


def choose_gate(
    tracks: Sequence[GateTrack],
    hits: Callable[[GateTrack, float, float], NDArray[np.bool_]],
    events: EventPlan,
    frame_s: float,
    max_consecutive: int,
    *,
    max_loss: float = 0.01,
    thresholds: Sequence[float] = GATE_THRESHOLDS,
    progress: Progress = silent,
) -> GateChoice:
    """Choose the IMU threshold and hold time that save most audio windows at an accepted loss of event F1.

    Parameters
    ----------
    tracks
        Sessions with sound and an IMU.
    hits
        Gives for a track, an IMU threshold and a hold time in seconds which audio windows have a hit (rule a
        of the gate). It can be pickled.
    events
        The audio segmenter's parameters.
    frame_s
        Audio frame period in seconds.
    max_consecutive
        N of the gate.
    max_loss
        Relative loss of F1 that is accepted, against the best there is: gated or not.
    thresholds
        IMU thresholds to choose from.
    progress
        Called as sessions are done.
    """
    best = sum((track_counts(track.audio, events, frame_s) for track in tracks), Counts()).f1 or 0.0
    candidates = [(threshold, hold_s) for hold_s in GATE_HOLD_S for threshold in thresholds]
    progress("gating", 0, len(candidates))
    rows = in_batches(
        _gated_counts,
        tracks,
        [len(track.audio.margins) for track in tracks],
        candidates,
        hits,
        events,
        frame_s,
        max_consecutive,
        stage="gating",
        done=lambda share: progress("gating", int(share * len(candidates)), len(candidates)),
    )
    totals = [(Counts(), 0)] * len(candidates)
    for row in rows:
        totals = [
            (counts + more, evaluated + windows)
            for (counts, evaluated), (more, windows) in zip(totals, row, strict=True)
        ]
    n_windows = max(sum(len(track.audio.margins) for track in tracks), 1)
    choices = [
        GateChoice(*candidate, counts, evaluated / n_windows)
        for candidate, (counts, evaluated) in zip(candidates, totals, strict=True)
    ]
    best_gated = max(choices, key=lambda choice: choice.counts.f1 or 0.0)
    goal = (1.0 - max_loss) * max(best, best_gated.counts.f1 or 0.0)
    good = [choice for choice in choices if (choice.counts.f1 or 0.0) >= goal]
    return min(good, key=lambda choice: choice.audio_duty) if good else best_gated


def gate_hits(
    audio_plan: AudioPlan,
    imu_plan: ImuPlan,
    busy_threshold: float | None,
    track: GateTrack,
    threshold: float,
    hold_s: float,
) -> NDArray[np.bool_]:
    """Say which audio windows have a hit of a gate with this threshold and hold time.

    Parameters
    ----------
    audio_plan, imu_plan
        Front ends of the detector.
    busy_threshold
        The gate's threshold while the wearer moves; None has one threshold.
    track
        One session.
    threshold, hold_s
        The gate's threshold at rest, and its hold time in seconds.

    Returns
    -------
    ndarray of bool, shape (n_windows,)
    """
    gating = Gating(threshold=threshold, hold_s=hold_s, busy_threshold=busy_threshold)
    fired = gating.fired(track.motion_margins, imu_plan.hop_s)
    return hits_in_audio(audio_plan, imu_plan, gating, len(track.audio.margins), fired)


def _gated_counts(
    tracks: Sequence[GateTrack],
    candidates: Sequence[tuple[float, float]],
    hits: Callable[[GateTrack, float, float], NDArray[np.bool_]],
    events: EventPlan,
    frame_s: float,
    max_consecutive: int,
) -> list[list[tuple[Counts, int]]]:
    """Count each track's events and evaluated windows behind each gate."""
    rows = []
    for track in tracks:
        row = []
        for threshold, hold_s in candidates:
            audio, hit = track.audio, hits(track, threshold, hold_s)
            found, mask = segment_gated(audio.margins, audio.level, events, hit, max_consecutive)
            row.append((count_track(audio, found, frame_s), int(mask.sum())))
        rows.append(row)
    return rows
