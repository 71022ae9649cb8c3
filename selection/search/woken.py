"""How long a microphone that movement wakes would be on, on the motion that a search learns from."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...data.dataset import iter_dataset
from ...data.input_error import InputError
from ...signal.plan import AudioPlan, ImuPlan
from ..detector.gate import TICK_HZ
from ..detector.gate_settings import Gating
from ..detector.wake import DEAD_S, MotionWake, heard
from ..training.thresholds import Track

__all__ = ["Movement", "session_movement", "woken_share"]


class Movement(NamedTuple):
    """When the comparator of a session's motion sensor fires.

    Attributes
    ----------
    crossings : ndarray of int64, shape (n,)
        In ticks of 1/16000 s.
    dead_tick
        From when on the sensor counts as dead, for its samples have ended.
    """

    crossings: NDArray[np.int64]
    dead_tick: int


def session_movement(
    dataset: str | PathLike[str], audio: AudioPlan, imu: ImuPlan, wake: MotionWake | None = None
) -> dict[str, Movement]:
    """Run the comparator over every session that has sound and motion.

    Parameters
    ----------
    dataset
        As for `tussis.data.dataset.iter_dataset`.
    audio, imu
        Plans whose rates recordings are loaded at.
    wake
        Settings of the comparator; None is `MotionWake`.

    Returns
    -------
    dict
        By the session's name; sessions that cannot be read are left out.
    """
    wake, sample = wake or MotionWake(), TICK_HZ // imu.rate_hz
    found = {}
    for ref in iter_dataset(dataset):
        if not (ref.has_imu and ref.audio_path is not None):
            continue
        try:
            recording = ref.load(audio_rate_hz=audio.input_rate_hz, imu_rate_hz=float(imu.rate_hz))
        except InputError:
            continue  # training has said so
        if recording.imu is None:
            continue
        crossed = np.flatnonzero(wake.crossings(recording.imu, imu.rate_hz, recording.imu_lost)) + 1
        dead = len(recording.imu) * sample + round(DEAD_S * TICK_HZ)
        found[ref.name] = Movement(crossed.astype(np.int64) * sample, dead)
    return found


def woken_share(
    movement: Mapping[str, Movement],
    names: Mapping[int, str],
    imu: Mapping[int, Track],
    plan: ImuPlan,
    gating: Gating,
    wake: MotionWake | None = None,
) -> float:
    """Share of the time for which such a microphone is switched on, its start-up included.

    Parameters
    ----------
    movement
        Of `session_movement`; sessions that are not in it count as on all the time.
    names
        Name of each session that has sound and motion.
    imu
        The motion model's answers by session.
    plan
        Of the motion's windows.
    gating
        Which of them open the gate, and so ask for the microphone too.
    """
    wake, sample = wake or MotionWake(), TICK_HZ // plan.rate_hz
    on = whole = 0
    for number, name in names.items():
        length = round(imu[number].duration_s * TICK_HZ)
        whole += length
        if name not in movement:
            on += length
            continue
        fired = np.flatnonzero(gating.fired(imu[number].margins, plan.hop_s))
        windows = (plan.window + plan.hop * fired).astype(np.int64) * sample
        asked = np.concatenate([movement[name].crossings, windows])
        stretches = heard(asked, movement[name].dead_tick, length, 0, wake.hold_ticks)
        on += int((stretches[:, 1] - stretches[:, 0]).sum())
    return on / whole if whole else 0.0
