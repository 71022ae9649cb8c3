"""Events from all margins of a recording: with every window evaluated, or those that the gate chooses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...signal.plan import AudioPlan, ImuPlan
from .events import EventFrames, EventPlan, Segmenter
from .gate import TICK_HZ, Gate, hit_windows
from .gate_settings import Gating
from .microphone import ALWAYS, Microphone
from .silence import Silence

__all__ = ["hits_in_audio", "segment", "segment_gated"]


def hits_in_audio(
    audio: AudioPlan,
    imu: ImuPlan,
    gating: Gating,
    n_windows: int,
    imu_hits: NDArray[np.bool_],
    microphone: Microphone = ALWAYS,
) -> NDArray[np.bool_]:
    """Say which audio windows have an IMU hit: rule (a) of `gate` for these plans."""
    block = audio.frame * audio.block_frames * TICK_HZ // audio.rate_hz
    sample = TICK_HZ // imu.rate_hz
    return hit_windows(
        n_windows,
        imu_hits,
        audio_first=microphone.first_asked(audio),
        audio_hop=block,
        imu_first_end=imu.window * sample,
        imu_hop=imu.hop * sample,
        hold=gating.hold_ticks,
    )


def segment(margins: NDArray[np.float32], level: NDArray[np.float32], plan: EventPlan) -> list[EventFrames]:
    """Segment a recording of which every window is evaluated.

    Parameters
    ----------
    margins : ndarray of float32, shape (n_windows,)
        Log-odds by window.
    level : ndarray of float32, shape (n_frames,)
        Level by frame, log2 power.
    plan
        Parameters of the segmenter.
    """
    segmenter = Segmenter(plan)
    events: list[EventFrames] = []
    previous = -2
    for index in np.flatnonzero(margins >= min(plan.open_margin, plan.continue_margin)).tolist():
        if index != previous + 1:
            events += segmenter.close()
        first = index * plan.hop_frames
        events += segmenter.window(index, margins[index], level[first : first + plan.window_frames])
        previous = index
    return events + segmenter.close()


def segment_gated(
    margins: NDArray[np.float32],
    level: NDArray[np.float32],
    plan: EventPlan,
    hit: NDArray[np.bool_],
    max_consecutive: int,
    silence: Silence | None = None,
    loud: NDArray[np.bool_] | None = None,
) -> tuple[list[EventFrames], NDArray[np.bool_]]:
    """Segment a recording of which the gate chooses the windows.

    Parameters
    ----------
    margins, level, plan
        As in `segment`.
    hit : ndarray of bool, shape (n_windows,)
        Rule (a) of the gate by audio window.
    max_consecutive
        N of rule (b).
    silence
        Where the microphone follows the gate: what it does not hear. `margins` are brought up to date.
    loud : ndarray of bool, shape (n_windows,)
        Windows with a loud frame: no other is evaluated. None: all.

    Returns
    -------
    events : list of EventFrames
    evaluated : ndarray of bool, shape (n_windows,)
    """
    segmenter, gate = Segmenter(plan), Gate(max_consecutive)
    evaluated = np.zeros(len(margins), np.bool_)
    events: list[EventFrames] = []
    for index, is_hit in enumerate(hit.tolist()):
        if gate.admits(is_hit, loud is None or bool(loud[index])):
            evaluated[index] = True
            first = index * plan.hop_frames
            heard = level[first : first + plan.window_frames]
            if silence is not None:
                margins[index], heard = silence.window(index, margins[index], heard)
            events += segmenter.window(index, margins[index], heard)
            gate.answer(segmenter.open)
        else:
            events += segmenter.close()
    return events + segmenter.close(), evaluated
